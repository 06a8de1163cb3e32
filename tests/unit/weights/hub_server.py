"""A hub on this computer: the addresses and headers of the real one, with faults on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "beef"
LARGE = (".safetensors", ".bin")


class FakeHub:
    """Serves `files` of one repository; `faults` holds per file what its next answers do wrong.

    Faults: "stall", "silent", "reset", "close" (promises more than it sends), "short" (promises
    less), "all" (ignores a range), "elsewhere" (another part than asked), "swap" (becomes another
    file midway), "corrupt", "busy", "gone", "other commit".
    """

    def __init__(self, repo, files, commit=COMMIT):
        self.repo, self.files, self.commit = repo, dict(files), commit
        self.faults: dict[str, list[str]] = {}
        self.swapped: dict[str, bytes] = {}
        self.refusal = None  # (status, headers) of every answer about the repository
        self.page = None  # what comes instead of the listing
        self.without_checksums = False
        self.renamed_from = ""  # what the repository was called before
        self.requests: list[tuple[str, str]] = []  # file, range
        self.asked: list[str] = []  # every path
        self.ended = threading.Event()
        self.begun = threading.Event()  # half of a stalled file is out

    def ranges(self, name):
        return [wanted for file, wanted in self.requests if file == name]

    def next_fault(self, name):
        left = self.faults.get(name)
        return left.pop(0) if left else ""

    def listing(self):
        siblings = []
        for name, data in self.files.items():
            row = {"rfilename": name, "size": len(data), "blobId": git_sha1(data)}
            if name.endswith(LARGE):
                sha256 = hashlib.sha256(data).hexdigest()
                row["lfs"] = {"size": len(data), "sha256": sha256, "pointerSize": 130}
            if self.without_checksums:
                row = {"rfilename": name, "size": len(data)}
            siblings.append(row)
        return {"id": self.repo, "modelId": self.repo, "sha": self.commit, "siblings": siblings}


def git_sha1(data):
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def etag_of(name, data):
    return hashlib.sha256(data).hexdigest() if name.endswith(LARGE) else git_sha1(data)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, *_):
        """Quiet."""

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(path)
        if self.hub.refusal is not None:
            status, headers = self.hub.refusal
            return self.answer(status, b"", headers)
        if self.hub.renamed_from and self.hub.renamed_from in self.path:
            now = self.path.replace(self.hub.renamed_from, self.hub.repo)
            return self.answer(307, b"", {"Location": now})
        listing = re.fullmatch(rf"/api/models/{self.hub.repo}/revision/(.+)", path)
        if listing:
            if self.hub.page is not None:
                return self.answer(200, self.hub.page)
            if listing[1] not in ("main", self.hub.commit):
                return self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return self.answer(200, json.dumps(self.hub.listing()).encode())
        file = re.fullmatch(rf"/{self.hub.repo}/resolve/([^/]+)/(.+)", path)
        if file and file[2] in self.hub.files:
            return self.resolve(file[2])
        stored = re.fullmatch(r"/storage/(.+)", path)
        if stored:
            return self.send_file(stored[1])
        return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})

    def resolve(self, name):
        faults = self.hub.faults.get(name, [])
        if faults[:1] == ["gone"]:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        if faults[:1] == ["busy"]:
            faults.pop(0)
            return self.answer(503, b"")
        data = self.hub.files[name]
        commit = self.hub.commit
        if faults[:1] == ["other commit"]:
            commit = "0" * 40
        if not name.endswith(LARGE):
            return self.send_file(name, {"X-Repo-Commit": commit})
        return self.answer(302, b"", {
            "Location": f"/storage/{name}", "X-Repo-Commit": commit,
            "X-Linked-Etag": f'"{etag_of(name, data)}"', "X-Linked-Size": str(len(data)),
            "ETag": '"of-the-redirect"',
        })  # fmt: skip

    def send_file(self, name, headers=None):
        hub = self.hub
        wanted = self.headers.get("Range", "")
        hub.requests.append((name, wanted))
        fault = hub.next_fault(name)
        data = hub.files[name]
        start = 0
        status = 200
        headers = {"ETag": f'"{etag_of(name, data)}"', **(headers or {})}
        if wanted and fault != "all":
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            if start >= len(data):
                return self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            if fault == "elsewhere":
                start = 0
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if fault == "corrupt":
            data = data[:-1] + bytes([data[-1] ^ 1])
        body = data[start:]
        half = body[: len(body) // 2]
        if fault in ("", "all", "elsewhere", "corrupt"):
            return self.answer(status, body, headers)
        if fault == "short":
            return self.answer(status, half, headers)
        self.head(status, {**headers, "Content-Length": str(len(body))})
        self.wfile.write(b"" if fault == "silent" else half)
        self.wfile.flush()
        if fault == "swap":
            hub.files[name] = hub.swapped[name]
        if fault in ("stall", "silent"):
            hub.begun.set()
            hub.ended.wait(30)
        if fault in ("reset", "swap"):
            linger = b"\1\0\0\0\0\0\0\0"  # close with a reset instead of a goodbye
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()
        return None

    def answer(self, status, body, headers=None):
        self.head(status, {"Content-Length": str(len(body)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that left in the middle is no error here."""


@contextmanager
def served(hub):
    """The hub's address while the block lasts."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    with _running(_Server(("127.0.0.1", 0), handler)) as address:
        try:
            yield address
        finally:
            hub.ended.set()


class FakeProxy:
    """Forwards requests for the host ``hub.invalid`` to `target`; counts them."""

    def __init__(self, target, password=""):
        self.target, self.password = target, password
        self.n_requests = 0


class _Forward(BaseHTTPRequestHandler):
    proxy: FakeProxy

    def log_message(self, *_):
        """Quiet."""

    def do_GET(self):
        expected = "Basic " + base64.b64encode(f"me:{self.proxy.password}".encode()).decode()
        if self.proxy.password and self.headers.get("Proxy-Authorization") != expected:
            return self.give(407, {"Proxy-Authenticate": "Basic"}, b"")
        self.proxy.n_requests += 1
        parts = urlsplit(self.path)
        assert parts.hostname == "hub.invalid"
        request = urllib.request.Request(f"{self.proxy.target}{parts.path}?{parts.query}")
        if "Range" in self.headers:
            request.add_header("Range", self.headers["Range"])
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
        try:
            with opener.open(request, timeout=10) as reply:
                return self.give(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return self.give(error.code, dict(error.headers), error.read())

    def give(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name not in ("Content-Length", "Connection", "Server", "Date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@contextmanager
def proxied(proxy):
    """The proxy's address, HOST:PORT, while the block lasts."""
    handler = type("Forward", (_Forward,), {"proxy": proxy})
    with _running(_Server(("127.0.0.1", 0), handler)) as address:
        yield address.removeprefix("http://")


@contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="fake-server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

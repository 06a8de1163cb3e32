"""A small web server that takes pushed messages and trusts nobody."""

from __future__ import annotations

import errno
import hmac
import queue
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

from comodo_app.errors import UsageError
from comodo_app.live.wires import is_this_computer

MAX_BODY = 2 << 20
MAX_CONNECTIONS = 16
MAX_QUEUED_BYTES = 32 << 20
MAX_PER_S = 100.0  # requests; a phone sends up to 10
_PATIENCE_S = 5.0  # for a sender to finish its request
SHOWN_ON_PHONE = 499  # Sensor Logger shows the text of this answer


class Refused(Exception):
    """A message that cannot be used: status and text of the answer, and how it is counted."""

    def __init__(self, status: int, text: str, code: str) -> None:
        super().__init__(text)
        self.status, self.text, self.code = status, text, code


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message as the check made it of a body, and when it came (monotonic)."""

    message: Any
    n_bytes: int
    arrival_s: float


class PushServer:
    """Listens for ``POST /<token>``.

    Answers 200, or: 400 nonsense, 403 wrong token, 405 not a POST, 408 too slow, 411 without a
    length, 413 over 2 MiB, 429 too many requests, 503 too many at once. Everything but 200 is
    counted by its kind.

    Parameters
    ----------
    check : callable
        Makes a message of a body or raises `Refused`; runs on the server's threads.
    host, port : str, int
        A host beyond this computer is for whoever has asked the user.
    token : str, optional
        By default a new random one.
    """

    def __init__(
        self,
        check: Callable[[bytes], Any],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
    ) -> None:
        self._check = check
        self._place = (host, port)
        self.token = token or secrets.token_urlsafe(12)
        self._inbox: queue.SimpleQueue[Pushed] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._tickets, self._refilled_s = MAX_PER_S, time.monotonic()
        self._lock = threading.Lock()
        self._counted: Counter[str] = Counter()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def counted(self) -> Counter[str]:
        """How often each kind of refusal happened."""
        with self._lock:
            return Counter(self._counted)

    @property
    def port(self) -> int:
        """The port that is listened to; another than asked for if that was 0."""
        return self._place[1] if self._server is None else int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """What the sender is given."""
        host = self._place[0]
        if not is_this_computer(host) and host in ("0.0.0.0", "::", ""):
            host = local_address()
        return f"http://{host}:{self.port}/{self.token}"

    def open(self) -> None:
        """Listen.

        Raises
        ------
        UsageError
            If the port is in use or the address is not of this computer.
        """
        try:
            self._server = _Server(self._place, self)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise UsageError(
                "Another program listens there already."
                if taken
                else f"Cannot listen: {error.strerror or error}.",
                where=f"{self._place[0]}:{self._place[1]}",
                hint="Choose another port." if taken else "Check the address and the port.",
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="push server", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; requests under way are cut off."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout=2.0)
            self._server = self._thread = None

    def take(self, timeout_s: float) -> tuple[Pushed, ...]:
        """Messages that came; waits at most `timeout_s` for the first."""
        taken: list[Pushed] = []
        try:
            taken.append(self._inbox.get(timeout=max(0.0, timeout_s)))
            while True:
                taken.append(self._inbox.get_nowait())
        except queue.Empty:
            with self._lock:
                self._queued_bytes -= sum(p.n_bytes for p in taken)
        return tuple(taken)

    # What the handlers call, each on its own thread.

    def knows(self, path: str) -> bool:
        """Whether a path is that of the token; takes the same time for every wrong one."""
        given = path.split("?", 1)[0].strip("/").encode()
        return hmac.compare_digest(given, self.token.encode())

    def count(self, code: str) -> None:
        """One more refusal."""
        with self._lock:
            self._counted[code] += 1

    def admit(self) -> None:
        """Raise `Refused` if requests come too fast."""
        with self._lock:
            now_s = time.monotonic()
            self._tickets += (now_s - self._refilled_s) * MAX_PER_S
            self._tickets, self._refilled_s = min(self._tickets, MAX_PER_S), now_s
            if self._tickets < 1.0:
                raise Refused(429, "Too many requests: send less often.", "too_many")
            self._tickets -= 1.0

    def deliver(self, body: bytes) -> None:
        """Check a body and hand it over; raises `Refused`."""
        with self._lock:
            if self._queued_bytes + len(body) > MAX_QUEUED_BYTES:
                raise Refused(503, "Too much at once: try again.", "too_many")
            self._queued_bytes += len(body)
        try:
            message = self._check(body)
        except Refused:
            with self._lock:
                self._queued_bytes -= len(body)
            raise
        self._inbox.put(Pushed(message, len(body), time.monotonic()))


def local_address() -> str:
    """The address by which others in the local network reach this computer; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of a range that is nobody's: only the route is asked
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    block_on_close = False

    def __init__(self, place: tuple[str, int], push: PushServer) -> None:
        self.push = push
        self._free = threading.Semaphore(MAX_CONNECTIONS)
        super().__init__(place, _Handler)

    def server_bind(self) -> None:  # without asking a name server for our own name
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.push.count("too_many")
            _say_at_once(request)
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.push.count("broken")  # a sender that went away in the middle


def _say_at_once(request: socket.socket) -> None:
    try:
        request.settimeout(0.2)
        request.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    except OSError:  # it does not wait for an answer
        return


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE_S
    server_version, sys_version = "COMODO", ""

    def do_POST(self) -> None:
        push = self.server.push
        try:
            push.admit()
            if not push.knows(self.path):
                raise Refused(403, "Wrong address: scan the code again.", "wrong_token")
            push.deliver(self._body())
        except Refused as refused:
            push.count(refused.code)
            self.close_connection = True  # what is left of its body is not read
            self._answer(refused.status, refused.text)
            return
        self._answer(200, "ok")

    def do_GET(self) -> None:
        """A person who opens the address in a browser."""
        self.server.push.count("wrong_method")
        self.close_connection = True
        known = self.server.push.knows(self.path)
        self._answer(405, "COMODO listens here: push with POST." if known else "Push with POST.")

    do_PUT = do_HEAD = do_DELETE = do_OPTIONS = do_PATCH = do_GET

    def _body(self) -> bytes:
        text = self.headers.get("Content-Length", "")
        if not text.isascii() or not text.isdigit() or "Transfer-Encoding" in self.headers:
            raise Refused(411, "The length of the message is missing.", "malformed")
        length = int(text[:12])
        if length > MAX_BODY:
            raise Refused(413, f"Over {MAX_BODY >> 20} MiB: send smaller batches.", "too_large")
        parts, left, until_s = [], length, time.monotonic() + _PATIENCE_S
        while left:
            try:
                part = self.rfile.read1(min(left, 1 << 16))
            except TimeoutError:
                part = b""
            if not part or time.monotonic() > until_s:
                raise Refused(408, "The message did not come to its end.", "broken")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address holds a token."""

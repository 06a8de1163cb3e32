"""One file from the hub to the disk: going on where it stopped, never mixing two versions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comodo_app.weights.answers import Answer
from comodo_app.weights.files import hash_file, storage_errors, write_json
from comodo_app.weights.hub import Hub, RemoteFile, is_passing

_TICK_S = 0.1
_STATE = "download.json"
_MAX_WAIT_S = 60.0

Tell = Callable[[int, str], None]  # bytes of this file so far, and what is being waited for


class Changed(Exception):
    """The file on the server is not the one that was begun; what was fetched of it is gone."""


def fetch_file(hub: Hub, file: RemoteFile, commit: str, folder: Path, tell: Tell) -> None:
    """Fetch one file into `folder`, whole and checked, or leave ``NAME.part`` to go on from.

    `tell` is called at least every 0.2 s; what it raises ends the transfer.

    Raises
    ------
    Changed
        If the server's file is not the listed one, or no longer the one that was begun.
    DownloadFailed
        If it cannot be had, or its checksum is wrong; then nothing of it is kept.
    StorageError
        If the disk is full or refuses.
    """
    part = folder / f"{file.name}.part"
    n_failures = 0
    while True:
        before = _size(part)
        if before > file.size:
            _forget(part)
        if before == file.size and (before == 0 or _etag(part)):
            break
        problem: Exception | None = None
        wait_s = 0.0
        try:
            _receive(hub, file, commit, part, tell)
            if _size(part) < file.size:  # the server closed early, as if that were all
                problem = hub.http.RemoteProtocolError("the server closed early")
        except Changed:
            _forget(part)
            raise
        except hub.http.HTTPError as error:
            if getattr(getattr(error, "response", None), "status_code", 0) == 416:
                _forget(part)  # the server's file is shorter than what is here
            elif not is_passing(hub.http, error):
                raise hub.explain(error, commit) from error
            problem, wait_s = error, _asked_wait_s(error)
        if problem is None:
            continue
        n_failures = 1 if _size(part) > before else n_failures + 1
        if n_failures >= hub.connection.n_tries:
            raise hub.explain(problem, commit) from problem
        wait_s = max(wait_s, hub.connection.backoff_s * 2 ** (n_failures - 1))
        _wait(min(wait_s, _MAX_WAIT_S), lambda: tell(_size(part), "trying again"))
    _check(hub, file, part, tell)
    with storage_errors(part):
        part.replace(folder / file.name)
    _keep_etag(part, "")


def _receive(hub: Hub, file: RemoteFile, commit: str, part: Path, tell: Tell) -> None:
    """Append what one answer brings; ends early without an error if the server does."""
    have = _size(part)
    if have and not _etag(part):
        _forget(part)  # from where, nobody knows
        have = 0

    def waiting() -> None:
        tell(have, "waiting for the server")

    headers = hub.headers()
    if have:
        headers["Range"] = f"bytes={have}-"
    with Answer(hub.client, hub.url(file.name, commit), headers) as answer:
        response = answer.response(waiting)
        hub.raise_for_status(response)
        etag = _offered(file, commit, response)
        if have and etag != _etag(part):
            raise Changed(file.name)
        if have and not _goes_on(response, have, file.size):
            _forget(part)
            return
        if response.status_code == 200 or not have:
            _forget(part)
            have = 0
        _keep_etag(part, etag)
        with storage_errors(part), part.open("ab") as out:
            for chunk in answer.chunks(waiting):
                have += len(chunk)
                if have > file.size:
                    break
                out.write(chunk)
                tell(have, "")
        if have > file.size:
            raise Changed(file.name)


def _offered(file: RemoteFile, commit: str, response: Any) -> str:
    """The etag of the file that the hub offers; `Changed` if that is not the listed file."""
    # A renamed repository and the storage behind the hub redirect; the hub's own answer counts.
    told = ("X-Repo-Commit", "X-Linked-Etag")
    answers = [*response.history, response]
    hubs = next((a for a in answers if any(name in a.headers for name in told)), response)
    if hubs.headers.get("X-Repo-Commit", commit) != commit:
        raise Changed(file.name)
    etag = hubs.headers.get("X-Linked-Etag") or hubs.headers.get("ETag") or ""
    etag = etag.removeprefix("W/").strip('"')
    for listed in (file.sha256, file.git_sha1):
        if listed and len(etag) == len(listed) and etag != listed:
            raise Changed(file.name)
    size = hubs.headers.get("X-Linked-Size", "")
    if size.isdigit() and int(size) != file.size:
        raise Changed(file.name)
    return str(etag) or file.sha256 or file.git_sha1 or commit


def _goes_on(response: Any, have: int, size: int) -> bool:
    """Whether a partial answer is the missing rest; a server may also send all, or another part."""
    if response.status_code != 206:
        return bool(response.status_code == 200)
    return bool(response.headers.get("Content-Range") == f"bytes {have}-{size - 1}/{size}")


def _check(hub: Hub, file: RemoteFile, part: Path, tell: Tell) -> None:
    done = 0

    def progress(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        tell(file.size, "checking")

    part.touch()  # a file of no bytes
    if is_listed(file, part, progress):
        return
    _forget(part)
    raise hub.failed(
        f"The checksum of {file.name} is wrong; what was fetched of it was thrown away.",
        "Try again; if it happens once more, something on the way changes the file.",
    )


def is_listed(file: RemoteFile, path: Path, progress: Callable[[int], None] | None = None) -> bool:
    """Whether `path` has the size and the checksum that the hub lists."""
    if _size(path) != file.size:
        return False
    if file.sha256:
        return hash_file(path, progress=progress) == file.sha256
    return not file.git_sha1 or hash_file(path, git=True, progress=progress) == file.git_sha1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _forget(part: Path) -> None:
    with storage_errors(part):
        part.unlink(missing_ok=True)


def _etag(part: Path) -> str:
    """Of which version on the server the part is; empty if that is not known."""
    try:
        return str(json.loads((part.parent / _STATE).read_text(encoding="utf-8"))[part.name])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def _keep_etag(part: Path, etag: str) -> None:
    path = part.parent / _STATE
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        known = {}
    known = known if isinstance(known, dict) else {}
    if known.get(part.name, "") == etag:
        return
    known[part.name] = etag
    write_json(path, {name: value for name, value in known.items() if value})


def _asked_wait_s(error: Exception) -> float:
    """How long a busy server asks to be left alone, in seconds."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else 0.0


def _wait(duration_s: float, tick: Callable[[], None]) -> None:
    end = time.monotonic() + duration_s
    while (left := end - time.monotonic()) > 0:
        tick()
        time.sleep(min(left, _TICK_S))

"""One writing process per project: an advisory lock file that dies with its owner."""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from comodo_app.errors import ProjectError
from comodo_app.project.files import storage_errors
from comodo_app.project.processes import ProcessId, this_process

LOCK_NAME = "project.lock"


@dataclass
class _Held:
    handle: int
    pid: int
    count: int


# The system locks per process, so jobs of one process share its lock: counted here, per file.
_held: dict[Path, _Held] = {}
_guard = threading.Lock()


class WriterLock:
    """Held from construction until `release` or the end of the ``with`` block.

    Jobs of one process share the lock; another process that asks for it gets an error. The
    system frees the lock when its process ends, however it ends, so a stale lock cannot stay:
    the file `LOCK_NAME` remains, its text only says who wrote last. Where the file system knows
    no locks, the process id and start time in the file decide.

    Raises
    ------
    ProjectError
        "in use by process N" while another living process holds it.
    StorageError
        If the lock file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = (folder / LOCK_NAME).resolve()
        self._released = False
        with _guard:
            held = _held.get(self._path)
            if held is not None and held.pid == os.getpid():
                held.count += 1
                return
            with storage_errors(self._path):
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                with storage_errors(self._path):
                    self._take(handle)
            except BaseException:
                os.close(handle)
                raise
            _held[self._path] = _Held(handle, os.getpid(), 1)

    def _take(self, handle: int) -> None:
        owner = _read_owner(handle)
        granted = _system_lock(handle)
        if granted is None:
            granted = owner is None or owner == this_process() or not owner.is_alive()
        if not granted:
            who = f"process {owner.pid}" if owner is not None else "another process"
            if owner is not None and owner.host != this_process().host:
                who += f" on {owner.host}"
            raise ProjectError(
                f"The project is in use by {who}.",
                where=str(self._path.parent),
                hint="Wait until its job has ended, or end that program.",
            )
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, json.dumps(asdict(this_process())).encode())

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        with _guard:
            if self._released:
                return
            self._released = True
            held = _held.get(self._path)
            if held is None or held.pid != os.getpid():  # a forked child holds nothing
                return
            held.count -= 1
            if held.count == 0:
                del _held[self._path]
                os.ftruncate(held.handle, 0)
                os.close(held.handle)  # closing frees the system's lock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _read_owner(handle: int) -> ProcessId | None:
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        owner = json.loads(os.read(handle, 4096))
        return ProcessId(str(owner["host"]), int(owner["pid"]), str(owner["start"]))
    except (ValueError, KeyError, TypeError):  # empty: free, or taken a moment ago
        return None


if sys.platform == "win32":
    import msvcrt

    def _system_lock(handle: int) -> bool | None:
        # Windows forbids others to read locked bytes: lock one far behind the text.
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            return False if error.errno in (errno.EACCES, errno.EDEADLK) else None
        return True

else:
    import fcntl

    def _system_lock(handle: int) -> bool | None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in (errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL):
                return None
            raise
        return True

"""Files and folders of models: hashing, whole-or-not-at-all JSON, one writer per model."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comodo_app.errors import StorageError, UsageError

CHUNK_BYTES = 1 << 20


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a refused write within the block into a `StorageError` about `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what, hint = "The disk is full.", "Free some space, then try again: it goes on there."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            what = "The disk is read-only." if error.errno == errno.EROFS else "No permission."
            hint = "Allow writing there, or set COMODO_MODELS to another folder."
        else:
            raise
        raise StorageError(what, where=str(error.filename or path), hint=hint) from error


def hash_file(
    path: Path, *, git: bool = False, progress: Callable[[int], None] | None = None
) -> str:
    """The file's SHA-256, or with `git` the SHA-1 that git gives to a blob with these bytes.

    `progress` is told how many bytes were read since the last time, at least every MiB.
    """
    digest = hashlib.sha1(usedforsecurity=False) if git else hashlib.sha256()
    if git:
        digest.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            if progress is not None:
                progress(len(chunk))
    return digest.hexdigest()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` to `path`: after a power cut it is the old file or the new one."""
    with storage_errors(path):
        aside = path.with_name(path.name + ".new")
        with aside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)


def flush(path: Path) -> None:
    """Make the file's bytes, or a folder's names, survive a power cut."""
    if path.is_dir() and sys.platform == "win32":
        return  # Windows cannot open folders and keeps names by itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network and FUSE file systems cannot flush; the file is there nevertheless.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below `folder`; 0 if it is not there."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(root, name).stat().st_size
            except FileNotFoundError:  # a download has just renamed it
                continue
    return total


@contextmanager
def one_writer(path: Path, what: str) -> Iterator[None]:
    """Within the block nobody else who asks for the lock file `path` gets it.

    The system frees the lock when its process ends, however it ends.

    Raises
    ------
    UsageError
        "`what` is being fetched or changed already" while somebody else holds it.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _take(handle):
            raise UsageError(
                f"{what} is being fetched or changed already.",
                where=str(path),
                hint="Wait until that has ended, or end that program.",
            )
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":

    def _take(handle: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _take(handle: int) -> bool:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # A file system without locks: two downloads at once would only waste one of them,
            # since each file is checked before it is used.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
                raise
        return True

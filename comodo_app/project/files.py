"""Files that are either whole or not there: write aside, flush to the disk, rename."""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ProjectError, StorageError
from comodo_app.project.processes import ProcessId, this_process

log = logging.getLogger(__name__)

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
# .part-<host>-<pid>-<start>-<random><suffix>; the suffix stays, some writers choose by it
_TEMP_NAME = re.compile(r"\.part-([A-Za-z0-9]+)-(\d+)-(\d+)-[0-9a-f]{16}(\.\w+)?")
_ABANDONED_S = 7 * 86400.0  # a process of another machine cannot be asked whether it lives


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a refused write below into a `StorageError` about `path`."""
    try:
        yield
    except OSError as error:
        translated = as_storage_error(error, path)
        if translated is None:
            raise
        raise translated from error


def as_storage_error(error: OSError, path: Path) -> StorageError | None:
    """What a system error means to the user; None if it is not about room or permission."""
    named = error.filename if isinstance(error.filename, str | os.PathLike) else None
    hidden = named is None or _TEMP_NAME.fullmatch(Path(named).name)
    where = str(path) if hidden else os.fspath(named or path)
    if error.errno in _FULL:
        return StorageError(
            "The disk is full.",
            where=where,
            hint="Free some space or move the project, then try again. Nothing was half written.",
        )
    if error.errno == errno.EFBIG:
        return StorageError(
            "The file is too large for this disk.",
            where=where,
            hint="Move the project to a disk with another file system.",
        )
    if error.errno in _REFUSED:
        reason = "The disk is read-only." if error.errno == errno.EROFS else "No permission."
        return StorageError(
            reason,
            where=where,
            hint="Allow writing to this folder, or choose another one.",
        )
    return None


@contextmanager
def temp_path(folder: Path, suffix: str = "") -> Iterator[Path]:
    """A fresh name in `folder`; what lies there at the end is removed, unless it was published.

    The name tells which process made it, so that `remove_stale_temp_files` can clear what a
    killed process left. `suffix` is kept, because some writers choose their format by it.
    """
    me = this_process()
    suffix = suffix if re.fullmatch(r"\.\w+", suffix) else ""
    name = f".part-{me.host}-{me.pid}-{me.start}-{secrets.token_hex(8)}{suffix}"
    temp = folder / name
    try:
        yield temp
    finally:
        temp.unlink(missing_ok=True)


def publish(temp: Path, path: Path) -> None:
    """Flush `temp` to the disk and give it its real name, replacing what was there."""
    with temp.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(temp, path)  # noqa: PTH105 - the name that tests make fail
    sync_folder(path.parent)


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """A temporary path beside `path`: fill it; at the end it becomes `path`, or vanishes.

    After the block the file is flushed, renamed over `path`, and the folder flushed: at any
    moment, and after a power cut, `path` is the old file or the new one, never a part. If the
    block raises, the temporary file is removed and `path` is untouched.

    Raises
    ------
    StorageError
        If the disk is full, read-only or refuses the write.
    """
    path = Path(path)
    with storage_errors(path), temp_path(path.parent, path.suffix) as temp:
        yield temp
        publish(temp, path)


def write_atomic(path: Path | str, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all; see `atomic_path`."""
    with atomic_path(path) as temp:
        temp.write_bytes(data)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in `folder` survive a power cut (Windows does so by itself)."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            # Some network and FUSE file systems cannot flush a folder; the rename still holds.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
                raise
        finally:
            os.close(handle)


def save_arrays(path: Path | str, **arrays: NDArray[Any]) -> None:
    """Write arrays to an uncompressed ``.npz``, whole or not at all.

    Raises
    ------
    StorageError
        If the disk is full, read-only or refuses the write.
    TypeError
        If an array holds Python objects, which only pickle could write.
    """
    with atomic_path(path) as temp:
        write_arrays(temp, arrays)


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays to `path` in place; for a path from `temp_path` or `atomic_path`."""
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"array {name!r} holds Python objects")
    with path.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def load_arrays(path: Path | str) -> dict[str, NDArray[Any]]:
    """Read what `save_arrays` wrote; never executes anything from the file.

    Raises
    ------
    ProjectError
        If the file is missing, cut off or damaged (each array carries a checksum).
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # NumPy may stop before the checksum is looked at
            if damaged is not None:
                raise zipfile.BadZipFile(f"checksum of {damaged}")
            arrays: dict[str, NDArray[Any]] = {}
            for name in archive.namelist():
                with archive.open(name) as member:
                    arrays[name.removesuffix(".npy")] = np.lib.format.read_array(
                        member, allow_pickle=False
                    )
            return arrays
    except FileNotFoundError as error:
        raise ProjectError(
            "The file is missing.", where=str(path), hint="Make it again or restore a copy."
        ) from error
    except OSError as error:
        translated = as_storage_error(error, path)
        if translated is not None:
            raise translated from error
        if error.errno != errno.EINVAL:  # EINVAL: a damaged directory points before the file
            raise
        raise _damaged(path, error) from error
    except (
        zipfile.BadZipFile,
        struct.error,
        zlib.error,
        NotImplementedError,  # a damaged header asks for an unknown compression
        RuntimeError,  # … or for a password
        ValueError,
        KeyError,
        EOFError,
        OverflowError,
        MemoryError,
    ) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, reason: Exception) -> ProjectError:
    return ProjectError(
        f"The file is damaged ({reason}).",
        where=str(path),
        hint="Make it again or restore a copy.",
    )


def remove_stale_temp_files(folder: Path) -> int:
    """Remove what killed processes left below `folder`; returns how many files."""
    removed = 0
    # Not `rglob`: it raises if another process removes a folder meanwhile.
    names = [(root, name) for root, _, files in os.walk(folder) for name in files]
    for path in (Path(root, name) for root, name in names):
        match = _TEMP_NAME.fullmatch(path.name)
        if match is None:
            continue
        owner = ProcessId(match[1], int(match[2]), match[3])
        if owner.is_alive() and _age_s(path) < _ABANDONED_S:
            continue
        with storage_errors(path):
            path.unlink(missing_ok=True)
        removed += 1
    if removed:
        log.info("removed %d unfinished files of ended processes in %s", removed, folder)
    return removed


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:  # its owner has just finished with it
        return 0.0

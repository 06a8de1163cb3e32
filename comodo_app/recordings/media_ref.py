"""Which media file is this? A key of its content that survives renaming and moving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comodo_app.errors import UnreadableFile

_EDGE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 16
_N_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file outside the project: where it was last, how long it is, what is in it."""

    path: Path
    size_bytes: int
    key: str


def content_key(path: Path) -> str:
    """Key of a file's content that reads at most 3 MiB, however long the file is.

    Two files with the same key have the same size, the same first and last MiB and the same 16
    blocks of 64 KiB evenly spaced between them. This tells media files apart; it does not prove
    that nobody edited a byte.

    Returns
    -------
    str
        32 hex digits.

    Raises
    ------
    UnreadableFile
        If the file is missing or cannot be read.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.blake2b(size.to_bytes(8, "little"), digest_size=16)
        with path.open("rb") as file:
            for start, length in _blocks(size):
                file.seek(start)
                digest.update(file.read(length))
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest()


def media_ref(path: Path) -> MediaRef:
    """Refer to a file by place and content.

    Raises
    ------
    UnreadableFile
        If the file is missing or cannot be read.
    """
    key = content_key(path)
    return MediaRef(path, path.stat().st_size, key)


def matches(ref: MediaRef, path: Path) -> bool:
    """Whether `path` holds what `ref` means; the content is read only if the size agrees."""
    try:
        if path.stat().st_size != ref.size_bytes:
            return False
        return content_key(path) == ref.key
    except (OSError, UnreadableFile):
        return False


def find_moved(ref: MediaRef, candidates: Iterable[Path]) -> tuple[Path, ...]:
    """Those of `candidates` that hold what `ref` means, files of the same name first."""
    found = [path for path in candidates if path.is_file() and matches(ref, path)]
    return tuple(sorted(found, key=lambda path: (path.name != ref.path.name, str(path))))


def unreadable(path: Path, error: OSError) -> UnreadableFile:
    """Put an operating system's refusal into words."""
    hints = {
        FileNotFoundError: "Check the path; the file may have been moved or renamed.",
        PermissionError: "Give yourself permission to read it.",
        IsADirectoryError: "Name a file, or drop the folder as a whole.",
    }
    hint = hints.get(type(error), "Check that the disk is connected and the file is whole.")
    what = error.strerror or str(error)
    return UnreadableFile(f"The file cannot be read: {what}.", where=str(path), hint=hint)


def _blocks(size: int) -> list[tuple[int, int]]:
    """(start, length) of what is hashed."""
    if size <= 2 * _EDGE_BYTES + _N_BLOCKS * _BLOCK_BYTES:
        return [(0, size)]
    first, last = _EDGE_BYTES, size - _EDGE_BYTES - _BLOCK_BYTES
    step = (last - first) // (_N_BLOCKS - 1)
    middle = [(first + i * step, _BLOCK_BYTES) for i in range(_N_BLOCKS)]
    return [(0, _EDGE_BYTES), *middle, (size - _EDGE_BYTES, _EDGE_BYTES)]

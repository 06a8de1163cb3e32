"""The index of an MP4 or QuickTime file, found without reading the media in it."""

from __future__ import annotations

from pathlib import Path

# Boxes that such a file may begin with.
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid"})
_LARGEST_HEADER_BYTES = 256 << 20


def movie_header(path: Path) -> bytes | None:
    """The content of the file's ``moov`` box.

    Returns
    -------
    bytes or None
        None if the file is no MP4, or is cut off before the index (which cameras write last), or
        cannot be opened: whoever reads it next will say why.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            start = 0
            while start + 8 <= end:
                file.seek(start)
                head = file.read(16)
                size, kind = int.from_bytes(head[:4], "big"), head[4:8]
                if start == 0 and kind not in _FIRST:
                    return None
                if size == 1:
                    size = int.from_bytes(head[8:16], "big")
                elif size == 0:
                    size = end - start
                if size < 8:
                    return None
                if kind == b"moov":
                    whole = start + size <= end and size <= _LARGEST_HEADER_BYTES
                    file.seek(start)
                    return file.read(size) if whole else None
                start += size
    except OSError:
        return None
    return None

"""References to media that the project does not own: relative and absolute path, and size."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from comodo_app.errors import UsageError
from comodo_app.project.rows import SourceFile


def locate(path: Path) -> Path:
    """`path` from the root on, under the name it was given: a link keeps its own name."""
    return path.parent.resolve() / path.name if path.name else path.resolve()


def measure(path: Path) -> int:
    """Size of a file in bytes; -1 for a folder or where there is nothing."""
    try:
        return path.stat().st_size if path.is_file() else -1
    except OSError:  # a drive that is gone or a share that does not answer: not there
        return -1


def relative_to_project(path: Path, folder: Path) -> str:
    """`path` as seen from the project, with slashes; empty on another drive (Windows)."""
    try:
        return Path(os.path.relpath(path, folder.resolve())).as_posix()
    except ValueError:
        return ""


def find_source(relative: str, absolute: str, size_bytes: int, *, folder: Path) -> SourceFile:
    """Where a source lies now: beside the project if it moved along, else at its old place.

    Of the two places the one with a file of the right size wins, then the first with any file.
    If there is neither, the absolute path is named as missing.
    """
    places = [Path(absolute)]
    if relative:
        places.insert(0, Path(os.path.normpath(folder.resolve() / relative)))
    there = [(place, measure(place)) for place in places if _exists(place)]
    if not there:
        return SourceFile(places[-1], size_bytes, missing=True, changed=False)
    place, size = next((found for found in there if found[1] == size_bytes), there[0])
    # What was not there when it was added cannot have changed.
    changed = size_bytes >= 0 and size != size_bytes
    return SourceFile(place, size_bytes, missing=False, changed=changed)


def match_sources(
    sources: Sequence[SourceFile], new_paths: Sequence[Path]
) -> tuple[tuple[int, Path], ...]:
    """Which of `sources` each new path stands for: by name; as many as before: also by place.

    Returns
    -------
    tuple of (position, path)

    Raises
    ------
    UsageError
        If a file is not there, has another size than the one it stands for, or fits none.
    """
    names = [source.path.name for source in sources]
    matched = []
    for i, path in enumerate(new_paths):
        if not _exists(path):
            raise UsageError("There is no such file.", where=str(path))
        if names.count(path.name) == 1:
            position = names.index(path.name)
        elif len(new_paths) == len(sources):
            position = i
        else:
            raise UsageError(
                "The file's name fits none of the recording's files.",
                where=str(path),
                hint=f"They are called {', '.join(names)}; or give all of them in this order.",
            )
        expected, size = sources[position].size_bytes, measure(path)
        if expected >= 0 and size != expected:
            raise UsageError(
                f"This is not the file that was added: it has {size} bytes instead of {expected}.",
                where=str(path),
                hint="Choose the original file, or add this one as a new recording.",
            )
        matched.append((position, path))
    return tuple(matched)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False

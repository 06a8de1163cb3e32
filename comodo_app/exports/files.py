"""Writing an export in one go: the old file, or the whole new one, never half of it."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from comodo_app.errors import StorageError


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then rename it into place; an existing file is replaced.

    Raises
    ------
    StorageError
        If the folder is missing or read-only, or the disk is full; nothing is left behind.
    """
    aside = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise StorageError(
            f"The export could not be written: {error.strerror or error}.",
            where=str(path),
            hint="Choose a folder that exists, that you may write to, and that has room.",
        ) from error
    finally:
        aside.unlink(missing_ok=True)

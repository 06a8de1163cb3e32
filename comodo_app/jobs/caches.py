"""What a project's folders take on the disk, and forgetting what can be computed again."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.files import storage_errors
from comodo_app.project.store import Project


@dataclass(frozen=True, slots=True)
class SizesRequest:
    """Look at this project."""

    project: Path


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes on the disk. `embeddings` can be computed again from the videos; the rest cannot."""

    embeddings: int
    students: int
    checkpoints: int
    tracks: int
    database: int
    backups: int

    @property
    def total(self) -> int:
        """All of it."""
        whole = self.embeddings + self.students + self.checkpoints
        return whole + self.tracks + self.database + self.backups


def measure_sizes(request: SizesRequest, context: JobContext) -> Sizes:
    """Add up the files of each folder of a project; nothing is changed."""
    folders = ("embeddings", "students", "checkpoints", "tracks", "backups")
    found = {}
    for index, name in enumerate(folders):
        context.step(Progress(index, len(folders), name))
        found[name] = _bytes_in(request.project / name, context)
    database = sum(_size(path) for path in request.project.glob("project.sqlite*"))
    return Sizes(database=database, **found)


def clear_embeddings(request: SizesRequest, context: JobContext) -> Sizes:
    """Forget all teacher embeddings; the next run or prediction of the teacher lane makes new ones.

    Raises
    ------
    ProjectError
        If another job or program is writing to the project.
    StorageError
        If the disk refuses.
    """
    with Project(request.project) as project, project.lock_for_writing():
        entries = sorted(project.embeddings.folder.glob("*"))
        for index, entry in enumerate(entries):
            context.step(Progress(index, len(entries), "embeddings"))
            with storage_errors(entry):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return measure_sizes(request, context)


def _bytes_in(folder: Path, context: JobContext) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        context.step(Progress(0, None, folder.name))
        total += sum(_size(Path(root, name)) for name in names)
    return total


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # merged or removed a moment ago
        return 0

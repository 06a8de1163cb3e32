"""The demo project; light to import, the readers load in the job."""

from __future__ import annotations

import shutil
from pathlib import Path

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.resources import demo_recordings
from comodo_app.project.store import Project

DEMO_HELD_OUT = ("p07-s1", "p08-s1")
"""Recordings of the demo that nothing is learned from: they show what the student knows."""


def make_demo(folder: Path, context: JobContext) -> Path:
    """Make the demo project in `folder`, with copies of the bundled recordings; its project.

    A demo that is there already is left as it is.

    Raises
    ------
    UsageError
        If the bundled recordings are missing.
    StorageError
        If the folder cannot be written.
    """
    from comodo_app.jobs.add import AddRequest, add_recordings
    from comodo_app.jobs.demo import DEMO_GRID
    from comodo_app.jobs.grids import keep_grid
    from comodo_app.project.files import storage_errors

    project = folder / "Demo.comodo"
    copies = folder / "recordings"
    media = sorted(demo_recordings().glob("p*"))
    with storage_errors(folder):
        copies.mkdir(parents=True, exist_ok=True)
        for index, path in enumerate(media):
            context.step(Progress(index, len(media), f"copying {path.name}"))
            if not (copies / path.name).exists():
                shutil.copy2(path, copies / path.name)
    with Project.open_or_create(project) as opened:
        known = {row.name for row in opened.recordings()}
    if not known:
        add_recordings(AddRequest(project, (copies,)), context)
        with Project.open(project) as opened:
            for row in opened.recordings():
                opened.set_use_for_training(row.id, row.name not in DEMO_HELD_OUT)
            keep_grid(opened, DEMO_GRID)
    return project

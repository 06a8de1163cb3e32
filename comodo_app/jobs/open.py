"""Open a project for a window: check, migrate, back up; tell whether it was closed properly."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from comodo_app.errors import ProjectError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.backups import DATABASE_NAME
from comodo_app.project.processes import ProcessId, this_process
from comodo_app.project.store import Project

OPEN_KEY = "open_in"
"""Key of the project's `meta`: the process that has it open in a window; empty when closed."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Open the project in `folder`; `create` makes it if it is not there."""

    folder: Path
    create: bool = False


@dataclass(frozen=True, slots=True)
class OpenResult:
    """`this_process` is to be kept under `OPEN_KEY` while the window has the project open.

    `unclean_since` is the local time of the last write of a window that ended without closing the
    project, empty if it was closed.
    """

    folder: Path
    this_process: str
    unclean_since: str = ""


def open_project(request: OpenRequest, context: JobContext) -> OpenResult:
    """Make sure that the project can be used.

    Raises
    ------
    ProjectError
        As `Project.open`, or if another living window has the project open.
    """
    context.step(Progress(0, None, "checking"))
    written = _last_write(request.folder)
    open_ = Project.open_or_create if request.create else Project.open
    with open_(request.folder) as project:
        owner = _owner(project.get_meta(OPEN_KEY) or "")
    me = this_process()
    unclean = ""
    if owner is not None and owner != me:
        if owner.host == me.host and owner.is_alive():
            raise ProjectError(
                f"The project is open in another window (process {owner.pid}).",
                where=str(request.folder),
                hint="Use that window, or close it first.",
            )
        unclean = written or "the last change"
    with Project(request.folder) as project:
        project.sweep_removed()  # no window is left that could put them back
    return OpenResult(request.folder, json.dumps(asdict(me)), unclean)


def _owner(text: str) -> ProcessId | None:
    try:
        return ProcessId(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None  # written by another version: nothing to conclude from it


def _last_write(folder: Path) -> str:
    times = [
        path.stat().st_mtime
        for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal")
        if (path := folder / name).exists()
    ]
    return datetime.fromtimestamp(max(times)).strftime("%H:%M:%S") if times else ""

"""Name an activity by its permanent id; timelines follow at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comodo_app.activities.model import Activity
from comodo_app.activities.naming import Naming
from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.discover import choose_run
from comodo_app.jobs.predict import refresh_timelines
from comodo_app.project.store import Project


@dataclass(frozen=True, slots=True)
class NameRequest:
    """New names by activity id; an empty name takes a name away. Equal names merge."""

    project: Path
    names: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class NameResult:
    """All activities as they are called now; ids that share a name map to the lowest."""

    activities: tuple[Activity, ...]
    groups: Mapping[int, int]


def name_activities(request: NameRequest, context: JobContext) -> NameResult:
    """Set names and redraw the latest run's timelines with them."""
    with Project.open(request.project) as project, project.lock_for_writing():
        for activity_id, name in request.names.items():
            project.name_activity(activity_id, name)
        context.step(Progress(0, 1, "redrawing timelines"))
        try:
            run = choose_run(project, None)
        except UsageError:
            run = None  # names can be given before there is anything to redraw
        if run is not None and (project.students_folder(run.id) / "recognizer.npz").exists():
            refresh_timelines(project, run)
        context.step(Progress(1, 1))
        naming = Naming(project.activities())
        return NameResult(naming.activities, naming.groups)

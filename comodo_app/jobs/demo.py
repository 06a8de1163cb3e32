"""The demo: the bundled recordings, from files to named timelines, checked against the truth.

The recordings are simulated, so what was really done is known. The demo names each activity as a
person would who looks at its most central window; nothing else of the truth reaches the app.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from comodo_app.activities.model import Activity, Lane, Segment, State, Timeline
from comodo_app.activities.naming import Naming
from comodo_app.errors import UsageError
from comodo_app.evaluation.segments import overlap
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.discover import DiscoveredActivity
from comodo_app.jobs.distill import DistillRequest
from comodo_app.jobs.export import ExportRequest, export
from comodo_app.jobs.intake import DEMO_HELD_OUT
from comodo_app.jobs.name import NameRequest, name_activities
from comodo_app.jobs.run import RunRequest, RunResult, run_all
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.simulation.truth import Truth, read_truth, truth_path

DEMO_GRID = WindowGrid(window_s=5.0, stride_s=1.0)


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """Walk through the recordings in `recordings`, on copies in `folder`."""

    recordings: Path
    folder: Path
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TruthCheck:
    """One recording: share of its time at which the IMU-only timeline names the true activity.

    `right` counts unknown as wrong; `right_when_said` leaves unknown time out. `held_out` tells
    that neither teacher nor student learned from it.
    """

    recording: str
    right: float
    right_when_said: float
    held_out: bool


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The walk's results, with names, and the check against the simulated truth."""

    project: Path
    walk: RunResult
    n_activities: int
    names: tuple[str, ...]
    checks: tuple[TruthCheck, ...]


def demo(request: DemoRequest, context: JobContext) -> DemoResult:
    """Copy, walk, name by the most central windows, export, compare with the truth.

    Raises
    ------
    UsageError
        If the demo's recordings are not where they should be.
    """
    copies = request.folder / "recordings"
    project = request.folder / "demo.comodo"
    _copy(request.recordings, copies, context.within("copy"))
    walk = run_all(
        RunRequest(
            DistillRequest(project, DEMO_GRID, seed=request.seed),
            (copies,),
            hold_out=DEMO_HELD_OUT,
            export=False,  # once, with names
        ),
        context,
    )
    if walk.discovered is None:
        return DemoResult(project, walk, 0, (), ())
    truths = {path.stem: read_truth(truth_path(path)) for path in sorted(copies.glob("*.mp4"))}
    names = {
        found.id: name_of_medoid(found, truths, DEMO_GRID.window_s)
        for found in walk.discovered.activities
    }
    naming = name_activities(NameRequest(project, names), context.within("name"))
    truth, extra = truth_timelines(project, Naming(naming.activities), truths)
    exported = export(
        ExportRequest(project, run_id=walk.discovered.run_id, truth=truth, truth_activities=extra),
        context.within("export"),
    )
    return DemoResult(
        project,
        replace(walk, exported=exported),
        len(walk.discovered.activities),
        tuple(sorted(set(names.values()))),
        check_truth(project, walk.discovered.run_id, truth),
    )


def _copy(source: Path, target: Path, context: JobContext) -> None:
    files = sorted(p for p in source.glob("*") if p.suffix in (".mp4", ".csv", ".json"))
    if not files:
        raise UsageError(
            "The demo's recordings are missing.",
            where=str(source),
            hint="Make them again with the command in resources/demo/README.md.",
        )
    target.mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(files):
        context.step(Progress(index, len(files), path.name))
        copy = target / path.name
        if not copy.exists() or copy.stat().st_size != path.stat().st_size:
            shutil.copyfile(path, copy)


def name_of_medoid(found: DiscoveredActivity, truths: dict[str, Truth], window_s: float) -> str:
    """What a person would call an activity who watches its most central window."""
    truth = truths[found.medoid_recording]
    middle = np.array([found.medoid_start_s + window_s / 2])
    label = truth.label_windows([found.medoid_start_s], window_s)[0]
    return label if label is not None else str(truth.label_at(middle)[0])


def truth_timelines(
    project: Path, naming: Naming, truths: dict[str, Truth]
) -> tuple[dict[int, Timeline], tuple[Activity, ...]]:
    """The truth as timelines by recording id, in the ids that carry the same names.

    True activities that no discovered activity is called after get ids above all others, only for
    this drawing; they are returned too.
    """
    extra: dict[str, int] = {}
    unused = max((activity.id for activity in naming), default=0) + 1
    timelines: dict[int, Timeline] = {}
    with Project.open(project) as opened:
        for row in opened.recordings():
            truth = truths.get(row.name)
            if truth is None:
                continue
            segments = []
            for part in truth.segments:
                known = naming.find(part.activity)
                if known is None:
                    known = extra.setdefault(part.activity, unused + len(extra))
                end_s = min(part.end_s, row.duration_s)
                if end_s > part.start_s:
                    segments.append(Segment(part.start_s, end_s, State.ACTIVITY, known, 1.0))
            timelines[row.id] = Timeline(tuple(segments))
    return timelines, tuple(Activity(number, name) for name, number in extra.items())


def check_truth(project: Path, run_id: int, truth: dict[int, Timeline]) -> tuple[TruthCheck, ...]:
    """Compare the student's timelines with the truth, recording by recording."""
    checks = []
    with Project.open(project) as opened:
        for row in opened.recordings():
            said = opened.timeline(run_id, Lane.STUDENT, row.id)
            if said is None or row.id not in truth:
                continue
            checks.append(
                TruthCheck(
                    row.name,
                    overlap(truth[row.id], said, count_unknown=True).share,
                    overlap(truth[row.id], said, count_unknown=False).share,
                    not row.use_for_training,
                )
            )
    return tuple(checks)

"""Export: segments as CSV and a picture of each recording's timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from comodo_app.activities.corrections import corrected_timeline
from comodo_app.activities.model import Activity, Lane, Timeline
from comodo_app.activities.naming import Naming
from comodo_app.activities.timelines import relabel
from comodo_app.errors import UsageError
from comodo_app.exports.segments_csv import ExportedTimeline, write_segments_csv
from comodo_app.exports.summary import Summary, summarize
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.discover import choose_run
from comodo_app.project.files import storage_errors
from comodo_app.project.rows import RecordingRow, RunRow
from comodo_app.project.store import Project

LANE_LABELS = {
    Lane.TEACHER: "Teacher",
    Lane.STUDENT: "Student",
    Lane.CORRECTED: "Corrected",
    Lane.TRUTH: "Truth",
}


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Export to `folder` (None: ``exports/`` in the project).

    `truth` adds lanes that no run made, by recording id, with the activities they name.
    """

    project: Path
    folder: Path | None = None
    run_id: int | None = None
    recording_ids: tuple[int, ...] | None = None
    pictures: bool = True
    theme: Literal["light", "dark"] = "light"
    truth: Mapping[int, Timeline] | None = None
    truth_activities: tuple[Activity, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The files written, and minutes per activity and recording of the student's lane."""

    run_id: int
    csv: Path
    pictures: tuple[Path, ...]
    summary: Summary


def export(request: ExportRequest, context: JobContext) -> ExportResult:
    """Write ``segments.csv`` and one PNG per recording; each file appears whole or not at all."""
    with Project.open(request.project) as project:
        run = choose_run(project, request.run_id)
        rows = [
            row
            for row in project.recordings()
            if request.recording_ids is None or row.id in request.recording_ids
        ]
        naming = Naming(project.activities())
        shown = (*naming.representatives, *request.truth_activities)
        lanes = {row.id: _lanes(project, run, row, request.truth or {}) for row in rows}
        lanes = {recording_id: found for recording_id, found in lanes.items() if found}
        if not lanes:
            raise UsageError(
                "There is no timeline to export.",
                where=str(request.project),
                hint="Predict first.",
            )
        folder = request.folder or request.project / "exports"
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        exported = [
            ExportedTimeline(row.name, lane, timeline, shown, f"run-{run.id}")
            for row in rows
            for lane, timeline in lanes.get(row.id, {}).items()
        ]
        csv = folder / "segments.csv"
        write_segments_csv(csv, exported)
        pictures = []
        for index, row in enumerate(rows if request.pictures else []):
            if row.id in lanes:
                context.step(Progress(index, len(rows), row.name))
                path = folder / f"{_file_name(row.name)}.png"
                _write_picture(project, row, lanes[row.id], shown, path=path, theme=request.theme)
                pictures.append(path)
        context.step(Progress(len(rows), len(rows)))
        return ExportResult(run.id, csv, tuple(pictures), summarize(exported))


def _lanes(
    project: Project, run: RunRow, row: RecordingRow, truth: Mapping[int, Timeline]
) -> dict[Lane, Timeline]:
    found = {lane: project.timeline(run.id, lane, row.id) for lane in (Lane.TEACHER, Lane.STUDENT)}
    student, corrections = found[Lane.STUDENT], project.corrections(row.id)
    if student is not None and corrections:
        groups = Naming(project.activities()).groups
        over = corrected_timeline(student, corrections)
        found[Lane.CORRECTED] = relabel(over, groups)
    found[Lane.TRUTH] = truth.get(row.id)
    lanes = {lane: timeline for lane, timeline in found.items() if timeline is not None}
    return lanes if Lane.STUDENT in lanes or Lane.TEACHER in lanes else {}


def _file_name(name: str) -> str:
    """A recording's name as a file name on any system."""
    plain: Callable[[str], bool] = lambda c: c.isalnum() or c in " -_.()"  # noqa: E731
    kept = "".join(c if plain(c) else "_" for c in name).strip(" .")
    return kept or "recording"


def _write_picture(
    project: Project,
    row: RecordingRow,
    lanes: Mapping[Lane, Timeline],
    activities: tuple[Activity, ...],
    *,
    path: Path,
    theme: Literal["light", "dark"],
) -> None:
    from comodo_app.exports.timeline_picture import TimelinePicture
    from comodo_app.exports.timeline_png import write_timeline_png

    recording = project.load_recording(row.id)
    times = recording.imu_times_s() if recording.imu is not None else np.zeros(0)
    samples = recording.imu.samples if recording.imu is not None else np.zeros((0, 6), np.float32)
    picture = TimelinePicture(
        title=row.name,
        times_s=times,
        acc=samples[:, :3],
        gyro=samples[:, 3:],
        lanes=tuple((LANE_LABELS[lane], timeline) for lane, timeline in lanes.items()),
        activities=activities,
        gaps=tuple((gap.start_s, gap.end_s) for gap in recording.imu_gaps()),
    )
    write_timeline_png(path, picture, theme=theme)

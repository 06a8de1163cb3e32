"""What a page needs to show a recording: its traces, its frames' times; light to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.store import Project
from comodo_app.recordings.pyramid import Pyramid, build_pyramid

if TYPE_CHECKING:
    from comodo_app.jobs.export import ExportResult
    from comodo_app.jobs.predict import PredictResult


STALE_KEY = "timelines_stale"
"""Key of the project's `meta`: not empty from a changed name until the timelines follow it."""


@dataclass(frozen=True, slots=True)
class LookRequest:
    """A recording of a project that is open (checked and migrated)."""

    project: Path
    recording_id: int


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """A recording's samples on the recording clock, ready to be drawn at any zoom.

    Six channels: acc x, y, z in m/s² with gravity, gyro x, y, z in rad/s.
    """

    recording_id: int
    pyramid: Pyramid


@dataclass(frozen=True, slots=True, eq=False)
class FrameTimes:
    """Times of a video's frames, (F,) float64, rising from 0: their numbers are their places."""

    recording_id: int
    times_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ConfidenceRequest:
    """What the student of a run said of each window, with activities grouped by their names."""

    project: Path
    run_id: int
    recording_id: int
    groups: Mapping[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """The student's confidence over time: (N,) window centres and (N,) 0 to 1, NaN without data.

    Below `threshold` the student abstains.
    """

    recording_id: int
    times_s: NDArray[np.float64]
    values: NDArray[np.float64]
    threshold: float


def load_traces(request: LookRequest, context: JobContext) -> Traces | None:
    """Read a recording's samples; None if it has no sensor."""
    context.step(Progress(0, None, "reading samples"))
    with Project(request.project) as project:
        recording = project.load_recording(request.recording_id)
    if recording.imu is None:
        return None
    pyramid = build_pyramid(
        recording.imu_times_s(),
        recording.imu.samples,
        gaps=tuple((gap.start_s, gap.end_s) for gap in recording.imu_gaps()),
        step=lambda done, total: context.step(Progress(done, total, "reading samples")),
    )
    return Traces(request.recording_id, pyramid)


def load_frame_times(request: LookRequest, context: JobContext) -> FrameTimes | None:
    """Walk over a video's packets without decoding them; None if it has no video."""
    from comodo_app.recordings.video import frame_times

    context.step(Progress(0, None, "numbering frames"))
    with Project(request.project) as project:
        row = project.recording_row(request.recording_id)
    if row.video is None:
        return None
    return FrameTimes(request.recording_id, frame_times(row.video.path))


def load_confidence(request: ConfidenceRequest, context: JobContext) -> Confidence | None:
    """The kept probabilities of a recording's windows; None if there are none."""
    from comodo_app.activities.calibration import group_columns, sum_columns
    from comodo_app.activities.model import Lane
    from comodo_app.jobs.lanes import Evidence
    from comodo_app.jobs.predict import evidence_path, load_recognizer
    from comodo_app.project.files import load_arrays

    context.step(Progress(0, None, "reading confidence"))
    with Project(request.project) as project:
        run = project.run(request.run_id)
        path = evidence_path(project, run, Lane.STUDENT, request.recording_id)
        if not path.exists():
            return None
        evidence = Evidence.from_arrays(load_arrays(path))
        threshold = load_recognizer(project, run).threshold
    ids, group_of = group_columns(evidence.activity_ids, dict(request.groups))
    merged = sum_columns(evidence.probabilities.astype(np.float64), group_of, len(ids))
    best = merged.max(axis=1) if merged.size else np.zeros(len(evidence.starts_s))
    return Confidence(
        request.recording_id,
        evidence.starts_s + 0.5 * evidence.window_s,
        np.where(evidence.has_data, best, np.nan),
        float(threshold),
    )


@dataclass(frozen=True, slots=True)
class RedrawRequest:
    """Redraw the timelines of all runs with the names as they are now, `first_run` first."""

    project: Path
    first_run: int | None = None


def redraw_timelines(request: RedrawRequest, context: JobContext) -> int:
    """Draw every run's timelines anew from the kept probabilities; how many runs were redrawn.

    Nothing is learned and no student runs. It takes no writer's lock: names may be given while a
    distillation goes on, and each run's lanes are replaced whole.
    """
    from comodo_app.jobs.predict import recognizer_path, refresh_timelines

    with Project(request.project) as project:
        runs = sorted(project.runs(), key=lambda run: (run.id != request.first_run, -run.id))
        known = [run for run in runs if recognizer_path(project, run).exists()]
        for done, run in enumerate(known):
            context.step(Progress(done, len(known), "redrawing timelines"))
            refresh_timelines(project, run)
            context.publish(run.id)
        project.set_meta(STALE_KEY, "")
    return len(known)


@dataclass(frozen=True, slots=True)
class PredictWish:
    """As `jobs.predict.PredictRequest`, which takes a second to import."""

    project: Path
    run_id: int | None = None
    recording_ids: tuple[int, ...] | None = None


def predict_recordings(request: PredictWish, context: JobContext) -> PredictResult:
    """`jobs.predict.predict`."""
    from comodo_app.jobs.predict import PredictRequest, predict

    return predict(PredictRequest(request.project, request.run_id, request.recording_ids), context)


@dataclass(frozen=True, slots=True)
class ExportWish:
    """As `jobs.export.ExportRequest`, which takes a second to import."""

    project: Path
    run_id: int | None = None
    recording_ids: tuple[int, ...] | None = None


def export_timelines(request: ExportWish, context: JobContext) -> ExportResult:
    """`jobs.export.export` into the project's ``exports/``."""
    from comodo_app.jobs.export import ExportRequest, export

    return export(
        ExportRequest(request.project, run_id=request.run_id, recording_ids=request.recording_ids),
        context,
    )

"""Predict: every recording's windows through the student, from IMU alone, then timelines.

Window probabilities are kept per recording, so a changed name redraws timelines without torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.model import Lane, Timeline
from comodo_app.activities.naming import Naming
from comodo_app.activities.recognizer import Recognizer
from comodo_app.errors import InputError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.discover import choose_run, teacher_activities
from comodo_app.jobs.embed_recording import cache_key
from comodo_app.jobs.lanes import Evidence, draw_timeline
from comodo_app.jobs.models import facts_of_run
from comodo_app.jobs.student_files import RunSettings, load_run_student, load_space
from comodo_app.jobs.watch import TimelineReady
from comodo_app.project.files import load_arrays, save_arrays
from comodo_app.project.rows import RecordingRow, RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid, cut_imu, usable, windows_of

if TYPE_CHECKING:
    from torch import nn

    from comodo_app.distillation.targets import TeacherSpace

PREDICT_STRIDE_S = 1.0  # at most: finer borders than the windows that were learned from


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Predict these recordings (None: all with an IMU) with a run's student (None: the latest)."""

    project: Path
    run_id: int | None = None
    recording_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class PredictedRecording:
    """One recording's student timeline; `error` says why there is none."""

    recording_id: int
    name: str
    n_windows: int = 0
    n_no_data: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class PredictResult:
    """One entry per recording with an IMU."""

    run_id: int
    recordings: tuple[PredictedRecording, ...]


def predict(request: PredictRequest, context: JobContext) -> PredictResult:
    """Predict from IMU alone, and draw the student's and the teacher's timelines."""
    with Project.open(request.project) as project, project.lock_for_writing():
        run = choose_run(project, request.run_id)
        student, settings = load_run_student(project, run)
        recognizer = load_recognizer(project, run)
        space = load_space(project, run)
        rows = [
            row
            for row in project.recordings()
            if row.imu is not None
            and (request.recording_ids is None or row.id in request.recording_ids)
        ]
        done = []
        for index, row in enumerate(rows):
            report = partial(_report, context, index, len(rows), row.name)
            done.append(_student_evidence(project, run, row, settings, recognizer, student, report))
            _teacher_evidence(project, run, row, settings, space)
            refresh_timelines(project, run, (row.id,))
            context.publish(TimelineReady(row.id, row.name))
        context.step(Progress(len(rows), len(rows)))
    return PredictResult(run.id, tuple(done))


def _report(context: JobContext, index: int, total: int, name: str, share: float) -> None:
    context.step(Progress(index + share, total, name))


def load_recognizer(project: Project, run: RunRow) -> Recognizer:
    """The run's recognizer.

    Raises
    ------
    InputError
        If activities have not been discovered with this run yet.
    """
    path = recognizer_path(project, run)
    if not path.exists():
        raise InputError(
            f"Run {run.id} knows no activities yet.",
            where=str(project.folder),
            hint="Discover activities first.",
        )
    return Recognizer.from_arrays(load_arrays(path))


def recognizer_path(project: Project, run: RunRow) -> Path:
    """Where a run's recognizer is, once its activities were discovered."""
    return project.students_folder(run.id) / "recognizer.npz"


def refresh_timelines(
    project: Project, run: RunRow, recording_ids: tuple[int, ...] | None = None
) -> None:
    """Redraw timelines from the kept evidence with the names as they are now. No torch."""
    naming = Naming(project.activities())
    recognizer = load_recognizer(project, run)
    for lane in (Lane.STUDENT, Lane.TEACHER):
        drawn: dict[int, Timeline] = {}
        for row in project.recordings():
            path = evidence_path(project, run, lane, row.id)
            if path.exists() and (recording_ids is None or row.id in recording_ids):
                evidence = Evidence.from_arrays(load_arrays(path))
                threshold = recognizer.threshold if lane is Lane.STUDENT else 0.0
                drawn[row.id] = draw_timeline(evidence, naming.groups, threshold=threshold)
        project.save_timelines(run.id, lane, drawn)


def evidence_path(project: Project, run: RunRow, lane: Lane, recording_id: int) -> Path:
    """Where the probabilities of a recording's windows are kept, whether or not they are."""
    return project.students_folder(run.id) / "windows" / f"{recording_id}-{lane.value}.npz"


def _save_evidence(
    project: Project, run: RunRow, lane: Lane, row: RecordingRow, evidence: Evidence
) -> None:
    path = evidence_path(project, run, lane, row.id)
    path.parent.mkdir(exist_ok=True)
    save_arrays(path, **evidence.to_arrays())


def _student_evidence(
    project: Project,
    run: RunRow,
    row: RecordingRow,
    settings: RunSettings,
    recognizer: Recognizer,
    student: nn.Module,
    report: Callable[[float], None],
) -> PredictedRecording:
    from comodo_app.students.encoder import embed_batches

    report(0.0)
    recording = project.load_recording(row.id)
    grid = WindowGrid(settings.grid.window_s, min(settings.grid.stride_s, PREDICT_STRIDE_S))
    windows = windows_of(recording, grid, cover=True)
    starts = np.array([window.start_s for window in windows])
    has_data = usable(windows)
    if not has_data.any():
        reason = (
            f"shorter than one window of {grid.window_s:g} s"
            if row.duration_s < grid.window_s
            else "no window has enough IMU data"
        )
        return PredictedRecording(row.id, row.name, len(windows), int((~has_data).sum()), reason)
    imu = cut_imu(
        recording,
        starts[has_data],
        window_s=grid.window_s,
        sample_rate_hz=settings.student.sample_rate_hz,
    )
    batches = []
    for features in embed_batches(student, imu):
        batches.append(features)
        report(sum(map(len, batches)) / len(imu))
    features = np.concatenate(batches)
    probabilities = np.zeros((len(starts), len(recognizer.activity_ids)), np.float32)
    probabilities[has_data] = recognizer.probabilities(features)
    novel = np.zeros(len(starts), np.bool_)
    novel[has_data] = recognizer.novelty(features) < recognizer.novelty_floor
    evidence = Evidence(
        starts,
        grid.window_s,
        grid.stride_s,
        recording.span_s,
        recognizer.activity_ids,
        probabilities,
        has_data,
        novel,
    )
    _save_evidence(project, run, Lane.STUDENT, row, evidence)
    return PredictedRecording(row.id, row.name, len(windows), int((~has_data).sum()))


def _teacher_evidence(
    project: Project,
    run: RunRow,
    row: RecordingRow,
    settings: RunSettings,
    space: TeacherSpace,
) -> None:
    """The teacher's lane, where its embeddings are cached; the student never needs it."""
    if row.video is None or row.missing_media:
        return
    teacher = facts_of_run(settings)
    starts = settings.grid.covering_starts((0.0, row.duration_s))
    cached = project.embeddings.load(cache_key(row, teacher, settings.grid), starts, teacher.dim)
    if not cached.present.any():
        return
    recordings = np.full(len(starts), row.id)
    targets = space.transform(cached.embeddings[cached.present], recordings[cached.present])
    ids, cosine = teacher_activities(project, run, targets)
    probabilities = np.zeros((len(starts), len(ids)), np.float32)
    probabilities[cached.present] = _soft(cosine)
    order = np.argsort(ids)
    evidence = Evidence(
        starts,
        settings.grid.window_s,
        settings.grid.stride_s,
        (0.0, row.duration_s),
        ids[order],
        probabilities[:, order],
        cached.present,
        np.zeros(len(starts), np.bool_),
    )
    _save_evidence(project, run, Lane.TEACHER, row, evidence)


def _soft(cosine: NDArray[np.float64]) -> NDArray[np.float32]:
    """Cosines to the clusters → shares, with the temperature that fits the teacher space."""
    logits = cosine / 0.1
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares

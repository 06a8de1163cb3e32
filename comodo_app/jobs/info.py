"""What a project holds, for a list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comodo_app.activities.model import Activity
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.embedding_cache import CacheKey
from comodo_app.project.embedding_statistics import feature_statistics
from comodo_app.project.rows import RecordingRow, RunRow
from comodo_app.project.store import Project


@dataclass(frozen=True, slots=True)
class InfoRequest:
    """Look into this project."""

    project: Path


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """One recording in words."""

    id: int
    name: str
    duration_s: float
    video: str
    imu: str
    wearer: str
    use_for_training: bool
    missing_media: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run in words."""

    id: int
    status: str
    recipe: str
    teacher: str
    student: str
    created_at: str


@dataclass(frozen=True, slots=True)
class FeatureInfo:
    """How the cached features of one teacher and window grid are spread.

    `n_directions` says in how many directions, 1 to `dim`; `mean_length` and `spread` are the
    length of the mean row and the root mean square distance to it.
    """

    teacher: str
    revision: str
    preprocessing: str
    window_s: float
    stride_s: float
    n_windows: int
    dim: int
    n_directions: float
    mean_length: float
    spread: float


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """Recordings, runs and activities; `cache_mb` is what embeddings take on the disk."""

    folder: Path
    recordings: tuple[RecordingInfo, ...]
    runs: tuple[RunInfo, ...]
    activities: tuple[Activity, ...]
    cache_mb: float
    features: tuple[FeatureInfo, ...] = ()


def info(request: InfoRequest, context: JobContext) -> ProjectInfo:
    """Describe a project; nothing is changed."""
    with Project.open(request.project) as project:
        context.step(Progress(0, None))
        return ProjectInfo(
            request.project,
            tuple(_recording(row) for row in project.recordings()),
            tuple(_run(row) for row in project.runs()),
            project.activities(),
            project.embeddings.size_bytes() / 1e6,
            _features(project, context),
        )


def _features(project: Project, context: JobContext) -> tuple[FeatureInfo, ...]:
    groups: dict[tuple[str, str, str, float, float], list[CacheKey]] = {}
    for key in project.embeddings.stored_keys():
        name = (key.teacher_key, key.teacher_revision, key.preprocessing)
        groups.setdefault((*name, key.window_s, key.stride_s), []).append(key)
    found = []
    for index, (group, keys) in enumerate(sorted(groups.items())):
        context.step(Progress(index, len(groups), group[0]))
        stats = feature_statistics(project.embeddings, keys, keep=False)
        if stats is not None:
            length = float(np.linalg.norm(stats.mean))
            spread = float(np.sqrt(np.trace(stats.covariance)))
            found.append(
                FeatureInfo(*group, stats.n, len(stats.mean), stats.n_directions, length, spread)
            )
    return tuple(found)


def _recording(row: RecordingRow) -> RecordingInfo:
    video, imu = "–", "–"
    if row.video is not None:
        video = f"{row.video.width_px}×{row.video.height_px}, {row.video.frame_rate_hz:.2f} Hz"
    if row.imu is not None:
        gaps = f", {row.imu.n_gaps} gaps" if row.imu.n_gaps else ""
        imu = f"{row.imu.n_samples} samples, {row.imu.sample_rate_hz:.2f} Hz{gaps}"
    notes = [note.line for note in row.notes]
    if row.missing_media:
        notes.insert(0, "files are not where they were")
    return RecordingInfo(
        row.id,
        row.name,
        row.duration_s,
        video,
        imu,
        row.wearer,
        row.use_for_training,
        row.missing_media,
        tuple(notes),
    )


def _run(row: RunRow) -> RunInfo:
    return RunInfo(row.id, row.status, row.recipe, row.teacher, row.student, row.created_at)

"""The windows of a project as arrays: IMU and teacher embeddings, paired by time, by recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import InputError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.embed_recording import cache_key
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid, cut_imu, usable, windows_of
from comodo_app.teachers.base import Identity


@dataclass(frozen=True, slots=True, eq=False)
class PairedWindows:
    """Windows that have both video and IMU.

    Attributes
    ----------
    recordings : (N,) int64
        Recording id of each window; rows are in time order within a recording.
    starts_s : (N,) float64
    imu : (N, S, 6) float32
        At the student's rate, m/s² and rad/s.
    embeddings : (N, D) float32
        Raw teacher embeddings.
    n_no_imu, n_no_embedding : int
        Windows left out because of IMU gaps, or because the teacher could not use their video.
    """

    recordings: NDArray[np.int64]
    starts_s: NDArray[np.float64]
    imu: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    n_no_imu: int = 0
    n_no_embedding: int = 0

    def __len__(self) -> int:
        return len(self.starts_s)

    def of(self, recording_ids: Sequence[int]) -> PairedWindows:
        """Only the windows of these recordings."""
        rows = np.isin(self.recordings, list(recording_ids))
        return PairedWindows(
            self.recordings[rows], self.starts_s[rows], self.imu[rows], self.embeddings[rows]
        )


def paired_windows(
    project: Project,
    rows: Sequence[RecordingRow],
    teacher: Identity,
    *,
    grid: WindowGrid,
    sample_rate_hz: float,
    context: JobContext,
) -> PairedWindows:
    """Read the cached embeddings and cut the IMU of `rows`, recordings with video and IMU.

    Raises
    ------
    InputError
        If a recording's windows have not been embedded yet.
    """
    n_samples = round(grid.window_s * sample_rate_hz)
    parts: list[PairedWindows] = []
    for index, row in enumerate(rows):
        context.step(Progress(index, len(rows), f"reading {row.name}"))
        recording = project.load_recording(row.id)
        windows = windows_of(recording, grid)
        starts = np.array([window.start_s for window in windows])
        cached = project.embeddings.load(cache_key(row, teacher, grid), starts, teacher.dim)
        if len(starts) and not cached.present.any():
            raise InputError(
                "The teacher has not seen this recording with these windows.",
                where=row.name,
                hint="Embed it first, with the same --window and --stride.",
            )
        has_imu = usable(windows)
        kept = has_imu & cached.present
        imu = np.zeros((0, n_samples, 6), np.float32)
        if kept.any():
            imu = cut_imu(
                recording, starts[kept], window_s=grid.window_s, sample_rate_hz=sample_rate_hz
            )
        parts.append(
            PairedWindows(
                np.full(int(kept.sum()), row.id),
                starts[kept],
                imu,
                cached.embeddings[kept],
                int((~has_imu).sum()),
                int((has_imu & ~cached.present).sum()),
            )
        )
    if not parts:
        parts = [
            PairedWindows(
                np.zeros(0, np.int64),
                np.zeros(0),
                np.zeros((0, n_samples, 6), np.float32),
                np.zeros((0, teacher.dim), np.float32),
            )
        ]
    return PairedWindows(
        np.concatenate([part.recordings for part in parts]),
        np.concatenate([part.starts_s for part in parts]),
        np.concatenate([part.imu for part in parts]),
        np.concatenate([part.embeddings for part in parts]),
        sum(part.n_no_imu for part in parts),
        sum(part.n_no_embedding for part in parts),
    )


@dataclass(frozen=True, slots=True)
class Roles:
    """Which recordings teach, which choose the checkpoint and calibrate, which are kept out.

    `test` are the recordings with video that the user excluded from training; nothing of them
    reaches the student, its checkpoint or its calibration.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


MIN_FOR_VALIDATION = 4
_VALIDATION_SHARE = 0.15


def choose_roles(rows: Sequence[RecordingRow], *, seed: int) -> Roles:
    """Split recordings, never windows; people stay whole where they are known.

    About 15 % of the training recordings validate, at least one wearer's (or, where wearers are
    unknown, one recording); below four training recordings none does.
    """
    both = [row for row in rows if row.video is not None and row.imu is not None]
    training = [row for row in both if row.use_for_training]
    test = tuple(row.id for row in both if not row.use_for_training)
    groups: dict[str, list[int]] = {}
    for row in training:
        groups.setdefault(row.wearer or f"recording {row.id}", []).append(row.id)
    if len(training) < MIN_FOR_VALIDATION or len(groups) < 2:
        return Roles(tuple(row.id for row in training), (), test)
    names = sorted(groups)
    order = np.random.default_rng(seed).permutation(len(names))
    wanted = max(1.0, _VALIDATION_SHARE * len(training))
    validation: list[int] = []
    for index in order[:-1]:  # at least one group keeps teaching
        if len(validation) >= wanted - 0.5:
            break
        validation += groups[names[index]]
    train = tuple(row.id for row in training if row.id not in validation)
    return Roles(train, tuple(sorted(validation)), test)

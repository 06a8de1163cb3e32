"""Real windows of a run's recordings, with what the teacher said of each: what a package is
tested on. No teacher is needed for that, only what discovery kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import NotEnoughData
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.student_files import RunSettings
from comodo_app.project.rows import Assignment, RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import cut_imu

MAX_HELD_OUT, MAX_LEARNED = 600, 600


@dataclass(frozen=True, slots=True, eq=False)
class RealWindows:
    """Windows (N, S, 6) with the teacher's activity (N,), and which are of recordings that the
    student was not trained on, (N,) bool. `head_knows_them`: the packaged head learned from those,
    too, so another one has to be judged there."""

    imu: NDArray[np.float32]
    said: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    head_knows_them: bool


def package_windows(
    project: Project, run: RunRow, settings: RunSettings, context: JobContext
) -> RealWindows:
    """About 600 held-out windows and 600 learned ones, evenly spaced over the recordings.

    Raises
    ------
    NotEnoughData
        If no recording of the run is left.
    """
    roles = settings.roles
    unseen = roles.test or roles.validation
    there = {row.id for row in project.recordings() if row.imu is not None}
    entries = [e for e in project.assignments(run.id) if e.recording_id in there]
    chosen = {
        True: _thinned([e for e in entries if e.recording_id in unseen], MAX_HELD_OUT),
        False: _thinned([e for e in entries if e.recording_id in roles.train], MAX_LEARNED),
    }
    total = sum(len(parts) for parts in chosen.values())
    imu: list[NDArray[np.float32]] = []
    said: list[NDArray[np.int64]] = []
    held_out: list[NDArray[np.bool_]] = []
    for is_held_out, parts in chosen.items():
        for recording_id, starts_s, ids in parts:
            recording = project.load_recording(recording_id)
            context.step(Progress(len(imu), total, f"reading {recording.name}", "windows"))
            imu.append(
                cut_imu(
                    recording,
                    starts_s,
                    window_s=settings.grid.window_s,
                    sample_rate_hz=settings.student.sample_rate_hz,
                )
            )
            said.append(ids)
            held_out.append(np.full(len(ids), is_held_out))
    if not imu:
        raise NotEnoughData(
            f"No recording that run {run.id} learned from is left, and a package is tested on "
            "real windows.",
            where=str(project.folder),
            hint="Restore a recording, or package another run.",
        )
    return RealWindows(
        np.concatenate(imu), np.concatenate(said), np.concatenate(held_out), not roles.test
    )


def _thinned(
    entries: Sequence[Assignment], limit: int
) -> list[tuple[int, NDArray[np.float64], NDArray[np.int64]]]:
    """Recording id, starts and teacher's activity of about `limit` windows, every n-th one."""
    step = max(1, -(-sum(len(e.activity_id) for e in entries) // limit))
    kept = []
    for entry in entries:
        rows = np.flatnonzero(entry.activity_id > 0)[::step]
        if len(rows):
            kept.append((entry.recording_id, entry.window_start_s[rows], entry.activity_id[rows]))
    return kept

"""Simulated IMU windows with labels and people, and the split every learning benchmark uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import ImuTrack, Recording
from comodo_app.recordings.windows import cut_imu
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.sensor import simulate_imu
from comodo_app.simulation.trajectory import simulate_motion


@dataclass(frozen=True, slots=True, eq=False)
class LabelledWindows:
    """IMU windows (N, S, 6) in time order, with activity, person and recording of each."""

    windows: NDArray[np.float32]
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    recordings: NDArray[np.int64]
    names: tuple[str, ...]


def simulate_windows(
    *,
    people: int,
    sessions: int,
    minutes: float,
    seed: int,
    rate_hz: float,
    window_s: float = 5.0,
    stride_s: float = 5.0,
    activities: tuple[str, ...] | None = None,
) -> LabelledWindows:
    """Simulate and cut; windows without a majority activity (60 %) are left out."""
    plans = plan_recordings(
        people=people, sessions=sessions, minutes=minutes, seed=seed, activities=activities,
        video=False,
    )  # fmt: skip
    names = tuple(sorted({segment.activity for plan in plans for segment in plan.schedule}))
    parts: list[tuple[NDArray[np.float32], NDArray[np.int64], int, int]] = []
    wearers = sorted({plan.wearer for plan in plans})
    for index, plan in enumerate(plans):
        motion = simulate_motion(plan)
        imu = simulate_imu(plan, motion)
        track = ImuTrack(imu.times_s, imu.samples, plan.imu_rate_hz)
        recording = Recording(plan.name, None, track, plan.offset_s, plan.skew_ppm)
        starts = np.arange(0.0, plan.duration_s - window_s + 1e-9, stride_s)
        owner = np.full(len(starts), -1)
        for i, start in enumerate(starts):
            for segment in plan.schedule:
                inside = min(segment.end_s, start + window_s) - max(segment.start_s, start)
                if inside >= 0.6 * window_s:
                    owner[i] = names.index(segment.activity)
        kept = owner >= 0
        cut = cut_imu(recording, starts[kept], window_s=window_s, sample_rate_hz=rate_hz)
        parts.append((cut, owner[kept], wearers.index(plan.wearer), index))
    return LabelledWindows(
        windows=np.concatenate([p[0] for p in parts]),
        labels=np.concatenate([p[1] for p in parts]),
        people=np.concatenate([np.full(len(p[1]), p[2]) for p in parts]),
        recordings=np.concatenate([np.full(len(p[1]), p[3]) for p in parts]),
        names=names,
    )

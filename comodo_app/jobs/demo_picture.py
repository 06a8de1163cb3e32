"""A frame of the bundled demo and its acceleration, for the welcome page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.resources import demo_recordings

_N_POINTS = 160
_AT_S = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class DemoPicture:
    """`image` (H, W, 3) uint8; `wave` (160,) float32, |a| in m/s² of half a minute around it."""

    image: NDArray[np.uint8]
    wave: NDArray[np.float32]


def load_demo_picture(request: int, context: JobContext) -> DemoPicture | None:
    """Read the demo's first recording; `request` is the width of the picture in pixels.

    Raises
    ------
    UsageError
        If the bundled recordings are missing.
    InputError
        If they cannot be read.
    """
    from comodo_app.jobs.check import frame_at
    from comodo_app.recordings.formats.imu_csv import read_imu_table
    from comodo_app.recordings.sources import ReadOptions

    context.step(Progress(0, None))
    video = demo_recordings() / "p01-s1.mp4"
    image = frame_at(video, _AT_S, request)
    track = read_imu_table(video.with_suffix(".csv"), ReadOptions()).track
    size = np.linalg.norm(track.samples[:, :3], axis=1)
    at = np.linspace(max(0.0, _AT_S - 15.0), _AT_S + 15.0, _N_POINTS)
    wave = np.interp(at, track.times_s, size).astype(np.float32)
    return None if image is None else DemoPicture(image, wave)

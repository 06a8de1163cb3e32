"""Small pictures of windows: a video frame of each, and the IMU of those that want it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ComodoError
from comodo_app.jobs.check import frame_at
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.store import Project
from comodo_app.recordings.windows import cut_imu


@dataclass(frozen=True, slots=True)
class WindowPlace:
    """A window: where it lies, and whether its IMU is wanted, too."""

    recording_id: int
    start_s: float
    imu: bool = False


@dataclass(frozen=True, slots=True)
class PicturesRequest:
    """Pictures of these windows, `width_px` wide, of the frame in the middle."""

    project: Path
    places: tuple[WindowPlace, ...]
    window_s: float
    width_px: int = 160
    imu_rate_hz: float = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class WindowPicture:
    """`image` (H, W, 3) uint8 RGB or None where the video has none there; `imu` (S, 6) or None."""

    place: WindowPlace
    image: NDArray[np.uint8] | None
    imu: NDArray[np.float32] | None


def window_pictures(request: PicturesRequest, context: JobContext) -> int:
    """Publish a `WindowPicture` for each place; returns how many have an image."""
    n_images = 0
    with Project(request.project) as project:  # the window has opened and checked it
        rows = {row.id: row for row in project.recordings()}
        for index, place in enumerate(request.places):
            context.step(Progress(index, len(request.places)))
            row = rows.get(place.recording_id)
            if row is None:
                continue
            image = None
            if row.video is not None and not row.missing_media:
                image = _frame(
                    row.video.path, place.start_s + request.window_s / 2, request.width_px
                )
            imu = None
            if place.imu and row.imu is not None:
                imu = cut_imu(
                    project.load_recording(row.id),
                    np.array([place.start_s]),
                    window_s=request.window_s,
                    sample_rate_hz=request.imu_rate_hz,
                )[0]
            n_images += image is not None
            context.publish(WindowPicture(place, image, imu))
    return n_images


def _frame(path: Path, at_s: float, width_px: int) -> NDArray[np.uint8] | None:
    try:
        return frame_at(path, at_s, width_px)
    except ComodoError:
        return None  # the recordings page says what is wrong with the file

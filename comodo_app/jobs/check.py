"""Look into recordings: is the signal what it should be, and what does a list show of them?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.recordings.model import GRAVITY_MPS2, ImuTrack

N_COLUMNS = 300  # of the overview
_CALM_SHARE = 0.2
_CLIPPED_RUN = 5  # equal extreme samples in a row: the sensor's range ends there


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Look into these recordings of a project that is open (checked and migrated)."""

    project: Path
    recording_ids: tuple[int, ...]
    window_s: float
    stride_s: float
    width_px: int = 120


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """One recording.

    Attributes
    ----------
    n_windows, n_dropped : int
        Windows of the grid, and those of them without enough IMU.
    rest_mps2 : float
        Median size of the acceleration in the calmest fifth of the seconds; NaN without IMU.
        With gravity in it lies near 9.81.
    turn_radps : float
        99th percentile of the angular rate's size.
    n_clipped : int
        Samples in runs of equal extremes.
    overview : (2, N_COLUMNS, 2) float32 or None
        Lowest and highest |a| in m/s² and |ω| in rad/s of N_COLUMNS equal parts; NaN in gaps.
    wave : (120,) float32 or None
        Acceleration x over three seconds, for recordings without video.
    image : (H, W, 3) uint8 or None
        A frame of the video.
    problem : str
        Why there is no image or overview though there should be.
    """

    recording_id: int
    n_windows: int
    n_dropped: int
    rest_mps2: float = float("nan")
    turn_radps: float = float("nan")
    n_clipped: int = 0
    overview: NDArray[np.float32] | None = None
    wave: NDArray[np.float32] | None = None
    image: NDArray[np.uint8] | None = None
    problem: str = ""


def check_recordings(request: CheckRequest, context: JobContext) -> int:
    """Publish a `Checked` for each recording; returns how many there were."""
    with Project(request.project) as project:
        rows = {row.id: row for row in project.recordings()}
        wanted = [rows[i] for i in request.recording_ids if i in rows]
        for index, row in enumerate(wanted):
            context.step(Progress(index, len(wanted), row.name))
            context.publish(_check(project, row, request))
    return len(wanted)


def _check(project: Project, row: RecordingRow, request: CheckRequest) -> Checked:
    # Here, not on top: the window opens before the resampling library has loaded.
    from comodo_app.recordings.windows import WindowGrid, usable, windows_of

    problem, image = "", None
    try:
        recording = project.load_recording(row.id)
    except ComodoError as error:
        return Checked(row.id, 0, 0, problem=str(error))
    if row.video is not None and not row.missing_media:
        try:
            image = frame_at(row.video.path, row.video.duration_s / 3, request.width_px)
        except ComodoError as error:
            problem = str(error)
    windows = windows_of(recording, WindowGrid(request.window_s, request.stride_s))
    n_kept = int(usable(windows).sum()) if windows else 0
    imu = recording.imu
    if imu is None or len(imu.times_s) < 2:
        return Checked(row.id, len(windows), len(windows) - n_kept, image=image, problem=problem)
    acc = np.linalg.norm(imu.samples[:, :3], axis=1)
    turn = np.linalg.norm(imu.samples[:, 3:], axis=1)
    times = recording.imu_times_s()
    wave = None
    if row.video is None:
        around = np.abs(times - times.mean()) < 1.5
        wave = _resized(imu.samples[around, 0], 120)
    return Checked(
        row.id,
        len(windows),
        len(windows) - n_kept,
        rest_mps2=_at_rest(imu, acc),
        turn_radps=float(np.percentile(turn, 99)),
        n_clipped=_clipped(imu.samples),
        overview=np.stack([_overview(times, x, recording.span_s) for x in (acc, turn)]),
        wave=wave,
        image=image,
        problem=problem,
    )


def frame_at(path: Path, at_s: float, width_px: int) -> NDArray[np.uint8] | None:
    """A video's first frame at or after a time, (H, W, 3) uint8; None behind its end.

    Raises
    ------
    UnreadableFile
        If the video cannot be opened.
    """
    from comodo_app.recordings.video import frames

    with frames(path, from_s=at_s, width_px=width_px, loop_filter=False) as found:
        return next((frame.image for frame in found), None)


def _at_rest(imu: ImuTrack, acc: NDArray[np.float32]) -> float:
    per_second = max(2, round(imu.sample_rate_hz))
    n = len(acc) // per_second
    if n == 0:
        return float(np.median(acc))
    seconds = acc[: n * per_second].reshape(n, per_second)
    calm = seconds.std(axis=1).argsort()[: max(1, round(_CALM_SHARE * n))]
    return float(np.median(seconds[calm]))


def _clipped(samples: NDArray[np.float32]) -> int:
    """Samples of runs of `_CLIPPED_RUN` equal extremes, over all channels."""
    total = 0
    for channel in samples.T:
        for extreme in (channel.max(), channel.min()):
            at = np.concatenate([[False], channel == extreme, [False]])
            edges = np.flatnonzero(np.diff(at.astype(np.int8)))
            lengths = edges[1::2] - edges[::2]
            long = lengths >= _CLIPPED_RUN
            # A channel that never moves is no clipping but a dead sensor: named by its gravity.
            total += int(lengths[long].sum()) if abs(extreme) > GRAVITY_MPS2 / 2 else 0
    return total


def _overview(
    times: NDArray[np.float64], values: NDArray[np.float32], span_s: tuple[float, float]
) -> NDArray[np.float32]:
    """(N_COLUMNS, 2) lowest and highest, NaN where there is no sample."""
    edges = np.linspace(*span_s, N_COLUMNS + 1)
    starts = np.searchsorted(times, edges)
    result = np.full((N_COLUMNS, 2), np.nan, np.float32)
    filled = starts[1:] > starts[:-1]
    if filled.any():
        at = starts[:-1][filled]
        inside = values[: starts[-1]]
        result[filled, 0] = np.minimum.reduceat(inside, at)
        result[filled, 1] = np.maximum.reduceat(inside, at)
    return result


def _resized(values: NDArray[np.float32], n: int) -> NDArray[np.float32] | None:
    if len(values) < 2:
        return None
    places = np.linspace(0, len(values) - 1, n)
    return np.interp(places, np.arange(len(values)), values).astype(np.float32)


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """One frame of a recording's video."""

    project: Path
    recording_id: int
    at_s: float
    width_px: int


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """`image` (H, W, 3) uint8 or None behind the end."""

    recording_id: int
    at_s: float
    image: NDArray[np.uint8] | None


def load_preview(request: PreviewRequest, context: JobContext) -> Preview:
    """Decode one frame.

    Raises
    ------
    UnreadableFile
        If the video cannot be opened.
    """
    context.step(Progress(0, None))
    with Project(request.project) as project:
        row = project.recording_row(request.recording_id)
    image = None
    if row.video is not None:
        image = frame_at(row.video.path, request.at_s, request.width_px)
    return Preview(request.recording_id, request.at_s, image)

"""The values of this room: frozen, without I/O.

Time is float64 seconds on the *recording clock*: 0 is the first video frame, or the first IMU
sample where there is no video. An `ImuTrack` keeps the times of its own sensor clock; a
`Recording` maps them to the recording clock through ``offset_s`` and ``skew_ppm``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GRAVITY_MPS2 = 9.80665
CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
CHANNEL_UNITS = ("m/s²", "m/s²", "m/s²", "rad/s", "rad/s", "rad/s")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was repaired, dropped, assumed or guessed on the way in, counted.

    `code` is stable and machine-readable (``"duplicate_times"``), `text` is shown to the user,
    `count` says how many samples, rows or places it concerns.
    """

    code: str
    count: int
    text: str

    @property
    def line(self) -> str:
        """The text with its count; a count of 1 goes without saying."""
        return self.text if self.count == 1 else f"{self.text} ({self.count})"


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole in a track, ``[start_s, end_s)`` on the track's own clock."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """A video file as its container and its frames' timestamps describe it.

    `duration_s` is last minus first frame time plus one frame; `frame_rate_hz` is measured from
    the timestamps, never the nominal rate of the container.
    """

    path: Path
    width_px: int
    height_px: int
    n_frames: int
    frame_rate_hz: float
    duration_s: float
    codec: str


@dataclass(frozen=True, slots=True, eq=False)
class ImuTrack:
    """Samples of one six-axis sensor at their native rate.

    Attributes
    ----------
    times_s : (T,) float64
        Strictly increasing, on the sensor's own clock.
    samples : (T, 6) float32
        acc x, y, z in m/s² with gravity, then gyro x, y, z in rad/s. Finite everywhere.
    sample_rate_hz : float
        Measured outside the gaps, not nominal.
    gaps : tuple of Gap
        Holes longer than 0.1 s, in order.
    """

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    sample_rate_hz: float
    gaps: tuple[Gap, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.shape[1] != len(CHANNELS):
            raise ValueError(f"samples must be (T, 6), got {self.samples.shape}")
        if self.times_s.shape != (len(self.samples),):
            raise ValueError(f"{len(self.samples)} samples but times {self.times_s.shape}")

    @property
    def duration_s(self) -> float:
        """Last minus first sample time; 0 for fewer than two samples."""
        return float(self.times_s[-1] - self.times_s[0]) if len(self.times_s) > 1 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A video and its IMU on one clock, or an IMU alone, or a video alone.

    The recording time of IMU sample time t is ``t * (1 + skew_ppm * 1e-6) + offset_s``.
    `wearer` and `session` name who wore it and on which occasion (empty if unknown); splits
    keep them apart.
    """

    name: str
    video: VideoTrack | None
    imu: ImuTrack | None
    offset_s: float = 0.0
    skew_ppm: float = 0.0
    wearer: str = ""
    session: str = ""

    def imu_times_s(self) -> NDArray[np.float64]:
        """IMU sample times on the recording clock, (T,) float64.

        Raises
        ------
        ValueError
            If the recording has no IMU.
        """
        if self.imu is None:
            raise ValueError(f"{self.name} has no IMU")
        return self.to_recording_clock(self.imu.times_s)

    def to_recording_clock(self, sensor_times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map sensor-clock times to the recording clock."""
        return sensor_times_s * (1.0 + self.skew_ppm * 1e-6) + self.offset_s

    def imu_gaps(self) -> tuple[Gap, ...]:
        """The IMU's gaps on the recording clock."""
        if self.imu is None:
            return ()
        scale = 1.0 + self.skew_ppm * 1e-6
        return tuple(
            Gap(g.start_s * scale + self.offset_s, g.end_s * scale + self.offset_s)
            for g in self.imu.gaps
        )

    @property
    def span_s(self) -> tuple[float, float]:
        """Start and end of the recording on its clock (video if there is one, else IMU)."""
        if self.video is not None:
            return 0.0, self.video.duration_s
        if self.imu is None or len(self.imu.times_s) == 0:
            return 0.0, 0.0
        times = self.imu_times_s()
        return float(times[0]), float(times[-1])


@dataclass(frozen=True, slots=True)
class Window:
    """A fixed-length cut of a recording, ``[start_s, end_s)`` on the recording clock.

    `index` is its place in the recording's window grid; `missing_share` the share of the IMU
    that falls into gaps or outside the track (1.0 where there is no IMU).
    """

    index: int
    start_s: float
    end_s: float
    missing_share: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ReadRecording:
    """What an importer returns: the recording and everything it had to repair or assume."""

    recording: Recording
    notes: tuple[Note, ...] = field(default=())


def merge_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Add up notes of the same code, keeping the first text and the order of appearance."""
    merged: dict[str, Note] = {}
    for note in notes:
        first = merged.get(note.code)
        merged[note.code] = (
            note if first is None else Note(note.code, first.count + note.count, first.text)
        )
    return tuple(merged.values())

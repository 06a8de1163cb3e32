"""Cutting recordings into windows on the recording clock, and the IMU samples of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError
from comodo_app.recordings.model import Recording, Window
from comodo_app.recordings.resampling import band_limit, split_at_gaps

MAX_MISSING_SHARE = 0.05
_TOLERANCE_S = 1e-9


@dataclass(frozen=True, slots=True)
class WindowGrid:
    """How a recording is cut: length of a window and distance of two starts, in seconds."""

    window_s: float = 5.0
    stride_s: float = 2.5

    def __post_init__(self) -> None:
        for name, value in (("window", self.window_s), ("stride", self.stride_s)):
            if not (isfinite(value) and value > 0):
                raise UsageError(
                    f"The {name} length must be a positive number of seconds, not {value}.",
                    where=f"{name}_s",
                    hint="5 s windows every 2.5 s are the usual choice.",
                )

    def starts(self, span_s: tuple[float, float]) -> NDArray[np.float64]:
        """Starts of the windows that fit into a span, (N,): multiples of the stride from its start.

        N is 0 if the span is shorter than a window; an unfilled tail is dropped.
        """
        first, last = span_s
        room_s = last - first - self.window_s + _TOLERANCE_S
        count = floor(room_s / self.stride_s) + 1 if room_s >= 0 else 0
        return first + np.arange(count, dtype=np.float64) * self.stride_s

    def covering_starts(self, span_s: tuple[float, float]) -> NDArray[np.float64]:
        """`starts`, and where they leave a tail one more window that ends with the span, (N,).

        Learning uses the even grid; what is shown should reach to the end of the recording.
        """
        starts = self.starts(span_s)
        if len(starts) and starts[-1] + self.window_s < span_s[1] - 1e-3:
            return np.append(starts, span_s[1] - self.window_s)
        return starts


def windows_of(
    recording: Recording, grid: WindowGrid, *, cover: bool = False
) -> tuple[Window, ...]:
    """All windows of a recording, each with the share of its IMU that is missing.

    `cover` adds the window that ends with the recording (`WindowGrid.covering_starts`).

    They cover the video where there is one, else the IMU. Video and IMU are paired by time,
    through the recording's offset and skew, never by index.
    """
    starts = (grid.covering_starts if cover else grid.starts)(recording.span_s)
    missing = missing_shares(recording, starts, window_s=grid.window_s)
    return tuple(
        Window(index, start, start + grid.window_s, share)
        for index, (start, share) in enumerate(zip(starts.tolist(), missing.tolist(), strict=True))
    )


def missing_shares(
    recording: Recording, starts_s: NDArray[np.float64], *, window_s: float
) -> NDArray[np.float64]:
    """Share of each window inside IMU gaps or outside the IMU track, (N,), 1 without an IMU."""
    imu = recording.imu
    if imu is None or len(imu.times_s) == 0:
        return np.ones(len(starts_s))
    parts = split_at_gaps(imu.times_s, imu.gaps)
    ends = np.array([(imu.times_s[p.start], imu.times_s[p.stop - 1]) for p in parts]).reshape(-1, 2)
    spans_s = recording.to_recording_clock(ends)  # (P, 2), in order
    if len(spans_s) == 0:
        return np.ones(len(starts_s))
    lengths_s = spans_s[:, 1] - spans_s[:, 0]
    # Seconds covered up to each span's ends: between them the running total is a straight line.
    covered_s = np.stack([np.cumsum(lengths_s) - lengths_s, np.cumsum(lengths_s)], axis=1)
    knots_s, total_s = spans_s.ravel(), covered_s.ravel()
    inside_s = np.interp(starts_s + window_s, knots_s, total_s) - np.interp(
        starts_s, knots_s, total_s
    )
    shares = np.clip(1.0 - inside_s / window_s, 0.0, 1.0)
    return np.where(shares < 1e-9, 0.0, shares)


def usable(windows: Sequence[Window]) -> NDArray[np.bool_]:
    """Which windows have enough IMU: at most `MAX_MISSING_SHARE` missing, (N,) bool."""
    return np.array([w.missing_share <= MAX_MISSING_SHARE + 1e-9 for w in windows], dtype=bool)


def cut_imu(
    recording: Recording,
    starts_s: NDArray[np.float64],
    *,
    window_s: float,
    sample_rate_hz: float,
) -> NDArray[np.float32]:
    """IMU of many windows at one rate.

    The track is filtered once and read at the exact times: window i's sample j lies at
    ``starts_s[i] + j / sample_rate_hz`` on the recording clock, wherever the native samples are.
    Inside a gap samples lie on a straight line between its ends; outside the track the end value
    is held. Dropping windows with too much of that (`usable`) is the caller's part.

    Parameters
    ----------
    recording : Recording
        With an IMU of at least one sample.
    starts_s : (N,) float64
        On the recording clock, in any order, on any grid.
    window_s, sample_rate_hz : float
        A window has ``S = round(window_s * sample_rate_hz)`` samples.

    Returns
    -------
    (N, S, 6) float32
        Acceleration in m/s² with gravity, angular rate in rad/s. The caller owns it.

    Raises
    ------
    ValueError
        If the recording has no IMU sample, or a window rounds to 0 samples.
    """
    imu = recording.imu
    if imu is None or len(imu.times_s) == 0:
        raise ValueError(f"{recording.name} has no IMU")
    count = round(window_s * sample_rate_hz)
    if count < 1:
        raise ValueError(f"a window of {window_s} s has no sample at {sample_rate_hz} Hz")
    track = band_limit(
        imu.times_s,
        imu.samples,
        to_hz=sample_rate_hz,
        gaps=imu.gaps,
        scale=1.0 + recording.skew_ppm * 1e-6,
        offset_s=recording.offset_s,
    )
    times_s = np.asarray(starts_s, np.float64)[:, None] + np.arange(count) / sample_rate_hz
    samples, _ = track.at(times_s)
    return samples

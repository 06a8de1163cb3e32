"""Windows out of a running stream, cut by the very code that cuts recordings."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.live.ring import Ring
from comodo_app.recordings.model import Recording
from comodo_app.recordings.resampling import margin_s
from comodo_app.recordings.timestamps import GAP_S, repair
from comodo_app.recordings.windows import MAX_MISSING_SHARE, cut_imu, missing_shares

MOST_HZ = 2000.0  # a faster stream keeps less than a window in the ring and is said to be no data
_CONTEXT_S = 2.0  # beyond the filter's reach: the rate of a jittered clock is measured over it
_ALIGN = 120  # rows: a filter that keeps every 2nd, 3rd, … 6th, 8th or 10th keeps the same ones
_TOLERANCE_S = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class RolledWindow:
    """A window that has just become full.

    Attributes
    ----------
    index : int
        Its place on the grid of strides from the first sample, skipped ones counted.
    start_s, end_s : float
        Live time.
    missing_share : float
        In gaps.
    imu : (S, 6) float32 or None
        As `cut_imu` gives it; None if more than `MAX_MISSING_SHARE` is missing.
    n_skipped : int
        Windows just before it that lay in a gap as a whole.
    """

    index: int
    start_s: float
    end_s: float
    missing_share: float
    imu: NDArray[np.float32] | None
    n_skipped: int = 0


class RollingWindows:
    """One window per stride.

    Window k covers ``[t0 + k * stride_s, … + window_s)`` with t0 the first sample, as the window
    grid of a recording. It is cut once the sample that ends it is here, from the samples up to
    exactly that one, so nothing depends on how they came in chunks.

    Parameters
    ----------
    window_s, sample_rate_hz : float
        As the student wants them.
    stride_s : float
    settle : bool
        Wait for the samples that the anti-aliasing filter would see beyond the window's end
        (`margin_s`, 0.4 s at 50 Hz): windows then are those of the finished recording. Without it
        the filter sees the end mirrored, as at the end of every recording.
    """

    def __init__(
        self, *, window_s: float, sample_rate_hz: float, stride_s: float, settle: bool = False
    ) -> None:
        if not (window_s > 0 and stride_s > 0 and sample_rate_hz > 0):
            raise ValueError("window_s, stride_s and sample_rate_hz must be positive")
        self._window_s, self._stride_s, self._rate_hz = window_s, stride_s, sample_rate_hz
        self._wait_s = margin_s(sample_rate_hz, sample_rate_hz) if settle else 0.0
        reach_s = window_s + 2 * margin_s(sample_rate_hz, sample_rate_hz) + _CONTEXT_S
        self._ring = Ring(ceil(reach_s * MOST_HZ) + _ALIGN)
        self._first_s: float | None = None
        self._next, self._n_skipped = 0, 0
        self._n_before = 0  # windows of earlier strides
        self._piece = 0  # number of the first sample since the last gap: what a filter starts from

    @property
    def have_s(self) -> float:
        """Seconds since the first sample, at most a window: "2.4 s so far"."""
        if self._first_s is None:
            return 0.0
        if self._n_before:  # the origin of the grid has moved since
            return self._window_s
        times, _ = self._ring.rows(self._ring.n_seen - 1)
        return min(self._window_s, float(times[-1]) - self._first_s)

    def push(
        self, times_s: NDArray[np.float64], samples: NDArray[np.float32]
    ) -> list[RolledWindow]:
        """Add repaired samples, (n,) and (n, 6); the windows that they complete, in order."""
        if len(times_s) == 0:
            return []
        if self._first_s is None:
            self._first_s = float(times_s[0])
        windows: list[RolledWindow] = []
        done = 0
        while done < len(times_s):
            stop = int(np.searchsorted(times_s, self._due_s(), side="left")) + 1
            stop = min(max(stop, done + 1), len(times_s))
            self._append(times_s[done:stop], samples[done:stop])
            done = stop
            windows.extend(self._cut_due())
        return windows

    def set_stride(self, stride_s: float) -> None:
        """Go on with another stride, counted from the last window's start."""
        if not stride_s > 0:
            raise ValueError("stride_s must be positive")
        if self._next > 0:
            self._first_s = self._start_s(self._next - 1) + stride_s
            self._n_before += self._next
            self._next = 0
        self._stride_s = stride_s

    def _append(self, times_s: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        before, _ = self._ring.rows(self._ring.n_seen - 1)
        steps = np.diff(times_s, prepend=before if len(before) else times_s[:1])
        holes = np.flatnonzero(steps > GAP_S)
        if len(holes):
            self._piece = self._ring.n_seen + int(holes[-1])
        self._ring.append(times_s, samples)

    def _cut_due(self) -> list[RolledWindow]:
        """Windows that the newest sample completed; of those in a gap as a whole only the count."""
        last_two, _ = self._ring.rows(self._ring.n_seen - 2)
        before_s, newest_s = float(last_two[0]), float(last_two[-1])
        windows = []
        while newest_s >= self._due_s():
            if self._start_s(self._next) > before_s:
                room_s = newest_s - self._end_s(self._next) + _TOLERANCE_S
                n_empty = floor(room_s / self._stride_s) + 1
                self._n_skipped += n_empty
                self._next += n_empty
            else:
                windows.append(self._cut(self._next, self._n_skipped))
                self._n_skipped = 0
                self._next += 1
        return windows

    def _due_s(self) -> float:
        return self._end_s(self._next) + self._wait_s - _TOLERANCE_S

    def _start_s(self, index: int) -> float:
        return (self._first_s or 0.0) + index * self._stride_s

    def _end_s(self, index: int) -> float:
        return self._start_s(index) + self._window_s

    def _cut(self, index: int, n_skipped: int) -> RolledWindow:
        start_s, end_s = self._start_s(index), self._end_s(index)
        missing, imu = 1.0, None
        recording = self._recording(start_s)
        if recording is not None:
            starts = np.array([start_s])
            missing = float(missing_shares(recording, starts, window_s=self._window_s)[0])
            if missing <= MAX_MISSING_SHARE + 1e-9:
                cut = cut_imu(
                    recording, starts, window_s=self._window_s, sample_rate_hz=self._rate_hz
                )
                imu = cut[0]
        return RolledWindow(self._n_before + index, start_s, end_s, missing, imu, n_skipped)

    def _recording(self, start_s: float) -> Recording | None:
        """What a window needs of the ring, as a recording; None if that is too little."""
        reach_s = margin_s(self._rate_hz, self._rate_hz) + _CONTEXT_S
        first = self._ring.number_at(start_s - reach_s)
        first -= max(0, first - self._piece) % _ALIGN
        times, samples = self._ring.rows(first)
        try:
            track, _ = repair(times, samples)
        except UnreadableFile:  # less than a second of data: as good as none
            return None
        return Recording("live", None, track)

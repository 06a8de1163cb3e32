"""Times for samples that carry none: when they came, without the jitter of the way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FORGET_S = 30.0
_RESET_S = 1.0  # further off than this, the stream paused


class ArrivalClock:
    """Fits a straight line through sample number and arrival time, and reads times off it.

    Recursive least squares with exponential forgetting over 30 s. Times strictly rise. A pause of
    over a second begins a new line, so a gap stays a gap.

    Parameters
    ----------
    nominal_rate_hz : float
        0 if unknown: the first arrivals then decide.
    """

    def __init__(self, nominal_rate_hz: float = 0.0) -> None:
        self._nominal_s = 1.0 / nominal_rate_hz if nominal_rate_hz > 0 else 0.0
        self._last_s = -np.inf
        self._fresh = True
        self._n = 0
        self._zero_s = self._arrival_s = 0.0
        self._sums = np.zeros(5)  # weight, x, y, x², xy

    def stamp(self, n_samples: int, arrival_s: float) -> NDArray[np.float64]:
        """Times of the next `n_samples` that came together at `arrival_s`, (n,)."""
        if n_samples == 0:
            return np.zeros(0)
        number = self._n + n_samples - 1  # of the sample that has just been taken
        if self._fresh or abs(self._read(number) - arrival_s) > _RESET_S:
            self._begin(arrival_s)
            number = n_samples - 1
            self._fresh = False
        # Old pairs count less; the newest always 1.
        keep = np.exp(-max(0.0, arrival_s - self._arrival_s) / _FORGET_S)
        x, y = float(number), arrival_s - self._zero_s
        self._sums = self._sums * keep + np.array([1.0, x, y, x * x, x * y])
        self._arrival_s = arrival_s
        self._n += n_samples
        times = self._read(np.arange(self._n - n_samples, self._n, dtype=np.float64))
        period_s = max(self._slope(), 1e-6)
        floor_s = self._last_s + period_s * 0.1 * np.arange(1, n_samples + 1)
        times = np.maximum(times, floor_s)
        self._last_s = float(times[-1])
        return np.asarray(times, dtype=np.float64)

    def _begin(self, arrival_s: float) -> None:
        self._n = 0
        self._zero_s = self._arrival_s = arrival_s
        self._sums = np.zeros(5)

    def _slope(self) -> float:
        weight, x, y, xx, xy = self._sums
        spread = weight * xx - x * x
        if weight < 1.5 or spread <= 0:
            return self._nominal_s
        slope = float((weight * xy - x * y) / spread)
        if self._nominal_s and weight < 20:  # a few arrivals know less than the data sheet
            return self._nominal_s
        return max(slope, 0.0)

    def _read(self, number: float | NDArray[np.float64]) -> NDArray[np.float64]:
        weight, x, y, _, _ = self._sums
        if weight == 0:
            return np.asarray(self._zero_s + np.asarray(number) * self._nominal_s)
        mean_x, mean_y = x / weight, y / weight
        return np.asarray(self._zero_s + mean_y + (np.asarray(number) - mean_x) * self._slope())

"""The newest samples in a fixed piece of memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import CHANNELS


class Ring:
    """Keeps the last `capacity` samples in order; appending never allocates.

    Rows lie twice in memory, so what is asked for is always one piece without a seam.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be positive")
        self._capacity = capacity
        self._times = np.zeros(2 * capacity, np.float64)
        self._samples = np.zeros((2 * capacity, len(CHANNELS)), np.float32)
        self._n_seen = 0

    @property
    def n_seen(self) -> int:
        """Samples appended so far; the number of the next one."""
        return self._n_seen

    @property
    def first(self) -> int:
        """Number of the oldest sample that is kept."""
        return max(0, self._n_seen - self._capacity)

    def append(self, times_s: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Add samples that are younger than all before, (n,) and (n, 6)."""
        skipped = max(0, len(times_s) - self._capacity)
        rows = np.arange(self._n_seen + skipped, self._n_seen + len(times_s)) % self._capacity
        for half in (rows, rows + self._capacity):
            self._times[half] = times_s[skipped:]
            self._samples[half] = samples[skipped:]
        self._n_seen += len(times_s)

    def rows(
        self, start: int, stop: int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Samples number `start` up to `stop`, of those that are still here: read-only views that
        the next `append` may overwrite."""
        start = max(start, self.first)
        stop = self._n_seen if stop is None else min(stop, self._n_seen)
        count = max(0, stop - start)
        begin = start % self._capacity
        times, samples = self._times[begin : begin + count], self._samples[begin : begin + count]
        times.flags.writeable = samples.flags.writeable = False
        return times, samples

    def number_at(self, time_s: float) -> int:
        """Number of the first kept sample at or after a time."""
        times, _ = self.rows(self.first)
        return self.first + int(np.searchsorted(times, time_s, side="left"))

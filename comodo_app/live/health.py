"""How a stream does, in a few numbers over the last 90 s."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from comodo_app.live.model import (
    LOST_AFTER_S,
    UNSTEADY_DELAY_S,
    UNSTEADY_LOST_SHARE,
    Chip,
    Chunk,
    Counts,
    Health,
)
from comodo_app.live.repair import Batch

SPAN_S = 90.0
_PER_BIN_S = 0.25  # bins bound the memory, however many chunks come
_PATIENCE = 2.5  # of the usual pause between two arrivals, where a source sends in bursts


@dataclass(slots=True)
class _Bin:
    arrival_s: float
    n_released: int
    live_s: float
    lag_s: float
    n_lost: int
    longest_pause_s: float


class HealthMeter:
    """Fed with everything that comes and goes; read as often as wanted.

    Parameters
    ----------
    synchronised : bool
        See `StreamInfo`.
    """

    def __init__(self, *, synchronised: bool = False) -> None:
        self._synchronised = synchronised
        self._bins: deque[_Bin] = deque(maxlen=round(SPAN_S / _PER_BIN_S))
        self._last_arrival_s: float | None = None
        self._n_lost = 0
        self._counts = Counts()

    def feed(self, chunk: Chunk, batch: Batch, counts: Counts) -> None:
        """A chunk came, `batch` was released, `counts` is what there is since."""
        self._counts = counts
        if len(chunk.times_s) == 0:
            return
        pause_s = 0.0
        if self._last_arrival_s is not None:
            pause_s = max(0.0, chunk.arrival_s - self._last_arrival_s)
        self._last_arrival_s = chunk.arrival_s
        lost = counts.missing + counts.late + counts.stray
        newest = chunk.times_s[np.isfinite(chunk.times_s)]
        lag_s = chunk.arrival_s - float(newest.max()) if len(newest) else np.nan
        bins = self._bins
        if not bins or chunk.arrival_s - bins[-1].arrival_s >= _PER_BIN_S or chunk.restarted:
            if chunk.restarted:  # another clock: its delays cannot be compared
                bins.clear()
            live_s = float(batch.times_s[-1]) if len(batch) else np.nan
            bins.append(_Bin(chunk.arrival_s, len(batch), live_s, lag_s, 0, pause_s))
        else:
            last = bins[-1]
            last.n_released += len(batch)
            last.live_s = float(batch.times_s[-1]) if len(batch) else last.live_s
            last.lag_s = float(np.fmax(last.lag_s, lag_s))
            last.longest_pause_s = max(last.longest_pause_s, pause_s)
        bins[-1].n_lost += lost - self._n_lost
        self._n_lost = lost

    def read(self, now_s: float) -> Health:
        """The health at `now_s` on the arrival clock."""
        if self._last_arrival_s is None:
            return Health(Chip.WAITING, 0.0, 0.0, 0.0, None, self._counts)
        ago_s = max(0.0, now_s - self._last_arrival_s)
        recent = [b for b in self._bins if b.arrival_s >= now_s - SPAN_S]
        rate_hz, delay_s, lost_share = self._rate(recent), self._delay(recent), 0.0
        n_lost = sum(b.n_lost for b in recent)
        n_released = sum(b.n_released for b in recent)
        if n_lost + n_released:
            lost_share = n_lost / (n_lost + n_released)
        chip = Chip.HEALTHY
        if ago_s > self._patience_s(recent):
            chip = Chip.LOST
        elif lost_share > UNSTEADY_LOST_SHARE or delay_s > UNSTEADY_DELAY_S:
            chip = Chip.UNSTEADY
        return Health(chip, rate_hz, delay_s, lost_share, ago_s, self._counts)

    @staticmethod
    def _rate(bins: list[_Bin]) -> float:
        with_data = [b for b in bins if np.isfinite(b.live_s)]
        if len(with_data) < 2 or with_data[-1].live_s <= with_data[0].live_s:
            return 0.0
        n_after_first = sum(b.n_released for b in with_data[1:])
        return n_after_first / (with_data[-1].live_s - with_data[0].live_s)

    def _delay(self, bins: list[_Bin]) -> float:
        lags = np.array([b.lag_s for b in bins if np.isfinite(b.lag_s)])
        if len(lags) == 0:
            return 0.0
        high = float(np.quantile(lags, 0.95))
        return max(0.0, high if self._synchronised else high - float(lags.min()))

    @staticmethod
    def _patience_s(bins: list[_Bin]) -> float:
        """A phone that sends once a second is not lost in between."""
        pauses = [b.longest_pause_s for b in bins]
        usual_s = float(np.median(pauses)) if len(pauses) > 2 else 0.0
        return max(LOST_AFTER_S, _PATIENCE * usual_s)

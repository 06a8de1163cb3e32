"""Samples in the order they were taken, each once, whatever the way did to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from comodo_app.live.clock import ClockLine
from comodo_app.live.model import Chunk, Counts
from comodo_app.recordings.model import CHANNELS

MAX_PENDING = 1 << 16  # samples that wait for earlier ones: bounds memory whatever comes
_REMEMBERED = 4096  # released times that tell a duplicate from a late sample
_SETTLING = 32  # steps that make a first sample period
_RATE_RATIO = 1.25  # a period that differs by more is another rate
_PAUSE_S = 5.0
_LONGEST_S = 1e15
_NO_TIMES = np.zeros(0, np.float64)
_NO_SAMPLES = np.zeros((0, len(CHANNELS)), np.float32)
_Rows = tuple[NDArray[np.float64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Repaired samples: `times_s` (n,) float64 live time, strictly rising over all batches, and
    `samples` (n, 6) float32; `arrival_s` is when the newest of them came."""

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    arrival_s: float

    def __len__(self) -> int:
        return len(self.times_s)


class Repair:
    """A bounded reorder buffer.

    A sample waits until one that is `hold_s` younger was seen, or until nothing has come for
    `hold_s`. So any order in which no sample is overtaken by one more than `hold_s` younger comes
    out exactly as it was sent; with 0 nothing waits.

    Parameters
    ----------
    hold_s : float
    nominal_rate_hz : float
        0 if unknown; only for counting what is missing.
    """

    def __init__(self, *, hold_s: float = 0.0, nominal_rate_hz: float = 0.0) -> None:
        self._hold_s = hold_s
        self._clock = ClockLine()
        self._period_s = 1.0 / nominal_rate_hz if nominal_rate_hz > 0 else 0.0
        self._times, self._samples = _NO_TIMES, _NO_SAMPLES
        self._newest_s = -np.inf
        self._released_s = -np.inf
        self._recent = _NO_TIMES
        self._steps = _NO_TIMES
        self._arrival_s = 0.0
        self.counts = Counts()

    @property
    def period_s(self) -> float:
        """The usual step between two samples, 0 while it is unknown."""
        return self._period_s

    @property
    def n_waiting(self) -> int:
        """Samples that wait for earlier ones, or for a decision about the clock."""
        return len(self._times) + self._clock.n_waiting

    def push(self, chunk: Chunk) -> Batch:
        """Take samples, give those whose time has come."""
        usable = np.abs(chunk.times_s) < _LONGEST_S
        usable &= np.isfinite(chunk.samples).all(axis=1)
        times, samples = chunk.times_s, chunk.samples
        if not usable.all():
            times, samples = times[usable], samples[usable]
        self._count(received=len(usable), not_finite=int((~usable).sum()))
        parts: list[_Rows] = []
        stray_before = self._clock.n_stray
        placed = self._clock.place(times, samples, chunk.arrival_s, restarted=chunk.restarted)
        for part in placed:
            if part.jumped:  # what still waits belongs before the jump
                parts.append(self._release(np.inf))
                self._count(clock_jumps=1)
            self._merge(part.times_s, part.samples)
        self._count(stray=self._clock.n_stray - stray_before)
        self._arrival_s = chunk.arrival_s
        parts.append(self._release(self._newest_s - self._hold_s))
        if len(self._times) > MAX_PENDING:
            parts.append(self._release(float(self._times[-MAX_PENDING])))
        return self._batch(parts)

    def flush(self, now_s: float) -> Batch:
        """Give what has waited long enough because nothing came after it."""
        due = len(self._times) > 0 and now_s - self._arrival_s >= self._hold_s
        return self._batch([self._release(np.inf if due else -np.inf)])

    def _merge(self, times: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Sort samples in among those that wait; count what comes too late or twice."""
        over = times <= self._released_s
        if over.any():
            known = _are_in(times[over], self._recent)
            self._count(duplicated=int(known.sum()), late=int((~known).sum()))
            times, samples = times[~over], samples[~over]
        if len(times) == 0:
            return
        before = np.maximum.accumulate(np.concatenate(([self._newest_s], times)))
        n_disordered = int((times < before[:-1]).sum())
        self._newest_s = float(before[-1])
        if n_disordered == 0 and len(self._times) == 0 and (np.diff(times) > 0).all():
            self._times, self._samples = times, samples
            return
        times = np.concatenate((self._times, times))
        samples = np.concatenate((self._samples, samples))
        order = np.argsort(times, kind="stable")  # of equal times the one that came first
        times = times[order]
        first = np.concatenate(([True], times[1:] > times[:-1]))
        self._count(out_of_order=n_disordered, duplicated=int((~first).sum()))
        self._times, self._samples = times[first], samples[order[first]]

    def _release(self, until_s: float) -> _Rows:
        """Take what lies at or before `until_s` out of the buffer."""
        n_due = int(np.searchsorted(self._times, until_s, side="right"))
        times, samples = self._times[:n_due], self._samples[:n_due]
        self._times, self._samples = self._times[n_due:], self._samples[n_due:]
        if n_due:
            self._watch_steps(times)
            self._released_s = float(times[-1])
            self._recent = np.concatenate((self._recent, times))[-_REMEMBERED:]
            self._count(released=n_due)
        return times, samples

    def _watch_steps(self, times: NDArray[np.float64]) -> None:
        """Learn the sample period; count holes and changes of the rate."""
        known = np.isfinite(self._released_s)
        steps = np.diff(times, prepend=self._released_s) if known else np.diff(times)
        if self._period_s > 0:
            holes = np.rint(steps[steps > 1.5 * self._period_s] / self._period_s) - 1
            # A pause is no loss of samples: nobody knows whether any were taken.
            self._count(missing=int(holes[holes * self._period_s < _PAUSE_S].sum()))
        self._steps = np.concatenate((self._steps, steps))
        if len(self._steps) < max(_SETTLING, 1.0 / self._period_s if self._period_s > 0 else 0):
            return
        period_s, self._steps = float(np.median(self._steps)), _NO_TIMES
        if self._period_s > 0:
            ratio = period_s / self._period_s
            self._count(rate_changes=int(not 1 / _RATE_RATIO < ratio < _RATE_RATIO))
        self._period_s = period_s

    def _batch(self, parts: list[_Rows]) -> Batch:
        if len(parts) == 1:
            return Batch(*parts[0], self._arrival_s)
        times = np.concatenate([part[0] for part in parts])
        return Batch(times, np.concatenate([part[1] for part in parts]), self._arrival_s)

    def _count(self, **more: int) -> None:
        if any(more.values()):
            changed = {name: getattr(self.counts, name) + n for name, n in more.items()}
            self.counts = replace(self.counts, **changed)


def _are_in(times: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of `times` stand in the rising `known`."""
    if len(known) == 0:
        return np.zeros(len(times), bool)
    place = np.minimum(np.searchsorted(known, times), len(known) - 1)
    return np.asarray(known[place] == times)

"""A source clock that may be set, mapped to a live time that only runs forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACK_S = 2.0  # further behind the newest sample is either very late or another clock
AHEAD_S = 5.0  # further ahead than the time that has passed since
_AGREE_S = 0.25  # a clock is believed to be set after this much arrival time …
_AGREE_ROWS = 8  # … and this many samples that say so, with none that says otherwise
_MOST_SUSPECTS = 1 << 14
_LEAST_STEP_S = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Samples with live times (n,), (n, 6); `jumped`: the source clock was set before them."""

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    jumped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Suspect:
    times_s: NDArray[np.float64]  # source clock
    samples: NDArray[np.float32]
    arrival_s: float


class ClockLine:
    """Finds out whether a sample far from the others is stray, late, or the first of a set clock.

    Such samples wait. If those that follow agree with them, the clock was set: live time goes on
    from the last sample by as much as passed on the arrival clock. If one follows that fits the old
    clock, those ahead were stray and those behind are passed on as what they are, late.
    """

    def __init__(self) -> None:
        self._offset_s = 0.0
        self._newest_s: float | None = None
        self._newest_arrival_s = 0.0
        self._suspects: list[_Suspect] = []
        self.n_stray = 0

    @property
    def newest_s(self) -> float:
        """Live time of the newest sample that was placed; -inf before the first."""
        return -np.inf if self._newest_s is None else self._newest_s

    @property
    def n_waiting(self) -> int:
        """Samples that wait for a decision about the clock."""
        return sum(len(s.times_s) for s in self._suspects)

    def place(
        self,
        times_s: NDArray[np.float64],
        samples: NDArray[np.float32],
        arrival_s: float,
        *,
        restarted: bool = False,
    ) -> list[Placed]:
        """Give samples their live times.

        Parameters
        ----------
        times_s : (n,) float64
            Source clock, finite.
        samples : (n, 6) float32
        arrival_s : float
        restarted : bool
            The source says that its clock begins anew.
        """
        if len(times_s) == 0:
            return []
        if self._newest_s is None:
            self._advance(times_s, arrival_s)
            return [Placed(times_s, samples)]
        if restarted:
            given_up = self._give_up()
            return [*given_up, self._set_clock([_Suspect(times_s, samples, arrival_s)])]
        live_s = times_s + self._offset_s
        passed_s = max(0.0, arrival_s - self._newest_arrival_s)
        far = live_s < self._newest_s - BACK_S
        far |= live_s > self._newest_s + passed_s + AHEAD_S
        if not far.any():
            given_up = self._give_up()
            self._advance(live_s, arrival_s)
            return [*given_up, Placed(live_s, samples)]
        placed = []
        if not far.all():
            placed = self._give_up()
            self._advance(live_s[~far], arrival_s)
            placed.append(Placed(live_s[~far], samples[~far]))
        self._suspects.append(_Suspect(times_s[far], samples[far], arrival_s))
        if self._agreed():
            suspects, self._suspects = self._suspects, []
            placed.append(self._set_clock(suspects))
        return placed

    def _advance(self, live_s: NDArray[np.float64], arrival_s: float) -> None:
        newest_s = float(live_s.max())
        if self._newest_s is None or newest_s > self._newest_s:
            self._newest_s = newest_s
        self._newest_arrival_s = arrival_s

    def _agreed(self) -> bool:
        waited_s = self._suspects[-1].arrival_s - self._suspects[0].arrival_s
        n_rows = self.n_waiting
        return (n_rows >= _AGREE_ROWS and waited_s >= _AGREE_S) or n_rows > _MOST_SUSPECTS

    def _set_clock(self, suspects: list[_Suspect]) -> Placed:
        times_s = np.concatenate([s.times_s for s in suspects])
        samples = np.concatenate([s.samples for s in suspects])
        passed_s = max(_LEAST_STEP_S, suspects[0].arrival_s - self._newest_arrival_s)
        # What disagrees with the newest of the suspects is not of the new clock either.
        near = np.abs(times_s - times_s[-1]) <= BACK_S + AHEAD_S
        self.n_stray += int((~near).sum())
        times_s, samples = times_s[near], samples[near]
        self._offset_s = self.newest_s + passed_s - float(times_s.min())
        live_s = times_s + self._offset_s
        self._advance(live_s, suspects[-1].arrival_s)
        return Placed(live_s, samples, jumped=True)

    def _give_up(self) -> list[Placed]:
        """The old clock goes on: suspects behind are late, those ahead are stray."""
        suspects, self._suspects = self._suspects, []
        late = []
        for suspect in suspects:
            live_s = suspect.times_s + self._offset_s
            behind = live_s <= self.newest_s
            self.n_stray += int((~behind).sum())
            if behind.any():
                late.append(Placed(live_s[behind], suspect.samples[behind]))
        return late

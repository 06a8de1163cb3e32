"""Minima and maxima of a long track at several widths, so that any span draws in a few
milliseconds and no peak is lost.

Each level keeps, per channel, the least and the greatest of a run of samples; every further level
joins `FACTOR` of them. A picture of `n` columns reads the level that has a handful of runs a
column, however long the span is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BASE = 16  # samples in a run of the first level
FACTOR = 4
_RUNS_PER_COLUMN = 4  # at least: a column's border is off by at most 1/8 of it
_CHUNK = 1 << 16  # runs of the first level built between two reports
_LOOK_AT = 200_000  # samples from which middle and range of a channel are taken
_OUTLIERS = 0.2  # percent of the samples that may be cut off at either side


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Least and greatest sample of each column of a picture, W columns of equal time.

    Attributes
    ----------
    edges : (W + 1,) int64
        Column k holds the samples ``edges[k]`` to ``edges[k + 1]``, without the last.
    lo, hi : (C, W) float32
        NaN where a column holds no sample.
    """

    edges: NDArray[np.int64]
    lo: NDArray[np.float32]
    hi: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """A track and its levels. Make it with `build_pyramid`, in a job.

    Attributes
    ----------
    times_s : (T,) float64
        Rising; steps may be uneven.
    samples : (T, C) float32
        Not copied: a view of what was given.
    gaps : tuple of (start_s, end_s)
        Holes: last time before, first time after.
    levels : tuple of ((C, N) float32, (C, N) float32)
        Least and greatest of runs of ``BASE * FACTOR**level`` samples; a last short run is kept.
    centre, reach : (C,) float32
        Median of each channel, and how far nearly all of its samples lie from it.
    """

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    gaps: tuple[tuple[float, float], ...]
    levels: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]
    centre: NDArray[np.float32]
    reach: NDArray[np.float32]

    @property
    def n_channels(self) -> int:
        """C."""
        return int(self.samples.shape[1])

    @property
    def n_bytes(self) -> int:
        """Memory that the levels take, without the samples: about a sixth of theirs."""
        return sum(lo.nbytes + hi.nbytes for lo, hi in self.levels)

    def index_range(self, from_s: float, to_s: float) -> tuple[int, int]:
        """First sample at or after `from_s`, first at or after `to_s`."""
        first, last = np.searchsorted(self.times_s, [from_s, to_s])
        return int(first), int(last)

    def columns(self, from_s: float, to_s: float, n_columns: int) -> Columns:
        """The span cut into columns of equal time.

        Where a column holds many samples, its borders are moved to the nearest border of a run:
        by at most 1/8 of a column of even samples, 1/4 (outwards) at both ends. Every sample of
        the span is in one column, and none is in two.

        Raises
        ------
        ValueError
            If there is no column or no span.
        """
        if n_columns < 1 or not to_s > from_s:
            raise ValueError(f"no columns in {from_s} to {to_s} s")
        grid = np.linspace(from_s, to_s, n_columns + 1)
        edges = np.searchsorted(self.times_s, grid).astype(np.int64)
        level = self._level_for(int(edges[-1] - edges[0]) / n_columns)
        if level < 0:
            return self._reduced(edges, edges, self.samples.T, self.samples.T)
        width = BASE * FACTOR**level
        runs = np.rint(edges / width).astype(np.int64)
        runs[0], runs[-1] = edges[0] // width, -(-edges[-1] // width)  # lose nothing at the ends
        edges = np.minimum(runs * width, len(self.times_s))
        return self._reduced(edges, runs, *self.levels[level])

    def value_at(self, time_s: float) -> NDArray[np.float32] | None:
        """The nearest sample, (C,); None inside a gap and outside the track."""
        n = len(self.times_s)
        place = bisect_left(self.gaps, time_s, key=lambda gap: gap[0]) - 1
        if n == 0 or (place >= 0 and time_s < self.gaps[place][1]):
            return None
        after = int(np.searchsorted(self.times_s, time_s))
        if (after == 0 and time_s < self.times_s[0]) or after == n:
            at_end = after == n and time_s - self.times_s[-1] <= self._step_s()
            return np.asarray(self.samples[-1]) if at_end else None
        before = max(after - 1, 0)
        nearer = before if time_s - self.times_s[before] < self.times_s[after] - time_s else after
        return np.asarray(self.samples[nearer])

    def _step_s(self) -> float:
        n = len(self.times_s)
        return float(self.times_s[-1] - self.times_s[0]) / max(n - 1, 1)

    def _level_for(self, samples_per_column: float) -> int:
        level = -1
        while (
            level + 1 < len(self.levels)
            and samples_per_column >= BASE * FACTOR ** (level + 1) * _RUNS_PER_COLUMN
        ):
            level += 1
        return level

    def _reduced(
        self,
        edges: NDArray[np.int64],
        runs: NDArray[np.int64],
        low: NDArray[np.float32],
        high: NDArray[np.float32],
    ) -> Columns:
        starts, ends = runs[:-1], runs[1:]
        full = ends > starts
        shape = (self.n_channels, len(starts))
        lo, hi = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
        if full.any():
            first, last = int(runs[0]), int(runs[-1])
            # Full columns touch each other, for the empty ones between them hold no run.
            at = starts[full] - first
            lo[:, full] = np.minimum.reduceat(low[:, first:last], at, axis=1)
            hi[:, full] = np.maximum.reduceat(high[:, first:last], at, axis=1)
        return Columns(edges, lo, hi)


def build_pyramid(
    times_s: NDArray[np.float64],
    samples: NDArray[np.float32],
    *,
    gaps: Sequence[tuple[float, float]] = (),
    step: Callable[[int, int], None] | None = None,
) -> Pyramid:
    """Build all levels of a track.

    Parameters
    ----------
    times_s : (T,) float64
        Rising.
    samples : (T, C) float32
        Finite. Kept as they are, not copied; must not change afterwards.
    gaps : sequence of (start_s, end_s)
        Where nothing was measured, in order.
    step : callable
        Called every million samples with samples done and T; may raise to stop.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    if samples.ndim != 2 or times_s.shape != (len(samples),):
        raise ValueError(f"{times_s.shape} times for samples of shape {samples.shape}")
    levels: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    if len(samples) > BASE:
        levels.append(_first_level(samples, step))
        while levels[-1][0].shape[1] > FACTOR:
            lo, hi = levels[-1]
            at = np.arange(0, lo.shape[1], FACTOR)
            levels.append(
                (np.minimum.reduceat(lo, at, axis=1), np.maximum.reduceat(hi, at, axis=1))
            )
    centre, reach = _middle(samples)
    return Pyramid(times_s, samples, tuple(gaps), tuple(levels), centre, reach)


def _first_level(
    samples: NDArray[np.float32], step: Callable[[int, int], None] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    n, n_channels = samples.shape
    n_runs = -(-n // BASE)
    lo, hi = (np.empty((n_channels, n_runs), np.float32) for _ in range(2))
    borders = [*range(0, n_runs, _CHUNK), n_runs]
    for first, last in pairwise(borders):
        if step is not None:
            step(first * BASE, n)
        part = np.ascontiguousarray(samples[first * BASE : last * BASE].T)
        at = np.arange(0, part.shape[1], BASE)
        lo[:, first:last] = np.minimum.reduceat(part, at, axis=1)
        hi[:, first:last] = np.maximum.reduceat(part, at, axis=1)
    return lo, hi


def _middle(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    if len(samples) == 0:
        return np.zeros(samples.shape[1], np.float32), np.zeros(samples.shape[1], np.float32)
    some = samples[:: max(1, len(samples) // _LOOK_AT)]
    centre = np.median(some, axis=0).astype(np.float32)
    far = np.percentile(np.abs(some - centre), 100.0 - _OUTLIERS, axis=0)
    return centre, far.astype(np.float32)

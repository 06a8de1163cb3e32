"""Long traces for a few hundred pixel columns, without losing a peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def envelope(
    times_s: NDArray[np.float64],
    values: NDArray[np.float32],
    *,
    span_s: tuple[float, float],
    columns: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest value of each pixel column, as one line that fills the column.

    Parameters
    ----------
    times_s : (T,) float64
        Ascending.
    values : (T,) float32
        One channel.
    span_s : (float, float)
        What the columns cover; samples outside are left out.
    columns : int
        Number of pixel columns.

    Returns
    -------
    times_s, values : (M,) float64
        The samples themselves where there are at most two per column on average, else two points
        in the middle of each column that has any, up in one column and down in the next.
    """
    first, last = span_s
    here = slice(
        int(np.searchsorted(times_s, first, "left")), int(np.searchsorted(times_s, last, "right"))
    )
    times, kept = times_s[here], values[here].astype(np.float64)
    if len(times) <= 2 * columns:
        return times, kept
    column, begins = _columns(times, span_s, columns)
    low, high = np.minimum.reduceat(kept, begins), np.maximum.reduceat(kept, begins)
    line = np.stack([low, high], axis=1)
    line[1::2] = line[1::2, ::-1]
    middle_s = first + (column[begins] + 0.5) / columns * (last - first)
    return np.repeat(middle_s, 2), line.ravel()


def column_means(
    times_s: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    span_s: tuple[float, float],
    columns: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean time and mean value of each column that has any, (M,); all samples if they are few."""
    keep = (times_s >= span_s[0]) & (times_s <= span_s[1])
    times, kept = times_s[keep], values[keep].astype(np.float64)
    if len(times) <= columns:
        return times, kept
    _, begins = _columns(times, span_s, columns)
    count = np.diff(begins, append=len(times))
    return np.add.reduceat(times, begins) / count, np.add.reduceat(kept, begins) / count


def _columns(
    times_s: NDArray[np.float64], span_s: tuple[float, float], columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column of each sample, and the index of the first sample of each column that has any."""
    share = (times_s - span_s[0]) / (span_s[1] - span_s[0])
    column = np.minimum((share * columns).astype(np.int64), columns - 1)
    return column, np.flatnonzero(np.diff(column, prepend=-1)).astype(np.int64)

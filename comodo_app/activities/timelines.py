"""From windows to a timeline, and what a timeline can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.model import Segment, State, Timeline

# What `activity_at` answers where there is no activity; ids start at 1.
UNKNOWN_ID = 0
NO_DATA_ID = -1

_SLIVER_S = 1e-9  # rounding, not time


def timeline_from_windows(
    starts_s: NDArray[Any],
    *,
    window_s: float,
    stride_s: float,
    activity_ids: NDArray[Any],
    confidence: NDArray[Any],
    unknown: NDArray[np.bool_],
    has_data: NDArray[np.bool_],
    span_s: tuple[float, float],
) -> Timeline:
    """Turn what was said of each window into segments that cover the recording exactly.

    Each window speaks for the cell one stride wide around its centre, so overlapping windows
    share the time evenly. The first and the last window also speak for their outer half, where
    no other window reaches. Cells of windows without data, and time that no cell covers, are
    NO_DATA; equal neighbours merge.

    Parameters
    ----------
    starts_s : (N,)
        Window starts on the recording clock, strictly rising. Holes in the grid are allowed.
    window_s, stride_s : float
        Length of a window and regular distance of two starts. Windows closer than a stride meet
        half way.
    activity_ids, confidence, unknown, has_data : (N,)
        Per window. An unknown window keeps its confidence; one without data counts for nothing.
    span_s : (float, float)
        Start and end of the recording; cells are cut to it.

    Returns
    -------
    Timeline
        From `span_s[0]` to `span_s[1]` without holes; empty if the span is. A segment's
        confidence is the mean over its windows.

    Raises
    ------
    ValueError
        If lengths differ, starts do not rise, a length is not positive or the span is reversed.
    """
    starts = np.asarray(starts_s, dtype=np.float64)
    n_windows = len(starts)
    for name, values in (
        ("activity_ids", activity_ids),
        ("confidence", confidence),
        ("unknown", unknown),
        ("has_data", has_data),
    ):
        if np.shape(values) != (n_windows,):
            raise ValueError(f"{name}: {np.shape(values)} for {n_windows} windows")
    if not (window_s > 0.0 and stride_s > 0.0):
        raise ValueError("window_s and stride_s must be positive")
    if np.any(np.diff(starts) <= 0.0):
        raise ValueError("window starts must rise")
    if span_s[1] < span_s[0]:
        raise ValueError(f"the span ends before it starts: {span_s}")
    ids = np.asarray(activity_ids, dtype=np.int64)
    if np.any(ids[np.asarray(has_data) & ~np.asarray(unknown)] <= UNKNOWN_ID):
        raise ValueError("activity ids start at 1")

    low, high = _cells(starts, window_s, stride_s)
    # Cells in the odd places; before, between and after them whatever they leave open.
    edges_low = np.empty(2 * n_windows + 1)
    edges_high = np.empty(2 * n_windows + 1)
    edges_low[1::2], edges_high[1::2] = low, high
    edges_low[0], edges_high[-1] = -np.inf, np.inf
    edges_low[2::2], edges_high[:-1:2] = high, low
    edges_low = np.clip(edges_low, *span_s)
    edges_high = np.clip(edges_high, *span_s)

    codes = np.full(2 * n_windows + 1, NO_DATA_ID, dtype=np.int64)
    said = np.where(np.asarray(unknown), UNKNOWN_ID, ids)
    codes[1::2] = np.where(np.asarray(has_data), said, NO_DATA_ID)
    scores = np.zeros(2 * n_windows + 1)
    scores[1::2] = np.asarray(confidence, dtype=np.float64)

    keep = edges_high - edges_low > _SLIVER_S
    first_to_last = np.r_[span_s[0], edges_low[keep][1:]]  # a dropped sliver leaves no hole
    return _merged(first_to_last, span_s[1], codes[keep], scores[keep], np.ones(keep.sum()))


def relabel(timeline: Timeline, groups: Mapping[int, int]) -> Timeline:
    """Replace ids by their group's (ids not in `groups` stay) and merge equal neighbours.

    The confidence of a merged segment is the mean of its parts, weighted by length.
    """
    if not timeline.segments:
        return timeline
    starts, lengths, codes, scores = _arrays(timeline)
    table = {int(i): groups.get(int(i), int(i)) for i in np.unique(codes[codes > UNKNOWN_ID])}
    for new in table.values():
        if new <= UNKNOWN_ID:
            raise ValueError("activity ids start at 1")
    mapped = codes.copy()
    for old, new in table.items():
        mapped[codes == old] = new
    return _merged(starts, timeline.segments[-1].end_s, mapped, scores, lengths)


def minutes_per_activity(timeline: Timeline) -> dict[int, float]:
    """Minutes of each activity id that occurs, by rising id; unknown and no data left out."""
    _, lengths, codes, _ = _arrays(timeline)
    ids, position = np.unique(codes, return_inverse=True)
    minutes = np.bincount(position, weights=lengths, minlength=len(ids)) / 60.0
    return {int(i): float(m) for i, m in zip(ids, minutes, strict=True) if i > UNKNOWN_ID}


def minutes_per_state(timeline: Timeline) -> dict[State, float]:
    """Minutes of each state, all three always present."""
    _, lengths, codes, _ = _arrays(timeline)
    return {
        State.ACTIVITY: float(lengths[codes > UNKNOWN_ID].sum() / 60.0),
        State.UNKNOWN: float(lengths[codes == UNKNOWN_ID].sum() / 60.0),
        State.NO_DATA: float(lengths[codes == NO_DATA_ID].sum() / 60.0),
    }


def activity_at(timeline: Timeline, times_s: NDArray[Any]) -> NDArray[np.int64]:
    """Activity id at each time, (T,); `UNKNOWN_ID` or `NO_DATA_ID` where there is none.

    A time on a border belongs to the segment that starts there; outside the timeline there is
    no data.
    """
    times = np.asarray(times_s, dtype=np.float64)
    if not timeline.segments:
        return np.full(times.shape, NO_DATA_ID, dtype=np.int64)
    starts, _, codes, _ = _arrays(timeline)
    place = np.searchsorted(starts, times, side="right") - 1
    inside = (place >= 0) & (times < timeline.segments[-1].end_s)
    return np.where(inside, codes[np.maximum(place, 0)], NO_DATA_ID).astype(np.int64)


def _cells(
    starts: NDArray[np.float64], window_s: float, stride_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    centres = starts + 0.5 * window_s
    low, high = centres - 0.5 * stride_s, centres + 0.5 * stride_s
    if len(starts) == 0:
        return low, high
    # Grids are computed in floats and saved rounded: a thousandth of a stride is not a hole.
    meet = np.diff(centres) <= stride_s * (1.0 + 1e-3)
    middle = 0.5 * (centres[1:] + centres[:-1])
    high[:-1] = np.where(meet, middle, high[:-1])
    low[1:] = np.where(meet, middle, low[1:])
    low[0] = min(low[0], starts[0])
    high[-1] = max(high[-1], starts[-1] + window_s)
    return low, high


def _arrays(
    timeline: Timeline,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Start, length, code and confidence of each segment."""
    starts = np.array([s.start_s for s in timeline], dtype=np.float64)
    lengths = np.array([s.length_s for s in timeline], dtype=np.float64)
    codes = np.array([_code(s) for s in timeline], dtype=np.int64)
    scores = np.array([s.confidence for s in timeline], dtype=np.float64)
    return starts, lengths, codes, scores


def _code(segment: Segment) -> int:
    if segment.activity_id is not None:
        return segment.activity_id
    return UNKNOWN_ID if segment.state is State.UNKNOWN else NO_DATA_ID


def _merged(
    starts: NDArray[np.float64],
    end_s: float,
    codes: NDArray[np.int64],
    scores: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Timeline:
    """Join runs of one code; the next run's start is this run's end, so all touch exactly."""
    if len(codes) == 0:
        return Timeline()
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    means = np.add.reduceat(scores * weights, first) / np.add.reduceat(weights, first)
    alone = np.diff(np.append(first, len(codes))) == 1
    means = np.where(alone, scores[first], means)  # unmerged, unchanged to the last bit
    edges = np.append(starts[first], end_s)
    return Timeline(
        tuple(
            _segment(float(a), float(b), int(code), float(mean))
            for a, b, code, mean in zip(edges, edges[1:], codes[first], means, strict=False)
        )
    )


def _segment(start_s: float, end_s: float, code: int, confidence: float) -> Segment:
    if code == NO_DATA_ID:
        return Segment(start_s, end_s, State.NO_DATA)
    if code == UNKNOWN_ID:
        return Segment(start_s, end_s, State.UNKNOWN, None, confidence)
    return Segment(start_s, end_s, State.ACTIVITY, code, confidence)

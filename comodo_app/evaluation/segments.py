"""How well two timelines agree: in time, in order, and segment by segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID, activity_at


@dataclass(frozen=True, slots=True)
class Overlap:
    """Time that two timelines share.

    `agreed_s` of `compared_s` seconds carry the same activity in both.
    """

    agreed_s: float
    compared_s: float

    @property
    def share(self) -> float:
        """Mean over frames (MoF), 0 … 1; NaN if there was nothing to compare."""
        return self.agreed_s / self.compared_s if self.compared_s > 0.0 else float("nan")


def overlap(truth: Timeline, predicted: Timeline, *, count_unknown: bool = True) -> Overlap:
    """Compare two timelines by duration (MoF).

    Time without data in either, or outside of either, is not compared.

    Parameters
    ----------
    truth, predicted : Timeline
        Their ids must mean the same (see `relabel`).
    count_unknown : bool
        Whether time that either calls unknown counts as a disagreement (an abstention is a
        miss), or is left out (how right it is when it speaks).
    """
    edges = np.unique(np.concatenate([_edges(truth), _edges(predicted)]))
    if len(edges) < 2:
        return Overlap(0.0, 0.0)
    lengths, middles = np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    a, b = activity_at(truth, middles), activity_at(predicted, middles)
    compared = (a != NO_DATA_ID) & (b != NO_DATA_ID)
    unknown = (a == UNKNOWN_ID) | (b == UNKNOWN_ID)
    if not count_unknown:
        compared &= ~unknown
    agreed = compared & (a == b) & ~unknown
    return Overlap(float(lengths[agreed].sum()), float(lengths[compared].sum()))


def edit_score(truth: Timeline, predicted: Timeline) -> float:
    """1 - normalised edit distance of the sequences of activities, 0 … 1.

    Durations do not count, over-segmentation does. Segments of no data are left out, unknown is
    an activity of its own; equal neighbours count once. Two empty sequences score 1.

    Source
    ------
    Lea et al. 2016, "Segmental spatiotemporal CNNs": distance over the longer sequence.
    """
    a, b = _sequence(truth), _sequence(predicted)
    longest = max(len(a), len(b))
    return 1.0 - _levenshtein(a, b) / longest if longest else 1.0


def segment_f1(
    truth: Timeline, predicted: Timeline, thresholds: Sequence[float] = (0.10, 0.25, 0.50)
) -> tuple[float, ...]:
    """F1@{10, 25, 50}: segments count as found if they overlap enough (IoU) with one of the truth.

    Each predicted segment points at the true segment of its activity with the largest IoU; a
    true segment is found once, further claims to it are false. Only ACTIVITY segments take part.
    NaN if neither timeline has any.

    Source
    ------
    Lea et al. 2017, "Temporal convolutional networks for action segmentation and detection".
    """
    true, said = _activities(truth), _activities(predicted)
    if not true and not said:
        return tuple(float("nan") for _ in thresholds)
    iou = _iou(true, said)
    return tuple(
        2.0 * _n_found(iou, threshold) / (len(true) + len(said)) for threshold in thresholds
    )


def _n_found(iou: NDArray[np.float64], threshold: float) -> int:
    """True segments that a predicted one has as its best and overlaps enough, each once."""
    if iou.size == 0:
        return 0
    best = iou.argmax(axis=0)  # (predicted,)
    overlaps = iou[best, np.arange(len(best))]
    return len(np.unique(best[(overlaps >= threshold) & (overlaps > 0.0)]))


def _iou(true: Sequence[Segment], said: Sequence[Segment]) -> NDArray[np.float64]:
    """(true, predicted); 0 between different activities."""

    def columns(segments: Sequence[Segment]) -> NDArray[Any]:
        rows = [(s.start_s, s.end_s, float(s.activity_id or 0)) for s in segments]
        return np.array(rows, dtype=np.float64).reshape(-1, 3).T

    start_a, end_a, id_a = (row[:, None] for row in columns(true))
    start_b, end_b, id_b = (row[None, :] for row in columns(said))
    shared = np.clip(np.minimum(end_a, end_b) - np.maximum(start_a, start_b), 0.0, None)
    union = (end_a - start_a) + (end_b - start_b) - shared
    return np.where(id_a == id_b, shared / union, 0.0)


def _edges(timeline: Timeline) -> NDArray[np.float64]:
    values = [segment.start_s for segment in timeline]
    return np.array([*values, *(s.end_s for s in timeline.segments[-1:])], dtype=np.float64)


def _activities(timeline: Timeline) -> list[Segment]:
    return [segment for segment in timeline if segment.state is State.ACTIVITY]


def _sequence(timeline: Timeline) -> NDArray[np.int64]:
    codes = np.array(
        [s.activity_id or UNKNOWN_ID for s in timeline if s.state is not State.NO_DATA],
        dtype=np.int64,
    )
    return codes[np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])] if len(codes) else codes


def _levenshtein(a: NDArray[np.int64], b: NDArray[np.int64]) -> int:
    """Edit distance, one row of the table at a time.

    Insertions run along the row, so the row is a running minimum of ``value - column``.
    """
    columns = np.arange(len(b) + 1)
    row = columns.copy()
    for i, symbol in enumerate(a, start=1):
        best = np.r_[i, np.minimum(row[1:] + 1, row[:-1] + (b != symbol))]
        row = np.minimum.accumulate(best - columns) + columns
    return int(row[-1])

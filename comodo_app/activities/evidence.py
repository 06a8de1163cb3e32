"""What heads say of windows that they were not fitted on: the ground calibration stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.calibration import (
    fit_temperature,
    softmax,
    sum_columns,
)
from comodo_app.activities.folds import block_folds, group_folds
from comodo_app.activities.heads import START_TEMPERATURE, FittedHead, Head, fit_head


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a head says of windows that it was not fitted on.

    `scores` (M, K), -inf where a fit had not seen the activity; `nearest` (M,) best cosine to a
    prototype; `truth` (M,) group numbers, -1 for a group without any column.
    """

    scores: NDArray[np.float64]
    nearest: NDArray[np.float64]
    truth: NDArray[np.int64]

    def predictable(self, group_of: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the truth of each window has a finite score, (M,)."""
        own = np.where(group_of == self.truth[:, None], self.scores, -np.inf)
        finite: NDArray[np.bool_] = np.isfinite(own.max(axis=1))
        return finite

    def temperature(self, kind: Head, group_of: NDArray[np.int64]) -> float:
        """The best temperature; the head's own where there is nothing to tell apart."""
        use = self.predictable(group_of)
        if not use.any() or int(group_of.max()) == 0:
            return START_TEMPERATURE[kind]
        return fit_temperature(self.scores[use], self.truth[use], group_of=group_of)

    def answers(
        self, temperature: float, group_of: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Confidence of each answer and whether it is right, (M,) each."""
        n_groups = int(group_of.max()) + 1
        probabilities = sum_columns(softmax(self.scores, temperature), group_of, n_groups)
        return probabilities.max(axis=1), probabilities.argmax(axis=1) == self.truth


def choose_folds(
    ids: NDArray[np.int64], recordings: NDArray[Any] | None, n_folds: int, seed: int
) -> tuple[NDArray[np.int64], str]:
    """Fold of each window, (N,), at least two different ones, and how they were chosen.

    Whole recordings, if most windows' activity also occurs in another fold; else blocks in time,
    within each recording where recordings are known.
    """
    if recordings is not None:
        if recordings.shape != ids.shape:
            raise ValueError(f"recordings {recordings.shape} for {len(ids)} windows")
        n_recordings = len(np.unique(recordings))
        n_used = min(n_folds, n_recordings)
        if n_used >= 2:
            folds = group_folds(recordings, n_folds=n_used, seed=seed)
            if _seen_elsewhere(ids, folds).mean() >= 0.5:
                return folds, f"{n_used} folds by recording"
    n_used = max(2, min(n_folds, len(ids) // 4))
    if recordings is None:
        return block_folds(len(ids), n_folds=n_used), f"{n_used} folds in time"
    # One activity per recording, or one recording: cut each recording into blocks.
    order = np.argsort(recordings, kind="stable")
    _, first, counts = np.unique(recordings[order], return_index=True, return_counts=True)
    place = np.arange(len(ids)) - np.repeat(first, counts)
    folds = np.empty(len(ids), dtype=np.int64)
    folds[order] = place * n_used // np.repeat(counts, counts)
    if len(np.unique(folds)) < 2:  # recordings of one window cannot be cut
        return block_folds(len(ids), n_folds=n_used), f"{n_used} folds in time"
    return folds, f"{n_used} folds in time within each recording"


def _seen_elsewhere(ids: NDArray[np.int64], folds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each window's activity also occurs in another fold, (N,)."""
    _, column = np.unique(ids, return_inverse=True)
    counts = np.zeros((column.max() + 1, folds.max() + 1), dtype=np.int64)
    np.add.at(counts, (column, folds), 1)
    elsewhere = counts.sum(axis=1, keepdims=True) > counts
    return np.asarray(elsewhere[column, folds])


def out_of_fold(
    rows: NDArray[np.float64],
    ids: NDArray[np.int64],
    truth: NDArray[np.int64],
    folds: NDArray[np.int64],
    columns: NDArray[np.int64],
    kind: Head,
) -> Evidence:
    """Score each window by a head fitted without its fold.

    Parameters
    ----------
    rows, ids, truth, folds : (N, D), (N,), (N,), (N,)
        Embeddings, activity ids, their group numbers and fold numbers.
    columns : (K,)
        Every id, rising: the columns of the scores.
    kind : Head
    """
    scores = np.full((len(rows), len(columns)), -np.inf)
    nearest = np.empty(len(rows))
    for fold in np.unique(folds):
        outside = np.flatnonzero(folds == fold)
        fitted = fit_head(rows[folds != fold], ids[folds != fold], kind)
        known = np.searchsorted(columns, fitted.activity_ids)
        scores[np.ix_(outside, known)] = fitted.scores(rows[outside])
        nearest[outside] = fitted.cosines(rows[outside]).max(axis=1)
    return Evidence(scores, nearest, truth)


def judge(fitted: FittedHead, held: NDArray[np.float64], truth: NDArray[np.int64]) -> Evidence:
    """Score held-out windows (M, D) with group numbers `truth` (M,)."""
    return Evidence(fitted.scores(held), fitted.cosines(held).max(axis=1), truth)


def group_numbers(
    ids: NDArray[np.int64], groups: Mapping[int, int] | None, group_ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Group number of each held-out window, (M,); -1 if no column can say it."""
    known, position = np.unique(ids, return_inverse=True)
    table = groups or {}
    representatives = np.array([table.get(int(i), int(i)) for i in known], dtype=np.int64)
    number = np.searchsorted(group_ids, representatives)
    inside = number < len(group_ids)
    inside[inside] = group_ids[number[inside]] == representatives[inside]
    numbers: NDArray[np.int64] = np.where(inside, number, -1).astype(np.int64)[position]
    return numbers

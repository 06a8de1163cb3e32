"""Splits that keep recordings, sessions or people apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.folds import group_folds
from comodo_app.errors import NotEnoughData, UsageError


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Row numbers of the training and the test windows, each rising."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def group_split(groups: NDArray[Any], *, test_share: float, seed: int) -> Split:
    """Put whole groups aside for testing, drawn at random.

    Groups are drawn until adding the next would take the test set further from the wanted
    share; at least one group lands on each side.

    Parameters
    ----------
    groups : (N,)
        Recording, session or wearer of each window.
    test_share : float
        Wanted share of windows, 0 < share < 1; reached as closely as whole groups allow.
    seed : int

    Raises
    ------
    NotEnoughData
        If there are fewer than two groups.
    ValueError
        If the share is not inside (0, 1).
    """
    if not 0.0 < test_share < 1.0:
        raise ValueError("test_share must lie between 0 and 1")
    names, group_of = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise NotEnoughData(
            f"{len(names)} group cannot be split into training and test.",
            hint="Add a recording by another wearer or from another day.",
        )
    order = np.random.default_rng(seed).permutation(len(names))
    reached = np.cumsum(np.bincount(group_of)[order])[:-1]  # never all groups
    n_test_groups = int(np.argmin(np.abs(reached - test_share * len(groups)))) + 1
    in_test = np.isin(group_of, order[:n_test_groups])
    return Split(np.flatnonzero(~in_test), np.flatnonzero(in_test))


def leave_groups_out(groups: NDArray[Any], *, n_folds: int, seed: int) -> Iterator[Split]:
    """Every group is in the test set of exactly one of `n_folds` splits.

    Raises
    ------
    NotEnoughData
        If there are fewer than `n_folds` groups, or fewer than two folds are wanted.
    """
    n_groups = len(np.unique(groups))
    if not 2 <= n_folds <= n_groups:
        raise NotEnoughData(
            f"{n_folds} folds need as many groups, and at least 2; there are {n_groups}.",
            hint="Add recordings, or ask for fewer folds.",
        )
    fold_of = group_folds(groups, n_folds=n_folds, seed=seed)
    for fold in range(n_folds):
        yield Split(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))


def stratified_folds(labels: NDArray[Any], *, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Fold number of each row, (N,), every label spread evenly; for rows without groups."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[by_label] = np.arange(len(labels)) % n_folds
    return folds


def check_disjoint(train_groups: NDArray[Any], test_groups: NDArray[Any]) -> None:
    """Refuse a split that leaks.

    Raises
    ------
    UsageError
        If a group is on both sides; the text names the first few.
    """
    shared = np.intersect1d(train_groups, test_groups)
    if len(shared):
        first = ", ".join(str(name) for name in shared[:3])
        raise UsageError(
            f"{len(shared)} group(s) are in training and test at once: {first}"
            + (" …" if len(shared) > 3 else ""),
            hint="Split by recording, session or wearer, so that nothing is tested on itself.",
        )

"""Folds that never split a recording, a session or a person."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def group_folds(groups: NDArray[Any], *, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Fold number of each row, (N,); every group lies in one fold, folds are about equally large.

    Groups are dealt out largest first (equals in random order), each to the smallest fold so far.

    Parameters
    ----------
    groups : (N,)
        What must stay together.
    n_folds : int
        At most as many as there are groups.
    seed : int
        Breaks ties among groups of one size.

    Raises
    ------
    ValueError
        If there are fewer groups than folds, or fewer than 1 fold.
    """
    names, group_of = np.unique(groups, return_inverse=True)
    if not 1 <= n_folds <= len(names):
        raise ValueError(f"cannot deal {len(names)} groups to {n_folds} folds")
    sizes = np.bincount(group_of, minlength=len(names))
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    fold_of_group = np.empty(len(names), dtype=np.int64)
    load = np.zeros(n_folds, dtype=np.int64)
    for group in order:
        fold = int(load.argmin())
        fold_of_group[group] = fold
        load[fold] += sizes[group]
    folds: NDArray[np.int64] = fold_of_group[group_of]
    return folds


def block_folds(n_rows: int, *, n_folds: int) -> NDArray[np.int64]:
    """Fold number of each row in time order: contiguous blocks of about equal length, (N,).

    Contiguous, because neighbouring windows are nearly the same window.
    """
    return (np.arange(n_rows) * n_folds // max(n_rows, 1)).astype(np.int64)

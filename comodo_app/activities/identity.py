"""Permanent ids: a refit with new recordings must not rename what the user has named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True, slots=True, eq=False)
class IdMatch:
    """Which id each new cluster carries, and what changed.

    Attributes
    ----------
    ids : (K,) int64
        Permanent id of each cluster of the refit, all different.
    kept, added, retired : tuple of int
        Old ids that live on, ids given for the first time, old ids that no cluster carries.
    split_from : mapping of int to int
        For an added id, the old id that holds most of its windows: a name to suggest.
    n_common : int
        Windows that both fits know.
    n_moved : int
        Of these, windows whose id differs from before.
    """

    ids: NDArray[np.int64]
    kept: tuple[int, ...]
    added: tuple[int, ...]
    retired: tuple[int, ...]
    split_from: Mapping[int, int] = field(default_factory=dict)
    n_common: int = 0
    n_moved: int = 0

    def apply(self, assignments: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Activity ids of windows, from their cluster numbers, (N,)."""
        ids: NDArray[np.int64] = self.ids[assignments]
        return ids


def match_ids(
    old_ids: NDArray[np.integer[Any]],
    old_keys: NDArray[Any],
    new_assignments: NDArray[np.integer[Any]],
    new_keys: NDArray[Any],
    *,
    min_share: float = 0.3,
    next_id: int = 1,
) -> IdMatch:
    """Carry the ids of a project over to a refit.

    Old activities and new clusters are paired one to one so that the paired windows are as many
    as possible; a pair counts only if the old activity makes up at least `min_share` of the
    cluster's windows that were known before. Every other cluster gets a new id.

    Parameters
    ----------
    old_ids, old_keys : (M,)
        Activity ids (1 or more) before the refit, and a key of each window that survives
        refits (a number or a string; recording and place in its grid). Keys are unique.
    new_assignments, new_keys : (N,)
        Cluster numbers 0 … K-1 after the refit, and the same kind of keys.
    min_share : float
        0 … 1. An inherited name must not describe a small minority of the cluster.
    next_id : int
        First id never used in the project (ids of retired activities stay taken); raised above
        `old_ids` where it is not.

    Returns
    -------
    IdMatch

    Raises
    ------
    ValueError
        If lengths differ, a key repeats, or an id is below 1.

    Notes
    -----
    Added ids follow the cluster numbers, so the largest new cluster gets the lowest new id.
    """
    _check(old_ids, old_keys, "old")
    _check(new_assignments, new_keys, "new")
    if len(old_ids) and int(old_ids.min()) < 1:
        raise ValueError("activity ids start at 1")
    if len(new_assignments) and int(new_assignments.min()) < 0:
        raise ValueError("cluster numbers start at 0")
    n_clusters = int(new_assignments.max()) + 1 if len(new_assignments) else 0
    known, old_of = np.unique(old_ids, return_inverse=True)
    _, old_rows, new_rows = np.intersect1d(
        old_keys, new_keys, assume_unique=True, return_indices=True
    )
    shared = np.zeros((n_clusters, len(known)))  # common windows of cluster and old activity
    np.add.at(shared, (new_assignments[new_rows], old_of[old_rows]), 1.0)
    common = shared.sum(axis=1, keepdims=True)
    eligible = np.where(shared >= min_share * common, shared, 0.0)
    clusters, olds = linear_sum_assignment(eligible, maximize=True)
    real = eligible[clusters, olds] > 0
    clusters, olds = clusters[real], olds[real]

    ids = np.zeros(n_clusters, dtype=np.int64)
    ids[clusters] = known[olds]
    fresh = np.flatnonzero(ids == 0)
    first = max([next_id, *(int(i) + 1 for i in known[-1:])])
    ids[fresh] = first + np.arange(len(fresh))
    split_from = {
        int(ids[cluster]): int(known[eligible[cluster].argmax()])
        for cluster in fresh
        if len(known) and eligible[cluster].any()
    }
    moved = ids[new_assignments[new_rows]] != old_ids[old_rows]
    kept = np.sort(known[olds])
    return IdMatch(
        ids=ids,
        kept=tuple(int(i) for i in kept),
        added=tuple(int(i) for i in ids[fresh]),
        retired=tuple(int(i) for i in np.setdiff1d(known, kept)),
        split_from=split_from,
        n_common=len(new_rows),
        n_moved=int(np.count_nonzero(moved)),
    )


def _check(labels: NDArray[Any], keys: NDArray[Any], which: str) -> None:
    if labels.ndim != 1 or labels.shape != keys.shape:
        raise ValueError(f"{which} labels {labels.shape} and keys {keys.shape} differ")
    if len(np.unique(keys)) != len(keys):
        raise ValueError(f"a key of the {which} windows repeats")

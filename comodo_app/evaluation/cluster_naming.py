"""The perfect user: names each cluster by what its most central window truly is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def name_by_medoid(
    assignments: NDArray[np.integer[Any]], medoids: NDArray[np.integer[Any]], truth: NDArray[Any]
) -> NDArray[Any]:
    """Name of each cluster, (K,): the true label of its medoid.

    Parameters
    ----------
    assignments : (N,)
        Cluster number of each window, 0 … K-1.
    medoids : (K,)
        Row of each cluster's most central window (the first of its `exemplars`).
    truth : (N,)
        True labels; only the medoids' are looked at, as a user would.

    Raises
    ------
    ValueError
        If a medoid is not in its own cluster, or a cluster has none.
    """
    _check(assignments, truth)
    if len(assignments) and int(assignments.max()) >= len(medoids):
        raise ValueError(f"{len(medoids)} medoids for {int(assignments.max()) + 1} clusters")
    if not np.array_equal(assignments[medoids], np.arange(len(medoids))):
        raise ValueError("a medoid lies outside its cluster")
    names: NDArray[Any] = truth[medoids]
    return names


def named(assignments: NDArray[np.integer[Any]], names: NDArray[Any]) -> NDArray[Any]:
    """Name of each window, (N,), from the names of the clusters, (K,)."""
    window_names: NDArray[Any] = names[assignments]
    return window_names


def label_accuracy(
    assignments: NDArray[np.integer[Any]], names: NDArray[Any], truth: NDArray[Any]
) -> float:
    """Share of windows whose cluster's name is their true label: what naming K windows buys.

    Raises
    ------
    ValueError
        If lengths differ or there is no window.
    """
    _check(assignments, truth)
    if len(truth) == 0:
        raise ValueError("no windows to measure on")
    return float(np.mean(named(assignments, names) == truth))


def _check(assignments: NDArray[Any], truth: NDArray[Any]) -> None:
    if assignments.ndim != 1 or assignments.shape != truth.shape:
        raise ValueError(f"assignments {assignments.shape} and truth {truth.shape} differ")

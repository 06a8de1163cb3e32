"""Find activities without labels: spherical k-means over teacher embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from comodo_app.activities.vectors import checked_unit_rows, unit_rows
from comodo_app.errors import NotEnoughData

# Two windows closer than this (1 - cosine) are the same point.
_SAME = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """A partition of N windows into K clusters, the largest cluster first, none empty.

    Attributes
    ----------
    centroids : (K, D) float64
        Unit mean direction of each cluster.
    assignments : (N,) int64
        Cluster number of each window, 0 … K-1.
    similarity : (N,) float64
        Cosine of each window to its own centroid.
    """

    centroids: NDArray[np.float64]
    assignments: NDArray[np.int64]
    similarity: NDArray[np.float64]

    @property
    def n_clusters(self) -> int:
        """K."""
        return len(self.centroids)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Windows per cluster, (K,), in falling order."""
        return np.bincount(self.assignments, minlength=self.n_clusters).astype(np.int64)


def default_n_clusters(n_windows: int, *, stride_share: float = 0.5) -> int:
    """How many clusters to offer for naming, 2 to 60: it grows with the root of the data.

    Parameters
    ----------
    n_windows : int
        Windows that are clustered.
    stride_share : float
        Their stride as a share of their length. Windows that overlap by more than half tell
        little new, so they count as if they overlapped by half.

    Notes
    -----
    Clusters equal to activities are useless, 3–5 times as many are not (label accuracy 50 → 84 %
    from 1x to 5x in weak_har's WEAR). Measured with 8–12 activities: K=30 for 269 half-overlapping
    windows, K=48–60 for 2 600, and on rendered video K=24 / 40 / 60 gave .71 / .74 / .76. More than
    60 names are too many to ask for.
    """
    distinct = n_windows * min(1.0, stride_share / 0.5)
    return int(np.clip(round(1.8 * distinct**0.5), 2, 60))


def spherical_kmeans(
    embeddings: NDArray[Any],
    *,
    n_clusters: int,
    seed: int,
    n_starts: int = 4,
    max_iter: int = 100,
) -> Clustering:
    """Cluster unit vectors so that the summed cosine to the own centroid is largest.

    Each start is seeded by k-means++ with 1 - cosine as squared distance; a cluster that runs
    empty takes the window that fits its own cluster worst. The best of all starts is kept.

    Parameters
    ----------
    embeddings : (N, D)
        Unit rows.
    n_clusters : int
        Clusters wanted; fewer come back only if there are fewer distinct rows.
    seed : int
        Same seed, same result.
    n_starts, max_iter : int
        Independent starts, and the most assignment rounds in each.

    Returns
    -------
    Clustering
        Ordered by falling size (ties: by first window).

    Raises
    ------
    NotEnoughData
        If there is no window.
    ValueError
        If the rows are not unit vectors or a count is below 1.

    Source
    ------
    Dhillon & Modha 2001 (spherical k-means); Arthur & Vassilvitskii 2007 (seeding).
    """
    if min(n_clusters, n_starts, max_iter) < 1:
        raise ValueError("n_clusters, n_starts and max_iter must be at least 1")
    points = checked_unit_rows(embeddings)
    if len(points) == 0:
        raise NotEnoughData(
            "There is no window to find activities in.",
            hint="Add a recording that is longer than one window.",
        )
    rng = np.random.default_rng(seed)
    runs = [_one_start(points, _seeds(points, n_clusters, rng), max_iter) for _ in range(n_starts)]
    best = max(runs, key=lambda run: float(run.similarity.sum()))  # first of equals
    return _largest_first(best)


def exemplars(
    embeddings: NDArray[Any],
    clustering: Clustering,
    per_cluster: int = 6,
    *,
    recordings: NDArray[Any] | None = None,
    starts_s: NDArray[np.float64] | None = None,
    window_s: float | None = None,
) -> tuple[NDArray[np.int64], ...]:
    """The windows to show for each cluster, most central first; the first is the medoid.

    Parameters
    ----------
    embeddings : (N, D)
        The rows that were clustered.
    clustering : Clustering
    per_cluster : int
        At most so many; fewer where a cluster is small or its windows overlap.
    recordings, starts_s, window_s : (N,), (N,) and float, all or none
        Which recording each window is from, where it starts, and how long it is. If given,
        no two exemplars of a cluster overlap in time: six views of one moment teach nothing.

    Returns
    -------
    tuple of (M,) int64
        K arrays of row numbers, each with 1 ≤ M ≤ `per_cluster`.

    Raises
    ------
    ValueError
        If only some of `recordings`, `starts_s`, `window_s` are given.
    """
    given = [recordings is not None, starts_s is not None, window_s is not None]
    if any(given) and not all(given):
        raise ValueError("recordings, starts_s and window_s belong together")
    points = checked_unit_rows(embeddings)
    centrality = np.einsum("nd,nd->n", points, clustering.centroids[clustering.assignments])
    ranked = np.lexsort((-centrality, clustering.assignments))  # stable: equals keep their order
    members = np.split(ranked, np.cumsum(clustering.sizes)[:-1])
    if recordings is None or starts_s is None or window_s is None:
        return tuple(rows[:per_cluster] for rows in members)
    return tuple(
        _without_overlap(rows, recordings[rows], starts_s[rows], window_s, per_cluster)
        for rows in members
    )


def _without_overlap(
    rows: NDArray[np.int64],
    recordings: NDArray[Any],
    starts_s: NDArray[np.float64],
    window_s: float,
    n_wanted: int,
) -> NDArray[np.int64]:
    """Take the first row that overlaps none taken so far, `n_wanted` times."""
    free = np.ones(len(rows), dtype=bool)
    taken: list[int] = []
    while len(taken) < n_wanted and free.any():
        first = int(np.argmax(free))
        taken.append(first)
        # 1 ns of slack: back-to-back windows touch, they do not overlap
        near = np.abs(starts_s - starts_s[first]) < window_s - 1e-9
        free &= ~(near & (recordings == recordings[first]))
        free[first] = False
    exemplar_rows: NDArray[np.int64] = rows[taken]
    return exemplar_rows


def _seeds(
    points: NDArray[np.float64], n_clusters: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """k-means++ on the sphere, (K, D); K is smaller only if the points run out."""
    chosen = [int(rng.integers(len(points)))]
    distance = np.full(len(points), np.inf)
    while len(chosen) < n_clusters:
        distance = np.minimum(distance, 1.0 - points @ points[chosen[-1]])
        distance[distance < _SAME] = 0.0
        total = distance.sum()
        if total == 0.0:
            break  # every point coincides with a seed
        chosen.append(int(rng.choice(len(points), p=distance / total)))
    seeds: NDArray[np.float64] = points[chosen]
    return seeds


def _one_start(
    points: NDArray[np.float64], centroids: NDArray[np.float64], max_iter: int
) -> Clustering:
    assignments = np.full(len(points), -1, dtype=np.int64)
    for _ in range(max_iter):
        nearest = _fill_empty(points @ centroids.T)
        if np.array_equal(nearest, assignments):
            break
        assignments = nearest
        centroids = _mean_directions(points, assignments, centroids)
    similarity = np.einsum("nd,nd->n", points, centroids[assignments])
    return Clustering(centroids, assignments, similarity)


def _fill_empty(similarity: NDArray[np.float64]) -> NDArray[np.int64]:
    """Nearest centroid of each point, (N,); empty clusters take the points that fit worst."""
    nearest: NDArray[np.int64] = similarity.argmax(axis=1).astype(np.int64)
    sizes = np.bincount(nearest, minlength=similarity.shape[1])
    empty = np.flatnonzero(sizes == 0)
    if len(empty) == 0:
        return nearest
    fit = similarity[np.arange(len(nearest)), nearest]
    for cluster in empty:
        # From clusters of two or more, or the giver would be empty next.
        giver = int(np.argmin(np.where(sizes[nearest] > 1, fit, np.inf)))
        sizes[nearest[giver]] -= 1
        sizes[cluster] = 1
        nearest[giver] = cluster
    return nearest


def _mean_directions(
    points: NDArray[np.float64],
    assignments: NDArray[np.int64],
    previous: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Unit mean of each cluster, (K, D); where members cancel out, the old direction stays."""
    n_points = len(points)
    membership: Any = sparse.csr_matrix(
        (np.ones(n_points), (assignments, np.arange(n_points))), shape=(len(previous), n_points)
    )
    sums = np.asarray(membership @ points)
    unit = unit_rows(sums)
    return np.where((unit == 0.0).all(axis=1, keepdims=True), previous, unit)


def _largest_first(clustering: Clustering) -> Clustering:
    """Renumber by falling size, so that numbers do not depend on the order of the seeds."""
    first_row = np.full(clustering.n_clusters, len(clustering.assignments))
    np.minimum.at(first_row, clustering.assignments, np.arange(len(clustering.assignments)))
    order = np.lexsort((first_row, -clustering.sizes))
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return Clustering(
        clustering.centroids[order],
        number[clustering.assignments].astype(np.int64),
        clustering.similarity,
    )

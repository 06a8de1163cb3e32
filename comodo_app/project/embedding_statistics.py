"""How a teacher's features are spread over a project: count, mean, covariance, for whitening.

Kept beside the cache in ``embeddings/statistics/``, one file per teacher and window grid, with
the cache entries that went in. An entry that changed or went away makes everything count anew;
new entries are added to what is there.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ProjectError
from comodo_app.project.embedding_cache import CacheKey, EmbeddingCache
from comodo_app.project.files import load_arrays, save_arrays, storage_errors

log = logging.getLogger(__name__)

FOLDER = "statistics"


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStatistics:
    """Sufficient sums of N rows of D features, float64.

    Attributes
    ----------
    n : int
        N; 0 is nothing yet.
    mean : (D,) float64
    scatter : (D, D) float64
        Sum of the outer products of the rows minus their mean.
    """

    n: int
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> FeatureStatistics:
        """Of the rows of an (N, D) array."""
        x = rows.astype(np.float64)
        if not len(x):
            return cls(0, np.zeros(x.shape[1]), np.zeros((x.shape[1], x.shape[1])))
        mean = x.mean(axis=0)
        return cls(len(x), mean, (x - mean).T @ (x - mean))

    def with_more(self, other: FeatureStatistics) -> FeatureStatistics:
        """Of both sets of rows together.

        Source: Chan, Golub, LeVeque 1979, pairwise update of mean and sum of squares.
        """
        n = self.n + other.n
        if n == 0:
            return self
        apart = other.mean - self.mean
        return FeatureStatistics(
            n,
            self.mean + apart * (other.n / n),
            self.scatter + other.scatter + np.outer(apart, apart) * (self.n * other.n / n),
        )

    @property
    def covariance(self) -> NDArray[np.float64]:
        """(D, D) float64, of the rows themselves (divided by N)."""
        out: NDArray[np.float64] = self.scatter / max(self.n, 1)
        return out

    @property
    def n_directions(self) -> float:
        """In how many directions the rows spread, 1 to D: (Σλ)² / Σλ² of the covariance."""
        squares = float(np.square(self.scatter).sum())
        return float(np.trace(self.scatter)) ** 2 / squares if squares > 0 else 0.0


def feature_statistics(
    cache: EmbeddingCache, keys: Iterable[CacheKey], *, keep: bool = True
) -> FeatureStatistics | None:
    """Statistics over cache entries of one teacher and grid; counts only what is new.

    None if nothing is cached under `keys`. `keep` False writes nothing.

    Raises
    ------
    StorageError
        If the disk refuses the write.
    """
    wanted = {key.digest: key for key in keys}
    files = {digest: cache.files(key) for digest, key in wanted.items()}
    files = {digest: names for digest, names in files.items() if names}
    if not files:
        return None
    path = cache.folder / FOLDER / f"{_name(next(iter(wanted.values())))}.npz"
    known, done = _load(path)
    if known is None or any(files.get(digest) != names for digest, names in done.items()):
        known, done = None, {}
    fresh = [digest for digest in files if digest not in done]
    for digest in fresh:
        rows = cache.rows(wanted[digest])
        if len(rows) and (known is None or rows.shape[1] == len(known.mean)):
            more = FeatureStatistics.of(rows)
            known = more if known is None else known.with_more(more)
    if keep and fresh and known is not None:
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        save_arrays(
            path,
            n=np.array(known.n),
            mean=known.mean,
            scatter=known.scatter,
            entries=np.array(json.dumps(files, sort_keys=True)),
        )
    return known


def _load(path: Path) -> tuple[FeatureStatistics | None, dict[str, list[str]]]:
    if not path.exists():
        return None, {}
    try:
        arrays = load_arrays(path)
        found = FeatureStatistics(
            int(arrays["n"]),
            np.asarray(arrays["mean"], np.float64),
            np.asarray(arrays["scatter"], np.float64),
        )
        return found, json.loads(str(arrays["entries"]))
    except (ProjectError, KeyError, ValueError) as error:
        log.warning("feature statistics are counted anew: %s", error)
        return None, {}


def _name(key: CacheKey) -> str:
    shared = [key.teacher_key, key.teacher_revision, key.preprocessing]
    grid = [float(key.window_s), float(key.stride_s)]
    return hashlib.sha256(json.dumps([shared, grid]).encode()).hexdigest()[:32]

"""Find each window's own video among all windows, from its IMU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.vectors import finite_rows

_BLOCK_ROWS = 512
# Equal keys may differ by rounding in a matrix product; they are ties all the same.
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Share of queries whose own key is among the first 1, 5, 10; mean 1/rank; median rank; N."""

    r_at_1: float
    r_at_5: float
    r_at_10: float
    mrr: float
    median_rank: float
    n: int


def retrieval(queries: NDArray[Any], keys: NDArray[Any]) -> Retrieval:
    """Rank all keys by inner product with each query; row i of both belong together.

    A key as similar as the right one counts as ranked before it, so a collapsed encoder scores
    0 and not 1. Works in blocks: memory grows with N, not N².

    Parameters
    ----------
    queries, keys : (N, D)
        Unit rows, e.g. student and teacher embeddings of the same windows.

    Raises
    ------
    ValueError
        If the shapes differ, there is no row or a value is not finite.
    """
    ranks = retrieval_ranks(queries, keys)
    return Retrieval(
        r_at_1=float(np.mean(ranks <= 1)),
        r_at_5=float(np.mean(ranks <= 5)),
        r_at_10=float(np.mean(ranks <= 10)),
        mrr=float(np.mean(1.0 / ranks)),
        median_rank=float(np.median(ranks)),
        n=len(ranks),
    )


def retrieval_ranks(queries: NDArray[Any], keys: NDArray[Any]) -> NDArray[np.int64]:
    """Rank of each query's own key, 1 … N, (N,); see `retrieval`."""
    left, right = finite_rows(queries), finite_rows(keys)
    if left.shape != right.shape or len(left) == 0:
        raise ValueError(f"queries {left.shape} and keys {right.shape} must pair up, N ≥ 1")
    ranks = np.empty(len(left), dtype=np.int64)
    for start in range(0, len(left), _BLOCK_ROWS):
        rows = np.arange(start, min(start + _BLOCK_ROWS, len(left)))
        similarity = left[rows] @ right.T
        own = similarity[np.arange(len(rows)), rows]
        ranks[rows] = np.sum(similarity >= own[:, None] - _TIE, axis=1)
    return ranks


def chance_retrieval(n: int) -> Retrieval:
    """What guessing gives among `n` keys: every rank equally likely.

    Raises
    ------
    ValueError
        If `n` is below 1.
    """
    if n < 1:
        raise ValueError("n must be at least 1")
    return Retrieval(
        r_at_1=1.0 / n,
        r_at_5=min(5.0 / n, 1.0),
        r_at_10=min(10.0 / n, 1.0),
        mrr=float(np.mean(1.0 / np.arange(1, n + 1))),
        median_rank=(n + 1) / 2,
        n=n,
    )

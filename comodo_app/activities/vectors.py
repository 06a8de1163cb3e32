"""Rows on the unit sphere: what every embedding of this room is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_TINY = 1e-12  # a shorter row has no direction


def finite_rows(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """The rows as (N, D) float64.

    Raises
    ------
    ValueError
        If `vectors` is not two-dimensional or holds a value that is not finite.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    if rows.ndim != 2:
        raise ValueError(f"expected rows (N, D), got shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise ValueError("expected finite rows")
    return rows


def unit_rows(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """Scale every row to length 1, (N, D) float64; a row without a direction stays 0.

    Raises
    ------
    ValueError
        As `finite_rows`.
    """
    rows = finite_rows(vectors)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.where(lengths > _TINY, rows / np.maximum(lengths, _TINY), 0.0)
    return unit


def checked_unit_rows(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """Unit rows as float64, exact to rounding.

    Raises
    ------
    ValueError
        If a row's length differs from 1 by more than 0.001: the caller passed something that
        is not an embedding.
    """
    rows = finite_rows(vectors)
    if not np.all(np.abs(np.linalg.norm(rows, axis=1) - 1.0) < 1e-3):
        raise ValueError("expected unit-length rows")
    return unit_rows(rows)

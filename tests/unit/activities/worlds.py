"""Small worlds with known answers, shared by the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


def unit(rows: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True)
class World:
    embeddings: NDArray[np.float64]
    truth: NDArray[np.int64]
    recordings: NDArray[np.int64]


def blobs(
    seed: int,
    *,
    n_classes: int = 6,
    n_recordings: int = 10,
    per_recording: int = 40,
    dim: int = 32,
    noise: float = 1.8,
    shift: float = 0.5,
) -> World:
    """Unit rows: class direction + recording shift + noise."""
    rng = np.random.default_rng(seed)
    recordings = np.repeat(np.arange(n_recordings), per_recording)
    truth = rng.integers(0, n_classes, len(recordings))
    rows = (
        rng.normal(size=(n_classes, dim))[truth]
        + shift * rng.normal(size=(n_recordings, dim))[recordings]
        + noise * rng.normal(size=(len(truth), dim))
    )
    return World(unit(rows), truth, recordings)

"""What the surroundings look like: colour, contrast and edges in a 3x3 grid of a small frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = 3
N_ORIENTATIONS = 6
_PER_CELL = 3 + 1 + N_ORIENTATIONS + 1
SIZE = GRID * GRID * _PER_CELL
_FLAT = (
    1.0  # mean gradient (grey levels per pixel) of a cell so flat that its orientations are noise
)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame prepared for flow and described.

    Attributes
    ----------
    grey : (H, W) uint8
    texture : (H, W) float32
        Gradient magnitude in grey levels per pixel.
    features : (99,) float64
        For each cell, row by row: mean L, a, b; standard deviation of L; shares of the gradient
        in 6 orientations of 30°; log mean gradient.
    """

    grey: NDArray[np.uint8]
    texture: NDArray[np.float32]
    features: NDArray[np.float64]


def look(image: NDArray[np.uint8]) -> Look:
    """Describe one RGB frame (H, W, 3) uint8."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)  # grey levels per pixel
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    magnitude, angle = cv2.cartToPolar(dx, dy)
    lab = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32))
    cells = _cell_means(np.stack([*lab, lab[0] ** 2])).reshape(4, -1).T  # (9, 4)
    means, variance = cells[:, :3], cells[:, 3] - cells[:, 0] ** 2
    edges = _edges(magnitude, angle)
    strength = edges.sum(axis=1)
    shares = edges / (strength + _FLAT)[:, None]
    features = np.concatenate(
        [
            (means - [0.0, 128.0, 128.0]) / 255.0,
            np.sqrt(np.maximum(variance, 0.0))[:, None] / 255.0,
            shares,
            np.log(strength + 1.0)[:, None],
        ],
        axis=1,
    )
    return Look(grey, np.asarray(magnitude, np.float32), features.ravel())


def _edges(magnitude: NDArray[Any], angle: NDArray[Any]) -> NDArray[np.float64]:
    """Mean gradient per cell and orientation, (9, 6)."""
    cell = _cell_numbers(magnitude.shape[0], magnitude.shape[1])
    n_cells = GRID * GRID
    # Directions, twice as many as orientations; float32 may round an angle up to 2 pi.
    bins = np.minimum((angle * (N_ORIENTATIONS / np.pi)).astype(np.int64), 2 * N_ORIENTATIONS - 1)
    sums = np.bincount(
        (cell * (2 * N_ORIENTATIONS) + bins).ravel(),
        magnitude.ravel(),
        n_cells * 2 * N_ORIENTATIONS,
    )
    # Opposite directions are one orientation: a dark-light edge is as good as a light-dark one.
    folded = sums.reshape(n_cells, 2, N_ORIENTATIONS).sum(axis=1)
    counts = np.bincount(cell.ravel(), minlength=n_cells)
    edges: NDArray[np.float64] = folded / np.maximum(counts, 1)[:, None]
    return edges


@lru_cache(maxsize=16)
def _cell_numbers(height_px: int, width_px: int) -> NDArray[np.int64]:
    """Cell number of each pixel, (H, W)."""
    rows = np.arange(height_px) * GRID // height_px
    columns = np.arange(width_px) * GRID // width_px
    return rows[:, None] * GRID + columns[None, :]


def _cell_means(planes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean of each cell of each plane, (K, H, W) to (K, 3, 3)."""
    down, across = _averaging(planes.shape[1]), _averaging(planes.shape[2])
    return (down @ planes @ across.T).astype(np.float64)


@lru_cache(maxsize=16)
def _averaging(size_px: int) -> NDArray[np.float32]:
    """(3, size) matrix that averages thirds; a pixel on a border counts in both, in part."""
    edges = np.linspace(0.0, size_px, GRID + 1)
    pixels = np.arange(size_px)
    covered = np.minimum(pixels + 1, edges[1:, None]) - np.maximum(pixels, edges[:-1, None])
    weights = np.clip(covered, 0.0, 1.0)
    averaging: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype("f4")
    return averaging

"""What the surroundings look like: colour, contrast and edges in a 3x3 grid of a small frame."""

from __future__ import annotations

from dataclasses import dataclass

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
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    cells = _cells(grey.shape[0], grey.shape[1])
    n_cells = GRID * GRID
    counts = np.maximum(np.bincount(cells, minlength=n_cells), 1).astype(np.float64)
    means = (
        np.stack([np.bincount(cells, lab[..., c].ravel(), n_cells) for c in range(3)], axis=1)
        / counts[:, None]
    )
    light = lab[..., 0].ravel().astype(np.float64)
    variance = np.bincount(cells, light**2, n_cells) / counts - means[:, 0] ** 2
    # Opposite directions are one orientation: a dark-light edge is as good as a light-dark one.
    bins = (angle * (2 * N_ORIENTATIONS / (2 * np.pi))).astype(np.int64) % N_ORIENTATIONS
    edges = np.bincount(
        cells * N_ORIENTATIONS + bins.ravel(), magnitude.ravel(), n_cells * N_ORIENTATIONS
    ).reshape(n_cells, N_ORIENTATIONS)
    strength = edges.sum(axis=1)
    shares = edges / (strength + _FLAT * counts)[:, None]
    features = np.concatenate(
        [
            (means - [0.0, 128.0, 128.0]) / 255.0,
            np.sqrt(np.maximum(variance, 0.0))[:, None] / 255.0,
            shares,
            np.log(strength / counts + 1.0)[:, None],
        ],
        axis=1,
    )
    return Look(grey, np.asarray(magnitude, np.float32), features.ravel())


def _cells(height_px: int, width_px: int) -> NDArray[np.int64]:
    """Cell number of each pixel, (H * W,)."""
    rows = np.arange(height_px) * GRID // height_px
    columns = np.arange(width_px) * GRID // width_px
    return (rows[:, None] * GRID + columns[None, :]).ravel()

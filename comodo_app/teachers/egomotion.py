"""How the wearer's head moves, seen from the video: flow, camera rotation, what is left of it.

Image coordinates are normalised rays, x right, y down, z forward; a 90° horizontal field of view
is assumed, which only scales the rates. All rates are per second of real time.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = 3  # the residual flow is described in GRID x GRID cells
POINT_SPACING_PX = 6
_MIN_SIDE_PX = 12  # DIS needs one patch
_MAX_ITERATIONS = 12  # a third of the picture moving on its own takes that many
_CONVERGED = 1e-3  # rad/s or 1/s
_CAUCHY = 2.385  # 95 % efficiency on normal residuals
_MAD_TO_SD = 1.4826
_MIN_SCALE_RADPS = 0.02  # residuals below the flow's own resolution do not count as outliers
_TEXTURE_HALF = 4.0  # gradient (grey levels per pixel) at which a point weighs one half
# A video without texture has no information: the fit is pulled to "no motion" by this much weight.
_RIDGE = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Motion between two frames.

    Attributes
    ----------
    rates : (6,) float64
        wx, wy, wz (rad/s, camera axes), expansion (1/s), expansion of the lower half beyond it
        (1/s), scale of the residual flow (rad/s).
    cells : (9, 3) float64
        Residual flow in a 3x3 grid, row by row: mean magnitude, mean x, mean y (rad/s).
    """

    rates: NDArray[np.float64]
    cells: NDArray[np.float64]


class FlowField:
    """Sample points of one frame size, with everything about them that never changes."""

    def __init__(self, width_px: int, height_px: int) -> None:
        half = POINT_SPACING_PX // 2
        columns = np.arange(min(half, width_px // 2), width_px, POINT_SPACING_PX)
        rows = np.arange(min(half, height_px // 2), height_px, POINT_SPACING_PX)
        self.focal_px = width_px / 2.0
        self.index = (
            slice(int(rows[0]), None, POINT_SPACING_PX),
            slice(int(columns[0]), None, POINT_SPACING_PX),
        )
        grid_x, grid_y = np.meshgrid(columns + 0.5, rows + 0.5)
        self.x = (grid_x.ravel() - width_px / 2.0) / self.focal_px  # (P,)
        self.y = (grid_y.ravel() - height_px / 2.0) / self.focal_px
        self.cell = (
            np.minimum(grid_y.ravel() * GRID // height_px, GRID - 1) * GRID
            + np.minimum(grid_x.ravel() * GRID // width_px, GRID - 1)
        ).astype(np.int64)
        self.lower = self.y > 0
        # How each point flows for one unit of wx, wy, wz and expansion.
        self.across = np.stack([self.x * self.y, -(1 + self.x**2), self.y, self.x], axis=1)
        self.down = np.stack([1 + self.y**2, -self.x * self.y, -self.x, self.y], axis=1)  # (P, 4)
        self.outer = (
            self.across[:, :, None] * self.across[:, None, :]
            + self.down[:, :, None] * self.down[:, None, :]
        ).reshape(-1, 16)  # each point's part of the normal matrix
        self.radius2 = self.x**2 + self.y**2

    def fit(self, flow: NDArray[np.float64], texture: NDArray[np.float64]) -> Motion:
        """Robust camera rotation and expansion from a flow field, and what they leave over.

        Iteratively reweighted least squares with Cauchy weights on the length of each point's
        residual: moving hands and other people are outliers.

        Parameters
        ----------
        flow : (P, 2) float64
            Flow at the sample points in rad/s (normalised rays per second).
        texture : (P,) float64
            Trust in each point, 0 to 1.
        """
        right = self.across * flow[:, :1] + self.down * flow[:, 1:]  # (P, 4)
        weights = texture
        solution = np.zeros(4)
        left = flow.T
        scale = 0.0
        for _ in range(_MAX_ITERATIONS):
            before = solution
            normal = (weights @ self.outer).reshape(4, 4) + _RIDGE * np.eye(4)
            solution = np.linalg.solve(normal, weights @ right)
            left = np.stack(
                [flow[:, 0] - self.across @ solution, flow[:, 1] - self.down @ solution]
            )
            length = np.hypot(left[0], left[1])
            scale = _MAD_TO_SD * _weighted_median(length, texture)
            bound = _CAUCHY * max(scale, _MIN_SCALE_RADPS)
            weights = texture / (1.0 + (length / bound) ** 2)
            if np.abs(solution - before).max() < _CONVERGED:
                break
        return Motion(
            np.array([*solution, self._lower_expansion(left, weights), scale]),
            self._cells(left, texture),
        )

    def _lower_expansion(self, left: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
        """Expansion that the lower half (floor, table, hands) has beyond the whole picture's."""
        w = weights * self.lower
        outward = left[0] * self.x + left[1] * self.y
        return float((w * outward).sum() / ((w * self.radius2).sum() + _RIDGE))

    def _cells(
        self, left: NDArray[np.float64], texture: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        n_cells = GRID * GRID
        trust = np.bincount(self.cell, texture, n_cells) + _RIDGE
        sums = [
            np.bincount(self.cell, texture * value, n_cells)
            for value in (np.hypot(left[0], left[1]), left[0], left[1])
        ]
        return np.stack(sums, axis=1) / trust[:, None]


class EgomotionEstimator:
    """Motion from each frame to the next of one video; not to be shared between threads."""

    def __init__(self) -> None:
        self._field: FlowField | None = None
        self._size = (0, 0)
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        # At half instead of quarter resolution: the frame is small already, the error halves.
        self._dis.setFinestScale(1)

    def between(
        self,
        before: NDArray[np.uint8],
        after: NDArray[np.uint8],
        texture: NDArray[np.float32],
        *,
        dt_s: float,
    ) -> Motion:
        """Motion between two grey frames (H, W) uint8, `dt_s` apart.

        `texture` (H, W) float32 is the gradient magnitude of `before`: where there is none, the
        flow is invented. Frames too small for a flow show no motion.
        """
        if min(before.shape) < _MIN_SIDE_PX:
            return Motion(np.zeros(6), np.zeros((GRID * GRID, 3)))
        if self._field is None or self._size != before.shape:
            self._field = FlowField(before.shape[1], before.shape[0])
            self._size = before.shape[0], before.shape[1]
        field = self._field
        empty = np.zeros((*before.shape, 2), np.float32)
        flow = self._dis.calc(before, after, empty)[field.index].reshape(-1, 2)  # (P, 2) pixels
        gradient = texture[field.index].ravel().astype(np.float64)
        trust = gradient / (gradient + _TEXTURE_HALF)
        return field.fit(flow.astype(np.float64) / (field.focal_px * dt_s), trust)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Median of `values` where each counts `weights`; 0 if nothing counts."""
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order])
    if cumulated[-1] <= 0:
        return 0.0
    return float(values[order[np.searchsorted(cumulated, cumulated[-1] / 2.0)]])

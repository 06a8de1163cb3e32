"""A small painter of textured flat surfaces with a depth buffer, made of OpenCV's warp.

Depth is kept as its inverse: over a flat surface that is an affine function of the pixel, and it
comes for free as the third row of the inverse homography.

Camera axes are those of the device: x forward, y left, z up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from comodo_app.simulation.surfaces import (
    CROSSED,
    ONE_SIDED,
    Array,
    Colour,
    Floor,
    Picture,
    Surfaces,
    Texture,
)

Point = tuple[float, float]
Corner = tuple[float, float, float]
NEAR_M = 0.06
FIELD_OF_VIEW_DEG = 92.0
MIN_AREA_PX = 9.0
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(slots=True, eq=False)
class Canvas:
    """One picture in the making: colours, inverse depths, and the camera that looks.

    Attributes
    ----------
    width_px, height_px : int
    colour : (h, w, 3) uint8, BGR
    nearness : (h, w) float32
        1 / distance along the viewing axis, 0 where nothing was painted.
    """

    width_px: int
    height_px: int
    colour: Picture = field(init=False)
    nearness: NDArray[np.float32] = field(init=False)
    focal_px: float = field(init=False)
    _lens: Array = field(init=False)
    _view: Array = field(init=False)
    _eye: Array = field(init=False)
    _rows: NDArray[np.float32] = field(init=False)
    _columns: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        w, h = self.width_px, self.height_px
        self.colour = np.zeros((h, w, 3), np.uint8)
        self.nearness = np.zeros((h, w), np.float32)
        self.focal_px = f = 0.5 * w / float(np.tan(np.deg2rad(FIELD_OF_VIEW_DEG / 2)))
        self._lens = np.array([[(w - 1) / 2, -f, 0.0], [(h - 1) / 2, 0.0, -f], [1.0, 0.0, 0.0]])
        self._rows = np.arange(h, dtype=np.float32)[:, None]
        self._columns = np.arange(w, dtype=np.float32)[None, :]
        self.look(np.zeros(3), np.eye(3))

    def clear(self, colour: Colour) -> None:
        """Start a new picture."""
        self.colour[:] = colour
        self.nearness[:] = 0.0

    def look(self, eye: Array, rotation: Array) -> None:
        """Place the camera: position (3,) and device-to-world rotation (3, 3)."""
        self._eye = eye
        self._view = self._lens @ rotation.T

    def paint(self, surfaces: Surfaces) -> None:
        """Paint all surfaces that are seen; nearer ones hide farther ones in any order."""
        if not len(surfaces.textures):
            return
        start = surfaces.origin - self._eye
        seen = surfaces.corners(start) @ self._view.T  # (N, 4, 3): column, row (* depth), depth
        rows = self._visible(surfaces, start, seen)
        if not len(rows):
            return
        # Homographies of the unit square, and their inverses, all at once.
        square = np.stack((surfaces.right[rows], surfaces.down[rows], start[rows]), axis=2)
        maps = self._view @ square
        solid = np.abs(np.linalg.det(maps)) > 1e-9
        inverses = np.linalg.inv(maps[solid])
        sizes = surfaces.size_m
        for row, inverse in zip(rows[solid].tolist(), inverses, strict=True):
            self._paint_one(seen[row], inverse, surfaces.textures[row], sizes[row])

    def _visible(self, surfaces: Surfaces, start: Array, seen: Array) -> NDArray[np.intp]:
        """Rows of the surfaces that may be seen, nearest first: hidden ones then cost little."""
        depth = seen[..., 2]
        nearest = depth.min(1)
        outside = (
            (depth.max(1) < NEAR_M)
            | (seen[..., 0].max(1) < 0)
            | (seen[..., 1].max(1) < 0)
            | ((seen[..., 0] - self.width_px * depth).min(1) > 0)
            | ((seen[..., 1] - self.height_px * depth).min(1) > 0)
        )
        facing = np.einsum("ni,ni->n", start, surfaces.normal)
        shown = np.where(surfaces.sides == ONE_SIDED, facing > 0, True)
        middle = start + 0.5 * (surfaces.right + surfaces.down)
        across = np.hypot(surfaces.normal[:, 0], surfaces.normal[:, 1])
        slant = np.abs(np.einsum("ni,ni->n", middle[:, :2], surfaces.normal[:, :2]))
        oblique = slant < 0.7071 * across * np.hypot(middle[:, 0], middle[:, 1])
        shown &= ~((surfaces.sides == CROSSED) & oblique)
        area = np.abs(facing) * (self.focal_px**2 / np.maximum(nearest, NEAR_M) ** 3)
        rows = np.flatnonzero(~outside & shown & (area > MIN_AREA_PX))
        return rows[np.argsort(nearest[rows])]

    def _paint_one(self, corners: Array, inverse: Array, texture: Texture, size_m: Array) -> None:
        points = self._outline(corners, NEAR_M, math.inf)
        if points is None:
            return
        height, width = texture.levels[0].shape[:2]
        depth = max(NEAR_M, sum(corners[:, 2].tolist()) / 4)
        # Texels per pixel in the coarser direction: shimmering is worse than softness.
        ratio = depth / self.focal_px * min(width / size_m[0], height / size_m[1])
        level = min(len(texture.levels) - 1, max(0, int(math.log2(max(ratio, 1.0)) + 0.4)))
        picture, b = texture.levels[level], texture.border
        scale = ((picture.shape[1] - 2 * b,), (picture.shape[0] - 2 * b,), (1,))
        nearness = inverse[2]
        inverse = inverse * scale
        inverse[:2] += b * nearness
        mask = texture.masks[level] if texture.masks else None
        self._blit(points, inverse, nearness, picture, mask, texture.mean)

    def paint_floor(self, floor: Floor) -> None:
        """Paint a strip of floor, each distance with the patch of the right fineness."""
        step = self.focal_px / floor.pixels_per_m
        near = NEAR_M
        for level, patch in enumerate(floor.patches):
            last = level == len(floor.patches) - 1
            far = np.inf if last else 1.5 * step * 2.0**level
            pixels_per_m = floor.pixels_per_m / 2.0**level
            length, width = patch.shape[0] / pixels_per_m, patch.shape[1] / pixels_per_m
            ahead = np.floor((self._eye[0] + length / 2) / floor.period_m) * floor.period_m
            left = floor.left_m
            if floor.endless_y:
                tile_m = floor.period_m
                left = np.floor((self._eye[1] + width / 2) / tile_m) * tile_m
            start = np.array((ahead, left, floor.z_m)) - self._eye
            right, down = np.array((0.0, -width, 0.0)), np.array((-length, 0.0, 0.0))
            if start[2] >= 0:
                return
            corners = np.stack((start, start + right, start + right + down, start + down))
            points = self._outline(corners @ self._view.T, near, far)
            near = far
            if points is None:
                continue
            matrix = self._view @ np.stack((right, down, start), axis=1)
            if abs(np.linalg.det(matrix)) < 1e-9:
                continue
            inverse = np.linalg.inv(matrix)
            inverse = inverse * ((patch.shape[1],), (patch.shape[0],), (1,))
            self._blit(points, inverse, inverse[2], patch, None, floor.mean)

    def _outline(self, corners: Array, near: float, far: float) -> list[Point] | None:
        """The visible outline of a polygon in pixels; None if nothing is left of it.

        `corners` are (n, 3): column and row, both times depth, and depth. What lies nearer than
        `near`, beyond `far` or outside the picture is cut off.
        """
        width, height = self.width_px, self.height_px
        polygon: list[Corner] = [(x, y, z) for x, y, z in corners.tolist()]
        polygon = _cut(polygon, [z - near for _, _, z in polygon])
        if far < math.inf:
            polygon = _cut(polygon, [far - z for _, _, z in polygon])
        polygon = _cut(polygon, [x + z for x, _, z in polygon])
        polygon = _cut(polygon, [y + z for _, y, z in polygon])
        polygon = _cut(polygon, [width * z - x for x, _, z in polygon])
        polygon = _cut(polygon, [height * z - y for _, y, z in polygon])
        return [(x / z, y / z) for x, y, z in polygon] if len(polygon) >= 3 else None

    def _blit(
        self, points: list[Point], inverse: Array, nearness: Array, picture: Picture,
        mask: Picture | None, rest: Colour,
    ) -> None:  # fmt: skip
        """Warp `picture` into the polygon `points`, where it is nearer than what is there."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        x0, y0 = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        x1 = min(self.width_px, math.ceil(max(xs)) + 1)
        y1 = min(self.height_px, math.ceil(max(ys)) + 1)
        if x1 <= x0 or y1 <= y0:
            return
        size = (x1 - x0, y1 - y0)
        inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
        outline = [(round(16 * (x - x0)), round(16 * (y - y0))) for x, y in points]
        cv2.fillConvexPoly(inside, np.array(outline, np.int32), 1, shift=4)
        a, b, c = nearness.tolist()
        near = a * self._columns[:, x0:x1] + (b * self._rows[y0:y1] + c)
        there = self.nearness[y0:y1, x0:x1]
        inside &= (near > there).view(np.uint8)
        if not inside.any():
            return
        local = inverse.copy()
        local[:, 2] += inverse[:, 0] * x0 + inverse[:, 1] * y0
        if mask is not None:
            shape = cv2.warpPerspective(mask, local, size, flags=_WARP)
            inside &= (shape > 110).view(np.uint8)
        warped = cv2.warpPerspective(picture, local, size, flags=_WARP, borderValue=rest)
        cv2.copyTo(warped, inside, self.colour[y0:y1, x0:x1])
        np.copyto(there, near, where=inside.view(np.bool_))


def _cut(polygon: list[Corner], side: list[float]) -> list[Corner]:
    """Keep the part of a convex polygon where `side`, given at its corners, is not negative."""
    if not polygon or min(side) >= 0:
        return polygon
    if max(side) < 0:
        return []
    kept: list[Corner] = []
    for index, corner in enumerate(polygon):
        a, b = side[index - 1], side[index]
        if (a >= 0) != (b >= 0):
            share = a / (a - b)
            x, y, z = polygon[index - 1]
            kept.append(
                (
                    x + share * (corner[0] - x),
                    y + share * (corner[1] - y),
                    z + share * (corner[2] - z),
                )
            )
        if b >= 0:
            kept.append(corner)
    return kept

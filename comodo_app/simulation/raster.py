"""A small painter of textured flat surfaces with a depth buffer, made of OpenCV's warp.

Only two kinds of surface exist: a parallelogram with a picture on it (`Surfaces`, many at once)
and an endless strip of floor with a repeating picture (`Floor`). Depth is kept as its inverse:
over a flat surface that is an affine function of the pixel, and it comes for free as the third
row of the inverse homography.

Camera axes are those of the device: x forward, y left, z up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Array = NDArray[np.float64]
NEAR_M = 0.06
FIELD_OF_VIEW_DEG = 92.0
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """A picture in halving sizes; `masks` is empty where the picture is opaque."""

    levels: tuple[Picture, ...]
    masks: tuple[Picture, ...] = ()

    @staticmethod
    def of(picture: Picture) -> Texture:
        """Build the halvings of a BGR (h, w, 3) or BGR + mask (h, w, 4) picture, down to 8 px."""
        levels, masks = [], []
        current = picture
        while True:
            levels.append(np.ascontiguousarray(current[..., :3]))
            if picture.shape[2] == 4:
                masks.append(np.ascontiguousarray(current[..., 3]))
            height, width = current.shape[:2]
            if min(height, width) < 16:
                return Texture(tuple(levels), tuple(masks))
            current = cv2.resize(current, (width // 2, height // 2), interpolation=cv2.INTER_AREA)

    def shaded(self, light: float) -> Texture:
        """The same picture, `light` times as bright."""
        levels = tuple(cv2.convertScaleAbs(level, alpha=light) for level in self.levels)
        return Texture(levels, self.masks)


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """N textured parallelograms.

    Attributes
    ----------
    origin, right, down : (N, 3) float64
        Top left corner and the two edges, as somebody sees them who stands before the picture.
    textures : sequence of N Texture
    two_sided : (N,) bool
        Whether it is seen (mirrored) from behind as well.
    """

    origin: Array
    right: Array
    down: Array
    textures: Sequence[Texture]
    two_sided: NDArray[np.bool_]

    def moved(self, offset: Array) -> Surfaces:
        """The same surfaces somewhere else."""
        return Surfaces(self.origin + offset, self.right, self.down, self.textures, self.two_sided)

    def placed(self, rotation: Array, offset: Array) -> Surfaces:
        """The same surfaces turned, then moved."""
        return Surfaces(
            self.origin @ rotation.T + offset, self.right @ rotation.T, self.down @ rotation.T,
            self.textures, self.two_sided,
        )  # fmt: skip


def joined(parts: Sequence[Surfaces]) -> Surfaces:
    """All surfaces of several sets as one."""
    return Surfaces(
        np.concatenate([p.origin for p in parts]),
        np.concatenate([p.right for p in parts]),
        np.concatenate([p.down for p in parts]),
        [texture for p in parts for texture in p.textures],
        np.concatenate([p.two_sided for p in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """A level strip ``left_m > y > right_m`` at height `z_m`, endless and repeating along x.

    `patches[k]` shows the strip at ``pixels_per_m / 2**k``: columns run against y (to the right of
    somebody who looks along x), rows run against x (away is up). Each patch spans a whole number
    of periods. A strip with `endless_y` repeats sideways too and follows the camera.
    """

    patches: tuple[Picture, ...]
    pixels_per_m: float
    period_m: float
    left_m: float
    z_m: float = 0.0
    endless_y: bool = False


def make_floor(
    picture: Picture, *, pixels_per_m: float, left_m: float | None = None, z_m: float = 0.0,
    reach_px: int = 620, levels: int = 5,
) -> Floor:  # fmt: skip
    """Repeat `picture` into a floor; without `left_m` it is endless sideways as well.

    Parameters
    ----------
    picture : (h, w, 3) uint8
        One period, seamless along its rows (and columns if endless sideways).
    pixels_per_m : float
        Its scale.
    reach_px : int
        How far a patch reaches around the camera, in its own pixels.
    """
    texture = Texture.of(picture)
    patches = []
    for level in range(min(levels, len(texture.levels))):
        tile = texture.levels[level]
        rows = int(np.ceil(2 * reach_px / tile.shape[0])) + 1
        columns = 1 if left_m is not None else int(np.ceil(2 * reach_px / tile.shape[1])) + 1
        patches.append(np.ascontiguousarray(np.tile(tile, (rows, columns, 1))))
    return Floor(
        tuple(patches), pixels_per_m, picture.shape[0] / pixels_per_m,
        left_m if left_m is not None else 0.0, z_m, left_m is None,
    )  # fmt: skip


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

    def clear(self, colour: tuple[int, int, int]) -> None:
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
        corners = np.stack(
            (
                start,
                start + surfaces.right,
                start + surfaces.right + surfaces.down,
                start + surfaces.down,
            ),
            axis=1,
        )
        seen = corners @ self._view.T  # (N, 4, 3): column * depth, row * depth, depth
        depth = seen[..., 2]
        outside = (
            (depth < NEAR_M).all(1)
            | (seen[..., 0] < 0).all(1)
            | (seen[..., 1] < 0).all(1)
            | (seen[..., 0] > self.width_px * depth).all(1)
            | (seen[..., 1] > self.height_px * depth).all(1)
        )
        front = np.einsum("ni,ni->n", start, np.cross(surfaces.right, surfaces.down)) > 0
        rows = np.flatnonzero(~outside & (front | surfaces.two_sided))
        if not len(rows):
            return
        # Homographies of the unit square, and their inverses, all at once.
        square = np.stack((surfaces.right[rows], surfaces.down[rows], start[rows]), axis=2)
        maps = self._view @ square
        solid = np.abs(np.linalg.det(maps)) > 1e-9
        maps[~solid] = np.eye(3)
        inverses = np.linalg.inv(maps)
        for row, inverse, fine in zip(rows, inverses, solid, strict=True):
            if fine:
                self._paint_one(seen[row], inverse, surfaces.textures[row])

    def _paint_one(self, corners: Array, inverse: Array, texture: Texture) -> None:
        polygon = _clipped(corners, NEAR_M, np.inf)
        if polygon is None:
            return
        points = polygon[:, :2] / polygon[:, 2:]
        span = points.max(0) - points.min(0)
        height, width = texture.levels[0].shape[:2]
        # The longer side decides: slightly soft beats shimmering.
        ratio = min(width / max(float(span[0]), 1.0), height / max(float(span[1]), 1.0))
        level = min(len(texture.levels) - 1, max(0, int(np.log2(max(ratio, 1.0)) + 0.4)))
        picture = texture.levels[level]
        size = np.array((picture.shape[1] - 2, picture.shape[0] - 2), dtype=np.float64)
        inverse = inverse.copy()
        nearness = inverse[2].copy()
        inverse[:2] *= size[:, None]
        inverse[:2] += inverse[2]  # one pixel of border all around
        mask = texture.masks[level] if texture.masks else None
        self._blit(points, inverse, nearness, picture, mask)

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
            corners = np.stack((start, start + right, start + right + down, start + down))
            polygon = _clipped(corners @ self._view.T, near, far)
            near = far
            if polygon is None or start[2] >= 0:
                continue
            matrix = self._view @ np.stack((right, down, start), axis=1)
            if abs(np.linalg.det(matrix)) < 1e-9:
                continue
            inverse = np.linalg.inv(matrix)
            nearness = inverse[2].copy()
            inverse[0] *= patch.shape[1]
            inverse[1] *= patch.shape[0]
            self._blit(polygon[:, :2] / polygon[:, 2:], inverse, nearness, patch, None)

    def _blit(
        self, points: Array, inverse: Array, nearness: Array, picture: Picture, mask: Picture | None
    ) -> None:
        """Warp `picture` into the polygon `points`, where it is nearer than what is there."""
        low = np.floor(points.min(0)).astype(int)
        high = np.ceil(points.max(0)).astype(int) + 1
        x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
        x1, y1 = min(self.width_px, int(high[0])), min(self.height_px, int(high[1]))
        if x1 - x0 < 1 or y1 - y0 < 1:
            return
        size = (x1 - x0, y1 - y0)
        inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
        outline = np.clip(np.rint((points - (x0, y0)) * 16), -4e6, 4e6).astype(np.int32)
        cv2.fillConvexPoly(inside, outline, 255, shift=4)
        a, b, c = (float(v) for v in nearness)
        near = (a * self._columns[:, x0:x1] + (b * self._rows[y0:y1] + c)).astype(np.float32)
        there = self.nearness[y0:y1, x0:x1]
        inside &= np.where(near > there, np.uint8(255), np.uint8(0))
        local = inverse.copy()
        local[:, 2] += inverse[:, 0] * x0 + inverse[:, 1] * y0
        if mask is not None:
            shape = cv2.warpPerspective(mask, local, size, flags=_WARP)
            inside &= cv2.threshold(shape, 110, 255, cv2.THRESH_BINARY)[1]
        warped = cv2.warpPerspective(picture, local, size, flags=_WARP)
        cv2.copyTo(warped, inside, self.colour[y0:y1, x0:x1])
        np.copyto(there, near, where=inside.view(np.bool_))


def _clipped(corners: Array, near: float, far: float) -> Array | None:
    """Cut a polygon (n, 3: column * depth, row * depth, depth) to ``near <= depth <= far``."""
    depth = corners[:, 2]
    lowest, highest = float(depth.min()), float(depth.max())
    if highest <= near or lowest >= far:
        return None
    if lowest < near:
        corners = _cut(corners, near, 1.0)
    if highest > far:
        corners = _cut(corners, far, -1.0)
    return corners if len(corners) >= 3 else None


def _cut(corners: Array, limit: float, sign: float) -> Array:
    """Keep the part of a convex polygon where ``sign * (depth - limit) >= 0``."""
    kept: list[Array] = []
    side = sign * (corners[:, 2] - limit)
    for index in range(len(corners)):
        a, b = side[index - 1], side[index]
        if (a >= 0) != (b >= 0):
            share = a / (a - b)
            kept.append(corners[index - 1] + share * (corners[index] - corners[index - 1]))
        if b >= 0:
            kept.append(corners[index])
    return np.array(kept).reshape(-1, 3)

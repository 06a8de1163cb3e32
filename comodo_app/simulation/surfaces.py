"""Flat surfaces with pictures on them: what places are made of.

Only two kinds exist: parallelograms (`Surfaces`, many at once) and endless strips of floor with a
repeating picture (`Floor`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Array = NDArray[np.float64]
Colour = tuple[float, float, float]
ONE_SIDED, TWO_SIDED, CROSSED = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """A picture in halving sizes; `masks` is empty where the picture is opaque."""

    levels: tuple[Picture, ...]
    masks: tuple[Picture, ...]
    mean: Colour
    border: int

    @staticmethod
    def of(picture: Picture) -> Texture:
        """Build the halvings of a BGR (h, w, 3) or BGR + mask (h, w, 4) picture, down to 8 px.

        Each level gets a border that repeats its edge (empty around an outline), so that pixels
        on the edge of a surface do not mix with nothing.
        """
        levels, masks, b = [], [], 4
        current = picture
        while True:
            colours = np.ascontiguousarray(current[..., :3])
            levels.append(_u8(cv2.copyMakeBorder(colours, b, b, b, b, cv2.BORDER_REPLICATE)))
            if picture.shape[2] == 4:
                masks.append(np.pad(current[..., 3], b))
            height, width = current.shape[:2]
            if min(height, width) < 16:
                return Texture(tuple(levels), tuple(masks), _mean(colours), b)
            current = _u8(
                cv2.resize(current, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            )

    def shaded(self, light: float) -> Texture:
        """The same picture, `light` times as bright."""
        levels = tuple(_u8(cv2.convertScaleAbs(level, alpha=light)) for level in self.levels)
        b, g, r = self.mean
        return Texture(levels, self.masks, (light * b, light * g, light * r), self.border)

    def turned(self) -> Texture:
        """The same picture lying on its side."""
        return Texture(
            tuple(np.ascontiguousarray(level.swapaxes(0, 1)) for level in self.levels),
            tuple(np.ascontiguousarray(mask.T) for mask in self.masks),
            self.mean,
            self.border,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """N textured parallelograms.

    Attributes
    ----------
    origin, right, down : (N, 3) float64
        Top left corner and the two edges, as somebody sees them who stands before the picture.
    textures : sequence of N Texture
    sides : (N,) int8
        ONE_SIDED, TWO_SIDED (mirrored from behind), or CROSSED: two-sided, but unseen when looked
        at obliquely, because another one stands across it.
    normal, size_m : (N, 3), (N, 2) float64
        ``right × down``, and the lengths of both edges.
    """

    origin: Array
    right: Array
    down: Array
    textures: Sequence[Texture]
    sides: NDArray[np.int8]
    normal: Array
    size_m: Array

    @staticmethod
    def of(
        origin: Array, right: Array, down: Array, textures: Sequence[Texture],
        sides: NDArray[np.int8],
    ) -> Surfaces:  # fmt: skip
        """Surfaces with their normals and sizes worked out."""
        edges = np.stack((right, down), axis=1)
        size_m = np.maximum(np.linalg.norm(edges, axis=2), 1e-6)
        return Surfaces(origin, right, down, textures, sides, np.cross(right, down), size_m)

    def corners(self, start: Array) -> Array:
        """Corners (N, 4, 3) when the origins are at `start`."""
        across = start + self.right
        return np.stack((start, across, across + self.down, start + self.down), axis=1)

    def moved(self, offset: Array) -> Surfaces:
        """The same surfaces somewhere else."""
        return Surfaces(
            self.origin + offset, self.right, self.down, self.textures, self.sides, self.normal,
            self.size_m,
        )  # fmt: skip

    def placed(self, rotation: Array, offset: Array) -> Surfaces:
        """The same surfaces turned, then moved."""
        back = rotation.T
        return Surfaces(
            self.origin @ back + offset, self.right @ back, self.down @ back, self.textures,
            self.sides, self.normal @ back, self.size_m,
        )  # fmt: skip

    def repeated(self, step: Array, count: int) -> Surfaces:
        """`count` copies, each `step` further."""
        return Surfaces(
            np.concatenate([self.origin + k * step for k in range(count)]),
            np.tile(self.right, (count, 1)), np.tile(self.down, (count, 1)),
            tuple(self.textures) * count, np.tile(self.sides, count),
            np.tile(self.normal, (count, 1)), np.tile(self.size_m, (count, 1)),
        )  # fmt: skip


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
    mean: Colour = (90.0, 90.0, 90.0)


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
        b = texture.border
        tile = texture.levels[level][b:-b, b:-b]
        rows = int(np.ceil(2 * reach_px / tile.shape[0])) + 1
        columns = 1 if left_m is not None else int(np.ceil(2 * reach_px / tile.shape[1])) + 1
        patches.append(np.ascontiguousarray(np.tile(tile, (rows, columns, 1))))
    return Floor(
        tuple(patches), pixels_per_m, picture.shape[0] / pixels_per_m,
        left_m if left_m is not None else 0.0, z_m, left_m is None, texture.mean,
    )  # fmt: skip


def _u8(picture: object) -> Picture:
    """OpenCV's result as what it is: bytes."""
    return np.asarray(picture, dtype=np.uint8)


def _mean(picture: Picture) -> Colour:
    b, g, r = picture.reshape(-1, 3).mean(0).tolist()
    return b, g, r

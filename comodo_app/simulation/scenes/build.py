"""A place as surfaces around a wearer, and the helper that builds one.

In a place's own axes the wearer starts near the origin and looks along x; y is left, z up, the
floor is z = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from comodo_app.simulation.materials import Colour, coloured
from comodo_app.simulation.pictures import HORIZON_ROW, Horizon, panorama
from comodo_app.simulation.surfaces import (
    CROSSED,
    ONE_SIDED,
    TWO_SIDED,
    Array,
    Floor,
    Surfaces,
    Texture,
)

Vector = Sequence[float] | Array
Look = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
SUN = {"+x": 0.88, "-x": 0.80, "+y": 0.70, "-y": 1.0, "-z": 1.06, "+z": 0.72}
"""How bright a surface is that one sees when looking in a direction."""

HORIZON_M = 900.0


@dataclass(frozen=True, slots=True)
class Haze:
    """What distance does to colours: they fade towards `colour` over about `reach_m`."""

    colour: Colour
    reach_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One place.

    Attributes
    ----------
    things : Surfaces
        What stands still; repeated by `period_m` (a step along x and z) where that is given.
    floors : tuple of Floor
    horizon : Surfaces or None
        Sky and far hills around the eye; None indoors.
    carried : Surfaces or None
        What moves with the trunk: handlebar, car.
    start_m : (x, y)
        Where the wearer starts.
    heading_deg : float
        Where the wearer's "forward" points in the place's axes.
    """

    things: Surfaces
    floors: tuple[Floor, ...] = ()
    horizon: Surfaces | None = None
    carried: Surfaces | None = None
    period_m: tuple[float, float] | None = None
    reach_m: float = 58.0
    backdrop: Colour = (90.0, 90.0, 90.0)
    haze: Haze | None = None
    start_m: tuple[float, float] = (0.0, 0.0)
    heading_deg: float = 0.0


def _point(values: Vector) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


@dataclass(slots=True, eq=False)
class Builder:
    """Collects surfaces; `build` joins them."""

    _origin: list[tuple[float, ...]] = field(default_factory=list)
    _right: list[tuple[float, ...]] = field(default_factory=list)
    _down: list[tuple[float, ...]] = field(default_factory=list)
    _texture: list[Texture] = field(default_factory=list)
    _sides: list[int] = field(default_factory=list)
    _shades: dict[tuple[int, float], tuple[Texture, Texture]] = field(default_factory=dict)

    def add(
        self, origin: Vector, right: Vector, down: Vector,
        texture: Texture, *, sides: int = ONE_SIDED, light: float = 1.0,
    ) -> None:  # fmt: skip
        """Add any parallelogram: top left corner and its edges, as seen from the front."""
        self._origin.append(_point(origin))
        self._right.append(_point(right))
        self._down.append(_point(down))
        self._texture.append(self._lit(texture, light))
        self._sides.append(sides)

    def _lit(self, texture: Texture, light: float) -> Texture:
        if light == 1.0:
            return texture
        key = (id(texture.levels), light)
        if key not in self._shades:
            # The original is kept as well: its id must not be given to another one.
            self._shades[key] = (texture, texture.shaded(light))
        return self._shades[key][1]

    def extend(self, surfaces: Surfaces) -> None:
        """Add ready surfaces."""
        for values, new in (
            (self._origin, surfaces.origin), (self._right, surfaces.right),
            (self._down, surfaces.down),
        ):  # fmt: skip
            values.extend(_point(row) for row in new)
        self._texture.extend(surfaces.textures)
        self._sides.extend(surfaces.sides.tolist())

    def wall(
        self, look: Look, at: float, a: tuple[float, float], b: tuple[float, float],
        texture: Texture, *, light: float = 1.0, sides: int = ONE_SIDED,
    ) -> None:  # fmt: skip
        """Add a rectangle across an axis, seen by somebody who looks in direction `look`.

        `at` is its place on that axis; `a` and `b` are its (low, high) ranges on the other two
        axes in the order x, y, z.
        """
        (a0, a1), (b0, b1) = a, b
        corner, right, down = {
            "+x": ((at, a1, b1), (0, a0 - a1, 0), (0, 0, b0 - b1)),
            "-x": ((at, a0, b1), (0, a1 - a0, 0), (0, 0, b0 - b1)),
            "+y": ((a0, at, b1), (a1 - a0, 0, 0), (0, 0, b0 - b1)),
            "-y": ((a1, at, b1), (a0 - a1, 0, 0), (0, 0, b0 - b1)),
            "-z": ((a1, b1, at), (0, b0 - b1, 0), (a0 - a1, 0, 0)),
            "+z": ((a0, b1, at), (0, b0 - b1, 0), (a1 - a0, 0, 0)),
        }[look]
        self.add(corner, right, down, texture, light=light * SUN[look], sides=sides)

    def box(
        self, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float],
        texture: Texture, *, top: Texture | None = None, looks: Sequence[Look] = ("+x", "+y", "-y"),
        light: float = 1.0,
    ) -> None:  # fmt: skip
        """Add the outside of a box: its top and the sides seen when looking along `looks`."""
        self.wall("-z", z[1], x, y, top or texture, light=light)
        for look in looks:
            at = {"+x": x[0], "-x": x[1], "+y": y[0], "-y": y[1]}[look]
            self.wall(look, at, y if look[1] == "x" else x, z, texture, light=light)

    def post(self, x: float, y: float, z: tuple[float, float], wide: float, paint: Texture) -> None:
        """Add a thin upright post as two crossing strips."""
        h = wide / 2
        self.wall("+x", x, (y - h, y + h), z, paint, sides=CROSSED)
        self.wall("+y", y, (x - h, x + h), z, paint, sides=CROSSED)

    def cutout(
        self, x: float, y: float, z: tuple[float, float], wide: float, texture: Texture,
        *, crossed: bool = True,
    ) -> None:  # fmt: skip
        """Add an upright picture with outline (tree, person), crossed by itself if asked."""
        sides = CROSSED if crossed else TWO_SIDED
        self.wall("+x", x, (y - wide / 2, y + wide / 2), z, texture, sides=sides)
        if crossed:
            self.wall("+y", y, (x - wide / 2, x + wide / 2), z, texture, sides=sides)

    def room(
        self, x: tuple[float, float], y: tuple[float, float], high: float, walls: Texture,
        *, floor: Texture | None, ceiling: Texture, pieces: int = 2,
    ) -> None:  # fmt: skip
        """Add the inside of a room; `pieces` repeats the wall's picture along each side."""
        if floor is not None:
            xs, ys = np.linspace(*x, pieces + 1), np.linspace(*y, pieces + 1)
            for i in range(pieces):
                for j in range(pieces):
                    self.wall("-z", 0.0, (xs[i], xs[i + 1]), (ys[j], ys[j + 1]), floor)
        self.wall("+z", high, x, y, ceiling)
        sides: tuple[tuple[Look, float, tuple[float, float]], ...] = (
            ("+x", x[1], y), ("-x", x[0], y), ("+y", y[1], x), ("-y", y[0], x)
        )  # fmt: skip
        for look, at, span in sides:
            edges = np.linspace(*span, pieces + 1)
            for low, up in pairwise(edges):
                self.wall(look, at, (float(low), float(up)), (0.0, high), walls)

    def build(self) -> Surfaces:
        """All that was added."""

        def rows(values: list[tuple[float, ...]]) -> Array:
            return np.array(values, dtype=np.float64).reshape(-1, 3)

        return Surfaces.of(
            rows(self._origin), rows(self._right), rows(self._down), tuple(self._texture),
            np.array(self._sides, dtype=np.int8),
        )  # fmt: skip


def plain(colour: Colour, *, gradient: float = 0.0) -> Texture:
    """A small one-coloured texture, `gradient` brighter at the top than at the bottom."""
    light = np.linspace(1 + gradient / 2, 1 - gradient / 2, 32)[:, None] + np.zeros((32, 32))
    return Texture.of(coloured(colour, light))


def tube(colour: Colour) -> Texture:
    """A strip that looks round: bright along the middle."""
    across = np.sqrt(1 - np.linspace(-0.95, 0.95, 16) ** 2)[None]
    return Texture.of(coloured(colour, 0.35 + 0.75 * across + np.zeros((64, 16))))


def sky(rng: np.random.Generator, kind: Horizon) -> Surfaces:
    """Sky and horizon as twelve upright pictures on a wide circle around the eye."""
    picture = panorama(rng, kind)
    builder = Builder()
    parts, radius = 12, HORIZON_M
    per_px = 2 * np.pi * radius / picture.shape[1]
    step = picture.shape[1] // parts
    high, low = HORIZON_ROW * per_px, (HORIZON_ROW - picture.shape[0]) * per_px
    for part in range(parts):
        a, b = -2 * np.pi * part / parts, -2 * np.pi * (part + 1) / parts
        # The circle's chords leave no slits, and neighbours share their edge.
        left = np.array((radius * np.cos(a), radius * np.sin(a), high))
        right = np.array((radius * np.cos(b), radius * np.sin(b), high))
        piece = np.take(picture, np.arange(part * step - 1, (part + 1) * step + 1), 1, mode="wrap")
        builder.add(left, right - left, (0, 0, low - high), Texture.of(piece))
    return builder.build()


def zenith(horizon: Surfaces) -> Colour:
    """The mean colour of the sky's upper edge: what is above the pictures."""
    top = np.concatenate([t.levels[0][:3].reshape(-1, 3) for t in horizon.textures])
    b, g, r = (float(v) for v in top.mean(0))
    return (b, g, r)

"""Seamless pictures of materials: ground, walls, wood, cloth. Every draw differs a little.

All functions take a generator and return a BGR picture, (size, size, 3) uint8 unless they say
otherwise.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from comodo_app.simulation.surfaces import Picture

Colour = tuple[float, float, float]
Field = NDArray[np.float32]


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """BGR 0–255 of hue (turns), saturation and value (0–1)."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, min(1.0, max(0.0, saturation)), min(1.0, value))
    return (255.0 * b, 255.0 * g, 255.0 * r)


def around(rng: np.random.Generator, hue: float, saturation: float, value: float) -> Colour:
    """A colour near the given one."""
    return hsv(
        hue + rng.normal(0, 0.025),
        saturation * float(np.exp(rng.normal(0, 0.18))),
        value * float(np.exp(rng.normal(0, 0.10))),
    )


def clouds(rng: np.random.Generator, shape: tuple[int, int], cells: int, octaves: int = 4) -> Field:
    """Seamless value noise of several octaves, mean 0, about ±1, (rows, columns) float32."""
    rows, columns = shape
    # The finest octave costs most and shows least: at least 3 pixels per cell.
    total = np.zeros(shape, np.float32)
    weight, norm = 1.0, 0.0
    for octave in range(octaves):
        fine = cells * 2**octave
        if 3 * fine > rows:
            break
        across = max(1, round(fine * columns / rows))
        grid = rng.standard_normal((fine, across)).astype(np.float32)
        grid = np.pad(grid, 2, mode="wrap")
        scale_y, scale_x = rows / fine, columns / across
        big = cv2.resize(
            grid, (round((across + 4) * scale_x), round((fine + 4) * scale_y)),
            interpolation=cv2.INTER_CUBIC,
        )  # fmt: skip
        top, left = round(2 * scale_y), round(2 * scale_x)
        total += weight * big[top : top + rows, left : left + columns]
        norm += weight**2
        weight *= 0.6
    return total / np.float32(1.6 * np.sqrt(max(norm, 1e-6)))


def coloured(colour: Colour, brightness: NDArray[np.floating]) -> Picture:
    """A picture of one colour times a brightness field (rows, columns)."""
    light = np.asarray(brightness, np.float32)
    return np.clip(light[..., None] * np.array(colour, np.float32), 0, 255).astype(np.uint8)


def rough(
    rng: np.random.Generator, colour: Colour, size: int = 256, *, contrast: float = 0.15,
    cells: int = 4, grain: float = 0.05,
) -> Picture:  # fmt: skip
    """Plaster, concrete, asphalt, carpet: blotches and grain."""
    field = clouds(rng, (size, size), cells, 5)
    field = 1.0 + contrast * field + grain * rng.standard_normal((size, size)).astype(np.float32)
    return coloured(colour, field)


def meadow(rng: np.random.Generator, colour: Colour, size: int = 256) -> Picture:
    """Grass: blotches of two greens and short upright strokes."""
    blotch = clouds(rng, (size, size), 3, 4)
    fine = cv2.blur(rng.standard_normal((size, size)).astype(np.float32), (1, 5)) * 2.0
    picture = coloured(colour, 1.0 + 0.18 * blotch + 0.11 * fine).astype(np.float32)
    picture[..., 2] *= 1.0 + 0.16 * np.clip(clouds(rng, (size, size), 5, 3), -1, 1.5)
    return np.clip(picture, 0, 255).astype(np.uint8)


def pebbles(rng: np.random.Generator, colour: Colour, size: int = 256) -> Picture:
    """Gravel or leaves: many small stones of differing brightness."""
    picture = rough(rng, colour, size, contrast=0.10)
    for x, y, radius, light in zip(
        rng.integers(0, size, 700), rng.integers(0, size, 700), rng.integers(1, 4, 700),
        rng.uniform(0.7, 1.25, 700), strict=True,
    ):  # fmt: skip
        cv2.circle(picture, (int(x), int(y)), int(radius), [c * float(light) for c in colour], -1)
    return picture


def bricks(
    rng: np.random.Generator, colour: Colour, size: int = 256, *, rows: int = 16, columns: int = 8,
    joint: Colour = (175, 180, 185), running: bool = True,
) -> Picture:  # fmt: skip
    """Bricks, paving or tiles: courses of rectangles with joints."""
    high, wide = size // rows, size // columns
    light = np.ones((size, size), np.float32)
    seam = np.zeros((size, size), bool)
    for row in range(rows):
        shift = (wide // 2) * (row % 2) if running else 0
        course = np.repeat(1.0 + 0.11 * rng.standard_normal(columns), wide).astype(np.float32)
        course = np.resize(course, size)
        light[row * high : (row + 1) * high] = np.roll(course, shift)
        seam[row * high : (row + 1) * high, (np.arange(columns) * wide + shift) % size] = True
        seam[row * high] = True
    light *= 1.0 + 0.07 * clouds(rng, (size, size), 8, 4)
    picture = coloured(colour, light)
    picture[seam] = np.clip(np.array(joint) * 0.95, 0, 255).astype(np.uint8)
    return picture


def planks(
    rng: np.random.Generator, colour: Colour, size: int = 256, *, boards: int = 6
) -> Picture:
    """Wooden boards that run along the columns, with grain and butt joints."""
    wide = size / boards
    light = np.ones((size, size), np.float32)
    grain = cv2.resize(
        rng.standard_normal((8, size)).astype(np.float32),
        (size, size),
        interpolation=cv2.INTER_CUBIC,
    )
    for board in range(boards):
        left, right = round(board * wide), round((board + 1) * wide)
        light[:, left:right] += float(0.09 * rng.standard_normal())
        for end in rng.integers(0, size, 2):
            light[end : end + 2, left:right] *= 0.72
        light[:, left] *= 0.66
    return coloured(colour, light + 0.075 * grain)


def leaves(rng: np.random.Generator, colour: Colour, size: int = 256) -> Picture:
    """A hedge or a dense crown: overlapping blobs, lit from above."""
    picture = np.full((size, size, 3), np.array(colour) * 0.45, np.uint8)
    count = 900
    spots = zip(
        rng.integers(0, size, count), rng.integers(0, size, count), rng.integers(3, 9, count),
        rng.uniform(0.55, 1.25, count), strict=True,
    )  # fmt: skip
    for x, y, radius, light in spots:
        paint = [float(c * light) for c in colour]
        centre = (int(x), int(y))
        cv2.ellipse(
            picture,
            centre,
            (int(radius), max(1, int(radius) // 2)),
            float(x + y),
            0,
            360,
            paint,
            -1,
        )
    return picture

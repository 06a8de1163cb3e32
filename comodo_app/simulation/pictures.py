"""Pictures of things: house fronts, trees, screens, the far horizon, hands.

Pictures with an outline carry a fourth channel, 255 where they are solid.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from comodo_app.simulation.materials import (
    Colour,
    around,
    bricks,
    clouds,
    coloured,
    hsv,
    leaves,
    planks,
    rough,
)
from comodo_app.simulation.surfaces import Picture

Horizon = Literal["city", "hills", "forest"]
HORIZON_ROW = 180


def glass(rng: np.random.Generator, high: int, wide: int, *, night: bool = False) -> Picture:
    """A window pane: sky reflected from top to bottom, one slanting streak."""
    top, bottom = np.array((214, 190, 165)), np.array((120, 105, 92))
    share = np.linspace(0, 1, high)[:, None, None]
    pane = top * (1 - share) + bottom * share + np.zeros((high, wide, 3))
    streak = (np.arange(wide)[None] + np.arange(high)[:, None]) % max(8, wide)
    pane *= np.where(streak < wide * 0.25, 1.12, 1.0)[..., None]
    pane *= float(rng.uniform(0.6, 1.0)) * (0.4 if night else 1.0)
    return np.clip(pane, 0, 255).astype(np.uint8)


def house_front(rng: np.random.Generator, *, shop: bool) -> Picture:
    """The street side of a house: wall, floors of windows, and a door or a shop below."""
    size = 256
    hue, sat = rng.choice((0.03, 0.07, 0.10, 0.13, 0.58)), float(rng.uniform(0.12, 0.5))
    wall = around(rng, float(hue), sat, float(rng.uniform(0.55, 0.85)))
    front = bricks(rng, wall) if rng.random() < 0.5 else rough(rng, wall, contrast=0.06)
    storeys, columns = int(rng.integers(3, 5)), int(rng.integers(3, 6))
    base = size - 70
    frame = around(rng, float(rng.random()), 0.25, 0.85)
    high, wide = base // storeys, size // columns
    for storey in range(storeys):
        for column in range(columns):
            x0, x1 = column * wide + wide // 5, (column + 1) * wide - wide // 5
            y0, y1 = storey * high + high // 5, (storey + 1) * high - high // 8
            cv2.rectangle(front, (x0 - 3, y0 - 3), (x1 + 3, y1 + 3), frame, -1)
            front[y0:y1, x0:x1] = glass(rng, y1 - y0, x1 - x0)
            cv2.line(front, ((x0 + x1) // 2, y0), ((x0 + x1) // 2, y1), frame, 2)
            cv2.rectangle(front, (x0 - 5, y1 + 3), (x1 + 5, y1 + 6), [c * 0.6 for c in frame], -1)
    paint = around(rng, float(rng.random()), 0.6, 0.6)
    if shop:
        cv2.rectangle(front, (0, base), (size, base + 16), paint, -1)
        _lettering(rng, front, (20, base + 3, size - 20, base + 13))
        front[base + 20 : size - 12, 12 : size - 70] = glass(rng, size - 32 - base, size - 82)
        _goods(rng, front, (16, base + 40, size - 76, size - 14))
    cv2.rectangle(front, (size - 60, base + 8), (size - 20, size), paint, -1)
    cv2.rectangle(front, (size - 54, base + 16), (size - 26, base + 34), (150, 135, 120), -1)
    cv2.rectangle(front, (0, size - 8), (size - 62, size), (110, 112, 115), -1)
    cv2.rectangle(front, (0, 0), (size, 7), [c * 0.7 for c in wall], -1)
    return front


def _lettering(rng: np.random.Generator, picture: Picture, box: tuple[int, int, int, int]) -> None:
    x, top, right, bottom = box
    while x < right - 6:
        step = int(rng.integers(3, 10))
        cv2.rectangle(picture, (x, top), (min(right, x + step), bottom), (235, 240, 240), -1)
        x += step + int(rng.integers(3, 7))


def _goods(rng: np.random.Generator, picture: Picture, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    for x in range(left, right - 10, 13):
        colour = hsv(float(rng.random()), 0.6, float(rng.uniform(0.4, 0.95)))
        cv2.rectangle(
            picture, (x, bottom - int(rng.integers(8, bottom - top))), (x + 9, bottom), colour, -1
        )


def tree(rng: np.random.Generator, *, bush: bool = False) -> Picture:
    """A tree (or a bush): trunk and a crown of leaves, with outline."""
    size = 192
    green = around(rng, float(rng.uniform(0.20, 0.34)), 0.55, 0.5)
    crown = np.zeros((size, size), np.uint8)
    middle = int(size * (0.55 if bush else 0.36))
    for _ in range(26):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.28) * size
        centre = (int(size / 2 + reach * np.cos(angle)), int(middle + reach * np.sin(angle)))
        cv2.circle(crown, centre, int(rng.uniform(0.09, 0.17) * size), 255, -1)
    picture = np.zeros((size, size, 4), np.uint8)
    if not bush:
        brown = around(rng, 0.07, 0.45, 0.36)
        trunk = np.array([(0.46, 1.0), (0.55, 1.0), (0.53, 0.4), (0.48, 0.4)]) * size
        cv2.fillConvexPoly(picture, trunk.astype(np.int32), (*brown, 255))
    light = np.linspace(1.25, 0.6, size)[:, None] * (1.1 - 0.25 * np.linspace(0, 1, size)[None])
    foliage = np.clip(leaves(rng, green, size) * light[..., None], 0, 255)
    solid = crown > 0
    picture[solid, :3] = foliage[solid].astype(np.uint8)
    picture[solid, 3] = 255
    return picture


def pedestrian(rng: np.random.Generator) -> Picture:
    """Somebody standing, seen from a distance, with outline (head, coat, trousers)."""
    picture = np.zeros((192, 72, 4), np.uint8)
    coat, trousers = around(rng, float(rng.random()), 0.55, 0.6), around(rng, 0.6, 0.35, 0.3)
    skin = skin_colour(float(rng.random()))
    for x in (25, 40):
        cv2.rectangle(picture, (x, 104), (x + 11, 186), (*trousers, 255), -1)
    cv2.ellipse(picture, (38, 76), (20, 44), 0, 0, 360, (*coat, 255), -1)
    cv2.rectangle(picture, (15, 52), (24, 104), (*[c * 0.8 for c in coat], 255), -1)
    cv2.rectangle(picture, (52, 52), (61, 104), (*[c * 0.7 for c in coat], 255), -1)
    cv2.ellipse(picture, (38, 20), (10, 14), 0, 0, 360, (*skin, 255), -1)
    cv2.ellipse(picture, (38, 13), (11, 9), 0, 180, 360, (*around(rng, 0.08, 0.5, 0.25), 255), -1)
    return picture


def skin_colour(share: float) -> Colour:
    """From light (0) to dark (1) skin."""
    return hsv(0.055 + 0.01 * share, 0.34 + 0.28 * share, 0.93 - 0.52 * share)


def screen(rng: np.random.Generator) -> Picture:
    """A monitor with windows full of lines of text."""
    high, wide = 192, 320
    picture = np.full((high, wide, 3), around(rng, float(rng.random()), 0.35, 0.35), np.uint8)
    dark = rng.random() < 0.5
    paper, ink = ((40, 36, 34), (190, 200, 190)) if dark else ((246, 247, 248), (70, 66, 62))
    for x0, x1 in ((10, 96), (104, 308)):
        cv2.rectangle(picture, (x0, 12), (x1, high - 14), paper, -1)
        cv2.rectangle(picture, (x0, 12), (x1, 20), hsv(float(rng.random()), 0.4, 0.7), -1)
        for y in range(28, high - 20, 7):
            x = x0 + 6 + 8 * int(rng.integers(0, 3))
            while x < x1 - 22 and rng.random() < 0.86:
                step = int(rng.integers(6, 20))
                colour = ink if rng.random() < 0.7 else hsv(float(rng.random()), 0.6, 0.8)
                cv2.rectangle(picture, (x, y), (x + step, y + 2), colour, -1)
                x += step + 5
    cv2.rectangle(picture, (0, high - 9), (wide, high), (30, 28, 26), -1)
    cv2.rectangle(picture, (0, 0), (wide - 1, high - 1), (22, 22, 24), 5)
    return picture


def keyboard(rng: np.random.Generator) -> Picture:
    """A keyboard from above."""
    dark = rng.random() < 0.6
    body, key = ((38, 36, 36), (78, 74, 72)) if dark else ((196, 196, 198), (240, 241, 242))
    picture = np.full((96, 288, 3), body, np.uint8)
    for row in range(5):
        x = 6 + 4 * (row % 3)
        while x < 272:
            step = 90 if row == 4 and 70 < x < 100 else 15
            cv2.rectangle(picture, (x, 6 + 17 * row), (min(280, x + step), 19 + 17 * row), key, -1)
            x += step + 4
    return picture


def bookshelf(rng: np.random.Generator) -> Picture:
    """Shelves of books."""
    picture = planks(rng, around(rng, 0.08, 0.5, 0.5))
    for shelf in range(4):
        bottom, x = 60 + shelf * 64, 8
        cv2.rectangle(picture, (8, bottom - 54), (247, bottom), (32, 36, 42), -1)
        while x < 238:
            wide, high = int(rng.integers(5, 15)), int(rng.integers(32, 52))
            if rng.random() < 0.88:
                colour = hsv(
                    float(rng.random()), float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.3, 0.9))
                )
                cv2.rectangle(picture, (x, bottom - high), (x + wide, bottom), colour, -1)
                cv2.line(picture, (x, bottom - high), (x, bottom), [c * 0.6 for c in colour], 1)
            x += wide + 1
    return picture


def poster(rng: np.random.Generator) -> Picture:
    """An abstract picture in a frame."""
    picture = rough(rng, around(rng, float(rng.random()), 0.35, 0.85), 128, contrast=0.1)
    for _ in range(7):
        colour = hsv(float(rng.random()), 0.6, 0.8)
        centre = (int(rng.integers(15, 113)), int(rng.integers(15, 113)))
        cv2.circle(picture, centre, int(rng.integers(8, 30)), colour, -1)
    cv2.rectangle(picture, (0, 0), (127, 127), around(rng, 0.08, 0.4, 0.3), 9)
    return picture


def outlook(rng: np.random.Generator) -> Picture:
    """A window with a view: sky, hills, a cross of frames."""
    view = np.ascontiguousarray(panorama(rng, "hills", 192)[60:200, :140])
    view = np.asarray(cv2.resize(view, (160, 160)), np.uint8)
    for box in (((0, 0), (159, 159)), ((80, 0), (80, 159)), ((0, 70), (159, 70))):
        cv2.rectangle(view, *box, (236, 238, 240), 8)
    return view


def cupboard(rng: np.random.Generator, colour: Colour, doors: int) -> Picture:
    """Cupboard doors with handles."""
    picture = rough(rng, colour, 256, contrast=0.03, grain=0.015)
    wide = 256 // doors
    for door in range(doors):
        left = door * wide
        cv2.rectangle(picture, (left + 2, 2), (left + wide - 3, 253), [c * 0.72 for c in colour], 2)
        cv2.rectangle(
            picture, (left + 14, 18), (left + wide - 15, 238), [c * 0.88 for c in colour], 2
        )
        x = left + (wide - 22 if door % 2 == 0 else 16)
        cv2.rectangle(picture, (x, 100), (x + 5, 150), (150, 152, 156), -1)
    return picture


def door(rng: np.random.Generator) -> Picture:
    """A room door in its frame."""
    picture = cupboard(rng, around(rng, 0.09, 0.3, 0.75), 1)
    cv2.rectangle(picture, (0, 0), (255, 255), (225, 228, 230), 12)
    return picture


def disc(colour: Colour, *, rim: float = 0.8, size: int = 96) -> Picture:
    """A plate or a pot from above, with outline."""
    picture = np.zeros((size, size, 4), np.uint8)
    c, r = size // 2, size // 2 - 1
    cv2.circle(picture, (c, c), r, (*[v * rim for v in colour], 255), -1)
    cv2.circle(picture, (c, c), int(r * 0.92), (*colour, 255), -1)
    cv2.circle(picture, (c - 2, c - 2), int(r * 0.6), (*[v * 0.9 for v in colour], 255), 2)
    return picture


def panorama(rng: np.random.Generator, kind: Horizon, wide: int = 1152) -> Picture:
    """Sky with clouds over a far horizon, (240, wide, 3); the horizon lies in row `HORIZON_ROW`.

    1152 columns go once around; rows are the heights of a cylinder with a radius of 1152 / 2π.
    """
    up = np.linspace(1, 0, HORIZON_ROW, dtype=np.float32)[:, None, None] ** 0.8
    zenith = np.array(around(rng, 0.58, 0.55, 0.82), np.float32)
    low = np.array(around(rng, 0.57, 0.10, 0.97), np.float32)
    cover = clouds(rng, (HORIZON_ROW, wide), 3, 4)
    white = np.clip((cover - rng.uniform(0.0, 0.5)) * 1.3, 0, 0.85)[..., None] * (0.35 + 0.65 * up)
    sky = low + (zenith - low) * up
    sky = sky + (np.array((248, 246, 244), np.float32) - sky) * white
    picture = np.empty((240, wide, 3), np.uint8)
    picture[:HORIZON_ROW] = np.clip(sky, 0, 255)
    picture[HORIZON_ROW:] = np.array(around(rng, 0.24, 0.3, 0.5))
    _ranges(rng, picture, kind, low)
    return picture


def _ranges(
    rng: np.random.Generator, out: Picture, kind: Horizon, haze: NDArray[np.float32]
) -> None:
    """Two ranges of hills, woods or roofs before the sky; the farther one paler."""
    wide, columns = out.shape[1], np.arange(out.shape[1])[None]
    top, end = HORIZON_ROW - 60, HORIZON_ROW + 4
    row = np.arange(top, end)[:, None]
    for tall, pale in ((26, 0.62), (15, 0.30)):
        if kind == "city":
            blocks = rng.integers(8, 26, 200).cumsum()
            tops = rng.uniform(0.25, 1.4, 201)[np.searchsorted(blocks, columns[0]) % 201] * tall
            colour = around(rng, 0.6, 0.12, 0.5)
        else:
            bumps = clouds(rng, (64, wide), 2 if kind == "hills" else 6, 5)[0]
            tops = tall * (0.7 + 0.5 * bumps)
            colour = around(rng, 0.28, 0.4, 0.42 if kind == "hills" else 0.33)
        b, g, r = (np.array(colour) * (1 - pale) + haze * pale).tolist()
        solid = row >= HORIZON_ROW - np.maximum(tops, 2)[None]
        light = 1.0 + 0.10 * clouds(rng, (len(row), wide), 4, 3)
        if kind == "city":
            lit = (row % 6 < 3) & (columns % 5 < 2) & (row < HORIZON_ROW - 3)
            light = np.where(lit, 0.8 * light, light)
        out[top:end][solid] = coloured((b, g, r), light)[solid]


def hand(skin: Colour, sleeve: Colour, *, pose: Literal["open", "fist"], left: bool) -> Picture:
    """A forearm with its hand from above, fingertips at the top, with outline, (256, 104, 4).

    Rounded by shading with the distance to the outline.
    """
    solid = np.zeros((256, 104), np.uint8)
    cloth = solid.copy()
    cv2.fillConvexPoly(cloth, np.array([(16, 255), (88, 255), (76, 122), (29, 122)]), 255)
    cv2.rectangle(solid, (34, 92), (70, 140), 255, -1)
    lines: list[tuple[tuple[int, int], tuple[int, int]]] = []
    if pose == "open":
        cv2.ellipse(solid, (52, 80), (27, 30), 0, 0, 360, 255, -1)
        tips = ((31, 24), (45, 9), (59, 8), (72, 20))
        for (x, y), root in zip(tips, (35, 47, 58, 69), strict=True):
            cv2.line(solid, (x, y), (root, 72), 255, 11)
            lines.append((((x + root) // 2 + 6, 56), (root + 6, 74)))
        cv2.line(solid, (72, 92), (92, 58), 255, 13)
    else:
        cv2.ellipse(solid, (52, 74), (31, 32), 0, 0, 360, 255, -1)
        cv2.rectangle(solid, (24, 44), (80, 76), 255, -1)
        lines = [((x, 46), (x, 70)) for x in (38, 52, 66)]
        cv2.ellipse(solid, (76, 76), (12, 22), 25, 0, 360, 255, -1)
    picture = np.zeros((256, 104, 4), np.uint8)
    for mask, colour, depth in ((solid, skin, 15.0), (cloth, sleeve, 30.0)):
        inner = np.clip(cv2.distanceTransform(mask, cv2.DIST_L2, 3) / depth, 0, 1)
        light = 0.55 + 0.45 * np.sqrt(inner * (2 - inner))
        here = mask > 0
        picture[here, :3] = coloured(colour, light)[here]
        picture[here, 3] = 255
        if mask is solid:
            for start, end in lines:
                cv2.line(picture, start, end, (*[c * 0.62 for c in skin], 255), 2)
    cv2.line(picture, (29, 123), (76, 123), (*[c * 0.55 for c in sleeve], 255), 3)
    return np.ascontiguousarray(picture[:, ::-1]) if left else picture

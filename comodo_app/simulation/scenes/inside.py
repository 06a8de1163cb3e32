"""Places with walls: kitchen, sink, office, living room, gym, stairs."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from comodo_app.simulation.materials import Colour, around, bricks, hsv, planks, rough
from comodo_app.simulation.pictures import (
    bookshelf,
    cupboard,
    disc,
    door,
    keyboard,
    outlook,
    poster,
    screen,
    tree,
)
from comodo_app.simulation.scenes.build import Builder, Scene, plain, tube
from comodo_app.simulation.surfaces import TWO_SIDED, Picture, Texture

COUNTER_M = 0.92
STEP_M = (0.28, 0.168)


def kitchen(rng: np.random.Generator) -> Scene:
    """A counter with a cutting board and vegetables, tiles and cupboards behind it."""
    builder = Builder()
    _kitchen_shell(rng, builder)
    counter = Texture.of(_worktop(rng))
    for low, high in pairwise((-2.4, -0.8, 0.8, 2.4)):
        builder.wall("-z", COUNTER_M, (0.22, 0.90), (low, high), counter)
    wood = Texture.of(planks(rng, around(rng, 0.09, 0.5, 0.72), boards=4))
    builder.box((0.36, 0.68), (-0.27, 0.23), (COUNTER_M, 0.945), wood, looks=("+x", "+y", "-y"))
    kinds = ((0.07, 0.85, 0.95), (0.28, 0.6, 0.6), (0.0, 0.75, 0.8), (0.14, 0.7, 0.9))
    for _ in range(14):
        hue, sat, value = kinds[int(rng.integers(0, 4))]
        slice_ = Texture.of(disc(around(rng, hue, sat, value), size=32))
        sx, sy = float(rng.uniform(0.40, 0.62)), float(rng.uniform(-0.05, 0.20))
        builder.wall("-z", 0.950, (sx, sx + 0.035), (sy, sy + 0.035), slice_)
    bowl = Texture.of(disc(around(rng, float(rng.random()), 0.3, 0.85)))
    builder.wall("-z", COUNTER_M + 0.03, (0.50, 0.77), (0.34, 0.61), bowl)
    for index, y in enumerate((-0.75, -0.62, -0.50, 0.72, 0.86)):
        colour = around(rng, float(rng.random()), 0.55, 0.65)
        tall = COUNTER_M + 0.12 + 0.05 * (index % 3)
        builder.box((0.76, 0.84), (y, y + 0.08), (COUNTER_M, tall), plain(colour, gradient=0.5))
    return Scene(builder.build(), backdrop=(60.0, 64.0, 70.0))


def sink(rng: np.random.Generator) -> Scene:
    """A steel sink under a window, with a tap, plates on a rack and a bottle of soap."""
    builder = Builder()
    _kitchen_shell(rng, builder, window=True)
    counter, steel = Texture.of(_worktop(rng)), Texture.of(_steel(rng))
    for x, y in (
        ((0.22, 0.90), (0.36, 2.4)), ((0.22, 0.90), (-2.4, -0.36)),
        ((0.22, 0.30), (-0.36, 0.36)), ((0.76, 0.90), (-0.36, 0.36)),
    ):  # fmt: skip
        builder.wall("-z", COUNTER_M, x, y, counter)
    builder.wall("-z", 0.76, (0.30, 0.76), (-0.36, 0.36), steel)
    builder.wall("+x", 0.76, (-0.36, 0.36), (0.76, COUNTER_M), steel, light=0.85)
    builder.wall("+y", 0.36, (0.30, 0.76), (0.76, COUNTER_M), steel, light=0.8)
    builder.wall("-y", -0.36, (0.30, 0.76), (0.76, COUNTER_M), steel, light=0.7)
    foam = Texture.of(rough(rng, (238, 236, 230), 64, contrast=0.12, cells=8))
    builder.wall("-z", 0.83, (0.31, 0.75), (-0.35, 0.12), foam)
    chrome = tube((205, 205, 208))
    builder.post(0.82, 0.0, (COUNTER_M, 1.22), 0.035, chrome)
    builder.wall("-z", 1.22, (0.60, 0.83), (-0.018, 0.018), chrome)
    builder.post(0.61, 0.0, (1.16, 1.22), 0.03, chrome)
    plate = Texture.of(disc(around(rng, float(rng.random()), 0.12, 0.95)))
    for k in range(5):
        at = 0.34 + 0.08 * k
        builder.add((at, 0.82, 1.13), (0, -0.24, 0), (0.05, 0, -0.2), plate, sides=TWO_SIDED)
    builder.wall("-z", COUNTER_M + 0.004, (0.28, 0.80), (0.50, 0.92), chrome)
    soap = plain(around(rng, float(rng.choice((0.15, 0.35, 0.55))), 0.8, 0.8), gradient=0.5)
    builder.box((0.78, 0.84), (-0.56, -0.48), (COUNTER_M, 1.10), soap)
    for k in range(3):
        cup = around(rng, float(rng.random()), 0.5, 0.8)
        low = -0.95 + 0.13 * k
        builder.box((0.45, 0.54), (low, low + 0.09), (COUNTER_M, 1.02), plain(cup, gradient=0.4))
    return Scene(builder.build(), backdrop=(60.0, 64.0, 70.0))


def office(rng: np.random.Generator) -> Scene:
    """A desk with monitor, keyboard, mug and papers before a wall with a picture."""
    builder = Builder()
    wall = Texture.of(rough(rng, around(rng, float(rng.random()), 0.07, 0.88), contrast=0.04))
    carpet = Texture.of(rough(rng, around(rng, 0.6, 0.2, 0.4), contrast=0.1, grain=0.12))
    builder.room((-2.5, 2.4), (-2.6, 2.6), 2.7, wall, floor=carpet, ceiling=_ceiling(rng))
    builder.wall("+x", 2.38, (0.9, 2.1), (1.0, 2.2), Texture.of(outlook(rng)))
    builder.wall("+x", 2.38, (-1.5, -0.7), (1.3, 2.1), Texture.of(poster(rng)))
    builder.wall("-y", -2.55, (0.2, 2.0), (0.0, 2.1), Texture.of(bookshelf(rng)))
    builder.wall("+y", 2.58, (-0.8, 0.1), (0.0, 2.05), Texture.of(door(rng)))
    desk = Texture.of(planks(rng, around(rng, 0.09, 0.35, 0.75), boards=3))
    for low, high in pairwise((-0.9, 0.0, 0.9)):
        builder.wall("-z", 0.74, (0.22, 1.05), (low, high), desk)
    shown = Texture.of(screen(rng))
    builder.wall("+x", 0.86, (-0.34, 0.34), (0.86, 1.26), shown, light=1.15)
    builder.wall("+x", 0.90, (-0.05, 0.05), (0.74, 0.9), plain((60, 60, 62)))
    builder.wall("-z", 0.748, (0.78, 0.96), (-0.14, 0.14), plain((52, 52, 54)))
    builder.wall("-z", 0.755, (0.32, 0.47), (-0.24, 0.22), Texture.of(keyboard(rng)))
    builder.box((0.36, 0.46), (-0.40, -0.34), (0.74, 0.765), plain((50, 48, 46), gradient=0.4))
    mug = plain(around(rng, float(rng.random()), 0.65, 0.75), gradient=0.5)
    builder.box((0.60, 0.68), (0.44, 0.52), (0.74, 0.84), mug)
    paper = Texture.of(_sheet(rng))
    builder.add((0.62, 0.80, 0.745), (0.05, -0.21, 0), (-0.28, -0.06, 0), paper)
    builder.add((0.75, -0.50, 0.745), (-0.04, -0.21, 0), (-0.28, 0.05, 0), paper)
    return Scene(builder.build(), backdrop=(70.0, 70.0, 72.0))


def living_room(rng: np.random.Generator) -> Scene:
    """A wooden floor with a rug, sofa, shelf, plant, door and window, to be swept."""
    builder = Builder()
    x, y = (-2.5, 7.5), (-2.7, 2.7)
    wall = Texture.of(
        rough(rng, around(rng, float(rng.uniform(0.0, 0.2)), 0.2, 0.82), contrast=0.05)
    )
    wood = Texture.of(planks(rng, around(rng, 0.07, 0.5, 0.55), boards=8))
    builder.room(x, y, 2.6, wall, floor=None, ceiling=_ceiling(rng))
    for a, b in pairwise(np.linspace(*x, 6)):
        for c, d in pairwise(np.linspace(*y, 4)):
            builder.wall("-z", 0.0, (float(a), float(b)), (float(c), float(d)), wood)
    rug = rough(rng, around(rng, float(rng.random()), 0.6, 0.55), contrast=0.12, cells=12)
    for inset in (10, 30, 60):
        cv2.rectangle(
            rug, (inset, inset), (255 - inset, 255 - inset), hsv(float(rng.random()), 0.4, 0.8), 5
        )
    builder.wall("-z", 0.012, (3.4, 5.8), (-1.2, 1.2), Texture.of(rug))
    cloth = Texture.of(rough(rng, around(rng, float(rng.random()), 0.5, 0.55), contrast=0.08))
    builder.box((2.6, 4.8), (1.7, 2.6), (0.0, 0.42), cloth, looks=("+x", "-x", "+y", "-y"))
    builder.box((2.6, 4.8), (2.4, 2.68), (0.42, 0.85), cloth, looks=("+x", "-x", "+y"))
    builder.box((2.6, 2.85), (1.7, 2.6), (0.42, 0.6), cloth, looks=("+x", "-x", "-y"))
    table = Texture.of(planks(rng, around(rng, 0.08, 0.5, 0.4), boards=3))
    builder.box((3.2, 4.2), (0.3, 1.0), (0.36, 0.42), table, looks=("+x", "+y", "-y"))
    for px, py in ((3.25, 0.35), (3.25, 0.95), (4.15, 0.35), (4.15, 0.95)):
        builder.post(px, py, (0.0, 0.36), 0.05, table)
    builder.wall("-y", -2.62, (1.8, 4.0), (0.0, 2.0), Texture.of(bookshelf(rng)))
    builder.wall("+x", 7.46, (-1.9, -1.0), (0.0, 2.05), Texture.of(door(rng)))
    builder.wall("+x", 7.46, (0.3, 1.9), (0.9, 2.2), Texture.of(outlook(rng)))
    builder.wall("+y", 2.68, (-1.0, 0.6), (0.9, 2.2), Texture.of(outlook(rng)))
    builder.wall("-y", -2.66, (-1.2, -0.2), (1.2, 2.0), Texture.of(poster(rng)))
    pot = plain(around(rng, 0.05, 0.6, 0.6), gradient=0.4)
    builder.box((6.6, 6.95), (2.0, 2.35), (0.0, 0.35), pot)
    builder.cutout(6.78, 2.18, (0.2, 1.5), 1.0, Texture.of(tree(rng, bush=True)))
    crumb = plain((70, 85, 100))
    for _ in range(14):
        cx, cy = float(rng.uniform(0.5, 3.2)), float(rng.uniform(-1.2, 1.2))
        builder.wall("-z", 0.006, (cx, cx + 0.03), (cy, cy + 0.04), crumb)
    return Scene(builder.build(), backdrop=(70.0, 72.0, 75.0))


def gym(rng: np.random.Generator) -> Scene:
    """A sports hall: wall bars, a basket, coloured lines on the floor, mats."""
    builder = Builder()
    x, y = (-6.0, 9.0), (-7.0, 7.0)
    wall = Texture.of(bricks(rng, around(rng, float(rng.random()), 0.08, 0.8)))
    builder.room(x, y, 6.0, wall, floor=None, ceiling=_ceiling(rng), pieces=3)
    wood = Texture.of(planks(rng, around(rng, 0.09, 0.45, 0.75), boards=10))
    for a, b in pairwise(np.linspace(*x, 5)):
        for c, d in pairwise(np.linspace(*y, 5)):
            builder.wall("-z", 0.0, (float(a), float(b)), (float(c), float(d)), wood)
    for colour, at, wide in (((60, 60, 210), 2.2, 0.07), ((215, 120, 40), 4.5, 0.07)):
        line = plain(colour)
        builder.wall("-z", 0.008, (at, at + wide), (-6.0, 6.0), line)
        builder.wall("-z", 0.009, (-5.0, 8.0), (at - 0.5, at - 0.5 + wide), line)
        builder.wall("-z", 0.009, (-5.0, 8.0), (-at - 0.5, -at - 0.5 + wide), line)
    bars = Texture.of(_wall_bars(rng))
    for low in (-5.4, -3.6, 2.2, 4.0):
        builder.wall("+x", 8.95, (low, low + 1.6), (0.1, 2.7), bars)
    builder.wall("+x", 8.2, (-0.9, 0.9), (2.7, 3.8), Texture.of(_backboard()))
    ring = np.zeros((64, 64, 4), np.uint8)
    cv2.circle(ring, (32, 32), 29, (40, 110, 240, 255), 5)
    builder.wall("-z", 2.95, (7.7, 8.15), (-0.23, 0.23), Texture.of(ring), sides=TWO_SIDED)
    builder.wall("-y", -6.9, (0.5, 1.6), (0.0, 2.1), Texture.of(door(rng)))
    for k in range(3):
        mat = plain(around(rng, float(rng.choice((0.0, 0.35, 0.6))), 0.7, 0.6), gradient=0.2)
        low = -3.4 + 2.4 * k
        builder.box((5.4, 6.6), (low, low + 1.9), (0.0, 0.12 + 0.1 * k), mat)
    builder.box(
        (3.0, 4.4), (4.2, 4.8), (0.0, 1.0), Texture.of(planks(rng, around(rng, 0.08, 0.5, 0.6)))
    )
    return Scene(builder.build(), backdrop=(80.0, 82.0, 85.0))


def stairs(rng: np.random.Generator) -> Scene:
    """An endless flight of stairs between two walls, with handrails, windows and lamps."""
    builder = Builder()
    tread, rise = STEP_M
    steps = 10
    run, climb = steps * tread, steps * rise
    stone = rough(rng, around(rng, 0.1, float(rng.uniform(0.03, 0.2)), 0.62), 128, contrast=0.10)
    edge = stone.copy()
    edge[-14:] = np.array(around(rng, 0.14, 0.3, 0.85)).astype(np.uint8)
    tops, fronts = Texture.of(edge), Texture.of(stone)
    for k in range(steps):
        x, z = k * tread, k * rise
        # The first tread is at the wearer's feet; each riser stands at the tread's front edge.
        builder.wall("-z", z, (x, x + tread), (-0.8, 0.8), tops)
        builder.wall("+x", x, (-0.8, 0.8), (z - rise, z), fronts, light=0.75)
    hue = float(rng.random())
    wall = rough(rng, around(rng, hue, 0.15, 0.82), contrast=0.08)
    wall[140:] = rough(rng, around(rng, hue + 0.1, 0.4, 0.55), contrast=0.08)[140:]
    cv2.line(wall, (0, 140), (255, 140), (90, 95, 100), 3)
    side, rail = Texture.of(wall), tube(around(rng, 0.07, 0.5, 0.45))
    slope = (run, 0.0, climb)
    back = (-run, 0.0, -climb)
    builder.add((0, 0.8, 2.9), slope, (0, 0, -3.1), side, light=0.85)
    builder.add((run, -0.8, 2.9 + climb), back, (0, 0, -3.1), side)
    builder.add((0, 0.74, 1.0), slope, (0, 0, -0.06), rail.turned())
    builder.add((run, -0.74, 1.0 + climb), back, (0, 0, -0.06), rail.turned())
    ceiling = rough(rng, (215.0, 218.0, 220.0), contrast=0.04)
    builder.add((0, 0.8, 2.9), (0, -1.6, 0), slope, Texture.of(ceiling), light=0.8)
    builder.wall("+y", 0.79, (0.5, 1.3), (1.7, 2.6), Texture.of(outlook(rng)))
    builder.wall("-y", -0.79, (1.5, 2.1), (2.2, 3.0), Texture.of(poster(rng)))
    builder.add((1.5, 0.15, 3.75), (0, -0.3, 0), (0.5, 0, 0.3), plain((250, 252, 255)))
    return Scene(
        builder.build(), period_m=(run, climb), reach_m=15.0, backdrop=(120.0, 124.0, 128.0)
    )


def _kitchen_shell(rng: np.random.Generator, builder: Builder, *, window: bool = False) -> None:
    """What kitchen and sink share: room, tiles, cupboards, a refrigerator."""
    wall = Texture.of(rough(rng, around(rng, 0.12, 0.15, 0.85), contrast=0.04))
    floor = Texture.of(bricks(rng, around(rng, 0.08, 0.2, 0.6), rows=8, columns=8, running=False))
    builder.room((-2.2, 0.92), (-2.4, 2.4), 2.6, wall, floor=floor, ceiling=_ceiling(rng))
    tile = around(rng, float(rng.random()), float(rng.uniform(0.05, 0.28)), 0.84)
    tiles = Texture.of(bricks(rng, tile, rows=8, columns=16, running=bool(rng.random() < 0.5)))
    for low, high in pairwise((-2.4, -0.8, 0.8, 2.4)):
        builder.wall("+x", 0.90, (low, high), (COUNTER_M, 1.55), tiles)
    colour = around(rng, float(rng.random()), float(rng.choice((0.05, 0.35))), 0.75)
    doors = Texture.of(cupboard(rng, colour, 3))
    for low, high in pairwise((-2.4, -0.8, 0.8, 2.4)):
        if not (window and low == -0.8):
            builder.box((0.58, 0.9), (low, high), (1.55, 2.3), doors, looks=("+x",))
            builder.wall("+z", 1.55, (0.58, 0.9), (low, high), plain(colour))
        builder.wall("+x", 0.24, (low, high), (0.08, COUNTER_M - 0.03), doors)
    if window:
        builder.wall("+x", 0.89, (-0.75, 0.75), (1.12, 2.2), Texture.of(outlook(rng)))
    fridge = Texture.of(cupboard(rng, (215.0, 216.0, 218.0), 1))
    builder.box((0.2, 0.9), (1.75, 2.4), (0.0, 1.9), fridge, looks=("+x", "+y"))


def _worktop(rng: np.random.Generator) -> Picture:
    if rng.random() < 0.5:
        return planks(rng, around(rng, 0.08, 0.45, 0.6), boards=5)
    return rough(
        rng, around(rng, 0.6, 0.08, float(rng.uniform(0.3, 0.8))), contrast=0.12, grain=0.14
    )


def _steel(rng: np.random.Generator) -> Picture:
    streaks = np.repeat(rng.standard_normal((128, 1)), 128, axis=1)
    return np.clip(178 + 12 * streaks, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def _ceiling(rng: np.random.Generator) -> Texture:
    """White panels with two bright lamps."""
    picture = bricks(rng, (228.0, 230.0, 232.0), rows=4, columns=4, running=False)
    for x in (60, 180):
        cv2.rectangle(picture, (x, 60), (x + 30, 196), (255, 255, 255), -1)
    return Texture.of(picture)


def _sheet(rng: np.random.Generator) -> Picture:
    picture = np.full((96, 72, 3), 244, np.uint8)
    for y in range(10, 88, 6):
        picture[y : y + 2, 8 : int(rng.integers(36, 64))] = 120
    return picture


def _wall_bars(rng: np.random.Generator) -> Picture:
    wood = around(rng, 0.09, 0.5, 0.72)
    picture = np.full((128, 96, 3), (70, 76, 84), np.uint8)
    for y in range(4, 128, 10):
        picture[y : y + 4] = wood
    dark: Colour = (wood[0] * 0.75, wood[1] * 0.75, wood[2] * 0.75)
    for x in (0, 44, 88):
        picture[:, x : x + 8] = dark
    return picture


def _backboard() -> Picture:
    picture = np.full((96, 160, 3), 238, np.uint8)
    cv2.rectangle(picture, (2, 2), (157, 93), (40, 60, 200), 4)
    cv2.rectangle(picture, (55, 40), (105, 82), (40, 60, 200), 4)
    return picture

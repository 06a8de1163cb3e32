"""Places under the sky: street, bus stop, park, plaza, country road."""

from __future__ import annotations

import numpy as np

from comodo_app.simulation.materials import (
    around,
    bricks,
    leaves,
    meadow,
    pebbles,
    planks,
    rough,
)
from comodo_app.simulation.pictures import disc, house_front, pedestrian, poster, tree
from comodo_app.simulation.scenes.build import Builder, Haze, Scene, plain, sky, tube, zenith
from comodo_app.simulation.surfaces import TWO_SIDED, Floor, Picture, Surfaces, Texture, make_floor

PERIOD_M = 48.0
PAVING_PX = 32.0


def street(rng: np.random.Generator) -> Scene:
    """A pavement between house fronts and a road with parked cars."""
    builder = Builder()
    _houses(rng, builder, left_m=2.6, right_m=-13.5)
    _street_things(rng, builder)
    horizon = sky(rng, "city")
    asphalt = rough(rng, around(rng, 0.6, 0.04, 0.40), contrast=0.10, grain=0.07)
    floors = (
        make_floor(asphalt, pixels_per_m=PAVING_PX, z_m=-0.12),
        make_floor(_pavement(rng, 4.8), pixels_per_m=PAVING_PX, left_m=2.6),
        make_floor(_pavement(rng, 3.0), pixels_per_m=PAVING_PX, left_m=-10.5),
    )
    return Scene(
        builder.build(), floors, horizon, period_m=(PERIOD_M, 0.0), backdrop=zenith(horizon),
        haze=Haze((225.0, 215.0, 205.0), 130.0),
    )  # fmt: skip


def bus_stop(rng: np.random.Generator) -> Scene:
    """The pavement of a street, seen by somebody who waits and looks across the road."""
    scene = street(rng)
    builder = Builder()
    paint = tube(around(rng, float(rng.random()), 0.6, 0.55))
    builder.post(1.0, -1.4, (0.0, 2.6), 0.08, paint)
    builder.wall("+y", -1.4, (0.7, 1.3), (2.0, 2.6), Texture.of(poster(rng)), sides=TWO_SIDED)
    builder.wall("+y", -1.38, (0.8, 1.2), (1.0, 1.6), Texture.of(_timetable()), sides=TWO_SIDED)
    wood = Texture.of(planks(rng, around(rng, 0.08, 0.5, 0.55)))
    builder.box((-2.2, -0.6), (-1.9, -1.5), (0.40, 0.46), wood, looks=("+y", "-x"))
    for x in (-2.1, -0.7):
        builder.post(x, -1.7, (0.0, 0.4), 0.06, paint)
    people = [Texture.of(pedestrian(rng)) for _ in range(2)]
    builder.wall("+y", -11.6, (0.9, 1.55), (0.0, 1.74), people[0], sides=TWO_SIDED)
    builder.wall("+y", -11.8, (-2.6, -1.95), (0.0, 1.74), people[1], sides=TWO_SIDED)
    extra = builder.build()
    both = Builder()
    both.extend(scene.things)
    both.extend(extra)
    return Scene(
        both.build(), scene.floors, scene.horizon, period_m=scene.period_m,
        backdrop=scene.backdrop, haze=scene.haze, start_m=(0.0, -0.6),
        heading_deg=float(rng.uniform(-75, -50)),
    )  # fmt: skip


def park(rng: np.random.Generator) -> Scene:
    """A gravel path through grass, trees, hedges and benches."""
    builder = Builder()
    trees = [Texture.of(tree(rng)) for _ in range(3)]
    bushes = [Texture.of(tree(rng, bush=True)) for _ in range(2)]
    for index, x in enumerate(np.arange(0.0, PERIOD_M, 4.4)):
        side = 1.0 if index % 2 else -1.0
        y = side * float(rng.uniform(2.8, 9.0))
        tall = float(rng.uniform(4.5, 8.0))
        builder.cutout(float(x), y, (0.0, tall), tall * 0.9, trees[index % 3])
        if index % 3 == 0:
            builder.cutout(
                float(x) + 1.0, -0.7 * y, (0.0, 1.3), 2.0, bushes[index % 2], crossed=False
            )
    hedge = Texture.of(np.tile(leaves(rng, around(rng, 0.27, 0.5, 0.42), 128), (1, 4, 1)))
    for x in np.arange(0.0, PERIOD_M, 12.0):
        builder.wall("+y", 13.0, (float(x), float(x) + 12.0), (0.0, 2.2), hedge)
        builder.wall("-y", -13.0, (float(x), float(x) + 12.0), (0.0, 2.2), hedge)
    wood = Texture.of(planks(rng, around(rng, 0.08, 0.55, 0.5)))
    iron = tube(around(rng, 0.4, 0.3, 0.3))
    for x, y in ((7.0, 2.2), (31.0, -2.2)):
        builder.box((x, x + 1.6), (y - 0.25, y + 0.25), (0.38, 0.46), wood)
        builder.wall(
            "+y" if y > 0 else "-y", y + 0.25 * np.sign(y), (x, x + 1.6), (0.46, 0.9), wood
        )
    for x in (14.0, 38.0):
        builder.post(x, -1.9, (0.0, 3.4), 0.09, iron)
        builder.box((x - 0.15, x + 0.15), (-2.05, -1.75), (3.4, 3.75), plain((225, 240, 245)))
    horizon = sky(rng, "forest")
    floors = (
        make_floor(meadow(rng, around(rng, 0.25, 0.5, 0.52)), pixels_per_m=PAVING_PX),
        _strip(pebbles(rng, around(rng, 0.09, 0.22, 0.70)), width_m=2.8, left_m=1.4, z_m=0.01),
    )
    return Scene(
        builder.build(), floors, horizon, period_m=(PERIOD_M, 0.0), backdrop=zenith(horizon),
        haze=Haze((228.0, 222.0, 212.0), 150.0),
    )  # fmt: skip


def plaza(rng: np.random.Generator) -> Scene:
    """A square with houses all around, a fountain, trees and people."""
    builder = Builder()
    fronts = [Texture.of(house_front(rng, shop=bool(rng.random() < 0.6))) for _ in range(6)]
    half, wide = 21.0, 10.5
    for k in range(4):
        low = -half + k * wide
        span, high = (low, low + wide), (0.0, float(rng.uniform(10, 14)))
        builder.wall("+x", half, span, high, fronts[k % 6])
        builder.wall("-x", -half, span, high, fronts[(k + 2) % 6])
        builder.wall("+y", half, span, high, fronts[(k + 4) % 6])
        builder.wall("-y", -half, span, high, fronts[(k + 1) % 6])
    stone = Texture.of(bricks(rng, around(rng, 0.1, 0.12, 0.72), rows=8, columns=4))
    water = Texture.of(rough(rng, around(rng, 0.53, 0.4, 0.7), 128, contrast=0.25, cells=8))
    builder.box(
        (6.0, 9.5), (-1.2, 2.3), (0.0, 0.6), stone, top=water, looks=("+x", "-x", "+y", "-y")
    )
    builder.box((7.4, 8.1), (0.2, 0.9), (0.6, 2.2), stone, looks=("+x", "-x", "+y", "-y"))
    greens = [Texture.of(tree(rng)) for _ in range(2)]
    for index, angle in enumerate(np.linspace(0.5, 6.3, 7) + rng.normal(0, 0.15, 7)):
        x, y = 13.5 * np.cos(angle), 13.5 * np.sin(angle)
        builder.cutout(float(x), float(y), (0.0, 5.5), 4.8, greens[index % 2])
    people = [Texture.of(pedestrian(rng)) for _ in range(3)]
    for index in range(7):
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(5, 14)
        builder.cutout(
            float(far * np.cos(angle)),
            float(far * np.sin(angle)),
            (0.0, 1.75),
            0.65,
            people[index % 3],
        )
    horizon = sky(rng, "city")
    paving = bricks(rng, around(rng, 0.08, 0.15, 0.66), rows=16, columns=16, running=False)
    return Scene(
        builder.build(), (make_floor(paving, pixels_per_m=40.0),), horizon,
        backdrop=zenith(horizon), haze=Haze((225.0, 218.0, 208.0), 160.0),
        start_m=(float(rng.uniform(-2, 2)), float(rng.uniform(-2, 2))),
    )  # fmt: skip


def country_road(rng: np.random.Generator) -> Scene:
    """A lane through fields, with posts, trees and hedges; the handlebar is the wearer's."""
    builder = Builder()
    trees = [Texture.of(tree(rng)) for _ in range(3)]
    white = plain((236, 236, 232), gradient=0.3)
    for x in np.arange(0.0, PERIOD_M, 12.0):
        for y in (-1.9, 5.0):
            builder.post(float(x), y, (0.0, 0.9), 0.12, white)
    for index in range(9):
        side = 1.0 if index % 2 else -1.0
        tall = float(rng.uniform(4.0, 8.5))
        y = 1.5 + side * float(rng.uniform(6.5, 22.0))
        builder.cutout(
            float(rng.uniform(0, PERIOD_M)), y, (0.0, tall), tall * 0.9, trees[index % 3]
        )
    fence = Texture.of(_fence(rng))
    for x in np.arange(0.0, PERIOD_M, 8.0):
        builder.wall("-y", -4.2, (float(x), float(x) + 8.0), (0.0, 1.1), fence, sides=TWO_SIDED)
    horizon = sky(rng, "hills")
    crop = meadow(rng, around(rng, float(rng.choice((0.15, 0.22, 0.27))), 0.5, 0.62))
    floors = (
        make_floor(crop, pixels_per_m=PAVING_PX),
        make_floor(road_picture(rng, width_m=6.2), pixels_per_m=PAVING_PX, left_m=4.6, z_m=0.012),
    )
    return Scene(
        builder.build(), floors, horizon, _handlebar(rng), (PERIOD_M, 0.0),
        backdrop=zenith(horizon), haze=Haze((232.0, 224.0, 212.0), 170.0),
    )  # fmt: skip


def road_picture(rng: np.random.Generator, *, width_m: float) -> Picture:
    """Eight metres of asphalt with edge lines and a dashed middle."""
    tile = rough(rng, around(rng, 0.6, 0.04, 0.42), contrast=0.08, grain=0.08)
    wide = round(width_m * PAVING_PX)
    picture = np.tile(tile, (1, wide // 256 + 1, 1))[:, :wide].copy()
    paint = (222, 226, 226)
    picture[:, 8:12] = picture[:, wide - 12 : wide - 8] = paint
    picture[40:170, wide // 2 - 2 : wide // 2 + 2] = paint
    for _ in range(3):  # patches and cracks
        x, y = int(rng.integers(20, wide - 40)), int(rng.integers(0, 200))
        picture[y : y + 40, x : x + 20] = (picture[y : y + 40, x : x + 20] * 0.8).astype(np.uint8)
    return picture


def _houses(rng: np.random.Generator, builder: Builder, *, left_m: float, right_m: float) -> None:
    """Four fronts on each side of one period."""
    wide = PERIOD_M / 4
    for k in range(4):
        span = (k * wide, (k + 1) * wide)
        for look, at in (("+y", left_m), ("-y", right_m)):
            front = Texture.of(house_front(rng, shop=bool(rng.random() < 0.5)))
            high = (0.0, float(rng.uniform(9.0, 14.0)))
            if look == "+y":
                builder.wall("+y", at, span, high, front, light=1.1)
            else:
                builder.wall("-y", at, span, high, front)


def _street_things(rng: np.random.Generator, builder: Builder) -> None:
    """Lamps, trees, cars and people along one period of a street."""
    iron = tube(around(rng, 0.5, 0.15, 0.3))
    for x in (4.0, 20.0, 36.0):
        builder.post(x, -1.9, (0.0, 4.6), 0.12, iron)
        builder.box((x - 0.2, x + 0.2), (-2.5, -1.7), (4.6, 4.75), iron)
    green = [Texture.of(tree(rng)) for _ in range(2)]
    for index, x in enumerate((11.0, 27.0, 43.0)):
        builder.cutout(x, -1.7, (0.0, 5.2), 3.6, green[index % 2])
    for x in rng.choice(np.arange(1.0, PERIOD_M - 5, 6.0), 4, replace=False):
        _car(rng, builder, float(x), -3.9)
    for _ in range(3):
        person = Texture.of(pedestrian(rng))
        side = (1.5, -1.2, -11.5)[int(rng.integers(0, 3))]
        builder.cutout(
            float(rng.uniform(0, PERIOD_M)), side, (0.0, 1.75), 0.65, person, crossed=False
        )


def _car(rng: np.random.Generator, builder: Builder, x: float, y: float) -> None:
    """A parked car: body and cabin."""
    lacquer = around(rng, float(rng.random()), float(rng.choice((0.05, 0.7))), 0.65)
    side = np.full((48, 128, 4), (*lacquer, 255), np.uint8)
    side[36:] = 0
    for wheel in (26, 100):
        yy, xx = np.ogrid[:48, :128]
        round_part = (xx - wheel) ** 2 + (yy - 35) ** 2
        side[round_part < 13**2] = (30, 30, 32, 255)
        side[round_part < 6**2] = (150, 150, 152, 255)
    flank, body = Texture.of(side), plain(lacquer, gradient=0.35)
    z = (-0.1, 0.75)
    builder.wall("+y", y - 0.85, (x, x + 4.2), z, flank)
    builder.wall("-y", y + 0.85, (x, x + 4.2), z, flank)
    builder.wall("+x", x, (y - 0.85, y + 0.85), (0.15, 0.75), body)
    builder.wall("-x", x + 4.2, (y - 0.85, y + 0.85), (0.15, 0.75), body)
    builder.wall("-z", 0.75, (x, x + 4.2), (y - 0.85, y + 0.85), body)
    pane = plain((120, 105, 95), gradient=0.5)
    builder.box((x + 0.9, x + 3.3), (y - 0.72, y + 0.72), (0.75, 1.35), pane, top=body,
                looks=("+x", "-x", "+y", "-y"))  # fmt: skip


def _pavement(rng: np.random.Generator, width_m: float) -> Picture:
    """Eight metres of paving with a kerb on both sides."""
    tile = bricks(rng, around(rng, 0.1, 0.07, 0.66), rows=16, columns=16, running=False)
    wide = round(width_m * PAVING_PX)
    picture = np.tile(tile, (1, wide // 256 + 1, 1))[:, :wide].copy()
    picture[:, :5] = picture[:, -5:] = (190, 192, 194)
    return picture


def _strip(tile: Picture, *, width_m: float, left_m: float, z_m: float) -> Floor:
    """A floor of part of a tile's width."""
    wide = round(width_m * PAVING_PX)
    return make_floor(
        np.ascontiguousarray(tile[:, :wide]), pixels_per_m=PAVING_PX, left_m=left_m, z_m=z_m
    )


def _fence(rng: np.random.Generator) -> Picture:
    """Eight metres of a wooden fence, with outline."""
    picture = np.zeros((64, 256, 4), np.uint8)
    wood = around(rng, 0.08, 0.4, 0.5)
    for y in (10, 32):
        picture[y : y + 6] = (*wood, 255)
    for x in range(4, 256, 42):
        picture[2:, x : x + 7] = (*[c * 0.8 for c in wood], 255)
    return picture


def _timetable() -> Picture:
    """A white sheet with lines."""
    picture = np.full((64, 48, 3), 240, np.uint8)
    picture[6:14, 4:44] = (150, 80, 40)
    picture[18:60:4, 6:42:2] = 90
    return picture


def _handlebar(rng: np.random.Generator) -> Surfaces:
    """Handlebar, stem, grips, bell and front wheel of a bicycle, ahead of the trunk."""
    builder = Builder()
    metal, rubber = tube((190, 190, 194)), tube((38, 36, 36))
    frame = tube(around(rng, float(rng.random()), 0.75, 0.7))
    builder.add((0.56, 0.30, 1.10), (0, -0.60, 0), (-0.035, 0, -0.02), metal.turned())
    builder.add((0.56, 0.31, 1.10), (-0.06, 0.0, -0.01), (0.0, 0.0, -0.03), rubber, sides=TWO_SIDED)
    for y in (0.34, -0.22):
        builder.add((0.55, y, 1.106), (0, -0.12, 0), (-0.042, 0, -0.02), rubber.turned())
    builder.add((0.58, 0.03, 1.09), (0, -0.06, 0), (-0.22, 0, -0.10), frame)
    builder.add((0.66, 0.035, 1.02), (0, -0.07, 0), (-0.1, 0, -0.3), frame)
    builder.add((0.55, 0.13, 1.135), (0, -0.05, 0), (-0.05, 0, 0), Texture.of(disc((90, 190, 220))))
    builder.add((1.05, 0.025, 0.72), (0, -0.05, 0), (-0.3, 0, -0.06), rubber)
    builder.add((0.75, 0.06, 0.92), (0, -0.12, 0), (-0.05, 0, -0.07), plain((200, 230, 235)))
    return builder.build()

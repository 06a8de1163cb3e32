"""A car on a city street, seen from the driver's seat."""

from __future__ import annotations

import numpy as np

from comodo_app.simulation.materials import around, rough
from comodo_app.simulation.pictures import house_front, tree
from comodo_app.simulation.scenes.build import Builder, Haze, Scene, plain, sky, tube, zenith
from comodo_app.simulation.scenes.outside import PAVING_PX, PERIOD_M, road_picture
from comodo_app.simulation.surfaces import TWO_SIDED, Surfaces, Texture, make_floor

WHEEL_CENTRE_M = (0.50, 0.0, 0.84)
WHEEL_RADIUS_M = 0.19


def car(rng: np.random.Generator) -> Scene:
    """A road between houses and trees; dashboard, pillars and mirror travel along."""
    builder = Builder()
    fronts = [Texture.of(house_front(rng, shop=bool(rng.random() < 0.5))) for _ in range(5)]
    for k in range(3):
        span = (16.0 * k, 16.0 * k + float(rng.uniform(11.0, 15.0)))
        high = float(rng.uniform(8.0, 13.0))
        builder.wall("+y", 11.0, span, (0.0, high), fronts[k % 5], light=1.1)
        builder.wall("+x", span[0], (11.0, 20.0), (0.0, high), fronts[(k + 1) % 5])
        builder.wall("-y", -8.0, span, (0.0, high), fronts[(k + 2) % 5])
        builder.wall("+x", span[0], (-17.0, -8.0), (0.0, high), fronts[(k + 3) % 5])
    greens = [Texture.of(tree(rng)) for _ in range(2)]
    iron = tube(around(rng, 0.5, 0.1, 0.35))
    for k in range(4):
        x = 12.0 * k + float(rng.uniform(1, 5))
        builder.cutout(x, 7.2, (0.0, 6.0), 4.6, greens[k % 2])
        builder.cutout(x + 5.0, -4.2, (0.0, 6.0), 4.6, greens[(k + 1) % 2])
        builder.post(x + 2.5, -3.6, (0.0, 5.5), 0.14, iron)
    horizon = sky(rng, "city")
    floors = (
        make_floor(rough(rng, around(rng, 0.2, 0.12, 0.55), contrast=0.12), pixels_per_m=PAVING_PX),
        make_floor(road_picture(rng, width_m=7.4), pixels_per_m=PAVING_PX, left_m=5.4, z_m=0.012),
    )
    return Scene(
        builder.build(), floors, horizon, _cockpit(rng), (PERIOD_M, 0.0), backdrop=zenith(horizon),
        haze=Haze((226.0, 218.0, 208.0), 140.0),
    )  # fmt: skip


def _cockpit(rng: np.random.Generator) -> Surfaces:
    """Dashboard, instruments, bonnet, pillars, mirror and door, around the driver."""
    builder = Builder()
    shell = rough(rng, around(rng, 0.6, 0.10, float(rng.uniform(0.15, 0.35))), contrast=0.06)
    dash, dark = Texture.of(shell), plain((34, 34, 36), gradient=0.4)
    lacquer = plain(
        around(rng, float(rng.random()), float(rng.choice((0.05, 0.7))), 0.6), gradient=0.3
    )
    builder.wall("-z", 0.93, (1.30, 2.40), (-1.45, 0.55), lacquer)
    builder.wall("-z", 0.90, (0.72, 1.32), (-1.40, 0.50), dash, light=1.2)
    builder.add((0.72, 0.50, 0.90), (0, -1.9, 0), (-0.08, 0, -0.40), dash)
    dials = np.full((64, 192, 3), (24, 22, 22), np.uint8)
    for centre in (48, 144):
        yy, xx = np.ogrid[:64, :192]
        ring = np.hypot(xx - centre, yy - 32)
        dials[(ring > 24) & (ring < 27)] = (230, 232, 235)
        dials[(abs(xx - centre - (32 - yy)) < 2) & (ring < 22) & (yy < 34)] = (60, 70, 235)
    builder.add((0.715, 0.19, 0.905), (0, -0.38, 0), (-0.03, 0, -0.13), Texture.of(dials))
    shown = np.full((48, 64, 3), around(rng, float(rng.random()), 0.5, 0.5), np.uint8)
    shown[8:40:6, 8:50] = 220
    builder.add((0.70, -0.32, 0.86), (0, -0.26, 0), (-0.03, 0, -0.17), Texture.of(shown), light=1.1)
    builder.add((0.95, 0.66, 0.92), (-0.42, -0.03, 0.62), (0.10, 0.0, 0.0), dark, sides=TWO_SIDED)
    builder.add((0.95, -1.50, 0.92), (-0.42, 0.03, 0.62), (0.10, 0.0, 0.0), dark, sides=TWO_SIDED)
    builder.wall("+z", 1.52, (0.25, 0.62), (-1.5, 0.68), plain((150, 152, 156)), sides=TWO_SIDED)
    builder.wall("+x", 0.62, (-0.62, -0.36), (1.34, 1.42), plain((70, 66, 62), gradient=0.8))
    builder.wall("+y", 0.66, (-0.7, 0.98), (0.25, 0.92), dash, light=0.8)
    builder.wall("+x", 0.97, (0.72, 0.92), (0.90, 1.04), plain((120, 110, 100), gradient=0.8))
    builder.wall("-y", -1.52, (-0.7, 0.98), (0.25, 0.92), dash, light=0.8)
    builder.wall("-z", 0.28, (-0.9, 1.2), (-1.52, 0.66), dark)
    builder.wall("+x", 1.1, (-1.52, 0.66), (0.28, 0.90), dark)
    builder.add((0.70, -0.55, 0.62), (0, -0.5, 0), (-0.9, 0, -0.05), dark)
    return builder.build()

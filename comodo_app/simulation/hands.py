"""The wearer's hands and what they hold, moving with the activity's phase.

All points are in the trunk's axes: x forward, y left, z up from the floor, metres. A left-handed
wearer is the mirror image.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from comodo_app.simulation.catalog import Hands
from comodo_app.simulation.materials import around
from comodo_app.simulation.people import Person
from comodo_app.simulation.pictures import disc, hand, skin_colour
from comodo_app.simulation.scenes.build import Builder, plain, tube
from comodo_app.simulation.scenes.vehicle import WHEEL_CENTRE_M, WHEEL_RADIUS_M
from comodo_app.simulation.surfaces import TWO_SIDED, Array, Surfaces, Texture

ARM_M = 0.44
WIDE_M = 0.135


@dataclass(frozen=True, slots=True)
class Moment:
    """What the hands depend on at one time; `eye` is the camera in the trunk's axes."""

    phase: float
    effort: float
    time_s: float
    steer: float
    eye: Array


@dataclass(frozen=True, slots=True, eq=False)
class Kit:
    """Pictures of one wearer's hands and tools in one recording."""

    open_right: Texture
    open_left: Texture
    fist_right: Texture
    fist_left: Texture
    blade: Texture
    handle: Texture
    stick: Texture
    brush: Texture
    plate: Texture
    sponge: Texture
    wheel: Texture
    food: Texture


def draw_kit(rng: np.random.Generator, person: Person) -> Kit:
    """Draw sleeves and tools; the skin is the person's."""
    skin, sleeve = skin_colour(person.skin), around(rng, float(rng.random()), 0.5, 0.55)

    def arm(pose: str, left: bool) -> Texture:
        return Texture.of(hand(skin, sleeve, pose="open" if pose == "open" else "fist", left=left))

    return Kit(
        arm("open", False), arm("open", True), arm("fist", False), arm("fist", True),
        blade=plain((215, 212, 208), gradient=0.5), handle=plain((40, 44, 52), gradient=0.4),
        stick=tube(around(rng, float(rng.choice((0.08, 0.0, 0.6))), 0.6, 0.7)),
        brush=plain(around(rng, float(rng.random()), 0.55, 0.5), gradient=0.5),
        plate=Texture.of(disc(around(rng, float(rng.random()), 0.12, 0.95))),
        sponge=plain(around(rng, float(rng.choice((0.14, 0.3, 0.9))), 0.7, 0.85), gradient=0.3),
        wheel=_wheel(), food=plain(around(rng, float(rng.choice((0.07, 0.3, 0.0))), 0.75, 0.75)),
    )  # fmt: skip


def hands_now(kind: Hands, kit: Kit, now: Moment, *, left_handed: bool) -> Surfaces | None:
    """Hands and tools at one moment, in the trunk's axes; None for an activity without any."""
    draw = _KINDS.get(kind)
    if draw is None:
        return None
    builder = Builder()
    flip = np.array((1.0, -1.0, 1.0)) if left_handed else np.ones(3)
    mirrored = Moment(now.phase, now.effort, now.time_s, now.steer * flip[1], now.eye * flip)
    draw(builder, kit, mirrored)
    surfaces = builder.build()
    if not left_handed:
        return surfaces
    # Mirrored surfaces are seen from their other side: swap the edges' direction.
    return Surfaces.of(
        (surfaces.origin + surfaces.right) * flip, -surfaces.right * flip, surfaces.down * flip,
        surfaces.textures, surfaces.sides,
    )  # fmt: skip


def _arm(
    builder: Builder, texture: Texture, tip: tuple[float, float, float],
    elbow: tuple[float, float, float], now: Moment,
) -> None:  # fmt: skip
    """A forearm from the fingertips to towards the elbow, its flat picture facing the eye."""
    end = np.array(tip)
    along = np.array(elbow) - end
    down = along * (ARM_M / max(1e-6, float(np.linalg.norm(along))))
    view = end + 0.4 * down - now.eye
    side = np.cross(down, view)
    side *= WIDE_M / max(1e-6, float(np.linalg.norm(side)))
    builder.add(end - side / 2, side, down, texture, sides=TWO_SIDED)


def _swing(builder: Builder, kit: Kit, now: Moment) -> None:
    for sign, texture in ((1.0, kit.fist_left), (-1.0, kit.fist_right)):
        wave = sign * np.sin(now.phase) * (0.3 + 0.7 * now.effort)
        x, z = 0.30 + 0.16 * wave, now.eye[2] - 0.44 + 0.11 * wave
        _arm(builder, texture, (x, 0.20 * sign, z), (x - 0.32, 0.28 * sign, z - 0.16), now)


def _type(builder: Builder, kit: Kit, now: Moment) -> None:
    for sign, texture in ((1.0, kit.open_left), (-1.0, kit.open_right)):
        tap = 0.010 * np.sin(now.phase * (1.0 + 0.13 * sign) + sign) * now.effort
        drift = 0.03 * np.sin(0.9 * now.time_s + 2.0 * sign)
        away = 1.0 - now.effort  # a pausing right hand rests at the mouse
        y = 0.09 * sign + drift - (0.26 * away if sign < 0 else 0.0)
        _arm(builder, texture, (0.42, y, 0.785 + tap), (0.08, 0.24 * sign, 0.80), now)


def _chop(builder: Builder, kit: Kit, now: Moment) -> None:
    lift = 0.06 * (0.5 - 0.5 * math.cos(now.phase)) * now.effort
    y, z = -0.10 + 0.05 * math.sin(0.7 * now.time_s), 0.985 + lift
    blade = (0.63, y + 0.012, z + 0.012 + 0.4 * lift)
    builder.add(blade, (-0.21, 0.0, -0.4 * lift), (0.0, 0.03, -0.045), kit.blade, sides=TWO_SIDED)
    grip = (0.44, y + 0.014, z + 0.02)
    builder.add(grip, (-0.09, 0.0, 0.0), (0.0, -0.028, 0.0), kit.handle, sides=TWO_SIDED)
    _arm(builder, kit.fist_right, (0.48, y, z + 0.035), (0.12, -0.30, z + 0.02), now)
    builder.box((0.48, 0.55), (y + 0.02, y + 0.16), (0.945, 0.99), kit.food)
    _arm(builder, kit.open_left, (0.55, y + 0.08, 1.01), (0.17, 0.30, 1.02), now)


def _wash(builder: Builder, kit: Kit, now: Moment) -> None:
    turn = now.phase
    reach = 0.5 + 0.5 * now.effort
    centre = np.array((0.50, 0.06 + 0.04 * np.sin(0.8 * now.time_s), 0.985))
    rim = centre + np.array((0.11, 0.11, 0.03))
    builder.add(rim, (0, -0.22, 0), (-0.2, 0, -0.07), kit.plate,
                sides=TWO_SIDED)  # fmt: skip
    x = 0.50 + 0.05 * reach * float(np.cos(turn))
    y = float(centre[1]) - 0.02 + 0.06 * reach * float(np.sin(turn))
    builder.wall("-z", 1.012, (x - 0.03, x + 0.03), (y - 0.045, y + 0.045), kit.sponge)
    _arm(builder, kit.open_right, (x + 0.02, y, 1.03), (x - 0.32, -0.26, 1.06), now)
    _arm(builder, kit.fist_left, (0.49, float(centre[1]) + 0.12, 1.0), (0.12, 0.32, 1.03), now)


def _broom(builder: Builder, kit: Kit, now: Moment) -> None:
    wave = float(np.sin(now.phase)) * (0.1 + 0.9 * now.effort)
    foot = np.array((1.05 + 0.12 * float(np.cos(now.phase)), 0.42 * wave, 0.03))
    grip = np.array((0.30, 0.12 - 0.05 * wave, 1.22))
    shaft = foot - grip
    view = 0.5 * (foot + grip) - now.eye
    side = np.cross(shaft, view)
    side *= 0.032 / float(np.linalg.norm(side))
    builder.add(grip - side / 2, side, shaft, kit.stick, sides=TWO_SIDED)
    builder.box((foot[0] - 0.05, foot[0] + 0.05), (foot[1] - 0.2, foot[1] + 0.2), (0.0, 0.13),
                kit.brush, looks=("+x", "+y", "-y"))  # fmt: skip
    upper, lower = grip + 0.08 * shaft, grip + 0.36 * shaft
    for point, texture, elbow in (
        (upper, kit.fist_left, (0.02, 0.30, 1.15)), (lower, kit.fist_right, (0.10, -0.32, 1.05))
    ):  # fmt: skip
        out = (point - elbow) / np.linalg.norm(point - elbow)
        x, y, z = (float(v) for v in point + 0.06 * out)
        _arm(builder, texture, (x, y, z), elbow, now)


def _handlebar(builder: Builder, kit: Kit, now: Moment) -> None:
    for sign, texture in ((1.0, kit.fist_left), (-1.0, kit.fist_right)):
        _arm(builder, texture, (0.60, 0.27 * sign, 1.125), (0.22, 0.33 * sign, 1.12), now)


def _steering(builder: Builder, kit: Kit, now: Moment) -> None:
    angle = 6.0 * now.steer + 0.04 * float(np.sin(now.time_s))
    centre, tilt = np.array(WHEEL_CENTRE_M), 0.42
    up = np.array((np.sin(tilt), 0.0, np.cos(tilt)))
    left = np.array((0.0, 1.0, 0.0))
    turned_up = np.cos(angle) * up + np.sin(angle) * left
    turned_left = np.cos(angle) * left - np.sin(angle) * up
    r = WHEEL_RADIUS_M
    builder.add(centre + r * (turned_up + turned_left), -2 * r * turned_left, -2 * r * turned_up,
                kit.wheel, sides=TWO_SIDED)  # fmt: skip
    for sign, texture in ((1.0, kit.fist_left), (-1.0, kit.fist_right)):
        clock = angle + sign * 1.15
        rim = centre + r * (np.cos(clock) * up + np.sin(clock) * left)
        x, y, z = (float(v) for v in rim + 0.07 * up + np.array((-0.02, 0.0, 0.0)))
        _arm(builder, texture, (x, y, z), (0.10, 0.30 * sign, 0.62), now)


def _raise(builder: Builder, kit: Kit, now: Moment) -> None:
    wave = (0.5 + 0.5 * float(np.sin(0.5 * now.phase))) * now.effort
    for sign, texture in ((1.0, kit.open_left), (-1.0, kit.open_right)):
        y = sign * (0.48 - 0.16 * wave)
        z = float(now.eye[2]) - 0.52 + 0.72 * wave
        _arm(builder, texture, (0.42, y, z), (0.12, 0.42 * sign, z - 0.30), now)


def _wheel() -> Texture:
    """A steering wheel with three spokes, with outline."""
    picture = np.zeros((128, 128, 4), np.uint8)
    yy, xx = np.mgrid[:128, :128] - 63.5
    radius, angle = np.hypot(xx, yy), np.arctan2(yy, xx)
    rim = (radius > 52) & (radius < 63)
    spoke = (np.abs(yy) < 7) | ((np.abs(xx) < 7) & (yy > 0))
    inner = (radius < 18) | (spoke & (radius < 54))
    light = 44 + 26 * np.cos(angle + 2.0)
    picture[inner] = (52, 50, 50, 255)
    picture[rim, :3] = np.clip(light[rim], 20, 90)[:, None].astype(np.uint8)
    picture[rim, 3] = 255
    return Texture.of(picture)


_KINDS: dict[str, Callable[[Builder, Kit, Moment], None]] = {
    "swing": _swing,
    "type": _type,
    "chop": _chop,
    "wash": _wash,
    "broom": _broom,
    "handlebar": _handlebar,
    "wheel": _steering,
    "raise": _raise,
}

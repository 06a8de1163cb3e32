"""The painter: places, hides and clips as geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from comodo_app.simulation.raster import Canvas
from comodo_app.simulation.rotation import matrices
from comodo_app.simulation.surfaces import (
    CROSSED,
    ONE_SIDED,
    TWO_SIDED,
    Surfaces,
    Texture,
    make_floor,
)

RED, GREEN = (0, 0, 200), (0, 200, 0)


def flat(colour, *, mask: bool = False) -> Texture:
    picture = np.full((32, 32, 4 if mask else 3), (*colour, 255)[: 4 if mask else 3], np.uint8)
    if mask:
        picture[:, 16:, 3] = 0
    return Texture.of(picture)


def facing(x: float, half: float, texture: Texture, sides: int = ONE_SIDED) -> Surfaces:
    """A square at distance `x`, seen from the origin."""
    return Surfaces.of(
        np.array([(x, half, half)]), np.array([(0.0, -2 * half, 0.0)]),
        np.array([(0.0, 0.0, -2 * half)]), (texture,), np.array([sides], np.int8),
    )  # fmt: skip


def is_colour(canvas: Canvas, colour) -> np.ndarray:
    return (np.abs(canvas.colour.astype(int) - colour) <= 2).all(axis=2)


def test_a_square_covers_the_pixels_that_projection_says():
    canvas = Canvas(200, 100)
    canvas.paint(facing(4.0, 1.0, flat(RED)))
    half_px = canvas.focal_px * 1.0 / 4.0
    rows, columns = np.nonzero(is_colour(canvas, RED))
    assert columns.min() == pytest.approx(99.5 - half_px, abs=1.5)
    assert columns.max() == pytest.approx(99.5 + half_px, abs=1.5)
    assert rows.max() - rows.min() == pytest.approx(2 * half_px, abs=2)
    assert canvas.nearness[50, 100] == pytest.approx(0.25, rel=1e-4)


def test_the_nearer_surface_hides_the_farther_in_any_order():
    for order in ((0, 1), (1, 0)):
        canvas = Canvas(100, 100)
        things = (facing(2.0, 0.5, flat(RED)), facing(5.0, 3.0, flat(GREEN)))
        for index in order:
            canvas.paint(things[index])
        assert is_colour(canvas, RED)[50, 50]
        assert is_colour(canvas, GREEN)[50, 25]


def test_a_one_sided_surface_is_unseen_from_behind_a_two_sided_is_not():
    for sides, seen in ((ONE_SIDED, False), (TWO_SIDED, True)):
        canvas = Canvas(100, 100)
        back = matrices(np.array(0.0), np.array(0.0), np.array(np.pi))
        canvas.look(np.array((8.0, 0.0, 0.0)), back)
        canvas.paint(facing(4.0, 1.0, flat(RED), sides))
        assert is_colour(canvas, RED).any() == seen


def test_of_two_crossed_surfaces_the_better_turned_one_is_seen():
    canvas = Canvas(100, 100)
    canvas.look(np.array((0.0, 3.0, 0.0)), np.eye(3))
    across = facing(4.0, 1.0, flat(RED), CROSSED)
    along = Surfaces.of(
        np.array([(3.0, 0.0, 1.0)]), np.array([(2.0, 0.0, 0.0)]), np.array([(0.0, 0.0, -2.0)]),
        (flat(GREEN),), np.array([CROSSED], np.int8),
    )  # fmt: skip
    canvas.paint(across)
    canvas.paint(along)
    assert is_colour(canvas, RED).any() and not is_colour(canvas, GREEN).any()


def test_an_outline_lets_through_what_is_behind():
    canvas = Canvas(100, 100)
    canvas.paint(facing(5.0, 3.0, flat(GREEN)))
    canvas.paint(facing(2.0, 1.0, flat(RED, mask=True)))
    assert is_colour(canvas, RED)[50, 40] and is_colour(canvas, GREEN)[50, 60]


def test_a_surface_through_the_eye_is_clipped_without_harm():
    canvas = Canvas(100, 80)
    canvas.look(np.array((0.0, 0.0, 1.5)), np.eye(3))
    ground = Surfaces.of(
        np.array([(20.0, 20.0, 0.0)]), np.array([(0.0, -40.0, 0.0)]),
        np.array([(-40.0, 0.0, 0.0)]), (flat(RED),), np.array([ONE_SIDED], np.int8),
    )  # fmt: skip
    canvas.paint(ground)
    painted = is_colour(canvas, RED)
    assert painted[60:].all() and not painted[:39].any()


def test_floor_distances_are_those_of_the_plane():
    canvas = Canvas(160, 120)
    canvas.look(np.array((3.0, 0.2, 1.6)), np.eye(3))
    canvas.paint_floor(make_floor(np.full((64, 64, 3), 90, np.uint8), pixels_per_m=16.0))
    rows = np.arange(80, 120)
    expected = (rows - 59.5) / (1.6 * canvas.focal_px)
    assert np.allclose(canvas.nearness[rows, 80], expected, rtol=1e-3)
    assert not canvas.nearness[:59].any()


def test_floor_picture_repeats_and_follows_the_eye():
    tile = np.zeros((64, 64, 3), np.uint8)
    tile[:32] = 200
    views = []
    for x in (0.0, 4.0, 400.0):  # whole periods of 4 m
        canvas = Canvas(160, 120)
        canvas.look(np.array((x, 0.0, 1.6)), np.eye(3))
        canvas.paint_floor(make_floor(tile, pixels_per_m=16.0))
        views.append(canvas.colour.astype(int))
    assert np.abs(views[0] - views[1])[90:].mean() < 1.0
    assert np.abs(views[0] - views[2])[90:].mean() < 1.0
    assert views[0][90:].std() > 30


def test_repeated_surfaces_stand_one_step_apart():
    three = facing(2.0, 1.0, flat(RED)).repeated(np.array((5.0, 0.0, 1.0)), 3)
    assert three.origin.tolist() == [[2.0, 1.0, 1.0], [7.0, 1.0, 2.0], [12.0, 1.0, 3.0]]
    assert len(three.textures) == 3

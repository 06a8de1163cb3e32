from __future__ import annotations

import cv2
import numpy as np
import pytest

from comodo_app.teachers.appearance import look
from comodo_app.teachers.egomotion import EgomotionEstimator, FlowField


def _flow_by_loop(field: FlowField, wx: float, wy: float, wz: float, e: float) -> np.ndarray:
    """Flow of a static world for a turning, advancing camera, point by point."""
    out = np.zeros((len(field.x), 2))
    for p, (x, y) in enumerate(zip(field.x, field.y, strict=True)):
        out[p, 0] = x * y * wx - (1 + x * x) * wy + y * wz + e * x
        out[p, 1] = (1 + y * y) * wx - x * y * wy - x * wz + e * y
    return out


@pytest.mark.parametrize("truth", [(0.4, -0.7, 0.3, 0.5), (-1.2, 0.0, 0.0, 0.0), (0, 0, 0, -0.4)])
def test_fit_recovers_rotation_and_expansion_despite_outliers(truth):
    rng = np.random.default_rng(0)
    field = FlowField(148, 83)
    flow = _flow_by_loop(field, *truth) + rng.normal(0, 0.01, (len(field.x), 2))
    hands = rng.random(len(field.x)) < 0.3
    flow[hands] += rng.uniform(0.8, 3.0, (hands.sum(), 2))  # all to one side
    motion = field.fit(flow, np.ones(len(field.x)))
    np.testing.assert_allclose(motion.rates[:4], truth, atol=0.04)


def test_points_without_texture_do_not_count():
    field = FlowField(128, 96)
    flow = _flow_by_loop(field, 0.3, 0.2, -0.1, 0.1)
    flat = field.x > 0.2
    flow[flat] = 0.0  # the flow of a white wall
    motion = field.fit(flow, np.where(flat, 0.0, 1.0))
    np.testing.assert_allclose(motion.rates[:4], (0.3, 0.2, -0.1, 0.1), atol=1e-3)


def test_residual_cells_hold_what_moves_besides_the_camera():
    field = FlowField(120, 90)
    flow = _flow_by_loop(field, 0.2, -0.3, 0.0, 0.0)
    flow[field.cell == 8, 0] += 0.5  # a hand moves right in the lower right cell
    motion = field.fit(flow, np.ones(len(field.x)))
    np.testing.assert_allclose(motion.cells[8], (0.5, 0.5, 0.0), atol=0.05)
    assert np.abs(motion.cells[:8]).max() < 0.05


def test_expansion_of_the_lower_half_alone_is_seen():
    field = FlowField(120, 90)
    flow = np.zeros((len(field.x), 2))
    floor = field.y > 0
    flow[floor, 0], flow[floor, 1] = 0.1 * field.x[floor], 0.1 * field.y[floor]
    assert field.fit(flow, np.ones(len(field.x))).rates[4] > 0.015


def test_no_texture_means_no_motion_and_finite():
    field = FlowField(64, 48)
    flow = np.random.default_rng(0).normal(0, 5, (len(field.x), 2))
    motion = field.fit(flow, np.zeros(len(field.x)))
    np.testing.assert_array_equal(motion.rates, 0.0)
    np.testing.assert_array_equal(motion.cells, 0.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_turned_picture_gives_its_rotation_rate(axis):
    rng = np.random.default_rng(1)
    world = cv2.resize(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8), (640, 480))
    rate_radps, dt_s = 0.5, 0.1
    turn = np.zeros(3)
    turn[axis] = rate_radps * dt_s
    camera = np.array([[320.0, 0, 320], [0, 320, 240], [0, 0, 1]])
    warp = camera @ cv2.Rodrigues(turn)[0].T @ np.linalg.inv(camera)
    turned = cv2.warpPerspective(world, warp, (640, 480), borderMode=cv2.BORDER_REFLECT)
    before, after = (
        look(cv2.resize(image, (148, 111), interpolation=cv2.INTER_AREA))
        for image in (world, turned)
    )
    motion = EgomotionEstimator().between(before.grey, after.grey, before.texture, dt_s=dt_s)
    expected = np.zeros(3)
    expected[axis] = rate_radps
    np.testing.assert_allclose(motion.rates[:3], expected, atol=0.12)


def test_frames_of_another_size_are_no_problem():
    rng = np.random.default_rng(0)
    estimator = EgomotionEstimator()
    for shape in ((60, 80), (48, 40), (7, 5)):
        grey = rng.integers(0, 255, shape, dtype=np.uint8)
        motion = estimator.between(grey, grey, np.ones(shape, np.float32), dt_s=0.1)
        np.testing.assert_allclose(motion.rates, 0.0, atol=0.05)

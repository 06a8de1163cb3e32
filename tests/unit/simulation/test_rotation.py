"""Rotations against their definition, body rates against known turns."""

from __future__ import annotations

import numpy as np

from comodo_app.simulation.rotation import body_rates, matrices


def axis_rotation(axis: int, angle: float) -> np.ndarray:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out = np.eye(3)
    out[i, i] = out[j, j] = np.cos(angle)
    out[i, j], out[j, i] = -np.sin(angle), np.sin(angle)
    return out


def test_matrices_are_yaw_times_pitch_times_roll():
    roll, pitch, yaw = 0.3, -0.7, 2.1
    expected = axis_rotation(2, yaw) @ axis_rotation(1, pitch) @ axis_rotation(0, roll)
    assert np.allclose(matrices(np.array(roll), np.array(pitch), np.array(yaw)), expected)


def test_positive_pitch_looks_down():
    assert matrices(np.array(0.0), np.array(0.5), np.array(0.0))[2, 0] < 0


def test_body_rates_of_a_steady_turn_are_its_rate_even_when_fast():
    t = np.arange(0, 2, 0.005)
    for rate in (0.5, 30.0):
        rates = body_rates(matrices(0 * t, 0 * t, rate * t), rate_hz=200.0)
        assert np.allclose(rates, (0, 0, rate), atol=1e-6)


def test_body_rates_are_seen_from_the_body():
    t = np.arange(0, 1, 0.005)
    tilted = np.full_like(t, np.pi / 2)  # nose down: a turn about the world's z is about −x
    rates = body_rates(matrices(0 * t, tilted, 1.0 * t), rate_hz=200.0)
    assert np.allclose(rates, (-1, 0, 0), atol=1e-6)


def test_body_rates_of_still_rotations_are_zero():
    assert not body_rates(np.repeat(np.eye(3)[None], 5, axis=0), rate_hz=100.0).any()

"""Noise, bursts and saccades are what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from comodo_app.simulation.noise import (
    band_noise,
    bursts,
    generator,
    saccades,
    smoothstep,
    twice_integrated,
)

TIMES_S = np.arange(0, 60, 0.005)


def test_generators_depend_on_seed_and_words_only():
    same = generator(1, "a", "b").random(3)
    assert np.array_equal(same, generator(1, "a", "b").random(3))
    assert not np.array_equal(same, generator(1, "a", "c").random(3))
    assert not np.array_equal(same, generator(2, "a", "b").random(3))


def test_band_noise_has_unit_spread_and_stays_in_its_band():
    noise = band_noise(generator(0, "n"), 12_000, rate_hz=200.0, low_hz=1.0, high_hz=4.0)
    power = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.fft.rfftfreq(len(noise), 1 / 200.0)
    assert noise.std() == pytest.approx(1.0)
    assert power[hz < 1.0].sum() < 1e-9 * power.sum()
    assert power[hz > 16.0].sum() < 1e-3 * power.sum()


def test_a_band_that_does_not_fit_gives_silence():
    silent = band_noise(generator(0, "n"), 10, rate_hz=200.0, low_hz=150.0, high_hz=160.0)
    assert not silent.any()


def test_twice_integrated_is_undone_by_the_second_derivative():
    acceleration = band_noise(generator(0, "n"), 4000, rate_hz=200.0, low_hz=2.0, high_hz=5.0)
    position = twice_integrated(acceleration, rate_hz=200.0, low_hz=0.5)
    second = (position[2:] - 2 * position[1:-1] + position[:-2]) * 200.0**2
    assert np.allclose(second, acceleration[1:-1], atol=0.05)


def test_smoothstep_starts_and_ends_at_rest():
    x = np.linspace(-1, 2, 301)
    y = smoothstep(x)
    assert y[0] == 0 and y[-1] == 1 and (np.diff(y) >= 0).all()
    assert abs(np.gradient(y, x)[[100, 200]]).max() < 0.01


def test_bursts_stay_between_off_and_on_and_keep_their_share():
    work = bursts(generator(3, "b"), TIMES_S, share_on=0.7, mean_on_s=3.0)
    assert work.min() >= 0 and work.max() <= 1
    assert 0.5 < work.mean() < 0.9
    assert abs(np.diff(work)).max() < 0.05


def test_saccades_rest_most_of_the_time_and_move_smoothly():
    gaze = saccades(generator(3, "s"), TIMES_S, rate_hz=0.3, spread=1.0, turn_s=0.4)
    moving = np.abs(np.diff(gaze)) > 1e-9
    assert 0.03 < moving.mean() < 0.25
    assert abs(np.diff(gaze)).max() < 0.06

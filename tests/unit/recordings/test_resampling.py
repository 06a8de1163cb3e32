"""Resampling: amplitudes, phases and times survive; aliases and gaps do not leak."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from comodo_app.recordings.model import Gap
from comodo_app.recordings.resampling import (
    PASSBAND,
    band_limit,
    margin_s,
    resample,
    split_at_gaps,
)

ODD_RATES = [26.0, 50.0, 60.0, 102.4, 197.53, 200.0, 397.5, 1000.0]


def channel(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return values[:, None].astype(np.float32)


def fit_sine(
    times_s: NDArray[np.float64], values: NDArray[np.float32], frequency_hz: float
) -> tuple[float, float]:
    """Amplitude and phase (radians) of the best sine plus constant."""
    angle = 2 * np.pi * frequency_hz * times_s
    basis = np.stack([np.sin(angle), np.cos(angle), np.ones_like(angle)], axis=1)
    (a, b, _), *_ = np.linalg.lstsq(basis, values.astype(np.float64), rcond=None)
    return float(np.hypot(a, b)), float(np.arctan2(b, a))


def inner(times_s: NDArray[np.float64], native_hz: float, to_hz: float) -> NDArray[np.bool_]:
    margin = margin_s(native_hz, to_hz)
    return (times_s > times_s[0] + margin) & (times_s < times_s[-1] - margin)


@pytest.mark.parametrize("native_hz", ODD_RATES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98 * PASSBAND])
def test_a_sine_below_the_new_nyquist_keeps_its_amplitude_and_phase(native_hz, share):
    to_hz = 50.0
    frequency = share * min(to_hz, native_hz) / 2
    times = np.arange(int(30 * native_hz)) / native_hz + 0.0123
    track = resample(
        times, channel(np.sin(2 * np.pi * frequency * times)), to_hz=to_hz, start_s=0.5037
    )
    at = track.times_s()
    keep = inner(at, native_hz, to_hz)
    amplitude, phase = fit_sine(at[keep], track.samples[keep, 0], frequency)
    assert amplitude == pytest.approx(1.0, abs=0.01)
    assert abs(phase) < 0.1 * 2 * np.pi * frequency / to_hz
    expected = np.sin(2 * np.pi * frequency * at[keep])
    assert np.abs(track.samples[keep, 0] - expected).max() < 0.02


@pytest.mark.parametrize("native_hz", [r for r in ODD_RATES if r > 50])
@pytest.mark.parametrize("above", [1.0, 1.1, 1.9])
def test_a_sine_above_the_new_nyquist_is_gone(native_hz, above):
    frequency = above * 25.0
    if frequency > 0.5 * native_hz:
        pytest.skip("not representable at the native rate")
    times = np.arange(int(30 * native_hz)) / native_hz
    track = resample(times, channel(np.sin(2 * np.pi * frequency * times + 0.3)), to_hz=50.0)
    at = track.times_s()
    assert np.abs(track.samples[inner(at, native_hz, 50.0)]).max() < 10 ** (-50 / 20)


@pytest.mark.parametrize("native_hz", ODD_RATES)
@pytest.mark.parametrize("to_hz", [20.0, 50.0, 100.0])
def test_a_constant_stays_a_constant(native_hz, to_hz):
    rng = np.random.default_rng(0)
    times = np.sort(np.arange(400) + rng.uniform(-0.2, 0.2, 400)) / native_hz
    constant = np.full((400, 2), [9.80665, -3.0], np.float32)
    track = resample(times, constant, to_hz=to_hz)
    assert np.allclose(track.samples, constant[0], atol=2e-5)
    assert track.valid.all()


@pytest.mark.parametrize(("native_hz", "jitter"), [(197.53, 0.0), (102.4, 0.2), (397.5, 0.0)])
def test_peaks_stay_in_place_over_an_hour(native_hz, jitter):
    rng = np.random.default_rng(1)
    count = int(3600 * native_hz)
    times = (np.arange(count) + rng.uniform(-jitter, jitter, count)) / native_hz
    centres = np.arange(5.0, 3595.0, 61.7)
    which = np.clip(np.rint((times - 5.0) / 61.7).astype(int), 0, len(centres) - 1)
    pulses = np.exp(-0.5 * ((times - centres[which]) / 0.05) ** 2)
    track = resample(times, channel(pulses), to_hz=50.0)
    at, values = track.times_s(), track.samples[:, 0].astype(np.float64)
    for centre in centres:
        near = np.abs(at - centre) < 0.25
        found = np.sum(at[near] * values[near]) / np.sum(values[near])
        assert abs(found - centre) < 0.002


def test_jitter_costs_little_accuracy():
    rng = np.random.default_rng(2)
    times = (np.arange(6000) + rng.uniform(-0.3, 0.3, 6000)) / 200.0
    track = resample(times, channel(np.sin(2 * np.pi * 12.0 * times)), to_hz=50.0)
    at = track.times_s()
    keep = inner(at, 200.0, 50.0)
    assert np.abs(track.samples[keep, 0] - np.sin(2 * np.pi * 12.0 * at[keep])).max() < 0.02


def test_almost_equal_times_do_not_throw_the_curve_off():
    rng = np.random.default_rng(3)
    times = np.sort(np.concatenate([np.arange(500), np.arange(500) + 1e-4])) / 100.0
    samples = rng.uniform(-1, 1, (1000, 1)).astype(np.float32)
    track = resample(times, samples, to_hz=50.0)
    assert np.abs(track.samples).max() < 2.0


def test_offset_and_skew_move_the_samples():
    scale, offset = 1.0 + 250e-6, -1.75
    sensor_s = np.arange(200 * 100) / 200.0 + 1000.0
    clock_s = sensor_s * scale + offset
    track = resample(
        sensor_s,
        channel(np.sin(2 * np.pi * 3.0 * clock_s)),
        to_hz=50.0,
        scale=scale,
        offset_s=offset,
    )
    assert track.start_s == pytest.approx(clock_s[0])
    assert track.times_s()[-1] == pytest.approx(clock_s[-1], abs=1 / 50)
    at = track.times_s()
    keep = inner(at, 200.0, 50.0)
    assert np.abs(track.samples[keep, 0] - np.sin(2 * np.pi * 3.0 * at[keep])).max() < 0.005


def test_a_gap_is_bridged_invalid_and_seen_from_neither_side():
    times = np.arange(2000) / 100.0
    times = np.concatenate([times[:1000], times[1000:] + 3.0])
    samples = channel(np.where(times < 11.0, 2.0, 8.0))
    gap = Gap(float(times[999]), float(times[1000]))
    track = resample(times, samples, to_hz=50.0, gaps=[gap])
    at = track.times_s()
    in_gap = (at > gap.start_s + 1e-6) & (at < gap.end_s - 1e-6)
    assert (track.valid == ~in_gap).all()
    assert np.allclose(track.samples[at < gap.start_s], 2.0, atol=1e-4)
    assert np.allclose(track.samples[at > gap.end_s], 8.0, atol=1e-4)
    line = np.interp(at[in_gap], [gap.start_s, gap.end_s], [2.0, 8.0])
    assert np.allclose(track.samples[in_gap, 0], line, atol=1e-4)


def test_outside_the_track_the_end_value_is_held_and_invalid():
    times = np.arange(500) / 100.0 + 2.0
    values, valid = band_limit(times, channel(times * 0 + 4.0), to_hz=50.0).at(
        np.array([[0.0, 1.99], [2.0, 50.0]])
    )
    assert values.shape == (2, 2, 1)
    assert np.allclose(values, 4.0, atol=1e-4)
    assert valid.tolist() == [[False, False], [True, False]]


def test_samples_inside_a_gap_belong_to_no_stretch():
    times = np.arange(10.0)
    assert split_at_gaps(times, [Gap(3.0, 6.0)]) == [slice(0, 4), slice(6, 10)]
    assert split_at_gaps(times, [Gap(6.0, 8.0), Gap(-1.0, 2.0)]) == [slice(2, 7), slice(8, 10)]
    assert split_at_gaps(times, [Gap(-1.0, 20.0)]) == []


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_tracks_of_a_few_samples_work(count):
    times = np.arange(count) / 40.0 + 1.0
    track = resample(times, np.full((count, 6), 1.5, np.float32), to_hz=50.0)
    assert track.start_s == 1.0
    assert np.allclose(track.samples, 1.5, atol=1e-5)


def test_what_does_not_fit_is_refused():
    times, samples = np.arange(5.0), np.zeros((5, 6), np.float32)
    with pytest.raises(ValueError, match="do not fit"):
        resample(times[:4], samples, to_hz=50.0)
    with pytest.raises(ValueError, match="do not fit"):
        resample(times[:0], samples[:0], to_hz=50.0)
    with pytest.raises(ValueError, match="positive"):
        resample(times, samples, to_hz=0.0)
    with pytest.raises(ValueError, match="inside a gap"):
        resample(times, samples, to_hz=50.0, gaps=[Gap(-1.0, 9.0)])


def test_the_live_edge_matches_the_whole_track_beyond_the_margin():
    """A rolling buffer gives the same values as the full track, but for the margin at its ends."""
    rng = np.random.default_rng(4)
    times = np.arange(12000) / 200.0
    samples = np.cumsum(rng.normal(size=(12000, 6)), axis=0).astype(np.float32) / 10
    at = np.arange(20.0, 30.0, 0.02)
    whole, _ = band_limit(times, samples, to_hz=50.0).at(at)
    margin = margin_s(200.0, 50.0)
    part = (times > 20.0 - margin - 0.01) & (times < 30.0 + margin + 0.01)
    live, _ = band_limit(times[part], samples[part], to_hz=50.0).at(at)
    assert np.abs(whole - live).max() < 1e-3


def test_a_crumb_between_gaps_is_its_mean():
    times = np.concatenate([np.arange(100) / 50.0, [3.0, 3.0 + 1e-9], 5.0 + np.arange(100) / 50.0])
    samples = channel(np.where(np.arange(202) == 100, 4.0, 2.0))
    gaps = [Gap(float(times[99]), 3.0), Gap(float(times[101]), 5.0)]
    values, valid = band_limit(times, samples, to_hz=50.0, gaps=gaps).at(np.array([3.0, 3.5, 4.9]))
    assert values[0, 0] == pytest.approx(3.0)
    assert valid.tolist() == [True, False, False]
    assert np.isfinite(values).all()


@settings(max_examples=40, deadline=None)
@given(
    native_hz=st.floats(11.0, 400.0),
    to_hz=st.floats(10.0, 120.0),
    pieces=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.11, 2.0)), min_size=1, max_size=4),
    jitter=st.floats(0.0, 0.45),
    seed=st.integers(0, 999),
)
def test_validity_follows_the_gaps_and_values_stay_near_the_samples(
    native_hz, to_hz, pieces, jitter, seed
):
    rng = np.random.default_rng(seed)
    stretches, gaps, begin = [], [], 0.0
    for length, hole in pieces:
        count = int(length * native_hz) + 1
        stretches.append(begin + (np.arange(count) + rng.uniform(0, jitter, count)) / native_hz)
        begin = stretches[-1][-1] + hole
    for before, after in itertools.pairwise(stretches):
        gaps.append(Gap(float(before[-1]), float(after[0])))
    times = np.concatenate(stretches)
    samples = rng.uniform(-1, 1, (len(times), 3)).astype(np.float32)
    at = rng.uniform(-1.0, begin + 1.0, 300)
    values, valid = band_limit(times, samples, to_hz=to_hz, gaps=gaps).at(at)
    expected = np.zeros(300, bool)
    for stretch in stretches:
        expected |= (at >= stretch[0] - 1e-9) & (at <= stretch[-1] + 1e-9)
    assert (valid == expected).all()
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 3.0  # a filter rings, but not far

from __future__ import annotations

import cmath
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from comodo_app.teachers import appearance
from comodo_app.teachers.descriptor import (
    BAND_EDGES_HZ,
    BLOCKS,
    DIM,
    WindowSeries,
    band_energies,
    describe,
)


def _band_energies_by_loop(signal: np.ndarray, edges: tuple[float, ...], rate: float) -> list:
    n = len(signal)
    size = max(n, round(10.0 * rate))
    taper = [0.5 - 0.5 * math.cos(2 * math.pi * (t + 1) / (n + 1)) for t in range(n)]
    mean = sum(signal) / n
    out = []
    for low, high in pairwise(edges):
        powers = []
        for k in range(size // 2 + 1):
            if low <= k * rate / size < high:
                total = sum(
                    taper[t] * (signal[t] - mean) * cmath.exp(-2j * math.pi * k * t / size)
                    for t in range(n)
                )
                powers.append(abs(total) ** 2 / sum(w * w for w in taper))
        out.append(sum(powers) / len(powers) if powers else 0.0)
    return out


@pytest.mark.parametrize("n", [10, 37, 50, 120])
def test_band_energies_are_the_loops(n):
    signal = np.random.default_rng(n).normal(1.0, 2.0, n)
    expected = _band_energies_by_loop(signal, BAND_EDGES_HZ, 10.0)
    energies = band_energies(signal[:, None], BAND_EDGES_HZ, rate_hz=10.0)[0]
    np.testing.assert_allclose(energies, expected, rtol=1e-9)


@pytest.mark.parametrize(("frequency_hz", "band"), [(0.35, 0), (0.8, 1), (1.3, 2), (2.0, 3)])
def test_a_tone_is_strongest_in_its_band(frequency_hz, band):
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(50) / 10.0)
    assert band_energies(tone[:, None], BAND_EDGES_HZ, rate_hz=10.0)[0].argmax() == band


def test_band_energy_of_noise_depends_little_on_the_window_length():
    rng = np.random.default_rng(0)
    short, long = (
        np.mean([band_energies(rng.normal(size=(n, 50)), (1.0, 4.0), rate_hz=10.0)])
        for n in (50, 200)
    )
    assert short == pytest.approx(long, rel=0.15)


def test_blocks_cover_the_row_once():
    assert BLOCKS[0].start == 0
    assert BLOCKS[-1].stop == DIM
    assert all(a.stop == b.start for a, b in pairwise(BLOCKS))
    assert [b.name for b in BLOCKS] == ["m", "f", "a"]


def _series(times: np.ndarray, value: float = 0.0) -> WindowSeries:
    wave = np.sin(2 * np.pi * 1.1 * times)
    return WindowSeries(
        times_s=times,
        rates=np.stack([value + wave * k for k in range(6)], axis=1),
        cells=np.stack([np.abs(wave)[:, None] * np.ones(9), *[wave[:, None] * np.ones(9)] * 2], 2),
        looks=np.ones((len(times) + 1, appearance.SIZE)),
    )


def test_row_depends_on_real_time_not_on_the_number_of_frames():
    even = np.arange(0.05, 5, 0.1)
    dense = np.sort(np.concatenate([even, even[::2] + 0.03]))
    rows = [describe(_series(times), 5.0) for times in (even, dense)]
    # Linear interpolation of other samples differs a little; index time would differ by a lot.
    assert np.corrcoef(rows[0], rows[1])[0, 1] > 0.999
    assert np.median(np.abs(rows[0] - rows[1])) < 0.02


@settings(max_examples=60, deadline=None)
@given(
    rates=hnp.arrays(np.float64, (20, 6), elements=st.floats(-50, 50)),
    window_s=st.sampled_from([0.5, 2.0, 5.0, 10.0]),
    n=st.integers(2, 20),
)
def test_rows_are_always_finite(rates, window_s, n):
    times = np.linspace(0.05, window_s, n)
    series = WindowSeries(times, rates[:n], np.zeros((n, 9, 3)), np.zeros((n, appearance.SIZE)))
    row = describe(series, window_s)
    assert row.shape == (DIM,)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()

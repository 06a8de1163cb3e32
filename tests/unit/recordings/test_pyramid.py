"""The pyramid against plain loops: no sample is lost, none counted twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.recordings.pyramid import BASE, FACTOR, Pyramid, build_pyramid


def track(seed: int, n: int, n_channels: int = 2, *, uneven: bool = True) -> Pyramid:
    rng = np.random.default_rng(seed)
    steps = rng.exponential(0.01, n) + 1e-4 if uneven else np.full(n, 0.01)
    samples = rng.standard_normal((n, n_channels)).astype(np.float32)
    samples[rng.random(n) < 0.01] *= 50.0
    return build_pyramid(np.cumsum(steps), samples)


tracks = st.builds(track, st.integers(0, 10_000), st.integers(1, 6000))
shares = st.floats(0.0, 1.0)


@given(tracks, shares, shares, st.integers(1, 300))
def test_each_column_holds_least_and_greatest_of_its_samples(pyramid, a, b, n_columns):
    from_s, to_s = span(pyramid, a, b)
    columns = pyramid.columns(from_s, to_s, n_columns)
    for k in range(n_columns):
        part = pyramid.samples[columns.edges[k] : columns.edges[k + 1]]
        for c in range(pyramid.n_channels):
            if len(part):
                assert columns.lo[c, k] == min(part[:, c].tolist())
                assert columns.hi[c, k] == max(part[:, c].tolist())
            else:
                assert np.isnan(columns.lo[c, k])
                assert np.isnan(columns.hi[c, k])


@given(tracks, shares, shares, st.integers(1, 300))
def test_no_sample_of_the_span_is_lost_or_counted_twice(pyramid, a, b, n_columns):
    from_s, to_s = span(pyramid, a, b)
    edges = pyramid.columns(from_s, to_s, n_columns).edges
    first, last = pyramid.index_range(from_s, to_s)
    assert edges[0] <= first
    assert edges[-1] >= last
    assert np.all(np.diff(edges) >= 0)
    assert len(edges) == n_columns + 1


@given(st.integers(0, 1000), st.integers(100, 9000), st.integers(1, 60))
def test_borders_move_by_at_most_an_eighth_of_a_column(seed, n, n_columns):
    pyramid = track(seed, n, uneven=False)
    from_s, to_s = float(pyramid.times_s[0]), float(pyramid.times_s[-1]) + 0.01
    edges = pyramid.columns(from_s, to_s, n_columns).edges
    exact = np.searchsorted(pyramid.times_s, np.linspace(from_s, to_s, n_columns + 1))
    assert np.abs(edges - exact)[1:-1].max(initial=0) <= n / n_columns / 8 + 1


def test_a_single_peak_is_seen_at_every_span():
    n = 200_000
    samples = np.zeros((n, 1), np.float32)
    samples[123_457] = 9.0
    times_s = np.arange(n) / 200.0
    pyramid = build_pyramid(times_s, samples)
    for width_s in (1.0, 10.0, 100.0, 999.0):
        for n_columns in (1, 7, 100, 1452):
            found = pyramid.columns(617.285 - width_s / 3, 617.285 + width_s, n_columns)
            assert np.nanmax(found.hi) == 9.0


def test_levels_equal_plain_loops():
    pyramid = track(3, 1000)
    for level, (lo, hi) in enumerate(pyramid.levels):
        width = BASE * FACTOR**level
        for k, start in enumerate(range(0, 1000, width)):
            part = pyramid.samples[start : start + width]
            assert lo[:, k].tolist() == part.min(axis=0).tolist()
            assert hi[:, k].tolist() == part.max(axis=0).tolist()


def test_levels_take_a_sixth_of_the_samples_memory():
    pyramid = track(0, 100_000, 6)
    assert pyramid.n_bytes <= pyramid.samples.nbytes * 0.17


def test_samples_are_not_copied():
    samples = np.zeros((100, 6), np.float32)
    assert build_pyramid(np.arange(100.0), samples).samples is samples


def test_value_is_the_nearest_sample_and_none_in_a_gap():
    samples = np.array([[0.0], [1.0], [2.0], [3.0]], np.float32)
    pyramid = build_pyramid(np.array([0.0, 1.0, 5.0, 6.0]), samples, gaps=[(1.0, 5.0)])
    asked = (-0.1, 0.0, 0.4, 0.6, 1.0, 1.1, 4.9, 5.0, 5.6, 6.0, 60.0)
    values = [None if (v := pyramid.value_at(t)) is None else float(v[0]) for t in asked]
    assert values == [None, 0.0, 0.0, 1.0, 1.0, None, None, 2.0, 3.0, 3.0, None]


def test_an_empty_track_has_empty_columns():
    pyramid = build_pyramid(np.zeros(0), np.zeros((0, 6), np.float32))
    assert np.isnan(pyramid.columns(0.0, 1.0, 5).lo).all()
    assert pyramid.value_at(0.5) is None


def test_building_reports_and_can_be_stopped():
    class Stop(Exception):
        pass

    def step(done, total):
        told.append((done, total))
        if len(told) == 2:
            raise Stop

    told: list[tuple[int, int]] = []
    n = BASE * (1 << 16) + 5
    with pytest.raises(Stop):
        build_pyramid(np.arange(float(n)), np.zeros((n, 1), np.float32), step=step)
    assert told == [(0, n), (BASE << 16, n)]


def test_shapes_that_do_not_fit_and_spans_that_are_none_are_refused():
    with pytest.raises(ValueError, match="times"):
        build_pyramid(np.zeros(3), np.zeros((4, 6), np.float32))
    with pytest.raises(ValueError, match="no columns"):
        track(0, 10).columns(1.0, 1.0, 5)


def span(pyramid: Pyramid, a: float, b: float) -> tuple[float, float]:
    """A span that may reach beyond the track."""
    whole_s = float(pyramid.times_s[-1]) + 1.0
    from_s, to_s = sorted((a * whole_s - 0.5, b * whole_s - 0.5))
    return from_s, max(to_s, from_s + 1e-3)

"""Decimation keeps what the eye would miss."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.exports.decimation import column_means, envelope


def test_a_single_spike_among_a_million_samples_survives():
    values = np.zeros(1_000_000, np.float32)
    values[123_457], values[900_001] = 9.0, -7.0
    times = np.arange(1_000_000) / 200.0
    at, line = envelope(times, values, span_s=(0.0, 5000.0), columns=1000)
    assert len(line) == 2000
    assert line.max() == 9.0
    assert line.min() == -7.0
    assert abs(at[line.argmax()] - times[123_457]) <= 5.0  # a column is 5 s wide


@settings(max_examples=50, deadline=None)
@given(
    count=st.integers(1, 3000),
    columns=st.integers(1, 300),
    seed=st.integers(0, 99),
    span=st.tuples(st.floats(-1.0, 4.0), st.floats(5.0, 12.0)),
)
def test_each_column_keeps_its_extremes(count, columns, seed, span):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0.0, 10.0, count))
    values = rng.normal(size=count).astype(np.float32)
    at, line = envelope(times, values, span_s=span, columns=columns)
    shown = (times >= span[0]) & (times <= span[1])
    assert len(line) <= max(2 * columns, 0)
    if shown.any():
        assert line.max() == values[shown].max()
        assert line.min() == values[shown].min()
        assert (np.diff(at) >= 0).all()
    else:
        assert len(line) == 0
    width = (span[1] - span[0]) / columns
    if shown.sum() > 2 * columns:
        for t, v in zip(at, line, strict=True):
            near = shown & (np.abs(times - t) <= width / 2 * (1 + 1e-6) + 1e-9)
            assert v in values[near]


def test_few_samples_stay_as_they_are():
    times, values = np.arange(5.0), np.arange(5, dtype=np.float32)
    at, line = envelope(times, values, span_s=(1.0, 3.0), columns=100)
    assert at.tolist() == line.tolist() == [1.0, 2.0, 3.0]


def test_means_are_means_of_columns():
    times, values = np.arange(100) / 10.0, np.arange(100.0)
    at, means = column_means(times, values, span_s=(0.0, 10.0), columns=10)
    assert np.allclose(means, np.arange(10) * 10 + 4.5)
    assert np.allclose(at, np.arange(10) + 0.45)
    assert len(column_means(times, values, span_s=(0.0, 10.0), columns=500)[0]) == 100

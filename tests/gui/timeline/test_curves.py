"""From samples to lines to pixels, against plain loops."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from comodo_app.ui.timeline.channels import nice_reach
from comodo_app.ui.timeline.curves import CurveView, column_lines, overlaps, prepare, sample_lines

RED = QColor("#ff0000")


def view(n: int, ratio: float = 1.0, reach: float = 2.0) -> CurveView:
    return CurveView(0.0, float(n), n / ratio, 10.0, 41.0, n, 0.0, reach)


def columns(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Random columns, one in ten without samples; some reach beyond the row."""
    rng = np.random.default_rng(seed)
    both = np.sort(rng.normal(0, 1.5, (2, n)).astype(np.float32), axis=0)
    both[:, rng.random(n) < 0.1] = np.nan
    both[:, 0] = 0.0
    return both[0], both[1]


@given(st.integers(0, 1000), st.integers(250, 400), st.sampled_from([1.0, 1.5, 2.0]))
def test_a_column_is_filled_from_its_least_to_its_greatest_and_meets_its_neighbour(seed, n, ratio):
    least, greatest = columns(seed, n)
    seen = view(n, ratio)
    lines = column_lines(seen, least, greatest, np.zeros((0, 2)))
    pixels = prepare(seen, lines, RED, ratio).pixels
    assert pixels is not None
    assert pixels.shape == (round(41 * ratio), n)
    spans = [np.flatnonzero(pixels[:, k]) for k in range(n)]
    for k in range(n):
        if np.isnan(least[k]):
            assert len(spans[k]) == 0
            continue
        low, high = (float(seen.y(np.array([v]))[0]) - 10.0 for v in (least[k], greatest[k]))
        assert spans[k][0] <= int(high * ratio)
        assert spans[k][-1] >= int(low * ratio)
        assert len(spans[k]) == spans[k][-1] - spans[k][0] + 1
    for before, after in pairwise(spans):
        if len(before) and len(after):
            assert before[0] <= after[-1]
            assert after[0] <= before[-1]


@given(st.integers(0, 1000))
def test_columns_are_joined_over_empty_ones_unless_a_gap_lies_there(seed):
    least, greatest = columns(seed, 300)
    holes = [k for k in range(1, 299) if np.isnan(least[k])]
    gaps = np.array([(k + 0.2, k + 0.8) for k in holes[::2]]).reshape(-1, 2)
    joined = column_lines(view(300), least, greatest, gaps)
    across = joined[joined[:, 0] != joined[:, 2]]
    for x1, _, x2, _ in across.tolist():
        assert not any(x1 < start and end < x2 for start, end in gaps.tolist())
    runs = np.flatnonzero(np.diff(np.flatnonzero(np.isfinite(least))) > 1)
    full = np.flatnonzero(np.isfinite(least))
    free = [i for i in runs if not any(full[i] < g < full[i + 1] for g in gaps[:, 0])]
    assert len(across) == len(free)


@given(st.lists(st.floats(0, 50), min_size=2, max_size=40, unique=True).map(sorted))
def test_samples_are_joined_unless_a_gap_lies_between_them(times):
    times_s = np.array(times)
    gaps = np.array([(a, b) for a, b in pairwise(times) if b - a > 2.0]).reshape(-1, 2)
    lines = sample_lines(view(300), times_s, np.zeros(len(times), np.float32), gaps)
    expected = [(a, b) for a, b in pairwise(times) if b - a <= 2.0]
    assert len(lines) == len(expected)
    for (x1, _, x2, _), (a, b) in zip(lines.tolist(), expected, strict=True):
        assert (x1, x2) == (pytest.approx(a), pytest.approx(b))


@given(
    st.lists(st.floats(0, 100), min_size=0, max_size=20, unique=True).map(sorted),
    st.floats(0, 100),
    st.floats(0.001, 20),
)
def test_overlaps_equal_plain_comparison(edges, from_s, length_s):
    gaps = np.array(list(zip(edges[::2], edges[1::2], strict=False))).reshape(-1, 2)
    to_s = from_s + length_s
    expected = any(start < to_s and end > from_s for start, end in gaps.tolist())
    assert overlaps(gaps, np.array([from_s]), np.array([to_s])).tolist() == [expected]


@given(st.floats(1e-6, 1e6))
def test_scales_are_round_and_hold_what_they_show(reach):
    nice = nice_reach(reach)
    assert reach * 0.999 <= nice <= reach * 2.6
    assert float(f"{nice:.0e}"[0]) in (1.0, 2.0, 5.0)

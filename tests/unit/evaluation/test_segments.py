import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.evaluation.segments import edit_score, overlap, segment_f1

UNKNOWN, NO_DATA = 0, -1


def timeline(codes, step_s=1.0):
    """One segment per code, merged by hand where equal."""
    segments, start = [], 0
    for n in range(1, len(codes) + 1):
        if n == len(codes) or codes[n] != codes[start]:
            code = codes[start]
            state = {UNKNOWN: State.UNKNOWN, NO_DATA: State.NO_DATA}.get(code, State.ACTIVITY)
            activity_id = code if state is State.ACTIVITY else None
            segments.append(Segment(start * step_s, n * step_s, state, activity_id))
            start = n
    return Timeline(tuple(segments))


pairs = st.tuples(
    st.lists(st.integers(-1, 3), max_size=20), st.lists(st.integers(-1, 3), max_size=20)
)


@settings(max_examples=150)
@given(pairs)
def test_overlap_counts_second_by_second(pair):
    a, b = pair
    for count_unknown in (True, False):
        agreed = compared = 0
        for x, y in zip(a, b, strict=False):
            if NO_DATA in (x, y) or (not count_unknown and UNKNOWN in (x, y)):
                continue
            compared += 1
            agreed += x == y and x != UNKNOWN
        got = overlap(timeline(a), timeline(b), count_unknown=count_unknown)
        assert (got.agreed_s, got.compared_s) == (pytest.approx(agreed), pytest.approx(compared))
        assert got.share == pytest.approx(agreed / compared) if compared else math.isnan(got.share)


def test_overlap_weighs_by_duration_not_by_segment():
    truth = Timeline((Segment(0, 9, State.ACTIVITY, 1), Segment(9, 10, State.ACTIVITY, 2)))
    said = Timeline((Segment(0, 10, State.ACTIVITY, 1),))
    assert overlap(truth, said).share == pytest.approx(0.9)


def runs(codes):
    kept = [c for c in codes if c != NO_DATA]
    return [c for n, c in enumerate(kept) if n == 0 or kept[n - 1] != c]


def distance(a, b):
    @functools.cache
    def d(i, j):
        if 0 in (i, j):
            return i + j
        return min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return d(len(a), len(b))


@settings(max_examples=150)
@given(pairs)
def test_edit_score_matches_the_recursive_definition(pair):
    a, b = (runs(codes) for codes in pair)
    expected = 1 - distance(a, b) / max(len(a), len(b)) if a or b else 1.0
    assert edit_score(*(timeline(codes) for codes in pair)) == pytest.approx(expected)


def test_over_segmentation_costs_edit_score_but_not_overlap():
    truth, said = timeline([1] * 100), timeline(([1] * 19 + [2]) * 5)
    assert overlap(truth, said).share == pytest.approx(0.95)
    assert edit_score(truth, said) == pytest.approx(0.1)


def loops_f1(a, b, threshold):
    def spans(codes):
        return [(s.start_s, s.end_s, s.activity_id) for s in timeline(codes) if s.activity_id]

    true, said = spans(a), spans(b)
    if not true and not said:
        return float("nan")
    hits, found = 0, set()
    for start, end, code in said:
        best, best_iou = None, 0.0
        for n, (t0, t1, c) in enumerate(true):
            if c != code:
                continue
            inter = max(0.0, min(end, t1) - max(start, t0))
            iou = inter / (end - start + t1 - t0 - inter)
            if iou > best_iou:
                best, best_iou = n, iou
        if best is not None and best_iou >= threshold and best not in found:
            hits += 1
            found.add(best)
    false_positives, misses = len(said) - hits, len(true) - hits
    return 2 * hits / (2 * hits + false_positives + misses)


@settings(max_examples=150)
@given(pairs)
def test_segment_f1_matches_the_published_loop(pair):
    a, b = pair
    for threshold, got in zip((0.1, 0.25, 0.5), segment_f1(timeline(a), timeline(b)), strict=True):
        assert got == pytest.approx(loops_f1(a, b, threshold), nan_ok=True)


def test_equal_timelines_score_one_everywhere():
    same = timeline([1, 1, 2, NO_DATA, 3])
    assert segment_f1(same, same) == (1.0, 1.0, 1.0)
    assert edit_score(same, same) == overlap(same, same).share == 1.0


def test_nothing_to_compare_is_said_so():
    assert math.isnan(overlap(Timeline(), Timeline()).share)
    assert all(math.isnan(value) for value in segment_f1(Timeline(), Timeline()))
    assert np.isnan(overlap(timeline([1]), timeline([NO_DATA])).share)

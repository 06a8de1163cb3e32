from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.activities.corrections import (
    Correction,
    assigned,
    boundary_moved,
    cleared,
    corrected_timeline,
    is_corrected,
)
from comodo_app.activities.model import Segment, State, Timeline


def timeline(*parts):
    """(end, id) …; id None is unknown."""
    segments, start = [], 0.0
    for end, number in parts:
        state = State.UNKNOWN if number is None else State.ACTIVITY
        segments.append(Segment(start, end, state, number, 0.5))
        start = end
    return Timeline(tuple(segments))


def test_a_correction_replaces_what_it_covers_and_cuts_what_it_touches():
    old = (Correction(0.0, 4.0, 1), Correction(4.0, 6.0, 2), Correction(6.0, 9.0, 3))
    assert assigned(old, Correction(3.0, 7.0, 5)) == (
        Correction(0.0, 3.0, 1),
        Correction(3.0, 7.0, 5),
        Correction(7.0, 9.0, 3),
    )


def test_equal_corrections_that_touch_join():
    assert assigned((Correction(0.0, 2.0, 1),), Correction(2.0, 3.0, 1)) == (
        Correction(0.0, 3.0, 1),
    )


def test_clearing_inside_leaves_both_ends():
    assert cleared((Correction(0.0, 9.0, 1),), 3.0, 4.0) == (
        Correction(0.0, 3.0, 1),
        Correction(4.0, 9.0, 1),
    )


spans = st.tuples(st.integers(0, 100), st.integers(1, 40), st.sampled_from([None, 1, 2, 3]))


@given(st.lists(spans, max_size=12))
def test_each_moment_says_what_was_assigned_last(steps):
    corrections, said = (), {}
    for start, length, number in steps:
        corrections = assigned(corrections, Correction(start, start + length, number))
        said.update(dict.fromkeys(range(start, start + length), number))
    for moment in range(150):
        found = [c.activity_id for c in corrections if c.start_s <= moment + 0.5 < c.end_s]
        assert found == ([said[moment]] if moment in said else [])


@given(st.lists(spans, max_size=8))
def test_a_corrected_timeline_covers_the_same_time_without_holes(steps):
    predicted = timeline((30.0, 1), (55.5, None), (120.0, 2))
    corrections = ()
    for start, length, number in steps:
        corrections = assigned(corrections, Correction(start, start + length, number))
    drawn = corrected_timeline(predicted, corrections)
    assert (drawn.segments[0].start_s, drawn.segments[-1].end_s) == (0.0, 120.0)
    assert corrected_timeline(predicted, ()) == predicted


def test_a_border_moved_right_gives_time_to_the_left_neighbour():
    predicted = timeline((10.0, 1), (20.0, 2))
    moved = boundary_moved((), predicted, 10.0, 12.0)
    assert moved == (Correction(10.0, 12.0, 1),)
    drawn = corrected_timeline(predicted, moved)
    assert [(s.end_s, s.activity_id) for s in drawn] == [(10.0, 1), (12.0, 1), (20.0, 2)]
    assert [is_corrected(s, moved) for s in drawn] == [False, True, False]


def test_a_border_cannot_be_moved_over_its_neighbour():
    predicted = timeline((10.0, 1), (20.0, 2), (30.0, 1))
    (moved,) = boundary_moved((), predicted, 20.0, 5.0)
    assert moved.activity_id == 1
    assert 10.0 < moved.start_s < 10.01
    with pytest.raises(ValueError, match="no border"):
        boundary_moved((), predicted, 15.0, 16.0)

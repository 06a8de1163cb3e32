from __future__ import annotations

import pytest

from comodo_app.activities.agreement import (
    LOW_CONFIDENCE,
    Verdict,
    compare,
    disagreements,
    segment_rows,
)
from comodo_app.activities.corrections import Correction, corrected_timeline
from comodo_app.activities.model import Segment, State, Timeline

A, B, C = 1, 2, 3
UNKNOWN, NO_DATA = None, 0


def timeline(*parts, start_s=0.0, confidence=0.9):
    """(end, id) …"""
    segments = []
    for end_s, number in parts:
        state = {None: State.UNKNOWN, 0: State.NO_DATA}.get(number, State.ACTIVITY)
        known = number if state is State.ACTIVITY else None
        segments.append(Segment(start_s, end_s, state, known, confidence))
        start_s = end_s
    return Timeline(tuple(segments))


def verdicts(teacher, student):
    return [(s.start_s, s.end_s, s.verdict) for s in compare(teacher, student)]


def test_abstaining_missing_data_and_a_silent_teacher_are_no_differences():
    teacher = timeline((10.0, A), (15.0, NO_DATA), (20.0, A))
    student = timeline((4.0, A), (8.0, UNKNOWN), (9.0, NO_DATA), (20.0, A))
    assert [verdict for *_, verdict in verdicts(teacher, student)] == [
        Verdict.AGREES, Verdict.ABSTAINS, Verdict.NO_DATA, Verdict.AGREES, Verdict.ALONE,
        Verdict.AGREES,
    ]  # fmt: skip


def test_a_row_says_what_the_teacher_says_most_of_the_time():
    teacher = timeline((4.0, B), (10.0, A))
    (row,) = segment_rows(teacher, timeline((10.0, A)))
    assert (row.number, row.teacher_id, row.verdict) == (1, A, Verdict.AGREES)
    assert row.agreement == pytest.approx(0.6)
    (other,) = segment_rows(teacher, timeline((10.0, C)))
    assert (other.verdict, other.agreement) == (Verdict.DIFFERS, 0.0)


def test_without_a_teacher_nothing_agrees_and_nothing_differs():
    (row,) = segment_rows(None, timeline((10.0, A)))
    assert (row.verdict, row.teacher_id, row.agreement) == (Verdict.ALONE, None, None)


def test_a_corrected_segment_is_neither_a_difference_nor_low():
    student = timeline((10.0, A), (20.0, B), confidence=0.1)
    corrections = (Correction(0.0, 10.0, C),)
    rows = segment_rows(timeline((20.0, A)), corrected_timeline(student, corrections), corrections)
    assert [row.verdict for row in rows] == [Verdict.CORRECTED, Verdict.DIFFERS]
    assert [row.is_low for row in rows] == [False, True]


def test_what_is_worth_a_look_comes_by_weight_and_each_row_once():
    teacher = timeline((40.0, A))
    student = Timeline(
        (
            Segment(0.0, 10.0, State.ACTIVITY, A, LOW_CONFIDENCE - 0.01),
            Segment(10.0, 20.0, State.UNKNOWN, None, 0.2),
            Segment(20.0, 30.0, State.ACTIVITY, B, LOW_CONFIDENCE - 0.01),
            Segment(30.0, 40.0, State.ACTIVITY, A, LOW_CONFIDENCE),
        )
    )
    rows = segment_rows(teacher, student)
    assert [row.number for row in disagreements(rows)] == [3, 2, 1]

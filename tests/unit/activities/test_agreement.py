"""Student against teacher, checked moment by moment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.activities.agreement import SHIFT_S, Span, Verdict, compare
from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID, activity_at

codes = st.sampled_from([NO_DATA_ID, UNKNOWN_ID, 1, 2, 3])
# Quarter seconds: sums of them are exact, so that borders meet.
pieces = st.lists(st.tuples(st.integers(1, 60), codes), min_size=1, max_size=12)


def timeline(parts: list[tuple[int, int]], first_s: float = 0.0) -> Timeline:
    segments, start_s = [], first_s
    for quarters, code in parts:
        end_s = start_s + quarters / 4
        if code > 0:
            segments.append(Segment(start_s, end_s, State.ACTIVITY, code, 0.9))
        elif code == UNKNOWN_ID:
            segments.append(Segment(start_s, end_s, State.UNKNOWN, None, 0.2))
        else:
            segments.append(Segment(start_s, end_s, State.NO_DATA))
        start_s = end_s
    return Timeline(tuple(segments))


def at(spans: tuple[Span, ...], time_s: float) -> Verdict:
    return next(span.verdict for span in spans if span.start_s <= time_s < span.end_s)


@given(pieces, pieces, st.integers(-8, 8))
def test_spans_cover_the_student_without_holes_and_equal_neighbours_are_joined(a, b, shift):
    teacher, student = timeline(a, shift / 4), timeline(b)
    spans = compare(teacher, student)
    assert spans[0].start_s == student.segments[0].start_s
    assert spans[-1].end_s == student.segments[-1].end_s
    for before, after in pairwise(spans):
        assert before.end_s == after.start_s
        assert before.verdict is not after.verdict


@given(pieces, pieces, st.integers(-8, 8))
def test_every_moment_has_the_verdict_of_what_both_say_there(a, b, shift):
    teacher, student = timeline(a, shift / 4), timeline(b)
    spans = compare(teacher, student)
    times_s = np.arange(student.segments[0].start_s, student.segments[-1].end_s, 0.25) + 0.1
    for time_s in times_s.tolist():
        said = int(activity_at(student, np.array([time_s]))[0])
        taught = int(activity_at(teacher, np.array([time_s]))[0])
        verdict = at(spans, time_s)
        if said == NO_DATA_ID:
            assert verdict is Verdict.NO_DATA
        elif said == UNKNOWN_ID:
            assert verdict is Verdict.ABSTAINS
        elif taught in (NO_DATA_ID, UNKNOWN_ID):
            assert verdict is Verdict.ALONE
        elif said == taught:
            assert verdict is Verdict.AGREES
        else:
            assert verdict in (Verdict.DIFFERS, Verdict.SHIFTED)


@given(st.integers(1, 80), st.booleans())
def test_a_border_is_shifted_up_to_the_limit_and_differs_beyond(quarters, teacher_first):
    early = timeline([(200, 1), (200, 2)])
    late = timeline([(200 + quarters, 1), (200 - quarters, 2)])
    spans = compare(early, late) if teacher_first else compare(late, early)
    verdict = Verdict.SHIFTED if quarters / 4 <= SHIFT_S else Verdict.DIFFERS
    assert [span.verdict for span in spans] == [Verdict.AGREES, verdict, Verdict.AGREES]


@given(pieces)
def test_who_says_the_same_never_differs(parts):
    spans = compare(timeline(parts), timeline(parts))
    assert not {Verdict.DIFFERS, Verdict.SHIFTED, Verdict.ALONE} & {s.verdict for s in spans}


def test_a_short_third_activity_differs_and_is_no_shifted_border():
    teacher = timeline([(40, 1), (4, 3), (40, 2)])
    student = timeline([(44, 1), (40, 2)])
    assert [s.verdict for s in compare(teacher, student)] == [
        Verdict.AGREES,
        Verdict.DIFFERS,
        Verdict.AGREES,
    ]


def test_a_short_visit_to_another_activity_differs_and_is_no_shifted_border():
    teacher = timeline([(80, 1)])
    student = timeline([(40, 1), (4, 2), (36, 1)])
    assert compare(teacher, student)[1] == Span(10.0, 11.0, Verdict.DIFFERS)


def test_without_a_student_there_is_nothing_to_compare():
    assert compare(timeline([(4, 1)]), Timeline()) == ()

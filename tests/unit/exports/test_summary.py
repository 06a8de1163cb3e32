"""Summaries: minutes add up, names are matched by id, texts cannot break a table."""

from __future__ import annotations

import json

import pytest

from comodo_app.activities.model import Activity, Lane, Segment, State, Timeline
from comodo_app.exports.segments_csv import ExportedTimeline
from comodo_app.exports.summary import bouts_by_activity, seconds_by_state, summarize


def timeline(*parts: tuple[float, int | State]) -> Timeline:
    segments, start = [], 0.0
    for length, what in parts:
        if isinstance(what, State):
            segments.append(Segment(start, start + length, what))
        else:
            segments.append(Segment(start, start + length, State.ACTIVITY, what, 0.9))
        start += length
    return Timeline(tuple(segments))


MORNING = timeline((60, 1), (120, 2), (30, State.UNKNOWN), (90, 1))
EVENING = timeline((30, 2), (30, 2), (60, 3), (12, State.NO_DATA))
ACTIVITIES = (Activity(1, "walking"), Activity(2, "a|b *c*\n<i>"))
ROWS = [
    ExportedTimeline("morning", Lane.STUDENT, MORNING, ACTIVITIES),
    ExportedTimeline("evening", Lane.STUDENT, EVENING, (Activity(2, "later name"),)),
    ExportedTimeline("evening", Lane.TEACHER, MORNING, ACTIVITIES),
]


def test_minutes_stand_by_activity_and_recording():
    summary = summarize(ROWS)
    assert summary.recordings == ("morning", "evening")
    table = {row.label: row.minutes for row in summary.rows}
    assert table == {
        "a|b *c*\n<i>": (2.0, 1.0),
        "walking": (2.5, 0.0),
        "activity 3": (0.0, 1.0),
        "unknown": (0.5, 0.0),
        "no data": (0.0, pytest.approx(0.2)),
    }
    assert [row.activity_id for row in summary.rows] == [2, 1, 3, None, None]


def test_totals_are_the_lengths_of_the_recordings():
    assert summarize(ROWS).totals_min == pytest.approx((5.0, 132 / 60))


def test_only_the_asked_lane_counts():
    summary = summarize(ROWS, lane=Lane.TEACHER)
    assert summary.recordings == ("evening",)
    assert summary.totals_min == (5.0,)


def test_touching_segments_of_one_activity_are_one_bout():
    assert bouts_by_activity(EVENING) == {2: 1, 3: 1}
    assert bouts_by_activity(MORNING) == {1: 2, 2: 1}


def test_every_state_is_counted():
    assert seconds_by_state(MORNING) == {
        State.ACTIVITY: 270.0,
        State.UNKNOWN: 30.0,
        State.NO_DATA: 0.0,
    }


def test_cells_have_a_header_and_totals():
    cells = summarize(ROWS).cells()
    assert cells[0] == ["activity", "morning", "evening", "total"]
    assert cells[-1] == ["total", "5.0", "2.2", "7.2"]
    assert ["walking", "2.5", "–", "2.5"] in cells
    assert summarize(ROWS, lane=Lane.TEACHER).cells()[0] == ["activity", "evening"]


def test_names_cannot_break_the_markdown_table():
    lines = summarize(ROWS).markdown().splitlines()
    assert lines[1] == "| --- | ---: | ---: | ---: |"
    assert lines[2] == r"| a\|b \*c\* &lt;i> | 2.0 | 1.0 | 3.0 |"
    assert len(lines) == 2 + 5 + 1


def test_json_has_plain_values_only():
    data = json.loads(json.dumps(summarize(ROWS).as_json()))
    assert data["activities"][1] == {
        "activity_id": 1,
        "activity": "walking",
        "minutes": [2.5, 0.0],
        "bouts": [2, 0],
        "total_minutes": 2.5,
    }


def test_nothing_gives_an_empty_table():
    summary = summarize([])
    assert summary.rows == ()
    assert summary.cells() == [["activity"], ["total"]]
    assert summarize([ExportedTimeline("r", Lane.STUDENT, Timeline())]).totals_min == (0,)

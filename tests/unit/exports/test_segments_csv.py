"""Segments CSV: what stands in it, what a spreadsheet makes of it, and the way back."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.model import Activity, Lane, Segment, State, Timeline
from comodo_app.errors import StorageError, UnreadableFile
from comodo_app.exports.segments_csv import (
    COLUMNS,
    ExportedTimeline,
    read_segments_csv,
    segments_csv,
    write_segments_csv,
)

WALK = Timeline(
    (
        Segment(0.0, 2.5, State.ACTIVITY, 1, 0.93751),
        Segment(2.5, 4.0, State.UNKNOWN, None, 0.31),
        Segment(4.0, 10.0, State.NO_DATA),
        Segment(10.0, 3610.25, State.ACTIVITY, 3, 1.0),
    )
)
ROW = ExportedTimeline("campus_loop", Lane.STUDENT, WALK, (Activity(1, "walking"), Activity(3)))


def test_the_text_is_exactly_this():
    assert segments_csv([ROW]) == (
        "recording,lane,source,start_s,end_s,duration_s,activity_id,activity,state,confidence,"
        "model_id\n"
        "campus_loop,student,imu,0.0,2.5,2.5,1,walking,activity,0.9375,\n"
        "campus_loop,student,imu,2.5,4.0,1.5,,,unknown,0.31,\n"
        "campus_loop,student,imu,4.0,10.0,6.0,,,no data,0.0,\n"
        "campus_loop,student,imu,10.0,3610.25,3600.25,3,activity 3,activity,1.0,\n"
    )


def test_small_numbers_have_no_exponent():
    tiny = Timeline((Segment(0.0, 1e-5, State.UNKNOWN), Segment(1e-5, 1e9, State.UNKNOWN)))
    text = segments_csv([ExportedTimeline("r", Lane.TRUTH, tiny)])
    assert "0.00001,0.00001" in text
    assert "1000000000.0" in text


@pytest.mark.parametrize("name", ["=1+2", "+x", "-x", "@x", "\t=x", "\r=x", "＝x", "'=x", "''-x"])
def test_no_cell_can_start_a_formula(name, tmp_path):
    row = ExportedTimeline(
        name, Lane.TEACHER, Timeline((Segment(0, 1, State.ACTIVITY, 1),)), (Activity(1, name),)
    )
    path = tmp_path / "s.csv"
    write_segments_csv(path, [row])
    with path.open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file))[1]
    assert cells[0] == cells[7] == "'" + name
    assert read_segments_csv(path) == (row,)


def test_the_file_is_utf8_with_lf_and_no_mark(tmp_path):
    path = tmp_path / "s.csv"
    write_segments_csv(path, [ExportedTimeline("Geländelauf 走路", Lane.TRUTH, WALK)])
    data = path.read_bytes()
    assert data.startswith(b"recording")
    assert b"\r" not in data
    assert "Geländelauf 走路" in data.decode("utf-8")


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def exported(draw: st.DrawFn) -> ExportedTimeline:
    borders_ms = sorted(draw(st.sets(st.integers(-10_000, 10_000_000), min_size=2, max_size=7)))
    segments = []
    for start, end in itertools.pairwise(borders_ms):
        state = draw(st.sampled_from(State))
        segments.append(
            Segment(
                start / 1000,
                end / 1000,
                state,
                draw(st.integers(1, 40)) if state is State.ACTIVITY else None,
                draw(st.integers(0, 10_000)) / 10_000,
            )
        )
    ids = list(dict.fromkeys(s.activity_id for s in segments if s.activity_id is not None))
    activities = tuple(Activity(i, draw(NAMES)) for i in ids)
    timeline = Timeline(tuple(segments))
    return ExportedTimeline(
        draw(NAMES), draw(st.sampled_from(Lane)), timeline, activities, draw(NAMES)
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(exported(), max_size=4, unique_by=lambda e: (e.recording, e.lane, e.model_id)))
def test_what_was_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "s.csv"
    write_segments_csv(path, rows)
    assert read_segments_csv(path) == tuple(rows)


def test_a_mark_and_another_column_order_are_read_too(tmp_path):
    path = tmp_path / "s.csv"
    cells = [line.split(",") for line in segments_csv([ROW]).splitlines()]
    turned = "\r\n".join(",".join(reversed(line)) for line in cells)
    path.write_bytes(b"\xef\xbb\xbf" + turned.encode())
    assert read_segments_csv(path)[0].activities == ROW.activities
    assert len(read_segments_csv(path)[0].timeline) == 4


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n1,2\n",
        b"\xff\xfe\x00",
        b'recording,"open\n',
        (",".join(COLUMNS) + "\nr,student,imu,0,x,1,,,unknown,0,\n").encode(),
        (",".join(COLUMNS) + "\nr,nobody,imu,0,1,1,,,unknown,0,\n").encode(),
        (",".join(COLUMNS) + "\nr,student\n").encode(),
        (",".join(COLUMNS) + "\nr,student,imu,5,1,1,,,unknown,0,\n").encode(),
    ],
)
def test_a_foreign_or_broken_file_says_so(tmp_path, data):
    path = tmp_path / "s.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile):
        read_segments_csv(path)


def test_an_empty_export_is_a_header_and_reads_as_nothing(tmp_path):
    write_segments_csv(tmp_path / "s.csv", [])
    assert (tmp_path / "s.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert read_segments_csv(tmp_path / "s.csv") == ()


def test_a_missing_folder_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="folder"):
        write_segments_csv(tmp_path / "nowhere" / "s.csv", [ROW])


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path, monkeypatch):
    path: Path = tmp_path / "s.csv"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="No space"):
        write_segments_csv(path, [ROW])
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["s.csv"]

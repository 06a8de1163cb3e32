"""Segments as CSV: one row per segment, and back.

UTF-8 without a byte order mark, LF, comma, decimal point, quoting as in RFC 4180. Times are
seconds on the recording clock, with microseconds.

Spreadsheets run a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula. Texts that
would be taken for one get an apostrophe in front, which spreadsheets show as plain text;
`read_segments_csv` takes it away again. Other readers see the apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comodo_app.activities.model import Activity, Lane, Segment, State, Timeline
from comodo_app.errors import UnreadableFile
from comodo_app.exports.files import write_whole

COLUMNS = (
    "recording",
    "lane",
    "source",
    "start_s",
    "end_s",
    "duration_s",
    "activity_id",
    "activity",
    "state",
    "confidence",
    "model_id",
)
SOURCES = {
    Lane.STUDENT: "imu",
    Lane.TEACHER: "video",
    Lane.CORRECTED: "hand",
    Lane.TRUTH: "simulation",
}

# Tab, CR and the full-width forms start formulas too; the apostrophes keep the guard reversible.
_RISKY = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


@dataclass(frozen=True, slots=True)
class ExportedTimeline:
    """One lane of one recording, with the activities it may name and the model that wrote it."""

    recording: str
    lane: Lane
    timeline: Timeline
    activities: tuple[Activity, ...] = ()
    model_id: str = ""


def segments_csv(rows: Sequence[ExportedTimeline]) -> str:
    """All segments as one CSV text with a header; `COLUMNS` in this order.

    ``activity_id`` and ``activity`` are empty unless ``state`` is "activity". An activity without
    a name, or one that is not listed, is called "activity 3". An empty timeline has no rows.
    """
    lines = [",".join(COLUMNS)]
    for row in rows:
        labels = {activity.id: activity.label for activity in row.activities}
        fixed = (_text(row.recording), row.lane.value, SOURCES[row.lane])
        for segment in row.timeline:
            number = segment.activity_id
            label = "" if number is None else labels.get(number, Activity(number).label)
            start_s, end_s = round(segment.start_s, 6), round(segment.end_s, 6)
            cells = (
                *fixed,
                _decimal(start_s),
                _decimal(end_s),
                _decimal(end_s - start_s),
                "" if number is None else str(number),
                _text(label),
                segment.state.value,
                _decimal(segment.confidence, places=4),
                _text(row.model_id),
            )
            lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def write_segments_csv(path: Path, rows: Sequence[ExportedTimeline]) -> None:
    """Write `segments_csv` to a file, whole or not at all; an existing file is replaced.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    write_whole(path, segments_csv(rows).encode("utf-8"))


def read_segments_csv(path: Path) -> tuple[ExportedTimeline, ...]:
    """Read what `write_segments_csv` wrote; columns may stand in any order.

    Rows belong together by recording, lane and model. Activities are those that occur.

    Raises
    ------
    UnreadableFile
        If the file, its header or a row is not ours; the text names the row.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")  # a spreadsheet adds a byte order mark
        table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(
            f"This is not a readable CSV file ({error}).", where=str(path), hint=_HINT
        ) from error
    missing = [c for c in COLUMNS if table and c not in table[0]]
    if missing or (not table and not text.startswith(COLUMNS[0])):
        absent = ", ".join(missing or COLUMNS)
        raise UnreadableFile(f"Columns are missing: {absent}.", where=str(path), hint=_HINT)
    segments: dict[tuple[str, Lane, str], list[Segment]] = {}
    names: dict[tuple[str, Lane, str], dict[int, Activity]] = {}
    number = 1
    try:
        for number, cells in enumerate(table, start=2):  # noqa: B007 - named in the error below
            key = (_plain(cells["recording"]), Lane(cells["lane"]), _plain(cells["model_id"]))
            segment = _segment(cells)
            segments.setdefault(key, []).append(segment)
            known = names.setdefault(key, {})
            if segment.activity_id is not None:
                name = _plain(cells["activity"])
                unnamed = name == Activity(segment.activity_id).label
                known[segment.activity_id] = Activity(segment.activity_id, "" if unnamed else name)
        return tuple(
            ExportedTimeline(key[0], key[1], Timeline(tuple(s)), tuple(names[key].values()), key[2])
            for key, s in segments.items()
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableFile(
            f"Row {number} or its neighbours cannot be understood ({error}).",
            where=str(path),
            hint=_HINT,
        ) from error


_HINT = "Export the segments again, or restore the file from a copy."


def _segment(cells: dict[str, str]) -> Segment:
    return Segment(
        float(cells["start_s"]),
        float(cells["end_s"]),
        State(cells["state"]),
        int(cells["activity_id"]) if cells["activity_id"] else None,
        float(cells["confidence"]),
    )


def _decimal(value: float, places: int = 6) -> str:
    """Fixed point with at least one decimal: 2.5, 10.0, 0.000001; never an exponent."""
    text = f"{value:.{places}f}".rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return "0.0" if text == "-0.0" else text


def _text(value: str) -> str:
    """A cell: guarded against being run as a formula, quoted where RFC 4180 asks for it."""
    guarded = "'" + value if _RISKY.match(value) else value
    if any(sign in guarded for sign in ',"\r\n') or guarded != guarded.strip():
        return '"' + guarded.replace('"', '""') + '"'
    return guarded


def _plain(cell: str) -> str:
    """What `_text` guarded, as it was."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell

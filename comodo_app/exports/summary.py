"""How long each activity lasted: plain tables for the terminal, JSON and Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comodo_app.activities.model import Activity, Lane, State, Timeline
from comodo_app.exports.segments_csv import ExportedTimeline

STATE_LABELS = {State.UNKNOWN: "unknown", State.NO_DATA: "no data"}


def seconds_by_activity(timeline: Timeline) -> dict[int, float]:
    """Seconds per activity id, in order of first appearance."""
    seconds: dict[int, float] = {}
    for segment in timeline:
        if segment.activity_id is not None:
            before = seconds.get(segment.activity_id, 0.0)
            seconds[segment.activity_id] = before + segment.length_s
    return seconds


def seconds_by_state(timeline: Timeline) -> dict[State, float]:
    """Seconds per state; all three are there, 0 where a state does not occur."""
    seconds = dict.fromkeys(State, 0.0)
    for segment in timeline:
        seconds[segment.state] += segment.length_s
    return seconds


def bouts_by_activity(timeline: Timeline) -> dict[int, int]:
    """How many times each activity was begun; touching segments of one activity are one bout."""
    bouts: dict[int, int] = {}
    last: int | None = None
    for segment in timeline:
        if segment.activity_id is not None and segment.activity_id != last:
            bouts[segment.activity_id] = bouts.get(segment.activity_id, 0) + 1
        last = segment.activity_id
    return bouts


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One activity, or a state without one: minutes and bouts in each recording, in order.

    `activity_id` is None for "unknown" and "no data", whose bouts are not counted.
    """

    activity_id: int | None
    label: str
    minutes: tuple[float, ...]
    bouts: tuple[int, ...]

    @property
    def total_min(self) -> float:
        """Minutes in all recordings."""
        return sum(self.minutes)


@dataclass(frozen=True, slots=True)
class Summary:
    """Minutes per activity and recording, of one lane; the longest activity comes first."""

    lane: Lane
    recordings: tuple[str, ...]
    rows: tuple[SummaryRow, ...]

    @property
    def totals_min(self) -> tuple[float, ...]:
        """Minutes of each recording."""
        return tuple(sum(row.minutes[k] for row in self.rows) for k in range(len(self.recordings)))

    def cells(self) -> list[list[str]]:
        """A table of texts with a header, a row per activity and a row of totals.

        The column of totals is left out for a single recording. Minutes have one decimal; "–"
        stands where there is nothing.
        """
        several = len(self.recordings) > 1
        header = ["activity", *self.recordings, *(["total"] if several else [])]
        lines = [(row.label, row.minutes, row.total_min) for row in self.rows]
        lines.append(("total", self.totals_min, sum(self.totals_min)))
        return [
            header,
            *(
                [label, *map(_minutes, minutes), *([_minutes(total)] if several else [])]
                for label, minutes, total in lines
            ),
        ]

    def markdown(self) -> str:
        """The cells as a Markdown table, minutes to the right; names cannot break it."""
        header, *lines = [[_markdown_cell(cell) for cell in row] for row in self.cells()]
        rule = ["---", *["---:"] * (len(header) - 1)]
        return "\n".join("| " + " | ".join(row) + " |" for row in [header, rule, *lines]) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, texts and numbers; minutes to a thousandth."""
        return {
            "lane": self.lane.value,
            "recordings": list(self.recordings),
            "activities": [
                {
                    "activity_id": row.activity_id,
                    "activity": row.label,
                    "minutes": [round(m, 3) for m in row.minutes],
                    "bouts": list(row.bouts),
                    "total_minutes": round(row.total_min, 3),
                }
                for row in self.rows
            ],
            "total_minutes": [round(m, 3) for m in self.totals_min],
        }


def summarize(timelines: Sequence[ExportedTimeline], *, lane: Lane = Lane.STUDENT) -> Summary:
    """Add up one lane of many recordings.

    Recordings keep their order; several timelines of one recording are added. Activities are
    matched by id, for ids are permanent, and called by the first name that is given for them.
    """
    chosen = [t for t in timelines if t.lane is lane]
    recordings = tuple(dict.fromkeys(t.recording for t in chosen))
    names: dict[int, str] = {}
    minutes: dict[int | State, list[float]] = {}
    bouts: dict[int, list[int]] = {}
    for exported in chosen:
        place = recordings.index(exported.recording)
        for activity in exported.activities:
            names[activity.id] = names.get(activity.id) or activity.name
        seconds: dict[int | State, float] = {}
        seconds.update(seconds_by_activity(exported.timeline).items())
        states = seconds_by_state(exported.timeline)
        seconds |= {state: states[state] for state in STATE_LABELS if states[state] > 0}
        for key, length_s in seconds.items():
            minutes.setdefault(key, [0.0] * len(recordings))[place] += length_s / 60
        for number, count in bouts_by_activity(exported.timeline).items():
            bouts.setdefault(number, [0] * len(recordings))[place] += count
    ids = sorted((k for k in minutes if isinstance(k, int)), key=lambda k: (-sum(minutes[k]), k))
    rows = [
        SummaryRow(k, Activity(k, names.get(k, "")).label, tuple(minutes[k]), tuple(bouts[k]))
        for k in ids
    ]
    none = (0,) * len(recordings)
    rows += [
        SummaryRow(None, label, tuple(minutes[state]), none)
        for state, label in STATE_LABELS.items()
        if state in minutes
    ]
    return Summary(lane, recordings, tuple(rows))


def _minutes(value: float) -> str:
    if value <= 0:
        return "–"
    return f"{value:.1f}" if value >= 0.05 else "< 0.1"


def _markdown_cell(text: str) -> str:
    """One line in which nothing is a mark of Markdown or HTML."""
    line = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"([\\|`*_\[\]#$~])", r"\\\1", line).replace("&", "&amp;").replace("<", "&lt;")

"""What a timeline picture shows, and where on the page each part of it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.model import Activity, State, Timeline
from comodo_app.errors import UsageError
from comodo_app.exports.summary import seconds_by_activity

MIN_SIZE_PX = (640, 400)
GUTTER_PX, RIGHT_PX, TITLE_PX = 128, 24, 46
LANE_PX, LANE_PITCH_PX = 26, 32
LEGEND_ROW_PX = 24
_AGREEMENT_PX, _CONFIDENCE_PX, _AXIS_PX, _SPACE_PX = 18, 36, 26, 10
_TRACE_LEAST_PX, _LEGEND_MOST = 22, 7


@dataclass(frozen=True, slots=True, eq=False)
class TimelinePicture:
    """One recording: traces, lanes, and what is needed to name and compare them.

    Attributes
    ----------
    title : str
        Usually the recording's name.
    times_s : (T,) float64
        Ascending, on the recording clock; T may be 0 (a recording without IMU).
    acc, gyro : (T, 3)
        m/s² and rad/s.
    lanes : tuple of (label, Timeline)
        From top to bottom; a label stands once.
    activities : tuple of Activity
        Names by id; ids without an entry are shown as "activity 3".
    confidence : ((N,), (N,)) or None
        Times and values 0 … 1 of the student's confidence.
    gaps : tuple of (start_s, end_s)
        Holes of the IMU.
    compared : (str, str)
        Labels of the two lanes whose agreement is shown, if both are there.
    span_s : (float, float) or None
        What is shown; everything by default.
    """

    title: str
    times_s: NDArray[np.float64]
    acc: NDArray[np.float32]
    gyro: NDArray[np.float32]
    lanes: tuple[tuple[str, Timeline], ...]
    activities: tuple[Activity, ...] = ()
    confidence: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    gaps: tuple[tuple[float, float], ...] = ()
    compared: tuple[str, str] = ("Teacher", "Student")
    span_s: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name, samples in (("acc", self.acc), ("gyro", self.gyro)):
            if samples.shape != (len(self.times_s), 3):
                raise ValueError(f"{name} must be ({len(self.times_s)}, 3), got {samples.shape}")

    def shown_s(self) -> tuple[float, float]:
        """Start and end of what is shown, never empty."""
        if self.span_s is not None and self.span_s[1] > self.span_s[0]:
            return self.span_s
        ends = [float(t) for t in self.times_s[[0, -1]]] if len(self.times_s) else []
        for _, timeline in self.lanes:
            if len(timeline):
                ends += [timeline.segments[0].start_s, timeline.segments[-1].end_s]
        if not ends:
            return 0.0, 1.0
        return min(ends), max(max(ends), min(ends) + 1e-3)

    def lane(self, label: str) -> Timeline | None:
        """The timeline of a label; None if there is no such lane."""
        return dict(self.lanes).get(label)

    def counted_lane(self) -> str:
        """Label of the lane whose time the legend tells: the second compared, or the first.

        Empty lanes tell none.
        """
        labels = [label for label, timeline in self.lanes if len(timeline)]
        return self.compared[1] if self.compared[1] in labels else next(iter(labels), "")

    def verdicts(self) -> tuple[tuple[float, float, Verdict], ...]:
        """Where the two compared lanes agree; empty unless both are there and overlap."""
        first, second = (self.lane(label) for label in self.compared)
        return () if first is None or second is None else compare(first, second)

    def occurring(self) -> tuple[Activity, ...]:
        """Activities of any lane; longest in the counted lane first."""
        named = {activity.id: activity for activity in self.activities}
        counted = seconds_by_activity(self.lane(self.counted_lane()) or Timeline())
        ids = {number for _, timeline in self.lanes for number in seconds_by_activity(timeline)}
        ordered = sorted(ids, key=lambda number: (-counted.get(number, 0.0), number))
        return tuple(named.get(number, Activity(number)) for number in ordered)


class Verdict(Enum):
    """What two lanes say about a span."""

    AGREE = "agree"
    DIFFER = "differ"
    SILENT = "silent"  # at least one of them names no activity


def compare(first: Timeline, second: Timeline) -> tuple[tuple[float, float, Verdict], ...]:
    """Spans ``(start_s, end_s, verdict)`` covered by both timelines, equal neighbours merged."""
    spans: list[tuple[float, float, Verdict]] = []
    i = j = 0
    while i < len(first) and j < len(second):
        a, b = first.segments[i], second.segments[j]
        start_s, end_s = max(a.start_s, b.start_s), min(a.end_s, b.end_s)
        if end_s > start_s:
            verdict = Verdict.AGREE if a.activity_id == b.activity_id else Verdict.DIFFER
            if State.ACTIVITY is not a.state or State.ACTIVITY is not b.state:
                verdict = Verdict.SILENT
            if spans and spans[-1][2] is verdict and start_s - spans[-1][1] < 1e-6:
                spans[-1] = (spans[-1][0], end_s, verdict)
            else:
                spans.append((start_s, end_s, verdict))
        if a.end_s <= b.end_s:
            i += 1
        else:
            j += 1
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class Band:
    """A horizontal part of the page: pixels from the top."""

    top: float
    height: float

    @property
    def bottom(self) -> float:
        """First pixel row below."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands, in pixels from the top left corner."""

    left: float
    right: float
    traces: tuple[Band, ...]  # acc x, y, z, gyro x, y, z
    lanes: tuple[Band, ...]
    agreement: Band | None
    confidence: Band | None
    axis: Band
    legend: Band
    shown_s: tuple[float, float]

    def x(self, time_s: float) -> float:
        """Pixel column of a time."""
        first, last = self.shown_s
        return self.left + (time_s - first) / (last - first) * (self.right - self.left)


def lay_out(picture: TimelinePicture, size_px: tuple[int, int], legend_rows: int) -> Layout:
    """Share the page out: lanes keep their height, the traces take what is left.

    Raises
    ------
    UsageError
        If the picture does not fit into `size_px`.
    """
    width, height = size_px
    rows = min(legend_rows, _LEGEND_MOST)
    agreement = _AGREEMENT_PX if picture.verdicts() else 0
    confidence = _CONFIDENCE_PX + 4 if picture.confidence is not None else 0
    legend = rows * LEGEND_ROW_PX + _SPACE_PX
    below = len(picture.lanes) * LANE_PITCH_PX + agreement + confidence + _AXIS_PX + legend
    room = height - TITLE_PX - below - 2 * _SPACE_PX
    least = 6 * _TRACE_LEAST_PX
    if width < MIN_SIZE_PX[0] or height < MIN_SIZE_PX[1] or room < least:
        raise UsageError(
            f"The timeline does not fit into {width} × {height} pixels.",
            where="size",
            hint=f"Take at least {MIN_SIZE_PX[0]} × {max(MIN_SIZE_PX[1], height + least - room)}.",
        )
    top = float(TITLE_PX)
    trace_px = (room - _SPACE_PX) / 6
    traces = tuple(
        Band(top + k * trace_px + (_SPACE_PX if k > 2 else 0), trace_px) for k in range(6)
    )
    top = traces[-1].bottom + _SPACE_PX
    lanes = tuple(Band(top + k * LANE_PITCH_PX, LANE_PX) for k in range(len(picture.lanes)))
    top += len(lanes) * LANE_PITCH_PX
    agreement_band = Band(top, agreement - 2.0) if agreement else None
    top += agreement
    confidence_band = Band(top + 4, confidence - 6.0) if confidence else None
    top += confidence
    axis = Band(top, _AXIS_PX)
    return Layout(
        GUTTER_PX,
        width - RIGHT_PX,
        traces,
        lanes,
        agreement_band,
        confidence_band,
        axis,
        Band(axis.bottom + _SPACE_PX, rows * LEGEND_ROW_PX),
        picture.shown_s(),
    )

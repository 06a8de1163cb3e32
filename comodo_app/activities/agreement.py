"""Student against teacher: where they agree, where only a border is shifted, where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.corrections import Correction, is_corrected
from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID, activity_at

LOW_CONFIDENCE = 0.6
# A border that both draw, but not at the same moment: windows are about this long.
SHIFT_S = 5.0


class Verdict(Enum):
    """What comparing student and teacher gives for a span."""

    AGREES = "agrees"
    SHIFTED = "boundary shifted"
    DIFFERS = "differs"
    ABSTAINS = "abstains"
    NO_DATA = "no data"
    ALONE = "no teacher"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Span:
    """``[start_s, end_s)`` of one verdict."""

    start_s: float
    end_s: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment of the student's (corrected) timeline, beside the teacher's.

    Attributes
    ----------
    number : int
        Its place in the timeline, from 1.
    segment : Segment
    teacher_id : int or None
        What the teacher says most of the time; None where it says nothing.
    agreement : float or None
        Share of the time in which both say the same; None without a teacher.
    verdict : Verdict
    """

    number: int
    segment: Segment
    teacher_id: int | None
    agreement: float | None
    verdict: Verdict

    @property
    def is_low(self) -> bool:
        """Whether the student says an activity with little confidence."""
        return (
            self.segment.state is State.ACTIVITY
            and self.segment.confidence < LOW_CONFIDENCE
            and self.verdict is not Verdict.CORRECTED
        )


def compare(teacher: Timeline, student: Timeline) -> tuple[Span, ...]:
    """The verdict of each moment where there is a student, in order; equal neighbours join.

    Both timelines carry ids of the same activities. A difference of at most `SHIFT_S` between two
    spans in which they agree, on one side with what the student says there and on the other with
    what the teacher says there, is a shifted border.
    """
    if not student.segments:
        return ()
    edges = _edges(teacher, student)
    middles = 0.5 * (edges[1:] + edges[:-1])
    said, taught = activity_at(student, middles), activity_at(teacher, middles)
    verdicts = [_verdict(int(s), int(t)) for s, t in zip(said, taught, strict=True)]
    for i in range(1, len(verdicts) - 1):
        if (
            verdicts[i] is Verdict.DIFFERS
            and edges[i + 1] - edges[i] <= SHIFT_S
            and verdicts[i - 1] is verdicts[i + 1] is Verdict.AGREES
            and {int(said[i - 1]), int(said[i + 1])} == {int(said[i]), int(taught[i])}
        ):
            verdicts[i] = Verdict.SHIFTED
    spans: list[Span] = []
    for start_s, end_s, verdict in zip(edges[:-1], edges[1:], verdicts, strict=True):
        if spans and spans[-1].verdict is verdict:
            spans[-1] = Span(spans[-1].start_s, float(end_s), verdict)
        else:
            spans.append(Span(float(start_s), float(end_s), verdict))
    return tuple(spans)


def segment_rows(
    teacher: Timeline | None, student: Timeline, corrections: Sequence[Correction] = ()
) -> tuple[SegmentRow, ...]:
    """The student's segments (of its corrected timeline), each compared with the teacher."""
    return tuple(
        _row(number, segment, teacher, is_corrected(segment, corrections))
        for number, segment in enumerate(student, start=1)
    )


def disagreements(rows: Sequence[SegmentRow]) -> tuple[SegmentRow, ...]:
    """What is worth a look: first all that differ, then unknown ones, then those of low
    confidence; within each by time."""
    differ = [row for row in rows if row.verdict is Verdict.DIFFERS]
    unknown = [row for row in rows if row.verdict is Verdict.ABSTAINS]
    low = [row for row in rows if row.is_low and row.verdict is not Verdict.DIFFERS]
    return (*differ, *unknown, *low)


def _row(number: int, segment: Segment, teacher: Timeline | None, corrected: bool) -> SegmentRow:
    taught, share = _taught(segment, teacher)
    if corrected:
        verdict = Verdict.CORRECTED
    elif segment.state is State.NO_DATA:
        verdict = Verdict.NO_DATA
    elif segment.state is State.UNKNOWN:
        verdict = Verdict.ABSTAINS
    elif taught is None:
        verdict = Verdict.ALONE
    else:
        verdict = Verdict.AGREES if taught == segment.activity_id else Verdict.DIFFERS
    return SegmentRow(number, segment, taught, share, verdict)


def _taught(segment: Segment, teacher: Timeline | None) -> tuple[int | None, float | None]:
    """The teacher's most frequent activity within a segment, and its share that agrees."""
    time_s: dict[int | None, float] = {}
    for other in teacher or ():
        overlap = min(other.end_s, segment.end_s) - max(other.start_s, segment.start_s)
        if overlap > 0 and other.activity_id is not None:
            time_s[other.activity_id] = time_s.get(other.activity_id, 0.0) + overlap
    if not time_s:
        return None, None
    most = max(time_s, key=lambda number: time_s[number])
    return most, time_s.get(segment.activity_id, 0.0) / sum(time_s.values())


def _edges(teacher: Timeline, student: Timeline) -> NDArray[np.float64]:
    first_s, last_s = student.segments[0].start_s, student.segments[-1].end_s
    all_edges = [
        first_s,
        last_s,
        *(s.start_s for s in student),
        *(edge for s in teacher for edge in (s.start_s, s.end_s) if first_s < edge < last_s),
    ]
    edges = np.unique(np.asarray(all_edges, np.float64))
    keep = np.r_[True, np.diff(edges) > 1e-6]
    kept: NDArray[np.float64] = edges[keep]
    return kept


def _verdict(said: int, taught: int) -> Verdict:
    if said == NO_DATA_ID:
        return Verdict.NO_DATA
    if said == UNKNOWN_ID:
        return Verdict.ABSTAINS
    if taught in (NO_DATA_ID, UNKNOWN_ID):
        return Verdict.ALONE
    return Verdict.AGREES if said == taught else Verdict.DIFFERS

"""All that is said about one recording, read at one moment: a frozen value that pages draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comodo_app.activities.agreement import (
    SegmentRow,
    Span,
    compare,
    disagreements,
    segment_rows,
)
from comodo_app.activities.corrections import Correction, corrected_timeline
from comodo_app.activities.model import Lane, Segment, State, Timeline
from comodo_app.activities.timelines import relabel
from comodo_app.project.store import Project


@dataclass(frozen=True, slots=True)
class Lanes:
    """Timelines of a recording, with the ids that the names of now group.

    Attributes
    ----------
    teacher, student, truth : Timeline or None
        None where nobody has said anything yet.
    corrections : tuple of Correction
    corrected : Timeline or None
        The student's with the corrections over it; None without corrections.
    rows : tuple of SegmentRow
        The segments table: of `corrected`, else of `student`.
    spans : tuple of Span
        The agreement lane: student against teacher.
    todo : tuple of SegmentRow
        What "next disagreement" steps through.
    """

    teacher: Timeline | None = None
    student: Timeline | None = None
    truth: Timeline | None = None
    corrections: tuple[Correction, ...] = ()
    corrected: Timeline | None = None
    rows: tuple[SegmentRow, ...] = ()
    spans: tuple[Span, ...] = ()
    todo: tuple[SegmentRow, ...] = ()

    @property
    def shown(self) -> Timeline | None:
        """What the app takes for true: corrected, else as the student says."""
        return self.corrected if self.corrected is not None else self.student


NOTHING = Lanes()


def read_lanes(
    project: Project,
    run_id: int | None,
    recording_id: int,
    *,
    groups: Mapping[int, int],
    span_s: tuple[float, float],
) -> Lanes:
    """Read a recording's lanes of a run. `groups` maps ids to the lowest of the same name."""

    def lane(which: Lane, run: int | None) -> Timeline | None:
        found = project.timeline(run, which, recording_id)
        return None if found is None or not found.segments else relabel(found, groups)

    teacher = None if run_id is None else lane(Lane.TEACHER, run_id)
    student = None if run_id is None else lane(Lane.STUDENT, run_id)
    truth = lane(Lane.TRUTH, None)
    corrections = tuple(
        replace(c, activity_id=groups.get(c.activity_id, c.activity_id))
        if c.activity_id is not None
        else c
        for c in project.corrections(recording_id)
    )
    # What a person said stands also where nothing was predicted.
    ground = student or Timeline((Segment(*span_s, State.UNKNOWN),))
    corrected = corrected_timeline(ground, corrections) if corrections else None
    shown = corrected if corrected is not None else student
    rows = segment_rows(teacher, shown, corrections) if shown is not None else ()
    spans = compare(teacher, student) if teacher is not None and student is not None else ()
    return Lanes(teacher, student, truth, corrections, corrected, rows, spans, disagreements(rows))

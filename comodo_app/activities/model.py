"""The values of this room: frozen, without I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """Why a segment looks as it does; none but ACTIVITY carries an activity."""

    ACTIVITY = "activity"
    UNKNOWN = "unknown"  # the student abstains: its confidence is below the threshold
    NO_DATA = "no data"  # the IMU has a gap, or ends, or the span is shorter than a window


class Lane(Enum):
    """Who says it: the student from IMU alone, the teacher from video, a person over the student,
    or the simulated truth."""

    STUDENT = "student"
    TEACHER = "teacher"
    CORRECTED = "corrected"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Activity:
    """A discovered class. `id` is permanent (1, 2, 3 …), `name` is optional and can change."""

    id: int
    name: str = ""

    @property
    def label(self) -> str:
        """What is shown: the name, or "activity 3" while there is none."""
        return self.name or f"activity {self.id}"


@dataclass(frozen=True, slots=True)
class Segment:
    """``[start_s, end_s)`` of one activity on the recording clock.

    `activity_id` is None unless `state` is ACTIVITY; `confidence` is the mean calibrated
    probability of the segment's windows, 0 where there are none.
    """

    start_s: float
    end_s: float
    state: State
    activity_id: int | None = None
    confidence: float = 0.0

    def __post_init__(self) -> None:
        if not self.end_s > self.start_s:
            raise ValueError(f"segment ends ({self.end_s}) before it starts ({self.start_s})")
        if (self.activity_id is None) == (self.state is State.ACTIVITY):
            raise ValueError("exactly the ACTIVITY segments carry an activity_id")

    @property
    def length_s(self) -> float:
        """End minus start."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Timeline:
    """All segments of one lane of a recording: in order, without overlap, without holes."""

    segments: tuple[Segment, ...] = ()

    def __post_init__(self) -> None:
        for before, after in zip(self.segments, self.segments[1:], strict=False):
            if abs(before.end_s - after.start_s) > 1e-6:
                raise ValueError(f"segments do not touch: {before.end_s} and {after.start_s}")

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

"""What a timeline shows, and what a person points at: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from comodo_app.activities.agreement import LOW_CONFIDENCE, Span
from comodo_app.activities.corrections import Correction
from comodo_app.activities.model import Segment, Timeline
from comodo_app.recordings.pyramid import Pyramid


class Curve(Protocol):
    """Confidence over time: (N,) rising times, (N,) 0 to 1 or NaN; abstains below `threshold`."""

    @property
    def times_s(self) -> NDArray[Any]: ...
    @property
    def values(self) -> NDArray[Any]: ...
    @property
    def threshold(self) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class LaneModel:
    """One timeline, drawn as bars.

    Attributes
    ----------
    key : str
        "teacher", "student", "corrected" …; the overview shows "corrected", else "student".
    title, detail : str
        What its head says, left and right.
    icon, tone : str
        Name of an icon and the colour token it takes.
    editable : bool
        Whether edges can be dragged.
    corrections : tuple of Correction
        Segments in them carry a pencil.
    message : str
        Shown where the timeline is empty ("no video").
    pending_from_s : float or None
        From here on nothing has been predicted yet: hatched.
    """

    key: str
    title: str
    timeline: Timeline = field(default_factory=Timeline)
    detail: str = ""
    icon: str = ""
    tone: str = "text.secondary"
    editable: bool = False
    corrections: tuple[Correction, ...] = ()
    message: str = ""
    pending_from_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TimelineModel:
    """Everything a timeline shows of a recording.

    Attributes
    ----------
    span_s : (float, float)
        Start and end of the recording.
    lanes : tuple of LaneModel
        From top to bottom.
    labels : mapping of activity id to name
        Ids that are missing are called "activity 3".
    colours : mapping of activity id to colour number
        Ids that are missing have the colour of their number.
    low_confidence : float
        Activities below it are drawn pale.
    pyramid : Pyramid or None
        Six channels in m/s² and rad/s; gaps come with it. None while loading or without a sensor.
    agreement : tuple of Span or None
        Student against teacher; None hides the band.
    confidence : Curve or None
        None draws the segments' own confidence.
    traces_message : str
        Stands where the traces are not ("Loading samples", "No sensor").
    """

    span_s: tuple[float, float]
    lanes: tuple[LaneModel, ...] = ()
    labels: Mapping[int, str] = field(default_factory=dict)
    colours: Mapping[int, int] = field(default_factory=dict)
    low_confidence: float = LOW_CONFIDENCE
    pyramid: Pyramid | None = None
    agreement: tuple[Span, ...] | None = None
    confidence: Curve | None = None
    traces_message: str = ""

    def label(self, activity_id: int) -> str:
        """The name, or "activity 3"."""
        return self.labels.get(activity_id) or f"activity {activity_id}"

    def colour(self, activity_id: int) -> int:
        """The colour number."""
        return self.colours.get(activity_id, activity_id)

    def lane(self, key: str) -> LaneModel | None:
        """The lane of that key, if it is shown."""
        return next((lane for lane in self.lanes if lane.key == key), None)

    @property
    def main_lane(self) -> LaneModel | None:
        """The lane the overview and the confidence curve show."""
        return self.lane("corrected") or self.lane("student") or next(iter(self.lanes), None)


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A segment and where it stands: `index` counts from 0 in the timeline of `lane`."""

    lane: str
    index: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class Hit:
    """What is at a point: the time, and a segment, the agreement or a trace if there is one."""

    time_s: float
    segment: SegmentRef | None = None
    channel: int | None = None
    in_agreement: bool = False

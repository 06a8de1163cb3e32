"""What the session says of a recording, as the timeline draws it."""

from __future__ import annotations

from collections.abc import Iterator

from comodo_app.activities.model import Timeline
from comodo_app.session.looks import Loading
from comodo_app.session.review import Review
from comodo_app.ui.timeline import LaneModel, TimelineModel

EDITABLE = ("corrected", "student")


def timeline_model(review: Review) -> TimelineModel:
    """The open recording; lanes that nobody has filled say why."""
    looks = review.looks
    ids = [activity.id for activity in review.activities]
    has_imu = review.recording is not None and review.recording.imu is not None
    return TimelineModel(
        review.span_s,
        tuple(_lanes(review)),
        labels={i: review.label(i) for i in ids},
        colours={i: review.colour(i) for i in ids},
        pyramid=looks.traces.pyramid if looks.traces is not None else None,
        agreement=review.lanes.spans if review.lanes.spans else None,
        confidence=looks.confidence,
        traces_message=_traces_message(looks.state, has_imu),
    )


def _lanes(review: Review) -> Iterator[LaneModel]:
    lanes, row = review.lanes, review.recording
    if row is None:
        return
    silent = "not predicted yet" if review.runs else "no run yet"
    pending = review.span_s[0] if review.predicting is not None else None
    has_video = row.video is not None
    yield LaneModel(
        "teacher",
        "Teacher",
        lanes.teacher if lanes.teacher is not None else Timeline(),
        detail="video",
        icon="film",
        tone="teacher",
        message=silent if has_video else "no video",
        pending_from_s=pending if has_video and lanes.teacher is None else None,
    )
    yield LaneModel(
        "student",
        "Student",
        lanes.student if lanes.student is not None else Timeline(),
        detail="IMU only",
        icon="wave",
        tone="student",
        editable=lanes.corrected is None,
        message=silent if row.imu is not None else "no sensor",
        pending_from_s=pending if lanes.student is None else None,
    )
    if lanes.corrected is not None:
        yield LaneModel(
            "corrected",
            "Corrected",
            lanes.corrected,
            detail="hand",
            icon="pencil",
            tone="accent.text",
            editable=True,
            corrections=lanes.corrections,
        )
    if lanes.truth is not None:
        yield LaneModel("truth", "Truth", lanes.truth, detail="simulated", icon="check-circle")


def _traces_message(state: Loading, has_imu: bool) -> str:
    if not has_imu:
        return "No sensor in this recording"
    return {
        Loading.LOADING: "Loading samples…",
        Loading.FAILED: "The samples could not be read",
    }.get(state, "")

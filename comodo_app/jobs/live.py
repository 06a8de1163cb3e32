"""Live: a source, repaired, recognised, recorded, and handed out as it comes."""

from __future__ import annotations

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.live_values import (
    Hold,
    Latency,
    LiveBegun,
    LiveRequest,
    LiveResult,
    LiveUpdate,
    Mark,
    Order,
    Record,
    Seek,
    Speed,
    StopRecording,
    Stride,
    StudentWish,
    Threshold,
    checked_stride,
)
from comodo_app.live.sources import SourceWish, make_source
from comodo_app.recordings.model import Recording

__all__ = [
    "Hold",
    "Latency",
    "LiveBegun",
    "LiveRequest",
    "LiveResult",
    "LiveUpdate",
    "Mark",
    "Order",
    "Record",
    "Seek",
    "SourceWish",
    "Speed",
    "StopRecording",
    "Stride",
    "StudentWish",
    "Threshold",
    "live",
]


def live(request: LiveRequest, context: JobContext) -> LiveResult:
    """Listen until stopped or a replay is over; publishes `LiveBegun`, then `LiveUpdate`s.

    A stop rounds off the recording; so does a cancel: what was recorded is never discarded. A
    stream that is lost ends nothing.

    Raises
    ------
    UsageError, InputError, StorageError
        If the source, the student or the file cannot be opened. What happens later is said in the
        updates instead.
    """
    # Here, not on top: the window knows the values before anything of this is loaded.
    from comodo_app.jobs.live_session import LiveSession
    from comodo_app.jobs.live_student import student_of

    checked_stride(request.stride_s)
    request.source.check()
    student = None if request.student is None else student_of(request.student, context)
    context.step(Progress(0, None, "opening the source"))
    source = make_source(request.source, _recording(request.source))
    session = LiveSession(request, source, student)
    with context.stops_by_itself():
        try:
            source.open()
            if request.record_to is not None:
                session.record(request.record_to)
            context.publish(session.begun())
            session.run(context)
        finally:
            session.end()
            source.close()
        context.publish(session.update())
    return session.result()


def _recording(wish: SourceWish) -> Recording | None:
    if wish.kind != "project" or wish.project is None:
        return None
    from comodo_app.project.store import Project

    with Project.open(wish.project) as project:
        return project.load_recording(int(wish.place))

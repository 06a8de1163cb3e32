"""What jobs load for the open recording while the window answers: traces, frames, confidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, JobContext, Outcome
from comodo_app.jobs.look import (
    Confidence,
    ConfidenceRequest,
    FrameTimes,
    LookRequest,
    Traces,
    load_confidence,
    load_frame_times,
    load_traces,
)
from comodo_app.project.rows import RecordingRow

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Loading(Enum):
    """Where the traces of the open recording are."""

    NONE = "none"  # no recording, or one without a sensor
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Looks(QObject):
    """Loads for one recording at a time; answers for another one are old news.

    Attributes
    ----------
    state : Loading
        Of `traces`; `error` says why they failed.
    traces, frame_times, confidence
        None until they are there.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._recording: RecordingRow | None = None
        self._jobs: dict[str, int] = {}
        self.state, self.error = Loading.NONE, ""
        self.traces: Traces | None = None
        self.frame_times: FrameTimes | None = None
        self.confidence: Confidence | None = None
        session.jobs.ended.connect(self._ended)

    def open(self, row: RecordingRow | None) -> None:
        """Forget what was loaded, and load for another recording."""
        for job_id in self._jobs.values():
            self._session.jobs.cancel(job_id)
        self._jobs.clear()
        self._recording = row
        self.traces = self.frame_times = self.confidence = None
        self.state = Loading.NONE
        self.load_traces()
        if row is not None and row.video is not None and row.video.path.exists():
            self._start("frames", load_frame_times, self._request())

    def load_traces(self) -> None:
        """Load the samples, again after a failure."""
        if self._recording is not None and self._recording.imu is not None:
            self.state, self.error = Loading.LOADING, ""
            self._start("traces", load_traces, self._request())
        self.changed.emit()

    def load_confidence(self, run_id: int, groups: Mapping[int, int]) -> None:
        """Load what a run's student said of each window."""
        request = self._request()
        self._start(
            "confidence",
            load_confidence,
            ConfidenceRequest(request.project, run_id, request.recording_id, dict(groups)),
        )

    def _request(self) -> LookRequest:
        project = self._session.project
        assert project is not None
        assert self._recording is not None
        return LookRequest(project.folder, self._recording.id)

    def _start(
        self, purpose: str, job: Callable[[Any, JobContext], object], request: object
    ) -> None:
        self._jobs[purpose] = self._session.jobs.start(
            job, request, kind="review", title=f"Read {purpose}", lane="look", quiet=True
        )

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        purpose = next((p for p, i in self._jobs.items() if i == job_id), None)
        if purpose is None:
            return
        del self._jobs[purpose]
        if purpose == "traces":
            failed = outcome.end is not End.SUCCEEDED
            self.traces, self.error = outcome.result, outcome.error
            self.state = Loading.FAILED if failed else Loading.READY
        elif purpose == "frames":
            self.frame_times = outcome.result
        else:
            self.confidence = outcome.result
        self.changed.emit()

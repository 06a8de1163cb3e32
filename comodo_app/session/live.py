"""Live: what a sensor measures and a student says now; all of it is done by a job."""

from __future__ import annotations

import queue
import time
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.live import (
    Hold,
    LiveBegun,
    LiveRequest,
    LiveResult,
    LiveUpdate,
    Mark,
    Order,
    Seek,
    SourceWish,
    Speed,
    Stride,
    StudentWish,
    Threshold,
    live,
)
from comodo_app.live.model import SourceState
from comodo_app.session.live_alerts import LiveAlerts
from comodo_app.session.live_heard import Heard
from comodo_app.session.live_recordings import LiveRecordings
from comodo_app.session.live_said import code_of
from comodo_app.session.live_sources import LiveSources
from comodo_app.session.live_students import LiveStudents

if TYPE_CHECKING:
    from comodo_app.live.predictions import LivePrediction
    from comodo_app.session.session import Session
    from comodo_app.students.contract import PackagedActivity

HOLD_S = (0.0, 5.0)
_APART_S = 0.008  # between two `updated`
FAST = 1e3  # beyond it a replay runs as fast as it can


class Live(QObject):
    """One listening at a time. What was heard stays to be looked at until the next one begins.

    Attributes
    ----------
    sources, students, recordings, alerts : QObject
        What can be listened to, who can be asked, what is recorded, what is told.
    heard : Heard
        What came and was said since the beginning.
    frozen_s : float or None
        Live time at which the picture stands still; data and recording go on.
    error : str
        Why the last listening ended by itself, for the person.
    today_s : dict of code to float
        Seconds of each activity since `today_from`, over all listenings with this student.
    """

    changed = Signal()  # begins, ends, another student, a setting
    updated = Signal()  # some 30 a second
    said_more = Signal(object)  # the newest LivePrediction
    frozen_changed = Signal()
    review_wished = Signal(int)  # show this recording on the Review page

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.sources = LiveSources(session)
        self.students = LiveStudents(session)
        self.recordings = LiveRecordings(session, self)
        self.alerts = LiveAlerts(session, self)
        self.hold_s, self.stride_s = 1.0, 0.5
        self.threshold: float | None = None
        self.error, self.details = "", ""
        self.result: LiveResult | None = None
        self.frozen_s: float | None = None
        self._job = 0
        self._ending: set[int] = set()  # jobs that still round off
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._asked: tuple[SourceWish, StudentWish | None] | None = None
        self.today_s: dict[int, float] = {}
        self._today_of = ""
        self._told_s = 0.0
        self._untold: LivePrediction | None = None
        self.today_from = datetime.now()
        self._forget()
        session.jobs.published.connect(self._published)
        session.jobs.ended.connect(self._ended)
        self.sources.changed.connect(self._wish_changed)
        self.students.changed.connect(self._wish_changed)
        session.project_changed.connect(self._project_changed)

    @property
    def running(self) -> bool:
        """Whether a source is being listened to."""
        return self._job != 0

    @property
    def activities(self) -> tuple[PackagedActivity, ...]:
        """Those of the student, in the order of all probabilities."""
        return () if self.heard.begun is None else self.heard.begun.activities

    @property
    def abstain_below(self) -> float:
        """The confidence below which a window is unknown."""
        own = 0.0 if self.heard.begun is None else self.heard.begun.threshold
        return own if self.threshold is None else self.threshold

    @property
    def speed(self) -> float:
        """Live seconds per second; 1 for a replay without a speed of its own."""
        wish = self.sources.wish()
        plays = wish is not None and wish.kind in ("replay", "project")
        return wish.speed if plays and wish is not None and wish.speed < FAST else 1.0

    @property
    def lost(self) -> bool:
        """Whether a stream that was there has stopped."""
        update = self.heard.update
        if not self.running or update is None or self.heard.newest_s is None:
            return False
        return self.heard.silence.lost or update.status.state is SourceState.SILENT

    def why_not(self) -> str:
        """Why nothing can be listened to now; empty if it can."""
        return self.sources.why_not()

    def start(self) -> None:
        """Listen to the chosen source; does nothing while `why_not` says something."""
        wish = self.sources.wish()
        if wish is None or self.running:
            return
        student = self.students.choice.wish
        self._forget()
        self._asked = (wish, student)
        self._orders = queue.SimpleQueue()
        request = LiveRequest(
            wish,
            student,
            stride_s=self.stride_s,
            hold_s=self.hold_s,
            threshold=self.threshold,
            orders=self._orders,
        )
        jobs = self._session.jobs
        jobs.set_quick(True)
        self._job = jobs.start(
            live, request, kind="live", title="Live", lane="live", quiet=True, can_stop=True
        )
        self.changed.emit()

    def stop(self) -> None:
        """End the listening; a recording is kept. What was heard stays visible."""
        if self._job:
            job, self._job = self._job, 0
            self._ending.add(job)
            self._session.jobs.stop(job)
            self._session.jobs.set_quick(False)
            self.recordings.listening_stopped()
            self.changed.emit()

    def toggle(self) -> None:
        """Start or stop."""
        self.stop() if self.running else self.start()

    def freeze(self, on: bool) -> None:
        """Let the picture stand still, or follow again."""
        wanted = self.heard.newest_s if on else None
        if (wanted is None) != (self.frozen_s is None):
            self.frozen_s = wanted
            self.frozen_changed.emit()

    def mark(self, text: str = "") -> None:
        """Mark this moment."""
        self.order(Mark(text))

    def set_hold(self, seconds: float) -> None:
        """How long a change of name waits."""
        self.hold_s = min(max(seconds, HOLD_S[0]), HOLD_S[1])
        self.order(Hold(self.hold_s))

    def set_threshold(self, value: float | None) -> None:
        """Below which confidence a window is unknown; None for the student's own."""
        self.threshold = value
        self.order(Threshold(value))
        self.changed.emit()

    def set_stride(self, seconds: float) -> None:
        """How often the student is asked."""
        self.stride_s = seconds
        self.order(Stride(seconds))
        self.changed.emit()

    def seek(self, time_s: float) -> None:
        """Go on at another time of a recording that is replayed."""
        self.order(Seek(time_s))

    def order(self, order: Order) -> None:
        """Ask the job for something, if it runs."""
        if self.running:
            self._orders.put(order)

    def label(self, activity_id: int) -> str:
        """What an activity of the student is called."""
        run = self.students.choice.run_id
        if run is not None and activity_id in self._session.review.groups:
            return self._session.review.label(activity_id)
        found = next((a.label for a in self.activities if a.id == activity_id), "")
        return found or f"activity {activity_id}"

    def colour(self, activity_id: int) -> int:
        """Number of an activity's colour."""
        if self.students.choice.run_id is not None:
            return self._session.review.colour(activity_id)
        return max(activity_id, 1)

    def _forget(self) -> None:
        self.heard = Heard()
        self.error = self.details = ""
        self.result = None
        self.freeze(False)

    def _published(self, job_id: int, value: object) -> None:
        if job_id in self._ending and isinstance(value, LiveUpdate):
            self.recordings.follow(value, ending=True)
        if job_id != self._job or not self._job:
            return
        if isinstance(value, LiveBegun):
            self.heard.begun = value
            self._begin_today()
            self.changed.emit()
        elif isinstance(value, LiveUpdate):
            self._take(value)

    def _take(self, update: LiveUpdate) -> None:
        self.heard.take(update, stride_s=self.stride_s, speed=self.speed)
        for prediction in update.predictions:
            code = code_of(prediction)
            self.today_s[code] = self.today_s.get(code, 0.0) + self.stride_s
            self._untold = prediction
        self.recordings.follow(update, ending=False)
        self.alerts.follow(update)
        # A replay as fast as possible brings several at once: the window hears of the newest.
        now_s = time.monotonic()
        if now_s - self._told_s >= _APART_S:
            self._told_s = now_s
            if self._untold is not None:
                said, self._untold = self._untold, None
                self.said_more.emit(said)
            self.updated.emit()

    def _begin_today(self) -> None:
        """Seconds of another day or another student are not added up."""
        of = f"{date.today()} {self.students.chosen}"
        if of != self._today_of:
            self._today_of, self.today_s, self.today_from = of, {}, datetime.now()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id in self._ending:
            self._ending.discard(job_id)
            self.recordings.job_ended()
        elif self._job and job_id == self._job:
            self._job = 0
            self._session.jobs.set_quick(False)
            if outcome.end is End.SUCCEEDED:
                self.result = outcome.result
            elif outcome.end is End.FAILED:
                self.error, self.details = outcome.error, outcome.details
            self.recordings.job_ended()
            self.changed.emit()

    def _wish_changed(self) -> None:
        """Another source or student was chosen: a running live goes over to it."""
        if self.running and self._asked is not None:
            wish, student = self.sources.wish(), self.students.choice.wish
            asked, asked_student = self._asked
            if wish is None:
                self.stop()
            elif replace(wish, speed=asked.speed) != asked or student != asked_student:
                self.stop()
                self.start()
            elif wish.speed != asked.speed:
                self._asked = (wish, student)
                self.order(Speed(wish.speed))
        self.changed.emit()

    def _project_changed(self) -> None:
        if self._session.project is None:
            self.stop()

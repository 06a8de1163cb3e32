"""Timelines of recordings that came after a run: IMU files, and whatever else was added later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.predict import PredictRequest, predict
from comodo_app.jobs.watch import TimelineReady
from comodo_app.project.rows import RunRow
from comodo_app.session.notices import Notice, Tone

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Predictions(QObject):
    """Knows which recordings the student has not seen, and lets it say what it sees in them."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.job_id = 0
        self._offered: set[tuple[int, int]] = set()
        session.library.changed.connect(self.offer)
        session.jobs.published.connect(self._take)
        session.jobs.ended.connect(self._ended)

    def latest_run(self) -> RunRow | None:
        """The latest run whose student knows activities."""
        folder = self._session.folder
        for run in reversed(self._session.learning.runs):
            if (
                folder is not None
                and run.status in ("finished", "stopped")
                and (folder / "students" / str(run.id) / "recognizer.npz").exists()
            ):
                return run
        return None

    def unseen(self, run_id: int) -> tuple[int, ...]:
        """Recordings with an IMU for which a run has no timeline."""
        folder = self._session.folder
        if folder is None:
            return ()
        windows = folder / "students" / str(run_id) / "windows"
        return tuple(
            row.id
            for row in self._session.library.rows
            if row.imu is not None and not (windows / f"{row.id}-student.npz").exists()
        )

    def predict(self, run_id: int) -> None:
        """Draw the timelines that a run has not got."""
        folder, unseen = self._session.folder, self.unseen(run_id)
        if folder is None or not unseen or self.job_id:
            return
        self.job_id = self._session.jobs.start(
            predict,
            PredictRequest(folder, run_id, unseen),
            kind="review",
            title=f"Predict {len(unseen)} recordings" if len(unseen) > 1 else "Predict a recording",
            lane="learn",
        )
        self.changed.emit()

    def offer(self) -> None:
        """Offer timelines for recordings that have none, once for each."""
        self.changed.emit()
        learning = self._session.learning
        # The runs are read after the recordings: until then they may be another project's.
        if learning.folder != self._session.folder or learning.busy or self.job_id:
            return
        run = self.latest_run()
        if run is None:
            return
        fresh = {(run.id, recording) for recording in self.unseen(run.id)} - self._offered
        if not fresh:
            return
        self._offered |= fresh
        n = len(fresh)
        run_id = run.id
        self._session.say(
            Notice(
                f"{n} recordings have no timeline yet."
                if n > 1
                else "One recording has no timeline yet.",
                Tone.INFO,
                action="Predict",
                run=lambda: self.predict(run_id),
            )
        )

    def _take(self, job_id: int, value: object) -> None:
        if job_id == self.job_id and isinstance(value, TimelineReady):
            self._session.review.refresh()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if not job_id or job_id != self.job_id:
            return
        self.job_id = 0
        if outcome.end is End.FAILED:
            self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
        elif outcome.end is End.SUCCEEDED:
            silent = [it for it in outcome.result.recordings if it.error]
            for it in silent[:3]:
                self._session.say(Notice(f"{it.name} has no timeline: {it.error}.", Tone.WARN))
        self.changed.emit()

"""Live recordings: begun, ended, and made recordings of the project like all others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.live import LiveUpdate, Record, StopRecording
from comodo_app.jobs.resources import data_folder
from comodo_app.jobs.scan import Scanned, ScanRequest, Verdict, scan
from comodo_app.jobs.take_in import TakeIn, take_in
from comodo_app.session.notices import Banner, Notice, Tone

if TYPE_CHECKING:
    from comodo_app.live.recorder import RecordingState
    from comodo_app.session.live import Live
    from comodo_app.session.session import Session

FORGOTTEN = "live-forgotten"


class LiveRecordings(QObject):
    """What is recorded now, and what becomes of it.

    Attributes
    ----------
    state : RecordingState or None
        The recording that goes on, with its time, size and trouble.
    """

    changed = Signal()  # begins, ends
    saved = Signal(object)  # Path of the file
    added = Signal(int)  # id of the recording in the project

    def __init__(self, session: Session, live: Live) -> None:
        super().__init__(live)
        self._session, self._live = session, live
        self.state: RecordingState | None = None
        self._trouble = ""
        self._wanted = False  # asked for, not begun yet
        self._scans: dict[int, tuple[Path, Path]] = {}  # job → project and file
        self._found: dict[int, list[Scanned]] = {}
        self._looked_in: Path | None = None
        self._adds: dict[int, Path] = {}  # job → project
        session.jobs.published.connect(self._published)
        session.jobs.ended.connect(self._ended)
        session.library.changed.connect(self._look_for_forgotten)

    @property
    def on(self) -> bool:
        """Whether something is being recorded or about to be."""
        return self.state is not None or self._wanted

    def start(self) -> None:
        """Record from now on."""
        if self._live.running and not self.on:
            self._wanted = True
            self._live.order(Record(self._new_path()))
            self.changed.emit()

    def stop(self) -> None:
        """End the recording; it becomes one of the project's."""
        if self.on:
            self._live.order(StopRecording())

    def toggle(self) -> None:
        """Start or stop."""
        self.stop() if self.on else self.start()

    def follow(self, update: LiveUpdate, *, ending: bool) -> None:
        """Take what the job says about its recording."""
        was_on = self.on
        if not ending:
            self.state = update.recording
            if self.state is not None or update.trouble:
                self._wanted = False
            if update.trouble:
                self._session.say(Notice(update.trouble, Tone.ERR))
            self._say_trouble()
        if update.recorded is not None:
            self._wanted = False
            self._keep(update.recorded)
        if self.on != was_on:
            self.changed.emit()

    def listening_stopped(self) -> None:
        """The job rounds the recording off; it is no longer going on."""
        self.job_ended()

    def job_ended(self) -> None:
        """Nothing is recorded any more."""
        was_on, self.state, self._wanted = self.on, None, False
        if was_on:
            self.changed.emit()

    def _new_path(self) -> Path:
        project = self._session.project
        folder = (data_folder() if project is None else project.folder) / "live"
        stem = f"live_{datetime.now():%Y-%m-%d_%H%M%S}"
        path, number = folder / f"{stem}.imulog", 2
        while path.exists():
            path, number = folder / f"{stem}_{number}.imulog", number + 1
        return path

    def _say_trouble(self) -> None:
        trouble = "" if self.state is None else self.state.trouble
        if trouble and trouble != self._trouble:
            self._session.say(Notice(trouble, Tone.ERR))
        self._trouble = trouble

    def _keep(self, recorded: RecordingState) -> None:
        """The file is complete: into the project with it, if there is one."""
        self.saved.emit(recorded.path)
        project = self._session.project
        if recorded.duration_s <= 0:
            self._session.say(Notice("Nothing came while it was recorded.", Tone.WARN))
        elif project is None:
            words = f"Recorded into {recorded.path.name}; no project is open."
            self._session.say(Notice(words, Tone.INFO, str(recorded.path)))
        else:
            self._add(project.folder, recorded.path)

    def _add(self, folder: Path, path: Path) -> None:
        job = self._session.jobs.start(
            scan, ScanRequest((path,)), kind="import", title=f"Read {path.stem}", quiet=True
        )
        self._scans[job] = (folder, path)

    def _look_for_forgotten(self) -> None:
        """Offer recordings that lie in the project but were never added: the app was killed."""
        folder = self._session.folder
        if folder is None or folder == self._looked_in:
            self._looked_in = folder
            return
        self._looked_in = folder
        rows = self._session.library.rows
        known = {file.path.resolve() for row in rows for file in row.sources}
        left = [p for p in sorted((folder / "live").glob("*.imulog")) if p.resolve() not in known]
        if left:
            what = "A live recording is" if len(left) == 1 else f"{len(left)} live recordings are"
            self._session.show_banner(
                Banner(
                    FORGOTTEN,
                    f"{what} not in the list yet: the app ended while recording.",
                    Tone.INFO,
                    "Add",
                    lambda: self._add_forgotten(folder, left),
                )
            )

    def _add_forgotten(self, folder: Path, left: list[Path]) -> None:
        self._session.dismiss_banner(FORGOTTEN)
        for path in left:
            self._add(folder, path)

    def _published(self, job_id: int, value: object) -> None:
        if job_id in self._scans:
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Scanned) and item.verdict is Verdict.READY:
                    self._found.setdefault(job_id, []).append(item)

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id in self._scans:
            folder, path = self._scans.pop(job_id)
            items = tuple(self._found.pop(job_id, ()))
            if items:
                title = f"Add {path.stem}"
                job = self._session.jobs.start(
                    take_in, TakeIn(folder, items), kind="import", title=title, quiet=True
                )
                self._adds[job] = folder
            elif outcome.end is not End.CANCELLED:
                why = outcome.error or "It is too short to be used."
                words = f"{path.name} was recorded but not added. {why}"
                self._session.say(Notice(words, Tone.WARN, str(path)))
        elif job_id in self._adds:
            folder = self._adds.pop(job_id)
            if outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
            if outcome.end is not End.SUCCEEDED or self._session.folder != folder:
                return
            self._session.library.refresh()
            ids = [s.recording_id for s in outcome.result.sources if s.recording_id is not None]
            if ids:
                self._tell(ids[0])

    def _tell(self, recording_id: int) -> None:
        row = self._session.library.row(recording_id)
        name = "The recording" if row is None else row.name
        self._session.say(
            Notice(
                f"{name} is in the project.",
                Tone.OK,
                action="Open in Review",
                run=lambda: self._session.live.review_wished.emit(recording_id),
            )
        )
        self.added.emit(recording_id)

"""Exports: files that others can read, written by a job into the project's ``exports/``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.look import ExportWish, export_timelines
from comodo_app.session.notices import Notice, Tone

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Exports(QObject):
    """One export at a time; a notice tells where it is."""

    finished = Signal(Path)  # the folder

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._job = 0
        session.jobs.ended.connect(self._ended)

    def start(self, run_id: int | None, recording_ids: tuple[int, ...] | None = None) -> None:
        """Export timelines of a run (None: the latest), of all recordings or of these."""
        project = self._session.project
        if project is None or self._job:
            return
        self._job = self._session.jobs.start(
            export_timelines,
            ExportWish(project.folder, run_id, recording_ids),
            kind="export",
            title="Export timelines",
        )

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id != self._job:
            return
        self._job = 0
        if outcome.end is End.FAILED:
            self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
        elif outcome.end is End.SUCCEEDED:
            folder = outcome.result.csv.parent
            n_files = 1 + len(outcome.result.pictures)
            self._session.say(
                Notice(
                    f"{n_files} files of this recording are in {folder}",
                    Tone.OK,
                    action="Show",
                    run=lambda: _show(folder),
                )
            )
            self.finished.emit(folder)


def _show(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

"""The project's recordings: listed, added, changed; every change can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.project.rows import RecordingRow

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Library(QObject):
    """What the project's recordings are now; `changed` after every change of any of them."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.rows: tuple[RecordingRow, ...] = ()
        session.project_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Read the recordings anew, after a job has changed them."""
        project = self._session.project
        self.rows = project.recordings() if project is not None else ()
        self.changed.emit()

    def row(self, recording_id: int) -> RecordingRow | None:
        """One recording; None if the project has it no more."""
        return next((row for row in self.rows if row.id == recording_id), None)

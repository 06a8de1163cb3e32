"""What is said about the recordings: timelines, names and colours of activities, corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.activities.model import Activity

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Review(QObject):
    """Activities and timelines of the project."""

    activities_changed = Signal()
    timelines_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.activities: tuple[Activity, ...] = ()
        session.project_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Read activities and timelines anew."""
        project = self._session.project
        self.activities = project.activities() if project is not None else ()
        self.activities_changed.emit()
        self.timelines_changed.emit()

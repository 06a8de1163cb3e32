"""Runs: distillations that were made, the one that is going on, and the one that was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.project.rows import RunRow

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Learning(QObject):
    """The project's runs; `changed` after every change of their list."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.runs: tuple[RunRow, ...] = ()
        session.project_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Read the runs anew."""
        project = self._session.project
        self.runs = project.runs() if project is not None else ()
        self.changed.emit()

    def stop_for_close(self) -> None:
        """Stop what is being learned; it is kept and can go on later."""

    def offer_interrupted(self) -> None:
        """Tell of a run that was cut off, with a way to go on."""

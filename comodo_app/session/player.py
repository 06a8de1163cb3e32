"""The playhead: where in the recording we are, whether it moves, and the frame to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Player(QObject):
    """The common time of video, traces and lanes, in seconds on the recording clock."""

    moved = Signal(float)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.position_s = 0.0

    def seek(self, position_s: float) -> None:
        """Go to a time."""
        self.position_s = position_s
        self.moved.emit(position_s)

    def shut_down(self) -> None:
        """End the decoding thread."""

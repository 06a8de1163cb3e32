"""The one question before work is destroyed: what is lost, what stays, the safe answer first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Button, button, text
from comodo_app.ui.widgets.overlay import OverlayFrame


class Confirm(QWidget):
    """Lies over its parent until it is answered; Esc is the safe answer.

    Parameters
    ----------
    parent : QWidget
        What it covers.
    title, words : str
        The question, and what is lost and what stays.
    answers : (text, kind, function) each
        Safe answer first; a None function only closes.
    """

    def __init__(
        self,
        parent: QWidget,
        title: str,
        words: str,
        *answers: tuple[str, str, Callable[[], None] | None],
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self._covered = parent
        self._opener = parent.window().focusWidget()
        outer = QVBoxLayout(self)
        frame = OverlayFrame(12)
        frame.setFixedWidth(themes().current.px(440))
        outer.addWidget(frame, alignment=Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(frame)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(8)
        column.addWidget(text(title, "h2"))
        said = text(words, "body", "secondary")
        said.setWordWrap(True)
        column.addWidget(said)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.buttons: list[Button] = []
        for label, kind, run in answers:
            made = button(label, partial(self.answer, run), kind=kind)
            made.setAutoDefault(True)
            row.addWidget(made)
            self.buttons.append(made)
        column.addLayout(row)
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)

    def answer(self, run: Callable[[], None] | None) -> None:
        """Close, and do what was chosen."""
        self.hide()
        self._covered.removeEventFilter(self)
        if self._opener is not None and self._opener.isVisible():
            self._opener.setFocus()
        self.deleteLater()
        if run is not None:
            run()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc is the safe answer; Left and Right go from answer to answer."""
        if event.key() == Qt.Key.Key_Escape:
            self.answer(None)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays within the answers."""
        at = next((i for i, made in enumerate(self.buttons) if made.hasFocus()), 0)
        following = self.buttons[(at + (1 if forward else -1)) % len(self.buttons)]
        following.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the parent whatever its size."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """The scrim."""
        QPainter(self).fillRect(self.rect(), themes().current.color("bg.scrim"))

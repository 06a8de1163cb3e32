"""Focus rings for those who use the keyboard: Qt's style sheets have no ``:focus-visible``."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QWidget

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FocusRings(QObject):
    """Sets the property `kbd` on the widget that was reached by Tab, and clears it again."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch focus and mouse; never swallows an event."""
        kind = event.type()
        if kind == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            by_key = isinstance(event, QFocusEvent) and event.reason() in _BY_KEY
            self._mark(watched, by_key)
        elif kind in (QEvent.Type.FocusOut, QEvent.Type.MouseButtonPress) and isinstance(
            watched, QWidget
        ):
            self._mark(watched, False)
        return False

    @staticmethod
    def _mark(widget: QWidget, on: bool) -> None:
        if bool(widget.property("kbd")) != on:
            widget.setProperty("kbd", on)
            widget.style().unpolish(widget)
            widget.style().polish(widget)
            widget.update()

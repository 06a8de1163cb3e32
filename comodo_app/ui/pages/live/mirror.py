"""The current activity in a window of its own, large enough for a second screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from comodo_app.session.live import Live
from comodo_app.ui.pages.live.history import History
from comodo_app.ui.pages.live.now_panel import NowView
from comodo_app.ui.theme import themes


class MirrorWindow(QWidget):
    """Follows the page; Esc closes it."""

    def __init__(self, live: Live, page: QWidget) -> None:
        super().__init__(page, Qt.WindowType.Window)
        self.setWindowTitle("COMODO live")
        box = QVBoxLayout(self)
        box.setContentsMargins(48, 40, 48, 32)
        box.setSpacing(24)
        self.view = NowView(live, hero_px=104, swatch_px=200)
        self.history = History(live)
        box.addStretch(1)
        box.addWidget(self.view, 3)
        box.addWidget(self.history)
        theme = themes().current
        self.resize(theme.px(1120), theme.px(560))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        QPainter(self).fillRect(self.rect(), themes().current.color("bg.canvas"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """It is made anew the next time."""
        super().closeEvent(event)
        self.deleteLater()

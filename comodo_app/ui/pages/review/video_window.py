"""The video in a window of its own, for a second screen; closing it brings the video back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from comodo_app.ui.theme import themes


class VideoWindow(QWidget):
    """Holds the page's video view while it is shown; `closing` comes before it is gone."""

    closing = Signal()

    def __init__(self, video: QWidget, page: QWidget) -> None:
        super().__init__(page, Qt.WindowType.Window)
        self.setWindowTitle("COMODO video")
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addWidget(video)
        theme = themes().current
        self.resize(theme.px(960), theme.px(560))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the video back first."""
        self.closing.emit()
        super().closeEvent(event)
        self.deleteLater()

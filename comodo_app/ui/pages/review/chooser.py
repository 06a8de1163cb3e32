"""What Review shows while no recording is open: the recordings to choose from."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedLayout, QVBoxLayout, QWidget

from comodo_app.session.session import Session
from comodo_app.ui.pages.review.times import clock
from comodo_app.ui.theme import icon, themes
from comodo_app.ui.widgets import EmptyState, Panel, text


class Chooser(QWidget):
    """A list of recordings; without any, the way to add some."""

    recordings_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._stack = QStackedLayout(self)
        self.empty = EmptyState(
            "review",
            "Nothing to review yet. Add recordings and distil first.",
            "Open Recordings",
            self.recordings_requested.emit,
        )
        self.list = QListWidget()
        self.list.setAccessibleName("Recordings")
        self.list.setUniformItemSizes(True)
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        choose = QWidget()
        outer = QVBoxLayout(choose)
        outer.setContentsMargins(0, 24, 0, 24)
        self._panel = Panel("Choose a recording")
        self._panel.body.addWidget(
            text(
                "Its video, its signals and what is said of them appear here.", "small", "secondary"
            )
        )
        self._panel.body.addWidget(self.list)
        outer.addWidget(self._panel, 1, Qt.AlignmentFlag.AlignHCenter)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(choose)
        session.library.changed.connect(self._fill)
        themes().changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        rows = self._session.library.rows
        theme = themes().current
        self._panel.setMinimumWidth(theme.px(480))
        self._panel.setMaximumWidth(theme.px(480))
        self.list.clear()
        for row in rows:
            kind = "film" if row.video is not None else "wave"
            words = f"{row.name}    {clock(row.duration_s, 0)}"
            if row.video is None:
                words += "    IMU only"
            item = QListWidgetItem(icon(kind), words)
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            self.list.addItem(item)
        self._stack.setCurrentIndex(1 if rows else 0)

    def _open(self, item: QListWidgetItem) -> None:
        self._session.review.open(int(item.data(Qt.ItemDataRole.UserRole)))

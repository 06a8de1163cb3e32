"""The list of all toasts since the start: what has vanished can still be read and acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from comodo_app.session.notices import Notice
from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.shell.toasts import Kept, Toasts, ToneIcon, copy_button
from comodo_app.ui.widgets import EmptyState, Line, button, text

if TYPE_CHECKING:
    from collections.abc import Callable


class NotificationsSheet(Sheet):
    """All notices, the latest first, with their details and actions."""

    def __init__(self, window: QWidget, toasts: Toasts) -> None:
        super().__init__(window, "Notifications", 640, 520)
        self._toasts = toasts
        self.empty = EmptyState("info", "Nothing has been said yet.")
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self._area, 1)
        self.footer.addStretch(1)
        self.clear_button = button("Clear all", toasts.forget)
        self.footer.addWidget(self.clear_button)
        toasts.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        kept = self._toasts.kept
        self.fact.setText(f"{len(kept)} since the start" if kept else "")
        self.empty.setVisible(not kept)
        self._area.setVisible(bool(kept))
        self.clear_button.setEnabled(bool(kept))
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(0)
        for entry in reversed(kept):
            column.addWidget(self._row(entry))
            column.addWidget(Line())
        column.addStretch(1)
        self._area.setWidget(rows)

    def _row(self, entry: Kept) -> QWidget:
        notice = entry.notice
        made = QWidget()
        made.setAccessibleName(f"{entry.at:%H:%M:%S} {notice.text}")
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 6, 0, 6)
        row.setSpacing(10)
        row.addWidget(text(f"{entry.at:%H:%M:%S}", "small", "tertiary"))
        row.addWidget(ToneIcon(notice.tone))
        words = text(notice.text)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(words, 1)
        if notice.action and notice.run is not None:
            row.addWidget(button(notice.action, self._acting(notice), kind="link"))
        if notice.details:
            row.addWidget(copy_button(notice.details))
        return made

    def _acting(self, notice: Notice) -> Callable[[], None]:
        def act() -> None:
            self.dismiss()
            if notice.run is not None:
                notice.run()

        return act

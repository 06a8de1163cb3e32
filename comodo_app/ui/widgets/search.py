"""A field to filter or search with."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit

from comodo_app.ui.theme import icon, themes


class Glass(QAction):
    """The magnifying glass in a field; it redraws itself, so that it may go when the field goes."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        field.addAction(self, QLineEdit.ActionPosition.LeadingPosition)
        themes().changed.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Draw it in the present theme."""
        self.setIcon(icon("search", "text.tertiary", 16))


class SearchField(QLineEdit):
    """A line with a magnifying glass; Esc empties it, then gives the focus back."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        Glass(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties the field, and leaves an empty one."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear() if self.text() else self.clearFocus()
            return
        super().keyPressEvent(event)

"""One line of the signal check."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from comodo_app.ui.theme import pixmap
from comodo_app.ui.widgets import ElidedLabel, text


class CheckRow(QWidget):
    """A mark, what was looked at, and the value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._mark = QLabel()
        self._value = ElidedLabel("", "small")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._mark)
        row.addWidget(text(name, "small", "secondary"))
        row.addWidget(self._value, 1)

    def set(self, value: str, good: bool) -> None:
        """Show a value, and whether it is as it should be."""
        self._mark.setPixmap(pixmap("check" if good else "warn", "ok" if good else "warn", 15))
        self._value.setText(value)
        self.setAccessibleName(f"{self._name}: {value}{'' if good else ', look at this'}")

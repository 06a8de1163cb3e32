"""Panels with a head, key-value rows, and what an empty place says."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets.basics import ElidedLabel, button, text


class Panel(QFrame):
    """A framed surface: title, a fact beside it, tools to the right; `body` takes the content."""

    def __init__(self, title: str = "", fact: str = "", *tools: QWidget, padding: int = 16) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(padding, padding - 2, padding, padding)
        outer.setSpacing(10)
        self.title = text(title, "h2")
        self.fact = text(fact, "small", "tertiary")
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        if title:
            self.head.addWidget(self.title)
            self.head.addWidget(self.fact)
            self.head.addStretch(1)
            for tool in tools:
                self.head.addWidget(tool)
            outer.addLayout(self.head)
            self.setAccessibleName(title)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body, 1)


class KeyValueRow(QWidget):
    """A small key at the left, its value at the right."""

    def __init__(self, key: str, value: str = "", tip: str = "") -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._key = text(key, "small", "secondary")
        self._value = ElidedLabel("", "small")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._key)
        row.addWidget(self._value, 1)
        if tip:
            self.setToolTip(tip)
        self.set(value)

    def set(self, value: str) -> None:
        """Show another value."""
        self._value.setText(value)
        self.setAccessibleName(f"{self._key.text()}: {value}")


class EmptyState(QWidget):
    """What a place without content says: an icon, one sentence, one button, perhaps a link."""

    def __init__(
        self,
        icon_name: str,
        sentence: str,
        action: str = "",
        run: Callable[[], object] | None = None,
        link: str = "",
        run_link: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._icon_name = icon_name
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(1)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._icon)
        self.sentence = text(sentence, "body", "secondary")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setWordWrap(True)
        column.addWidget(self.sentence)
        self.button = button(action, run, kind="primary")
        if not action:  # and never shown before it has a parent: it would flash as a window
            self.button.hide()
        column.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignHCenter)
        self.link = button(link, run_link, kind="ghost")
        if not link:
            self.link.hide()
        column.addWidget(self.link, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.setAccessibleName(sentence)
        themes().changed.connect(self._redraw)
        self._redraw()

    def say(self, sentence: str, icon_name: str = "") -> None:
        """Say another sentence."""
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self._icon_name = icon_name or self._icon_name
        self._redraw()

    def _redraw(self) -> None:
        self._icon.setPixmap(pixmap(self._icon_name, "text.tertiary", 40))

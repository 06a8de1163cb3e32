"""One teacher in the sheet: a radio button with what speaks for it and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QRadioButton, QVBoxLayout

from comodo_app.ui.numbers import breakable
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Chip, ElidedLabel, button, text


@dataclass(frozen=True, slots=True)
class OptionWords:
    """What an option says; `effort` is speed and time, and how it names activities."""

    title: str
    summary: str
    licence: tuple[str, str, str]
    facts: str
    effort: str
    failure: str = ""


class TeacherOption(QFrame):
    """`chosen` when a person turns it on; `moved` with -1 or 1 by the arrow keys."""

    chosen = Signal()
    moved = Signal(int)
    get_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.can_be_chosen = False
        self.setProperty("role", "card")
        self.radio = _Radio(self)
        self.radio.setAutoExclusive(False)  # the sheet decides: options are no siblings
        self.radio.clicked.connect(self._choose)
        self.title = text("", "body")
        self.summary = text("", "small", "secondary")
        self.summary.setWordWrap(True)
        self.facts = ElidedLabel("", "small", "tertiary")
        self.effort = text("", "small", "secondary")
        self.failure = text("", "small", "err")
        self.failure.setWordWrap(True)
        self.licence = Chip("")
        self.get = button("Get…", self.get_requested.emit, small=True, icon_name="download")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        row.addWidget(self.radio, alignment=Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.licence)
        head.addStretch(1)
        said.addLayout(head)
        for label in (self.summary, self.facts, self.effort, self.failure):
            said.addWidget(label)
        row.addLayout(said, 1)
        row.addWidget(self.get)
        themes().changed.connect(self._redraw)
        self._redraw()

    def show_words(self, words: OptionWords, *, here: bool) -> None:
        """Show what is known now."""
        self.can_be_chosen = here and not words.failure
        self.title.setText(words.title)
        self.summary.setText(breakable(words.summary))
        self.facts.setText(words.facts)
        self.facts.setVisible(bool(words.facts))
        self.effort.setText(words.effort)
        self.effort.setVisible(bool(words.effort))
        self.failure.setText(breakable(words.failure))
        self.failure.setVisible(bool(words.failure))
        self.licence.set(*words.licence)
        self.get.setVisible(not here)
        self.get.setAccessibleDescription(words.title)
        keep = self.radio.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.radio.setSizePolicy(keep)
        self.radio.setVisible(here)
        self.radio.setEnabled(self.can_be_chosen)
        said = ", ".join(p for p in (words.title, words.licence[0], words.effort) if p)
        self.radio.setAccessibleName(said)
        self.setAccessibleName(said)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if self.can_be_chosen else Qt.CursorShape.ArrowCursor
        )

    def mark(self, on: bool) -> None:
        """Show whether it is the one."""
        self.radio.setChecked(on)
        if self.property("selected") != on:
            self.setProperty("selected", on)
            self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click anywhere turns it on."""
        if self.can_be_chosen and event.button() is Qt.MouseButton.LeftButton:
            self._choose()
            return
        super().mousePressEvent(event)

    def take_away(self) -> None:
        """There is no such teacher any more."""
        self.hide()
        self.deleteLater()

    def _choose(self) -> None:
        self.radio.setChecked(True)
        self.chosen.emit()

    def _redraw(self) -> None:
        self.title.setFont(themes().current.font("body_strong"))


class _Radio(QRadioButton):
    """Its arrow keys go on to the next option of the sheet."""

    def __init__(self, option: TeacherOption) -> None:
        super().__init__()
        self._option = option

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._option.moved.emit(step)
            return
        super().keyPressEvent(event)

"""One model as a card: what it is, whether it is here, and what can be done about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from comodo_app.ui.model_words import licence_chip
from comodo_app.ui.numbers import breakable
from comodo_app.ui.pages.settings.models_words import CardWords
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Button, Chip, ElidedLabel, IconButton, Panel, button, text
from comodo_app.ui.widgets.bar import Bar
from comodo_app.ui.widgets.tile import Tile
from comodo_app.weights.catalog import Kind

# action: label, kind, icon
BUTTONS = {
    "get": ("Get…", "", "download"),
    "continue": ("Continue", "", "download"),
    "again": ("Get again…", "", "download"),
    "pause": ("Pause", "", "pause"),
    "resume": ("Resume", "", "play"),
    "stop": ("Stop", "", "stop"),
    "import": ("Import…", "", "folder"),
    "discard": ("Discard", "ghost", ""),
    "measure": ("Measure", "", "cpu"),
    "verify": ("Verify", "", "shield"),
    "remove": ("Remove…", "ghost", ""),
    "forget": ("Close", "ghost", ""),
}
_FACTS = 5
_LEAST_WIDTH = 320


class ModelPanel(Panel):
    """Shows `CardWords`; `wanted` is emitted with one of `BUTTONS`, "retry" or "show-folder"."""

    wanted = Signal(str)

    def __init__(self, words: CardWords) -> None:
        super().__init__(padding=14)
        self.words = words
        teacher = words.kind is Kind.TEACHER
        self.name = text("", "h2")
        self.summary = _Summary()
        self.state = Chip("")
        self.licence = Chip("")
        self.hint = text("", "small", "warn")
        self.more = IconButton("chev-down", "More", self._toggle_more, size_px=16, checkable=True)
        head = QHBoxLayout()
        head.setSpacing(12)
        tile = Tile("snowflake", "teacher") if teacher else Tile("flame", "student")
        head.addWidget(tile, alignment=Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.name)
        said.addWidget(self.summary)
        head.addLayout(said, 1)
        head.addWidget(self.state, alignment=Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.facts = [_Fact() for _ in range(_FACTS)]
        self._grid = QHBoxLayout()
        self._grid.setSpacing(16)
        for fact in self.facts:
            self._grid.addWidget(fact)
        self.body.addLayout(self._grid)
        self.buttons = {key: self._button(key) for key in BUTTONS}
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.licence)
        row.addSpacing(4)
        row.addWidget(self.hint)
        row.addStretch(1)
        for made in self.buttons.values():
            row.addWidget(made)
        row.addWidget(self.more)
        self._build_progress()
        self._build_trouble()
        self.body.addLayout(row)
        self._build_details()
        self.show_words(words)

    def show_words(self, words: CardWords) -> None:
        """Show what is known now; what is open stays open."""
        self.words = words
        self.setAccessibleName(f"{words.title}: {words.state[0]}")
        self.name.setText(words.title)
        self.summary.setText(words.summary)
        self.state.set(*words.state)
        self.licence.set(*licence_chip(words.licence, non_commercial=words.non_commercial))
        self.licence.setToolTip(words.licence)
        self.hint.setText(words.hint)
        self.hint.setVisible(bool(words.hint))
        for place, fact in enumerate(self.facts):
            fact.setVisible(place < len(words.facts))
            if place < len(words.facts):
                fact.set(*words.facts[place])
                wide = 5 if words.facts[place][0] == "Input" else 3
                self._grid.setStretch(place, wide)
        focused = QApplication.focusWidget()
        for key, made in self.buttons.items():
            made.setVisible(key in words.actions)
        self.buttons["continue"].setText(words.continue_label)
        if focused is not None and self.isAncestorOf(focused) and not focused.isVisible():
            self._focus_first()
        self._show_progress()
        self.trouble.setVisible(bool(words.trouble))
        self.trouble_words.setText(breakable(words.trouble))
        self.copy.setVisible(bool(words.trouble_details))
        self.copy.setText("Copy details")
        self.retry.setVisible(words.can_retry)
        self.more.setVisible(bool(words.details))
        self._show_details()

    def take_away(self) -> None:
        """There is no such model any more."""
        self.hide()
        self.deleteLater()

    def _button(self, key: str) -> Button:
        label, kind, icon = BUTTONS[key]
        made = button(label, partial(self.wanted.emit, key), kind=kind, icon_name=icon, small=True)
        made.setAccessibleDescription(self.words.title)
        return made

    def _build_progress(self) -> None:
        self.progress = QWidget()
        row = QHBoxLayout(self.progress)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(10)
        self.bar = Bar(220)
        self.progress_words = ElidedLabel("", "small", "secondary")
        row.addWidget(self.bar)
        row.addWidget(self.progress_words, 1)
        self.body.addWidget(self.progress)

    def _show_progress(self) -> None:
        shown = self.words.progress
        self.progress.setVisible(shown is not None)
        if shown is not None:
            self.bar.setVisible(shown[0] is not None)
            self.bar.set(shown[0] or 0.0, "accent.text")
            self.progress_words.setText(shown[1])

    def _build_trouble(self) -> None:
        self.trouble = QWidget()
        row = QHBoxLayout(self.trouble)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        self.trouble_words = text("", "small", "err")
        self.trouble_words.setWordWrap(True)
        selectable = Qt.TextInteractionFlag.TextSelectableByMouse
        self.trouble_words.setTextInteractionFlags(selectable)
        self.retry = button("Retry", partial(self.wanted.emit, "retry"), small=True)
        self.copy = button("Copy details", self._copy, kind="ghost", small=True)
        row.addWidget(self.trouble_words, 1)
        row.addWidget(self.copy, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.retry, alignment=Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.trouble)

    def _build_details(self) -> None:
        self.details = QWidget()
        self._details = QGridLayout(self.details)
        self._details.setContentsMargins(0, 4, 0, 0)
        self._details.setHorizontalSpacing(16)
        self._details.setVerticalSpacing(4)
        self._details.setColumnStretch(1, 1)
        self.show_folder = button(
            "Show in folder", partial(self.wanted.emit, "show-folder"), small=True
        )
        self._drawn: tuple[tuple[str, str], ...] = ()
        self.body.addWidget(self.details)

    def _show_details(self) -> None:
        opened = self.more.isChecked() and bool(self.words.details)
        self.details.setVisible(opened)
        if not opened or self._drawn == self.words.details:
            return
        self._drawn = self.words.details
        self._details.removeWidget(self.show_folder)
        while (item := self._details.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, (key, value) in enumerate(self._drawn):
            said = text(
                breakable(value), "mono" if key in ("Revision", "Hash of the weights") else "small"
            )
            said.setWordWrap(True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name = text(key, "small", "tertiary")
            self._details.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._details.addWidget(said, row, 1)
            if key == "On this disk":
                top = Qt.AlignmentFlag.AlignTop
                self._details.addWidget(self.show_folder, row, 2, top)
        self.show_folder.setVisible(bool(self.words.folder))

    def _toggle_more(self) -> None:
        opened = self.more.isChecked()
        self.more.set_icon("chev-up" if opened else "chev-down", "Less" if opened else "More")
        self._show_details()

    def _focus_first(self) -> None:
        for made in (*(self.buttons[key] for key in self.words.actions), self.more):
            made.setFocus(Qt.FocusReason.OtherFocusReason)
            return

    def _copy(self) -> None:
        QApplication.clipboard().setText(f"{self.words.trouble}\n\n{self.words.trouble_details}")
        self.copy.setText("Copied")


class _Summary(QLabel):
    """Wraps where it must, and asks for no more lines than its words have at its width."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("style", "small")
        self.setProperty("tone", "secondary")
        self.setWordWrap(True)

    def sizeHint(self) -> QSize:
        """As high as the words are at the present width."""
        wide = max(self.width(), themes().current.px(_LEAST_WIDTH))
        return QSize(themes().current.px(_LEAST_WIDTH), self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need another height."""
        super().resizeEvent(event)
        self.updateGeometry()


class _Fact(QWidget):
    """A caption with its value below."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.name = text("", "caption", "tertiary")
        self.value = ElidedLabel("", "small")
        column.addWidget(self.name)
        column.addWidget(self.value)
        themes().changed.connect(self.updateGeometry)

    def set(self, name: str, value: str, tip: str) -> None:
        """Show another fact."""
        self.name.setText(name)
        self.value.setText(value)
        self.name.setToolTip(tip)
        self.setAccessibleName(f"{name}: {value}")

"""Rows and sections of the Settings page: words at the left, a control at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from comodo_app.project.settings import Settings
from comodo_app.session.session import Session
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, Line, Segmented, Toggle, text

DEFAULTS = Settings()


class Row(QWidget):
    """A title, what it means, and tools; `words` are what the search looks through."""

    def __init__(self, title: str, meaning: str = "", *tools: QWidget) -> None:
        super().__init__()
        self.words = f"{title} {meaning}"
        self.setAccessibleName(title)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 10, 0, 10)
        whole.setSpacing(6)
        self.line = QHBoxLayout()
        self.line.setSpacing(10)
        whole.addLayout(self.line)
        left = QVBoxLayout()
        left.setSpacing(2)
        self.title = text(title, "body")
        left.addWidget(self.title)
        self.meaning = text(meaning, "small", "tertiary")
        self.meaning.setWordWrap(True)
        if not meaning:
            self.meaning.hide()
        self.meaning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        left.addWidget(self.meaning)
        self.line.addLayout(left, 1)
        for tool in tools:
            self.line.addWidget(tool, alignment=Qt.AlignmentFlag.AlignVCenter)
        self.below = QVBoxLayout()
        whole.addLayout(self.below)

    def say(self, meaning: str) -> None:
        """Say something else under the title."""
        self.meaning.setText(meaning)
        if not meaning:
            self.meaning.hide()


class SettingRow(Row):
    """One field of `Settings`, applied at once; a dot appears where it differs from its default."""

    def __init__(
        self, session: Session, name: str, title: str, meaning: str, control: QWidget
    ) -> None:
        if name not in {field.name for field in fields(Settings)}:
            raise ValueError(f"there is no setting {name}")
        self.reset = IconButton("reset", f"Reset {title.lower()}", self._reset, size_px=16)
        super().__init__(title, meaning, self.reset, control)
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        self.session, self.name = session, name
        session.settings_changed.connect(self.refresh)

    @property
    def value(self) -> object:
        """What is set now."""
        return getattr(self.session.settings, self.name)

    def put(self, value: object) -> None:
        """Set it; what is out of range is refused by the session, and the control goes back."""
        if value != self.value:
            self.session.change_settings(**{self.name: value})
        self.refresh()

    def refresh(self) -> None:
        """Show what is set."""
        self.reset.setVisible(self.value != getattr(DEFAULTS, self.name))
        self.show_value()

    def show_value(self) -> None:
        """Put the value into the control; each kind does it its own way."""

    def _reset(self) -> None:
        self.put(getattr(DEFAULTS, self.name))


class ChoiceRow(SettingRow):
    """One of a few values."""

    def __init__(
        self,
        session: Session,
        name: str,
        title: str,
        meaning: str,
        choices: Sequence[tuple[str, str]],
    ) -> None:
        self.choice = Segmented(choices, title)
        super().__init__(session, name, title, meaning, self.choice)
        self.refresh()
        self.choice.chosen.connect(self.put)

    def show_value(self) -> None:
        """Turn the choice on."""
        if self.choice.key != self.value:
            self.choice.choose(str(self.value))


class ToggleRow(SettingRow):
    """On or off."""

    def __init__(self, session: Session, name: str, title: str, meaning: str) -> None:
        self.toggle = Toggle(title)
        super().__init__(session, name, title, meaning, self.toggle)
        self.refresh()
        self.toggle.toggled.connect(self.put)

    def show_value(self) -> None:
        """Set the switch."""
        self.toggle.setChecked(bool(self.value))


class PercentRow(SettingRow):
    """A share, shown in percent."""

    def __init__(
        self, session: Session, name: str, title: str, meaning: str, span: tuple[int, int, int]
    ) -> None:
        self.spin = QSpinBox()
        self.spin.setRange(span[0], span[1])
        self.spin.setSingleStep(span[2])
        self.spin.setSuffix("\u2009%")
        self.spin.setAccessibleName(title)
        self.spin.setKeyboardTracking(False)  # "120" must not pass through 1 and 12
        self.spin.lineEdit().setTextMargins(8, 0, 0, 0)  # style sheets cannot pad spin boxes
        super().__init__(session, name, title, meaning, self.spin)
        self.refresh()
        self.spin.valueChanged.connect(self._typed)
        themes().changed.connect(self._resize)
        self._resize()

    def show_value(self) -> None:
        """Put the percentage into the field."""
        self.spin.setValue(round(float(str(self.value)) * 100))

    def _resize(self) -> None:
        self.spin.setFixedWidth(themes().current.px(96))

    def _typed(self, percent: int) -> None:
        self.put(percent / 100)


class Section(QWidget):
    """A titled column of rows with lines between them."""

    def __init__(self, key: str, title: str, meaning: str = "") -> None:
        super().__init__()
        self.key, self.heading = key, title
        self.rows: list[Row] = []
        self._lines: list[Line] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 20)
        self.column.setSpacing(0)
        self.column.addWidget(text(title, "h1"))
        if meaning:
            said = text(meaning, "small", "secondary")
            said.setWordWrap(True)
            said.setContentsMargins(0, 4, 0, 4)
            self.column.addWidget(said)

    def add(self, row: Row) -> Row:
        """Put a row at the end."""
        if self.rows:
            line = Line()
            self._lines.append(line)
            self.column.addWidget(line)
        self.rows.append(row)
        self.column.addWidget(row)
        return row

    def filter(self, matches: Callable[[str], bool]) -> int:
        """Hide the rows whose words do not match; returns how many are left."""
        n = 0
        for i, row in enumerate(self.rows):
            fits = matches(f"{self.heading} {row.words}")
            row.setVisible(fits)
            if i > 0:
                self._lines[i - 1].setVisible(fits and n > 0)
            n += fits
        return n

    def came_into_view(self) -> None:
        """The section is shown: the moment to ask for what takes a while."""

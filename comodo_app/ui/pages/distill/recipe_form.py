"""All parameters as a form: each with its explanation, its default, and a way back to it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from comodo_app.ui.pages.distill.recipe_fields import FIELDS, Field
from comodo_app.ui.widgets import IconButton, Toggle, text


class FieldEdit(QWidget):
    """One parameter. `changed` after every change of its value by a person."""

    changed = Signal()

    def __init__(self, field: Field, default: Any) -> None:
        super().__init__()
        self.field, self.default = field, default
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(6)
        label = text(field.label, "small")
        self.reset = IconButton(
            "reset", f"Back to the default of {field.label}", self._reset, size_px=14
        )
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.edit = self._make_edit()
        self.edit.setAccessibleName(field.label)
        self.edit.setAccessibleDescription(field.help)
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.reset)
        row.addWidget(self.edit)
        column.addLayout(row)
        self._explained = text("", "caption", "tertiary")
        self._explained.setWordWrap(True)
        column.addWidget(self._explained)
        self.set_default(default)
        self.set(default)

    @property
    def value(self) -> Any:
        """What stands there now, as the recipe wants it."""
        edit = self.edit
        if isinstance(edit, Toggle):
            return edit.isChecked()
        if isinstance(edit, QComboBox):
            return edit.currentData()
        assert isinstance(edit, QSpinBox | QDoubleSpinBox)
        value = edit.value()
        return type(self.default)(round(value, self.field.digits) if self.field.digits else value)

    def set(self, value: Any) -> None:
        """Show a value; nothing is emitted."""
        edit = self.edit
        blocked = edit.blockSignals(True)
        if isinstance(edit, Toggle):
            edit.setChecked(bool(value))
        elif isinstance(edit, QComboBox):
            edit.setCurrentIndex(edit.findData(value))
        elif isinstance(edit, QSpinBox):
            edit.setValue(round(value))
        elif isinstance(edit, QDoubleSpinBox):
            edit.setValue(float(value))
        edit.blockSignals(blocked)
        self.reset.setVisible(self.value != self.default)

    def set_default(self, default: Any) -> None:
        """What a reset brings back from now on."""
        self.default = default
        self._explained.setText(f"{self.field.help} Default: {self._shown(default)}.")
        self.reset.setVisible(self.value != default)

    def _make_edit(self) -> QWidget:
        field = self.field
        if field.choices:
            box = QComboBox()
            for key, label in field.choices:
                box.addItem(label, key)
            box.currentIndexChanged.connect(self._edited)
            edit: QWidget = box
        elif isinstance(self.default, bool):
            toggle = Toggle(field.label)
            toggle.toggled.connect(self._edited)
            edit = toggle
        elif isinstance(self.default, int) or field.digits == 0:
            whole = QSpinBox()
            whole.setRange(round(field.low), round(field.high))
            whole.setSingleStep(max(1, round(field.step)))
            whole.valueChanged.connect(self._edited)
            edit = _dressed(whole, field)
        else:
            number = QDoubleSpinBox()
            number.setDecimals(field.digits)
            number.setRange(field.low, field.high)
            number.setSingleStep(field.step)
            number.valueChanged.connect(self._edited)
            edit = _dressed(number, field)
        if not isinstance(edit, Toggle):
            edit.setFixedWidth(138)
            # A wheel over the form scrolls it, it changes no value by accident.
            edit.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            edit.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
        return edit

    def _shown(self, value: Any) -> str:
        field = self.field
        if field.choices:
            return dict(field.choices)[value].lower()
        if isinstance(value, bool):
            return "on" if value else "off"
        return f"{value:g} {field.unit}".strip()

    def _reset(self) -> None:
        self.set(self.default)
        self.changed.emit()

    def _edited(self) -> None:
        self.reset.setVisible(self.value != self.default)
        self.changed.emit()


def _dressed(edit: QSpinBox | QDoubleSpinBox, field: Field) -> QAbstractSpinBox:
    edit.setKeyboardTracking(False)
    if field.unit:
        edit.setSuffix(f" {field.unit}")
    edit.lineEdit().setTextMargins(8, 0, 0, 0)
    return edit


class RecipeForm(QWidget):
    """Every parameter of `FIELDS`; `changed` after every change by a person."""

    changed = Signal()

    def __init__(self, defaults: dict[str, Any]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(10)
        self.edits: dict[str, FieldEdit] = {}
        for field in FIELDS:
            edit = FieldEdit(field, defaults[field.name])
            edit.changed.connect(self.changed)
            column.addWidget(edit)
            self.edits[field.name] = edit

    def values(self) -> dict[str, Any]:
        """All values by name."""
        return {name: edit.value for name, edit in self.edits.items()}

    def show_values(self, values: dict[str, Any]) -> None:
        """Show these values; names that are missing stay as they are."""
        for name, value in values.items():
            if name in self.edits:
                self.edits[name].set(value)

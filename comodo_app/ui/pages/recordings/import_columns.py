"""The column panel of the import sheet: what each column of a table is, in which units."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from comodo_app.jobs.scan import Scanned, Verdict
from comodo_app.recordings.sources import ACC_UNITS, GYRO_UNITS, TIME_UNITS, ReadOptions
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import ElidedLabel, text

_ROLES = (
    ("", "Leave out"),
    ("time", "Time"),
    *((f"acc_{a}", f"Acc {a.upper()}") for a in "xyz"),
    *((f"gyro_{a}", f"Gyro {a.upper()}") for a in "xyz"),
)
_WORDS = {"m/s2": "m/s²", "deg/s": "°/s", "us": "µs", "iso": "date and time"}
_UNITS = (
    ("time_unit", "Time in", TIME_UNITS),
    ("acc_unit", "Acceleration in", ACC_UNITS),
    ("gyro_unit", "Turning in", GYRO_UNITS),
)
_DELAY_MS = 300  # after a change, before the file is read again
_MOST_COLUMNS = 40


class ColumnPanel(QWidget):
    """`changed` with new options a moment after a person has changed something."""

    changed = Signal(object)  # ReadOptions

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._item: Scanned | None = None
        self.roles: list[QComboBox] = []
        self.units: dict[str, QComboBox] = {}
        self._touched = False  # whether the columns were named by the person
        row = QHBoxLayout()
        row.setSpacing(8)
        for key, label, choices in _UNITS:
            box = QComboBox()
            box.setAccessibleName(label)
            box.addItem("as recognised", None)
            for choice in choices:
                box.addItem(_WORDS.get(choice, choice), choice)
            box.activated.connect(lambda _: self._later())
            self.units[key] = box
            row.addWidget(text(label, "small", "secondary"))
            row.addWidget(box)
        self._shift = text("Sensor starts", "small", "secondary")
        self.offset = QDoubleSpinBox()
        self.offset.setRange(-3_600_000.0, 3_600_000.0)
        self.offset.setDecimals(0)
        self.offset.setSuffix(" ms after the video")
        self.offset.setKeyboardTracking(False)
        self.offset.lineEdit().setTextMargins(8, 0, 0, 0)
        self.offset.setAccessibleName("When the sensor starts, in milliseconds after the video")
        self.offset.valueChanged.connect(lambda _: self._later())
        row.addWidget(self._shift)
        row.addWidget(self.offset)
        row.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._scroll)
        column.addLayout(row)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(lambda: self.changed.emit(self.options()))

    def show_item(self, item: Scanned) -> None:
        """Show a table; while the person works on it only the plain texts follow."""
        same = self._item is not None and self._item.paths == item.paths
        self._item = item
        if same and (self._touched or item.table is None):
            return
        self._timer.stop()
        self._touched = bool(item.options.columns)
        table = item.table
        self._scroll.setVisible(table is not None)
        stated = dict(table.units) if table is not None else {}
        for key, box in self.units.items():
            box.setVisible(table is not None)
            unit = stated.get(key, "")
            box.setItemText(0, f"as recognised ({_WORDS.get(unit, unit)})" if unit else "by values")
            box.setCurrentIndex(max(0, box.findData(getattr(item.options, key))))
        paired = item.importer == "video_csv"
        self._shift.setVisible(paired)
        self.offset.setVisible(paired)
        blocked = self.offset.blockSignals(True)
        self.offset.setValue(1000 * item.options.offset_s)
        self.offset.blockSignals(blocked)
        if table is not None:
            self._show_columns(item)

    def options(self) -> ReadOptions:
        """What the person says; columns only if one was changed."""
        columns: tuple[tuple[str, str], ...] = ()
        if self._touched:
            columns = tuple(
                (str(box.currentData()), f"#{number}")
                for number, box in enumerate(self.roles, start=1)
                if box.currentData()
            )
        said = {key: box.currentData() for key, box in self.units.items()}
        return ReadOptions(columns=columns, offset_s=self.offset.value() / 1000, **said)

    def _show_columns(self, item: Scanned) -> None:
        table = item.table
        assert table is not None
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.roles = []
        for number, name in enumerate(table.columns[:_MOST_COLUMNS]):
            cell = QVBoxLayout()
            cell.setSpacing(2)
            cell.addWidget(ElidedLabel(name, "small", "secondary"))
            box = QComboBox()
            box.setAccessibleName(f"What column {name} is")
            for key, words in _ROLES:
                box.addItem(words, key)
            box.setCurrentIndex(max(0, box.findData(table.roles[number])))
            box.activated.connect(lambda _, at=number: self._role_changed(at))
            box.setMinimumWidth(themes().current.px(104))
            self.roles.append(box)
            cell.addWidget(box)
            for values in table.rows:
                cell.addWidget(ElidedLabel(values[number] or "empty", "small"))
            row.addLayout(cell, 1)
        self._scroll.setWidget(holder)
        self._scroll.setFixedHeight(holder.sizeHint().height() + themes().current.px(10))

    def _role_changed(self, at: int) -> None:
        """A role belongs to one column."""
        self._touched = True
        for number, box in enumerate(self.roles):
            if number != at and box.currentData() == self.roles[at].currentData():
                box.setCurrentIndex(0)
        self._later()

    def _later(self) -> None:
        self._timer.start()


class SignalPreview(QWidget):
    """Acceleration and turning of the whole recording, with what their size says."""

    def __init__(self) -> None:
        super().__init__()
        self._item: Scanned | None = None
        self.setFixedHeight(themes().current.px(84))
        themes().changed.connect(self.update)

    def show_item(self, item: Scanned | None) -> None:
        """Show what was read."""
        self._item = item
        self.setVisible(item is not None and item.preview is not None)
        if item is not None:
            self.setAccessibleName(" · ".join(words for words, _ in _said(item)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two boxes, each on one scale."""
        item = self._item
        if item is None or item.preview is None:
            return
        theme, painter = themes().current, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        half = (self.width() - theme.px(8)) / 2
        for band, (words, token) in enumerate(_said(item)):
            box = QRectF(band * (half + theme.px(8)) + 0.5, 0.5, half - 1, self.height() - 1)
            painter.setPen(theme.color("border.subtle"))
            painter.setBrush(theme.color("plot.bg"))
            painter.drawRoundedRect(box, theme.px(5), theme.px(5))
            painter.setFont(theme.font("small_medium"))
            painter.setPen(theme.color(token))
            painter.drawText(box.adjusted(8, 4, -8, 0), int(Qt.AlignmentFlag.AlignTop), words)
            values = item.preview[:, 3 * band : 3 * band + 3]
            inner = box.adjusted(6, theme.px(22), -6, -5)
            low, high = float(values.min()), float(values.max())
            scale = inner.height() / (high - low or 1.0)
            step = inner.width() / (len(values) - 1)
            for axis, colour in enumerate(("axis.x", "axis.y", "axis.z")):
                painter.setPen(QPen(theme.color(colour), 1))
                curve = [
                    QPointF(inner.left() + i * step, inner.bottom() - (float(v) - low) * scale)
                    for i, v in enumerate(values[:, axis])
                ]
                painter.drawPolyline(QPolygonF(curve))


def _said(item: Scanned) -> tuple[tuple[str, str], tuple[str, str]]:
    """What the sizes say, with the token of its colour."""
    if item.preview is None or item.verdict is Verdict.PENDING:
        return ("Acceleration", "text.secondary"), ("Turning", "text.secondary")
    usual = item.usual_mps2
    gravity = 7.0 <= usual <= 16.0
    acc = f"Acceleration: usually {usual:.2f} m/s², {'gravity in' if gravity else 'no gravity?'}"
    most = float(abs(item.preview[:, 3:]).max())
    turn = f"Turning: up to {most:.1f} rad/s{'' if most < 35.0 else ', more than people turn'}"
    return (acc, "ok" if gravity else "warn"), (turn, "ok" if most < 35.0 else "warn")

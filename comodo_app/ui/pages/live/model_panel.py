"""Who is asked, how often, and how sure it has to be."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QMenu, QSlider, QWidget

from comodo_app.session.live import HOLD_S, Live
from comodo_app.session.live_alerts import AFTER_S, AlertRule, span_words
from comodo_app.ui.widgets import KeyValueRow, Panel, button, text

_FOLDER, _ZIP = "…folder", "…zip"
_STRIDES_S = (0.2, 0.5, 1.0, 2.0)
_NONE = "–"


class SliderRow(QWidget):
    """A key, a slider and its value with a unit."""

    def __init__(self, key: str, steps: tuple[int, int, float], unit: str) -> None:
        super().__init__()
        low, high, self._step = steps
        self._key, self._unit = key, unit
        self._decimals = 1 if self._step >= 0.1 else 2
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(low, high)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.value = text("", "small")
        self.value.setMinimumWidth(38)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(text(key, "small", "secondary"))
        row.addStretch(1)
        self.slider.setFixedWidth(110)
        row.addWidget(self.slider)
        row.addWidget(self.value)
        self.slider.valueChanged.connect(self._say)
        self._say()

    @property
    def amount(self) -> float:
        """The chosen value."""
        return self.slider.value() * self._step

    def show_amount(self, amount: float | None) -> None:
        """Show a value without telling anybody; None is not known, and cannot be changed."""
        self.slider.setEnabled(amount is not None)
        if amount is None:
            self.value.setText(_NONE)
            return
        self.slider.blockSignals(True)
        self.slider.setValue(round(amount / self._step))
        self.slider.blockSignals(False)
        self._say()

    def _say(self) -> None:
        words = f"{self.amount:.{self._decimals}f}{self._unit}"
        self.value.setText(words)
        self.slider.setAccessibleName(f"{self._key}, {words}")


class ModelPanel(Panel):
    """The student, what it costs, and the wishes that can be changed while it runs."""

    def __init__(self, live: Live) -> None:
        self.students = QComboBox()
        self.students.setAccessibleName("Student")
        self.students.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.students.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.students.setMinimumContentsLength(16)
        super().__init__("Model", "", self.students, padding=14)
        self._live = live
        self.runs_on = KeyValueRow("Runs on")
        self.window_ = KeyValueRow("Window")
        self.hold = SliderRow("Hold for", (round(HOLD_S[0] * 2), round(HOLD_S[1] * 2), 0.5), " s")
        self.hold.setToolTip("A change of name waits this long; the probabilities never wait")
        self.abstain = SliderRow("Abstain below", (0, 95, 0.01), "")
        self.abstain.setToolTip("A window less sure than this is unknown")
        self.tell = button("", self._show_alerts, small=True, icon_name="info")
        self.stride = button("", self._show_strides, small=True, icon_name="clock")
        self.body.setSpacing(6)
        for row in (self.runs_on, self.window_, self.hold, self.abstain):
            self.body.addWidget(row)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.stride)
        tools.addWidget(self.tell)
        tools.addStretch(1)
        self.body.addLayout(tools)
        self.students.activated.connect(self._choose)
        self.hold.slider.valueChanged.connect(lambda: live.set_hold(self.hold.amount))
        self.abstain.slider.valueChanged.connect(lambda: live.set_threshold(self.abstain.amount))
        live.changed.connect(self.refresh)
        live.students.changed.connect(self.refresh)
        live.alerts.changed.connect(self.refresh)
        live.said_more.connect(self._show_cost)
        self._listed: object = None
        self.refresh()

    def refresh(self) -> None:
        """Show choices and facts as they are now."""
        live = self._live
        choices = live.students.choices
        listed = (tuple((c.key, c.title) for c in choices), live.students.chosen)
        if listed != self._listed:
            self._listed = listed
            self.students.clear()
            for choice in choices:
                self.students.addItem(choice.title, choice.key)
            self.students.insertSeparator(self.students.count())
            self.students.addItem("Open package folder…", _FOLDER)
            self.students.addItem("Open package zip…", _ZIP)
            self.students.setCurrentIndex(self.students.findData(live.students.chosen))
        begun = live.heard.begun
        known = begun is not None and begun.window_s > 0
        self.window_.set(
            f"{begun.window_s:.1f} s, every {live.stride_s:g} s"
            if begun is not None and known
            else f"every {live.stride_s:g} s"
        )
        self.hold.show_amount(live.hold_s)
        self.abstain.show_amount(live.abstain_below if known else None)
        self.stride.setText(f"Every {live.stride_s:g} s")
        rule = live.alerts.rule
        if rule is None:
            self.tell.setText("Tell me…")
        else:
            who = "Any" if rule.activity_id is None else live.label(rule.activity_id)
            self.tell.setText(f"{who} over {span_words(rule.after_s)}")
        self._show_cost()

    def _show_cost(self) -> None:
        begun, update = self._live.heard.begun, self._live.heard.update
        if begun is None or not begun.runs_on:
            self.runs_on.set(_NONE)
            return
        cost_ms = 0.0 if update is None else update.predict_ms
        each = f" · {cost_ms:.1f} ms per window" if cost_ms else ""
        self.runs_on.set(f"{begun.runs_on}{each}")

    def _choose(self, index: int) -> None:
        key = self.students.itemData(index)
        if key == _FOLDER:
            path = QFileDialog.getExistingDirectory(self.window(), "Open a student package")
        elif key == _ZIP:
            path, _ = QFileDialog.getOpenFileName(
                self.window(), "Open a student package", "", "Student package (*.zip)"
            )
        else:
            self._live.students.choose(str(key))
            return
        if path:
            self._live.students.add_package(Path(path))
        self._listed = None
        self.refresh()

    def _show_strides(self) -> None:
        menu = QMenu(self)
        for seconds in _STRIDES_S:
            entry = menu.addAction(f"Ask every {seconds:g} s")
            entry.setCheckable(True)
            entry.setChecked(seconds == self._live.stride_s)
            entry.triggered.connect(lambda _=False, s=seconds: self._live.set_stride(s))
        menu.popup(self.stride.mapToGlobal(self.stride.rect().bottomLeft()))

    def _show_alerts(self) -> None:
        """Of which activity, and after how long."""
        live, menu = self._live, QMenu(self)
        menu.addAction("Tell nothing").triggered.connect(lambda: live.alerts.set(None))
        choices: list[tuple[int | None, str]] = [(None, "Any activity")]
        choices += [(a.id, live.label(a.id)) for a in live.activities]
        for number, name in choices:
            after = menu.addMenu(name)
            for seconds in AFTER_S:
                after.addAction(f"for over {span_words(seconds)}").triggered.connect(
                    lambda _=False, n=number, s=seconds: live.alerts.set(AlertRule(n, s))
                )
        menu.popup(self.tell.mapToGlobal(self.tell.rect().bottomLeft()))

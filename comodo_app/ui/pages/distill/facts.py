"""The figures of a run in a row of equal columns."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.session.run_view import RunView
from comodo_app.ui.numbers import grouped, size
from comodo_app.ui.widgets import ElidedLabel, Line, Panel, text

_NAMES = ("Epoch", "Step", "Rate", "Memory", "Last checkpoint", "Learning rate")


class _Column(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._name = name
        column.addWidget(text(name, "small", "tertiary"))
        self.value = text("–", "h2")
        column.addWidget(self.value)
        self.below = ElidedLabel("", "small", "tertiary")
        column.addWidget(self.below)

    def set(self, value: str, below: str = "") -> None:
        self.value.setText(value)
        self.below.setText(below)
        self.setAccessibleName(f"{self._name}: {value} {below}".strip())


class Facts(Panel):
    """Epoch, step, rate, memory, last checkpoint, learning rate."""

    def __init__(self) -> None:
        super().__init__(padding=12)
        self.setAccessibleName("Facts of the run")
        row = QHBoxLayout()
        row.setSpacing(14)
        self.columns = {name: _Column(name) for name in _NAMES}
        for index, name in enumerate(_NAMES):
            if index:
                row.addWidget(Line(vertical=True))
            row.addWidget(self.columns[name], 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)

    def show_run(self, view: RunView) -> None:
        """Show what is known of a run."""
        columns, step = self.columns, view.step
        if view.n_epochs:
            ended = step >= view.n_steps > 0
            epoch = view.n_epochs if ended else min(view.epoch + 1, view.n_epochs)
            per_epoch = max(1, round(view.n_steps / view.n_epochs))
            columns["Epoch"].set(f"{epoch} / {view.n_epochs}", f"{per_epoch} steps each")
        else:
            columns["Epoch"].set("–")
        share = f"{100 * step / view.n_steps:.0f} %" if view.n_steps else ""
        columns["Step"].set(
            f"{grouped(step)} / {grouped(view.n_steps)}" if view.n_steps else "–", share
        )
        rate = f"{view.steps_per_s:.1f} /s" if view.steps_per_s else "–"
        columns["Rate"].set(rate, f"steps of {view.batch_size} windows" if view.batch_size else "")
        columns["Memory"].set(
            size(view.memory_bytes) if view.memory_bytes else "–",
            "of this process" if view.memory_bytes else "",
        )
        if view.checkpoint_at:
            clock = time.strftime("%H:%M:%S", time.localtime(view.checkpoint_at))
            columns["Last checkpoint"].set(clock, f"step {view.checkpoint_step}")
        else:
            at = f"step {view.checkpoint_step}" if view.checkpoint_step else ""
            columns["Last checkpoint"].set("–", at)
        lr = f"{view.learning_rate:.1e}" if view.learning_rate else "–"
        columns["Learning rate"].set(lr)

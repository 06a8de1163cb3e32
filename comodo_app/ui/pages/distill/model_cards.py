"""The teacher, who is frozen, and the student, who trains."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.jobs.plan import Plan
from comodo_app.jobs.student_facts import StudentFacts
from comodo_app.students.spec import StudentSpec
from comodo_app.ui.numbers import grouped, size
from comodo_app.ui.widgets import Chip, KeyValueRow, Panel, text
from comodo_app.ui.widgets.tile import Tile

ARCHITECTURES = (("tcn", "Convolutional (TCN)"), ("transformer", "Transformer"))


def _head(panel: Panel, tile: Tile, over: QWidget, under: QWidget) -> None:
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(tile, alignment=Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(over)
    words.addWidget(under)
    row.addLayout(words, 1)
    panel.body.addLayout(row)


def _over(word: str, tone: str, fact: str) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    row.addWidget(text(word, "small", tone))
    row.addWidget(text(f"· {fact}", "small", "tertiary"))
    row.addStretch(1)
    return line


class TeacherCard(Panel):
    """The built-in teacher: what it is, and how fast it was here."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Teacher")
        name = text("Built-in, motion and appearance", "h2")
        _head(self, Tile("snowflake", "teacher"), _over("Teacher", "teacher", "frozen"), name)
        chips = QHBoxLayout()
        chips.setSpacing(6)
        chips.addWidget(Chip("Apache-2.0", "ok", "check"))
        chips.addWidget(Chip("On this computer", "ok", "check"))
        chips.addStretch(1)
        self.body.addLayout(chips)
        self.size_row = KeyValueRow(
            "Size", "no weights, nothing to download",
            "It computes optical flow and colours; it has learned nothing.",
        )  # fmt: skip
        self.output = KeyValueRow("Output", "–")
        self.speed = KeyValueRow(
            "Speed here", "not measured yet", "Measured whenever the teacher watches a video."
        )
        for row in (self.size_row, self.output, self.speed):
            self.body.addWidget(row)

    def show_plan(self, plan: Plan | None) -> None:
        """What was measured on this computer."""
        if plan is None:
            return
        if plan.teacher_dim:
            self.output.set(f"{plan.teacher_dim} numbers per window")
        if plan.teacher_per_s is not None and plan.video_per_s is not None:
            self.speed.set(f"{plan.teacher_per_s:.1f} windows/s · {plan.video_per_s:.0f}× video")
        else:
            self.speed.set("not measured yet")


class StudentCard(Panel):
    """The student's architecture and its cost; `changed` when another one is chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Student")
        self.choice = QComboBox()
        self.choice.setAccessibleName("Student's architecture")
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for key, label in ARCHITECTURES:
            self.choice.addItem(label, key)
        self.choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        over = _over("Student", "student", "trains, from IMU alone")
        _head(self, Tile("flame", "student"), over, self.choice)
        self.size_row = KeyValueRow("Size", "measuring…")
        self.input = KeyValueRow("Input", "–")
        self.cost = KeyValueRow(
            "Live cost", "measuring…", "Measured on this computer with a student of this size."
        )
        for row in (self.size_row, self.input, self.cost):
            self.body.addWidget(row)

    @property
    def architecture(self) -> str:
        """The key of the chosen architecture."""
        return str(self.choice.currentData())

    def choose(self, architecture: str) -> None:
        """Choose one."""
        self.choice.setCurrentIndex(max(0, self.choice.findData(architecture)))

    def show_student(self, student: StudentSpec, facts: StudentFacts | None) -> None:
        """What it takes in, and what it costs if that was measured."""
        self.input.set(f"6 channels · {student.window_s:g} s · {student.sample_rate_hz:g} Hz")
        if facts is None or facts.student != student:
            self.size_row.set("measuring…")
            self.cost.set("measuring…")
            return
        self.size_row.set(f"{grouped(facts.n_parameters)} parameters · {size(facts.file_bytes)}")
        self.cost.set(f"{1000 * facts.s_per_window:.1f} ms per window, 1 core")

    def lock(self, locked: bool) -> None:
        """Read-only while a run goes on."""
        self.choice.setEnabled(not locked)

"""The teacher, who is frozen, and the student, who trains."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.jobs.model_cards import ModelCard
from comodo_app.jobs.plan import Plan
from comodo_app.jobs.student_facts import StudentFacts
from comodo_app.session.model_choice import ModelChoice
from comodo_app.session.models import Models
from comodo_app.students.spec import StudentSpec
from comodo_app.ui.model_words import licence_chip, naming, parameters
from comodo_app.ui.numbers import grouped, size
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Chip, KeyValueRow, Panel, button, text
from comodo_app.ui.widgets.tile import Tile
from comodo_app.weights.catalog import Kind

OWN_STUDENTS = (("tcn", "Convolutional (TCN)"), ("transformer", "Transformer"))
_BUILTIN_SPOKEN = "It computes optical flow and colours; it has learned nothing."


def _head(panel: Panel, tile: Tile, over: QWidget, under: QWidget, *tools: QWidget) -> None:
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(tile, alignment=Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(over)
    words.addWidget(under)
    row.addLayout(words, 1)
    for tool in tools:
        row.addWidget(tool, alignment=Qt.AlignmentFlag.AlignVCenter)
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
    """The chosen teacher: what it is, whether it is here, how fast it was."""

    change_requested = Signal()
    get_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Teacher")
        self.name = text("", "h2")
        self.name.setWordWrap(True)
        self.change = button("Change…", self.change_requested.emit, small=True)
        _head(
            self, Tile("snowflake", "teacher"), _over("Teacher", "teacher", "frozen"), self.name,
            self.change,
        )  # fmt: skip
        chips = QHBoxLayout()
        chips.setSpacing(6)
        self.licence, self.here = Chip(""), Chip("")
        self.get = button("Get…", self.get_requested.emit, small=True, icon_name="download")
        for widget in (self.licence, self.here):
            chips.addWidget(widget)
        chips.addStretch(1)
        self.body.addLayout(chips)
        self.body.addWidget(self.get, alignment=Qt.AlignmentFlag.AlignLeft)
        self.size_row, self.output = KeyValueRow("Size"), KeyValueRow("Output", "–")
        self.names = KeyValueRow(
            "Names activities",
            "",
            "What it can say of itself. It makes no suggestions yet: names are yours.",
        )
        self.speed = KeyValueRow(
            "Speed here", "not measured yet", "Measured whenever the teacher watches a video."
        )
        for row in (self.size_row, self.output, self.names, self.speed):
            self.body.addWidget(row)

    def show_choice(self, choice: ModelChoice) -> None:
        """Show which teacher is chosen, and whether it is here."""
        card, missing = choice.card, choice.teacher_is_missing
        self.setAccessibleName(f"Teacher: {choice.teacher_title}")
        self.get.setVisible(missing and card is not None)
        tone, icon = ("warn", "warn") if missing else ("ok", "check")
        self.here.set("Not here" if missing else "On disk", tone, icon)
        if choice.teacher == "builtin":
            self.name.setText("Built-in teacher")
            self.name.setToolTip("Motion and appearance")
            self.licence.set("Apache-2.0", "ok", "check")
            self.size_row.set("no weights, nothing to download")
            self.size_row.setToolTip(_BUILTIN_SPOKEN)
            self.names.set("no")
            return
        self.name.setText(choice.teacher_title)
        self.name.setToolTip("")
        self.size_row.setToolTip("")
        if card is None:
            self.licence.set("Licence not known", "plain", "info")
            self.size_row.set("a folder or file of your own")
            self.names.set("not known")
            return
        entry = card.entry
        licence = entry.licence or "Licence not known"
        self.licence.set(*licence_chip(licence, non_commercial=entry.non_commercial))
        n_bytes = card.installed.size_bytes if card.installed is not None else entry.size_bytes
        self.size_row.set(f"{parameters(entry.n_parameters)} parameters · {size(n_bytes)}")
        self.names.set(naming(entry))

    def show_plan(self, plan: Plan | None, card: ModelCard | None) -> None:
        """What was measured on this computer; None while nothing is known of this teacher."""
        dim = plan.teacher_dim if plan is not None else 0
        dim = dim or (card.entry.embedding_dim if card is not None else 0)
        self.output.set(f"{dim} numbers per window" if dim else "–")
        if plan is not None and plan.teacher_per_s is not None and plan.video_per_s is not None:
            times = f"{plan.video_per_s:.{0 if plan.video_per_s >= 10 else 1}f}× video"
            self.speed.set(f"{plan.teacher_per_s:.1f} windows/s · {times}")
        else:
            self.speed.set("not measured yet")

    def lock(self, locked: bool) -> None:
        """Read-only while a run goes on."""
        self.change.setEnabled(not locked)


class StudentCard(Panel):
    """The student and its cost; `changed` when another one is chosen."""

    changed = Signal()
    get_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Student")
        self.choice = QComboBox()
        self.choice.setAccessibleName("Student")
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for key, label in OWN_STUDENTS:
            self.choice.addItem(label, key)
        self.choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        over = _over("Student", "student", "trains")
        _head(self, Tile("flame", "student"), over, self.choice)
        chips = QHBoxLayout()
        chips.setSpacing(6)
        self.licence, self.start = Chip(""), Chip("")
        self.get = button("Get…", self.get_requested.emit, small=True, icon_name="download")
        chips.addWidget(self.licence)
        chips.addWidget(self.start)
        chips.addStretch(1)
        self.body.addLayout(chips)
        self.body.addWidget(self.get, alignment=Qt.AlignmentFlag.AlignLeft)
        self.size_row = KeyValueRow("Size", "measuring…")
        self.input = KeyValueRow("Input", "–")
        self.cost = KeyValueRow(
            "Live cost", "measuring…", "Measured on this computer with a student of this size."
        )
        for row in (self.size_row, self.input, self.cost):
            self.body.addWidget(row)

    @property
    def student(self) -> str:
        """What is chosen: an own architecture or the id of a model."""
        return str(self.choice.currentData())

    def choose(self, student: str) -> None:
        """Choose one; what is not listed yet is listed, for the models may not be read yet."""
        if self.choice.findData(student) < 0:
            self.choice.addItem(student, student)
        self.choice.setCurrentIndex(self.choice.findData(student))

    def show_models(self, models: Models, *, missing: bool) -> None:
        """List the pretrained students; those that are not here cannot be chosen."""
        items = self.choice.model()
        for card in models.of_kind(Kind.STUDENT):
            index = self.choice.findData(card.entry.id)
            if index < 0:
                self.choice.addItem("", card.entry.id)
                index = self.choice.count() - 1
            here = card.installed is not None
            label = card.entry.title if here else f"{card.entry.title} · get it first"
            self.choice.setItemText(index, label)
            if isinstance(items, QStandardItemModel):
                item = items.item(index)
                item.setEnabled(here)
                token = "text.primary" if here else "text.disabled"
                item.setForeground(themes().current.color(token))
        self._show_chips(models.card(self.student), missing=missing)

    def _show_chips(self, card: ModelCard | None, *, missing: bool) -> None:
        self.get.setVisible(missing)
        licence = card.entry.licence if card is not None else "Apache-2.0"
        banned = card is not None and card.entry.non_commercial
        self.licence.set(*licence_chip(licence or "Licence not known", non_commercial=banned))
        if missing:
            self.start.set("Not here", "warn", "warn")
        elif card is not None:
            self.start.set("Pretrained", "student", "flame")
        else:
            self.start.set("From nothing", "plain", "")

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

"""Which run this is, how it stands, how long it takes yet, and what can be done with it."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout

from comodo_app.session.run_view import RunState, RunView
from comodo_app.ui.pages.distill.format import clock
from comodo_app.ui.pages.distill.recipe_fields import recipe_label
from comodo_app.ui.pages.distill.stages import Stages
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Chip, IconButton, Line, Panel, button, text

_CHIPS = {
    RunState.QUEUED: ("plain", "clock"),
    RunState.RUNNING: ("student", "flame"),
    RunState.PAUSED: ("warn", "pause"),
    RunState.STOPPING: ("plain", "clock"),
    RunState.FINISHED: ("ok", "check-circle"),
    RunState.STOPPED: ("plain", "stop"),
    RunState.FAILED: ("err", "error"),
    RunState.INTERRUPTED: ("warn", "warn"),
}


_REPEATS = (
    ("distil", "Train on to the last step"),
    ("discover", "Discover activities again"),
    ("predict", "Predict all timelines again"),
)


class NameEdit(QLineEdit):
    """A run's name: looks like a title until it is edited; Esc takes the edit back."""

    renamed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self.setAccessibleName("Name of the run")
        self.setToolTip("Click or Enter to rename")
        self.textChanged.connect(self._fit)
        self.setProperty("role", "title")
        self.returnPressed.connect(self.clearFocus)
        self.editingFinished.connect(self._finish)

    def show_name(self, name: str) -> None:
        """Show a name, unless somebody is typing one."""
        self._name = name
        if not (self.hasFocus() and self.isModified()):
            self.setText(name)

    def _fit(self, words: str) -> None:
        wide = QFontMetrics(themes().current.font("body_strong")).horizontalAdvance(words)
        self.setFixedWidth(wide + themes().current.px(26))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc brings the old name back."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._name)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def _finish(self) -> None:
        if self.text() != self._name:
            self.renamed.emit(self.text())


class RunHead(Panel):
    """Signals are wishes; the page passes them to the session."""

    pause_requested = Signal()
    resume_requested = Signal()
    keep_requested = Signal()
    cancel_requested = Signal()
    continue_requested = Signal()
    again_requested = Signal()
    review_requested = Signal()
    discard_requested = Signal()
    repeat_requested = Signal(str)  # a stage of `jobs.watch.STAGES`: from there on again
    renamed = Signal(str)

    def __init__(self) -> None:
        super().__init__(padding=14)
        self.setAccessibleName("Run")
        self._view: RunView | None = None
        self.name = NameEdit()
        self.name.renamed.connect(self.renamed)
        self.about = text("", "small", "tertiary")
        self.chip = Chip("Queued")
        self.left_label = text("Left", "caption", "tertiary")
        self.left = text("", "h2")
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.left_label)
        left.addWidget(self.left)
        self.pause = button("Pause", self._pause, icon_name="pause")
        self.keep = button("Stop and keep", self.keep_requested.emit, icon_name="stop")
        self.cancel = button("Cancel and discard…", self.cancel_requested.emit, kind="danger")
        self.go_on = button("Continue", self.continue_requested.emit, icon_name="play")
        self.again = button("Run again", self.again_requested.emit, icon_name="reset")
        self.review = button("Review timelines", self.review_requested.emit, kind="primary")
        self.more = IconButton("dots", "Run a stage again", self._pop_menu)
        self.copy = button("Copy details", self._copy, icon_name="copy")
        self.discard = button("Delete…", self.discard_requested.emit, kind="danger")
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.name, self.about, self.chip):
            row.addWidget(widget)
        row.addStretch(1)
        row.addLayout(left)
        row.addSpacing(8)
        for made in (
            self.pause, self.keep, self.cancel, self.go_on, self.copy, self.again, self.more,
            self.discard, self.review,
        ):  # fmt: skip
            row.addWidget(made)
        self.body.addLayout(row)
        self.error = text("", "body", "err")
        self.error.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.error)
        self.said = text("", "small", "secondary")
        self.said.setWordWrap(True)
        self.body.addWidget(self.said)
        self.body.addWidget(Line())
        self.stages = Stages()
        self.body.addWidget(self.stages)

    def show_run(self, view: RunView, share: float | None, can_start: bool) -> None:
        """Show a run; `share` is that of its present stage, `can_start` whether no other runs."""
        self._view = view
        state = view.state
        self.name.show_name(view.name or "New run")
        self.name.setEnabled(view.run_id > 0)
        started = time.strftime("%d %b, %H:%M", time.localtime(view.started_at))
        self.about.setText(f"{recipe_label(view.recipe)} · started {started}")
        tone, icon_name = _CHIPS[state]
        self.chip.set(state.value, tone, icon_name)
        live = state.live
        self.left_label.setVisible(live)
        self.left.setVisible(live)
        self.left.setText(clock(view.left_s) if view.left_s is not None else "–:––:––")
        training = view.stage in ("", "read", "teacher", "distil")
        stopping = state is RunState.STOPPING
        self.pause.setVisible(live)
        self.pause.setEnabled(not stopping)
        paused = state is RunState.PAUSED
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.set_icon("play" if paused else "pause")
        self.keep.setVisible(live)
        self.keep.setEnabled(not stopping and view.stage == "distil")
        self.keep.setText("Stopping…" if stopping else "Stop and keep")
        self.keep.setToolTip(
            "Ends the training and lets the student so far say what it sees"
            if view.stage == "distil" or not training
            else "There is no student yet"
        )
        self.cancel.setVisible(live)
        self.cancel.setEnabled(not stopping)
        more = state in (RunState.FAILED, RunState.INTERRUPTED) and view.run_id > 0
        self.go_on.setVisible(more and can_start)
        at = f" from step {view.checkpoint_step}" if view.checkpoint_step else ""
        self.go_on.setText(f"Continue{at}" if at else "Try again")
        ended = not live
        self.again.setVisible(ended and state is not RunState.INTERRUPTED)
        self.again.setEnabled(can_start)
        self.discard.setVisible(ended and view.run_id > 0)
        self.more.setVisible(ended and "distil" in view.stages and can_start)
        self.copy.setVisible(state is RunState.FAILED)
        self.review.setVisible(state in (RunState.FINISHED, RunState.STOPPED))
        self.error.setText(view.error)
        self.error.setVisible(bool(view.error))
        said = self._said(view)
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.stages.show_run(view, share)

    @staticmethod
    def _said(view: RunView) -> str:
        taught = f"Taught by {view.teacher}." if view.teacher else ""
        if view.state.live:
            paused = view.state is RunState.PAUSED and view.checkpoint_at
            return "The checkpoint is written; nothing is computed." if paused else taught
        parts = [taught] if taught else []
        if view.agreement is not None:
            a = view.agreement
            parts.append(
                f"From IMU alone the student says what the teacher says from video in "
                f"{a.agreement:.0%} of {a.n_windows} held-out windows (chance {a.chance:.0%}, "
                f"without distillation {a.untrained:.0%})."
            )
        return " ".join((*parts, *view.warnings))

    def _pop_menu(self) -> None:
        menu = QMenu(self)
        for stage, words in _REPEATS:
            if self._view is not None and (
                stage != "distil" or self._view.step < self._view.n_steps
            ):
                action = menu.addAction(words)
                action.triggered.connect(lambda _=False, s=stage: self.repeat_requested.emit(s))
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _pause(self) -> None:
        paused = self._view is not None and self._view.state is RunState.PAUSED
        (self.resume_requested if paused else self.pause_requested).emit()

    def _copy(self) -> None:
        if self._view is not None:
            clipboard = QGuiApplication.clipboard()
            clipboard.setText(f"{self._view.error}\n\n{self._view.details}")

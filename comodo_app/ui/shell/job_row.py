"""One job in the drawer: what it does, how far it is, and what can be done about it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

from comodo_app.session.jobs import JobEntry, Jobs, JobState
from comodo_app.ui.numbers import THIN_SPACE
from comodo_app.ui.shell import job_words as words
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import ElidedLabel, button, text
from comodo_app.ui.widgets.bar import Bar

_HEIGHT = 36
_BUTTONS_WIDTH, _AMOUNT_WIDTH, _RATE_WIDTH, _LEFT_WIDTH = 346, 120, 58, 80
_ROOM_FOR_AMOUNT, _ROOM_FOR_RATE = 1100, 1230
_APART = 10
_ENDED_ICONS = {
    JobState.FINISHED: ("check-circle", "ok"),
    JobState.CANCELLED: ("ban", "text.tertiary"),
    JobState.FAILED: ("error", "err"),
}


class JobRow(QWidget):
    """Shows an entry; passes wishes to the session's jobs, and these to the drawer."""

    show_wanted = Signal(int)
    clear_wanted = Signal(int)
    log_wanted = Signal()

    def __init__(self, entry: JobEntry, jobs: Jobs) -> None:
        super().__init__()
        self._jobs, self.entry = jobs, entry
        self.can_show = False  # whether there is a place where its result can be seen
        self._stopping_since_s = 0.0
        self._asking = False
        self._drawn_icon: object = None
        self._icon = QLabel()
        self._title = ElidedLabel("", "body")
        self._stage = ElidedLabel("", "small", "secondary")
        self.bar = Bar(150)
        self.percent = text("", "small")
        self.state = ElidedLabel("", "small", "tertiary")
        self.amount = text("", "small", "secondary")
        self.rate = text("", "small", "tertiary")
        self.left = text("", "small", "secondary")
        self.reason = ElidedLabel("", "small")
        self._build()
        self._make_buttons()
        themes().changed.connect(self._resize)
        self._resize()

    def show_entry(self, entry: JobEntry, others: Sequence[JobEntry]) -> None:
        """Show the job as it is now; `others` are all jobs of the drawer."""
        if entry.state is JobState.STOPPING and not self._stopping_since_s:
            self._stopping_since_s = time.monotonic()
        if entry.state is not self.entry.state:
            self._asking = False
        self.entry = entry
        stopping_s = time.monotonic() - self._stopping_since_s if self._stopping_since_s else 0.0
        instead = words.instead_of_bar(entry, others, stopping_s)
        share = entry.share if entry.state is not JobState.FINISHED else None
        shows_bar = not instead and share is not None
        failed = entry.state is JobState.FAILED
        self._title.setText(entry.title)
        self._stage.setText(words.stage(entry))
        self.bar.set(share or 0.0, "err" if failed else "student")
        self.percent.setText(f"{share or 0.0:.0%}".replace("%", f"{THIN_SPACE}%"))
        self.state.setText(instead)
        for part in (self.bar, self.percent):
            part.setVisible(shows_bar)
        self.state.setVisible(not shows_bar)
        self.amount.setText("" if entry.state.ended else words.amount(entry))
        self.rate.setText(words.rate(entry))
        self.left.setText(words.left(entry))
        self.reason.setText(entry.outcome.error if failed and entry.outcome else "")
        self._fit_columns()
        self._draw_icon()
        self._offer_buttons()
        said = f"{entry.title}, {entry.state.value}"
        self.setAccessibleName(f"{said}, {share:.0%}" if shows_bar and share else said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow rows lose the rate first, then the amount."""
        super().resizeEvent(event)
        self._fit_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line below."""
        painter = QPainter(self)
        line = themes().current.color("border.subtle")
        painter.fillRect(0, self.height() - 1, self.width(), 1, line)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 0, 1)
        row.setSpacing(_APART)
        self._numbers = QWidget()
        numbers = QHBoxLayout(self._numbers)
        numbers.setContentsMargins(0, 0, 0, 0)
        numbers.setSpacing(_APART)
        for label in (self.rate, self.left, self.percent):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for part in (self.amount, self.rate, self.left):
            numbers.addWidget(part)
        self._progress = QWidget()
        progress = QHBoxLayout(self._progress)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.setSpacing(8)
        for widget in (self.bar, self.percent, self.state):
            progress.addWidget(widget)
        self._tools = QWidget()
        self._tools_row = QHBoxLayout(self._tools)
        self._tools_row.setContentsMargins(0, 0, 0, 0)
        self._tools_row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self._title, 5)
        row.addWidget(self._stage, 4)
        row.addWidget(self._progress)
        self._right = QWidget()  # of the same width in every row, so that columns stand in line
        right = QHBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(_APART)
        right.addWidget(self._numbers)
        right.addWidget(self.reason, 1)
        right.addStretch(0)
        right.addWidget(self._tools)
        row.addWidget(self._right)

    def _make_buttons(self) -> None:
        job = self.entry.id
        self.question = text("Discard its work?", "small", "secondary")
        self.pause = button("Pause", lambda: self._jobs.pause(job), small=True)
        self.resume = button("Resume", lambda: self._jobs.resume(job), small=True)
        self.stop = button("Stop and keep", lambda: self._jobs.stop(job), small=True)
        self.cancel = button("Cancel and discard…", self._ask, kind="danger", small=True)
        self.keep = button("Keep running", self._do_not, small=True)
        self.discard = button("Discard", lambda: self._jobs.cancel(job), kind="danger", small=True)
        self.remove = button("Remove", lambda: self._jobs.cancel(job), small=True)
        self.show_it = button("Show", lambda: self.show_wanted.emit(job), small=True)
        self.log = button("Open log", self.log_wanted.emit, small=True)
        self.copy = button("Copy details", self._copy, small=True)
        self.clear = button("Clear", lambda: self.clear_wanted.emit(job), kind="ghost", small=True)
        self._tools_row.addStretch(1)
        self._tools_row.addWidget(self.question)
        self._buttons = (
            *(self.keep, self.discard, self.pause, self.resume, self.stop, self.cancel),
            *(self.remove, self.show_it, self.log, self.copy, self.clear),
        )
        for made in self._buttons:
            self._tools_row.addWidget(made)

    def _offer_buttons(self) -> None:
        entry, going = self.entry, (JobState.RUNNING, JobState.PAUSED)
        offered: dict[QWidget, bool] = dict.fromkeys(self._buttons, False)
        if self._asking:
            offered |= {self.keep: True, self.discard: True}
        elif entry.state in going:
            paused = entry.state is JobState.PAUSED
            offered |= {self.pause: not paused, self.resume: paused}
            # What came of a download stays: it is discarded on the model's card.
            offered |= {self.stop: entry.can_stop, self.cancel: entry.kind != words.TRANSFER}
        elif entry.state is JobState.QUEUED:
            offered |= {self.remove: True}
        elif entry.state is JobState.FAILED:
            offered |= {self.log: True, self.clear: True}
            offered |= {self.copy: bool(entry.outcome and entry.outcome.details)}
        elif entry.state.ended:
            offered |= {self.clear: True}
            offered |= {self.show_it: self.can_show and entry.state is JobState.FINISHED}
        self.question.setVisible(self._asking)
        for widget, visible in offered.items():
            widget.setVisible(visible)

    def _ask(self) -> None:
        self._asking = True
        self._offer_buttons()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _do_not(self) -> None:
        self._asking = False
        self._offer_buttons()
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        outcome = self.entry.outcome
        if outcome is not None:
            QApplication.clipboard().setText(f"{outcome.error}\n\n{outcome.details}")
            self.copy.setText("Copied")

    def _fit_columns(self) -> None:
        theme, failed = themes().current, self.entry.state is JobState.FAILED
        has_amount = self.width() >= theme.px(_ROOM_FOR_AMOUNT)
        has_rate = self.width() >= theme.px(_ROOM_FOR_RATE)
        self._numbers.setVisible(not failed)
        self.reason.setVisible(failed)
        self.amount.setVisible(has_amount)
        self.rate.setVisible(has_rate)
        width = _LEFT_WIDTH + _APART + _BUTTONS_WIDTH
        width += (_AMOUNT_WIDTH + _APART) * has_amount + (_RATE_WIDTH + _APART) * has_rate
        self._right.setFixedWidth(theme.px(width))

    def _draw_icon(self) -> None:
        theme = themes().current
        icon = _ENDED_ICONS.get(self.entry.state, (self.entry.kind, "student"))
        if self._drawn_icon != (icon, theme):
            self._icon.setPixmap(pixmap(*icon, 18))
            self._drawn_icon = (icon, theme)

    def _resize(self) -> None:
        theme = themes().current
        self.setFixedHeight(theme.px(_HEIGHT))
        self._icon.setFixedWidth(theme.px(20))
        self.percent.setFixedWidth(theme.px(38))
        self._progress.setFixedWidth(theme.px(150 + 8 + 38))
        self.amount.setFixedWidth(theme.px(_AMOUNT_WIDTH))
        self.rate.setFixedWidth(theme.px(_RATE_WIDTH))
        self.left.setFixedWidth(theme.px(_LEFT_WIDTH))
        self.reason.setStyleSheet(f"color: {theme.css('err')};")
        self._draw_icon()

"""Where a run is: circles with names, what each came to and how long it took."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.jobs.watch import STAGES
from comodo_app.session.run_view import RunState, RunView
from comodo_app.ui.pages.distill.format import short_clock
from comodo_app.ui.theme import Theme, pixmap, themes

NAMES = {
    "read": "Read",
    "teacher": "Teacher",
    "distil": "Distill",
    "discover": "Discover",
    "predict": "Predict",
}


class Stages(QWidget):
    """A check where a stage is done, a ring with its share where it goes on, else its number."""

    def __init__(self) -> None:
        super().__init__()
        self._view: RunView | None = None
        self._share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)

    def show_run(self, view: RunView, share: float | None) -> None:
        """Show a run; `share` is how much of its present stage is done."""
        self._view, self._share = view, share
        done = [NAMES[s] for s in STAGES if s in view.stages]
        now = f", now {NAMES[view.stage]}" if view.stage in NAMES and view.state.live else ""
        self.setAccessibleName(f"Stages: {', '.join(done) or 'none'} done{now}")
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines of text."""
        return QSize(400, themes().current.px(40))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all stages."""
        view = self._view
        if view is None:
            return
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() / len(STAGES)
        for index, stage in enumerate(STAGES):
            self._paint(painter, theme, view, stage, QRectF(index * width, 0, width, self.height()))

    def _paint(
        self, painter: QPainter, theme: Theme, view: RunView, stage: str, room: QRectF
    ) -> None:
        ended = view.stages.get(stage)
        here = view.state.live and view.stage == stage and ended is None
        failed = view.state is RunState.FAILED and view.stage == stage and ended is None
        side = theme.px(18)
        circle = QRectF(room.left() + 1, 2, side, side)
        index = STAGES.index(stage)
        _circle(painter, theme, circle, index + 1, self._share, ended is not None, here, failed)
        left = circle.right() + theme.px(8)
        painter.setFont(theme.font("small_medium"))
        tone = "student" if here else "text.primary" if ended or failed else "text.tertiary"
        painter.setPen(theme.color("text.primary" if here else tone))
        name = NAMES[stage]
        painter.drawText(QRectF(left, 0, room.right() - left, side + 4), VCENTER, name)
        wide = painter.fontMetrics().horizontalAdvance(name)
        if stage != STAGES[-1]:
            begin, end = left + wide + theme.px(12), room.right() - theme.px(10)
            y = circle.center().y()
            painter.setPen(QPen(theme.color("border.default"), 2))
            painter.drawLine(int(begin), int(y), int(end), int(y))
            reached = 1.0 if ended else (self._share or 0.0) if here else 0.0
            if reached > 0:
                painter.setPen(QPen(theme.color("ok" if ended else "student"), 2))
                painter.drawLine(int(begin), int(y), int(begin + reached * (end - begin)), int(y))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("student" if here else "text.tertiary"))
        fact = self._fact(view, stage, here)
        below = QRectF(left, side + theme.px(3), room.right() - left - 8, theme.px(18))
        fits = painter.fontMetrics().elidedText(
            fact, Qt.TextElideMode.ElideRight, int(below.width())
        )
        painter.drawText(below, VCENTER, fits)

    @staticmethod
    def _fact(view: RunView, stage: str, here: bool) -> str:
        ended = view.stages.get(stage)
        if ended is not None:
            return f"{ended.fact} · {short_clock(ended.seconds)}"
        if not here:
            return ""
        since = short_clock(time.monotonic() - view.stage_begun_at)
        if stage == "distil" and view.n_epochs:
            return f"epoch {min(view.epoch + 1, view.n_epochs)}/{view.n_epochs} · {since}"
        return since


VCENTER = int(Qt.AlignmentFlag.AlignVCenter)
CENTER = int(Qt.AlignmentFlag.AlignCenter)


def _circle(
    painter: QPainter,
    theme: Theme,
    circle: QRectF,
    number: int,
    share: float | None,
    done: bool,
    here: bool,
    failed: bool,
) -> None:
    if done or failed:
        token, sign = ("ok", "check") if done else ("err", "x")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"{token}.tint"))
        painter.drawEllipse(circle)
        inner = theme.px(12)
        at = circle.center()
        painter.drawPixmap(
            round(at.x() - inner / 2), round(at.y() - inner / 2), pixmap(sign, token, 12)
        )
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("border.strong"), 1.5))
    painter.drawEllipse(circle.adjusted(1, 1, -1, -1))
    if here:
        painter.setPen(QPen(theme.color("student"), 2))
        turn = round(5760 * (share if share is not None else 0.15))
        painter.drawArc(circle.adjusted(1, 1, -1, -1), 1440, -turn)
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.color("student" if here else "text.tertiary"))
    painter.drawText(circle, CENTER, str(number))

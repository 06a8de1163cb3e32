"""Enough data? A meter, what is used, what it takes, and what is left out with a way to fix it."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from comodo_app.jobs.plan import Plan
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.distill.format import span
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Chip, ElidedLabel, Panel, button, flow_row, text

LITTLE_S, ENOUGH_S = 600.0, 3600.0
_LOW_S, _HIGH_S = 60.0, 86_400.0
_SHOWN = 4


def position(seconds: float) -> float:
    """Where a length lies on the meter, 0 to 1, on a log scale from a minute to a day."""
    if seconds <= _LOW_S:
        return 0.0
    return min(1.0, math.log(seconds / _LOW_S) / math.log(_HIGH_S / _LOW_S))


def judge(seconds: float) -> tuple[str, str]:
    """The word for a length of paired recordings, and the tone it is said in."""
    if seconds < LITTLE_S:
        return "Too little to trust", "err"
    return ("Little", "warn") if seconds < ENOUGH_S else ("Good", "ok")


class Meter(QWidget):
    """Red below ten minutes, amber below an hour, green above; a mark where we are."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)

    def set(self, seconds: float) -> None:
        """Show another length."""
        self._seconds = seconds
        self.setAccessibleName(f"{span(seconds)} of paired recordings: {judge(seconds)[0]}")
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the label above and the scale below."""
        return QSize(200, themes().current.px(46))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scale, what is reached in full colour, the rest faint."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, top, height = self.width(), theme.px(20), theme.px(8)
        here = position(self._seconds) * width
        cuts = (0.0, position(LITTLE_S) * width, position(ENOUGH_S) * width, float(width))
        painter.setPen(Qt.PenStyle.NoPen)
        for token, left, right in zip(("err", "warn", "ok"), cuts, cuts[1:], strict=False):
            for share, begin, end in (
                (1.0, left, min(right, here)),
                (0.28, max(left, here), right),
            ):
                if end > begin:
                    colour = theme.color(token)
                    colour.setAlphaF(share)
                    painter.setBrush(colour)
                    painter.drawRect(QRectF(begin, top, max(0.0, end - begin - 1), height))
        painter.setBrush(theme.color("text.primary"))
        painter.drawRect(QRectF(min(here, width - 2.0), top - 3, 2, height + 6))
        painter.setPen(theme.color("text.primary"))
        painter.setFont(theme.font("small_medium"))
        words = span(self._seconds)
        letters = painter.fontMetrics().horizontalAdvance(words)
        left = min(max(0.0, here - letters / 2), width - letters - 2.0)
        painter.drawText(QRectF(left, 0, letters + 4.0, theme.px(16)), words)
        painter.setPen(theme.color("text.tertiary"))
        painter.setFont(theme.font("caption"))
        scale = QRectF(0, top + height + 3, width, theme.px(15))
        painter.drawText(scale, Qt.AlignmentFlag.AlignLeft, "1 min")
        painter.drawText(scale, Qt.AlignmentFlag.AlignRight, "24 h")
        for at, words in ((cuts[1], "10 min"), (cuts[2], "1 h")):
            letters = painter.fontMetrics().horizontalAdvance(words)
            painter.drawText(scale.translated(at - letters / 2, 0), words)


class DataCard(Panel):
    """The meter and its facts; `fix_requested` when a left-out recording is to be looked at."""

    fix_requested = Signal()

    def __init__(self) -> None:
        self._chip = Chip("Counting…")
        super().__init__("Enough data?", "", self._chip)
        self.meter = Meter()
        self.body.addWidget(self.meter)
        self.windows = text("", "small", "secondary")
        self.windows.setWordWrap(True)
        self.body.addWidget(self.windows)
        self.needs = text("", "small", "secondary")
        self.needs.setWordWrap(True)
        self.body.addWidget(self.needs)
        self._left_out = QVBoxLayout()
        self._left_out.setSpacing(4)
        self.body.addLayout(self._left_out)
        self.show_plan(None, "", "")

    def show_plan(self, plan: Plan | None, needs: str, error: str) -> None:
        """Show what there is; `needs` is the sentence about time, memory and disk."""
        while (item := self._left_out.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.meter.set(0.0 if plan is None else plan.paired_s)
        self.needs.setText(needs)
        self.needs.setVisible(bool(needs))
        if plan is None:
            self._chip.set((error and "Not counted") or "Counting…", "err" if error else "plain")
            self.windows.setText(error)
            return
        word, tone = judge(plan.paired_s)
        self._chip.set(word, tone)
        held_out = plan.windows_of("validation") + plan.windows_of("test")
        self.windows.setText(
            f"{grouped(plan.windows_of('train'))} windows to train · "
            f"{grouped(held_out)} held out · {grouped(plan.n_dropped)} dropped"
        )
        for share in plan.left_out[:_SHOWN]:
            self._left_out.addWidget(self._row(f"{share.name}: {share.reason}"))
        if len(plan.left_out) > _SHOWN:
            self._left_out.addWidget(self._row(f"{len(plan.left_out) - _SHOWN} more left out"))

    def _row(self, words: str) -> QWidget:
        line = QWidget()
        label = ElidedLabel(words, "small", "warn")
        fix = button("Fix", self.fix_requested.emit, kind="ghost", small=True)
        fix.setAccessibleName(f"Fix {words}")
        row = flow_row(label, fix)
        row.setStretch(0, 1)
        line.setLayout(row)
        return line

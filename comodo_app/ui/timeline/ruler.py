"""The ruler: round times, and the range in blue."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.strip import Strip
from comodo_app.ui.timeline.text import clock
from comodo_app.ui.timeline.timebase import TimeAxis

RULER_PX = 26
_APART_PX = 86  # between two labels
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000, 86400)


@dataclass(frozen=True, slots=True)
class Ticks:
    """Labelled times, the smaller ones between them, and decimals of the labels."""

    major_s: tuple[float, ...]
    minor_s: tuple[float, ...]
    decimals: int


def ticks(axis: TimeAxis, apart_px: float = _APART_PX) -> Ticks:
    """Round times of what is shown."""
    rough = apart_px / axis.px_per_s
    decimals = 0
    if rough <= 0.5:
        power = 10.0 ** floor(log10(rough) + 1e-9)
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
        decimals = max(0, -floor(log10(step) + 1e-9))
        parts = 5 if round(step / power) in (1, 5, 10) else 4
    else:
        step = next((s for s in _STEPS_S if s >= rough), 86400.0 * ceil(rough / 86400))
        parts = 5 if step in (1, 5, 10) else 4 if step in (2, 120) else 3 if step == 15 else 6
        parts = 5 if step in (300, 600) else parts
    minor = step / parts
    first, last = ceil(axis.from_s / minor - 1e-6), floor(axis.to_s / minor + 1e-6)
    small = [k for k in range(first, last + 1) if k % parts]
    large = [k // parts for k in range(first, last + 1) if k % parts == 0]
    return Ticks(tuple(k * step for k in large), tuple(k * minor for k in small), decimals)


class Ruler(Strip):
    """Times of what is shown."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._range_s: tuple[float, float] | None = None
        self._pill_px = (0.0, 0.0)
        self.setAccessibleName("Time")

    def set_range(self, range_s: tuple[float, float] | None) -> None:
        """Mark a range of time."""
        if range_s != self._range_s:
            self._range_s = range_s
            self.redraw()

    def set_pill(self, pill_px: tuple[float, float]) -> None:
        """Where the playhead's time is written, in pixels: labels under it are left out."""
        if pill_px != self._pill_px:
            before, self._pill_px = self._hidden(), pill_px
            if before != self._hidden():
                self.redraw()

    def draw(self, painter: QPainter) -> None:
        """Labels, ticks, the range."""
        theme, axis = themes().current, self.axis
        found = ticks(axis, theme.px(_APART_PX))
        bottom = float(self.height())
        painter.setPen(QPen(theme.color("border.strong"), 1))
        for time_s in found.minor_s:
            x = round(axis.x(time_s)) + 0.5
            painter.drawLine(QPointF(x, bottom - theme.px(3)), QPointF(x, bottom))
        painter.setPen(theme.color("plot.axis"))
        for time_s in found.major_s:
            x = round(axis.x(time_s)) + 0.5
            painter.drawLine(QPointF(x, bottom - theme.px(5)), QPointF(x, bottom))
        painter.setFont(theme.font("small"))
        centred = int(Qt.AlignmentFlag.AlignCenter)
        for left, right, text in self._labels(found):
            if not (left < self._pill_px[1] and right > self._pill_px[0]):
                rect = QRectF(left, 0, right - left + 1, bottom - theme.px(4))
                painter.drawText(rect, centred, text)
        if self._range_s is not None:
            left, right = (axis.x(time_s) for time_s in self._range_s)
            bar = QRectF(left, bottom - theme.px(4), right - left, theme.px(4))
            painter.fillRect(bar.intersected(QRectF(self.rect())), theme.color("range"))

    def _labels(self, found: Ticks) -> list[tuple[float, float, str]]:
        """Left, right and text of the labels that fit on the strip."""
        metrics = QFontMetricsF(themes().current.font("small"))
        hours, labels = self.axis.span_s[1] >= 3600, []
        for time_s in found.major_s:
            x, text = round(self.axis.x(time_s)) + 0.5, clock(time_s, found.decimals, hours=hours)
            half = metrics.horizontalAdvance(text) / 2
            if half < x < self.width() - half:  # no half labels at the ends
                labels.append((x - half, x + half, text))
        return labels

    def _hidden(self) -> list[str]:
        left, right = self._pill_px
        labels = self._labels(ticks(self.axis, themes().current.px(_APART_PX)))
        return [text for low, high, text in labels if low < right and high > left]

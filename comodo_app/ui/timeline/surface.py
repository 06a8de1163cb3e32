"""The surface above all strips: playhead, range, the line under the mouse. A tick of the playhead
repaints two narrow strips of it and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.text import clock
from comodo_app.ui.timeline.timebase import TimeAxis


@dataclass(frozen=True, slots=True)
class Bands:
    """Pixels from the top at which the strips below the overview begin, and the end."""

    ruler: int = 0
    lanes: int = 0
    agreement: int = 0
    traces: int = 0
    end: int = 0


class Surface(QWidget):
    """Paints over the strips and takes the mouse for all of them."""

    def __init__(
        self, axis: TimeAxis, overview_x: Callable[[float], float], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.axis = axis
        self.bands = Bands()
        self.playhead_s = 0.0
        self.range_s: tuple[float, float] | None = None
        self.edge_s: float | None = None  # where a dragged edge would go
        self._overview_x = overview_x
        self._hover: tuple[float, float, str] | None = None
        self.setMouseTracking(True)
        axis.changed.connect(self.update)
        themes().changed.connect(self.update)

    def set_playhead(self, playhead_s: float) -> None:
        """Move the playhead."""
        if playhead_s != self.playhead_s:
            before = self._playhead_rects()
            self.playhead_s = playhead_s
            for rect in (*before, *self._playhead_rects()):
                self.update(rect)

    def set_range(self, range_s: tuple[float, float] | None) -> None:
        """Shade a range of time."""
        if range_s != self.range_s:
            self.range_s = range_s
            self.update()

    def set_edge(self, edge_s: float | None) -> None:
        """Show where an edge would go."""
        if edge_s != self.edge_s:
            self.edge_s = edge_s
            self.update()

    def set_hover(self, hover: tuple[float, float, str] | None) -> None:
        """Show a line and a read-out at pixels x and y; None takes them away."""
        if hover != self._hover:
            before = self._hover_rects()
            self._hover = hover
            for rect in (*before, *self._hover_rects()):
                self.update(rect)

    def pill_px(self) -> tuple[float, float]:
        """Left and right of the time at the playhead; nothing if that is not shown."""
        if not -1 <= self.axis.x(self.playhead_s) <= self.width():
            return 0.0, 0.0
        pill = self._pill()
        return pill.left(), pill.right()

    @property
    def read_out(self) -> str:
        """What is written at the mouse."""
        return self._hover[2] if self._hover is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Range, hover, playhead, from below to above."""
        painter = QPainter(self)
        theme, axis, bands = themes().current, self.axis, self.bands
        if self.range_s is not None:
            self._paint_range(painter, *self.range_s)
        if self.edge_s is not None:
            x = round(axis.x(self.edge_s)) + 0.5
            painter.setPen(QPen(theme.color("focus.ring"), 2))
            painter.drawLine(QPointF(x, bands.lanes), QPointF(x, bands.agreement))
        self._paint_hover(painter)
        x = axis.x(self.playhead_s)
        colour = theme.color("playhead")
        if -1 <= x <= self.width():
            top = self._pill().center().y()
            painter.fillRect(QRectF(round(x) - 1, top, 2, bands.end - top), colour)
            self._paint_pill(painter)
        over_x = round(self._overview_x(self.playhead_s))
        painter.fillRect(QRectF(over_x, 4, 1, theme.px(26)), colour)

    def _paint_pill(self, painter: QPainter) -> None:
        theme, pill = themes().current, self._pill()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("playhead"))
        painter.drawRoundedRect(pill, theme.px(4), theme.px(4))
        painter.setPen(theme.color("text.inverse"))
        painter.setFont(theme.font("small_medium"))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), self._pill_text())

    def _paint_range(self, painter: QPainter, from_s: float, to_s: float) -> None:
        theme = themes().current
        left, right = self.axis.x(from_s), self.axis.x(to_s)
        if right < 0 or left > self.width():
            return
        colour = theme.color("range")
        tint = QColor(colour)
        tint.setAlphaF(0.10)
        top = float(self.bands.agreement)
        seen = QRectF(max(left, 0.0), top, min(right, self.width()) - max(left, 0.0), 0)
        seen.setBottom(self.bands.end)
        painter.fillRect(seen, tint)
        pen = QPen(colour, 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        for x in (left, right):
            at = round(x) + 0.5
            painter.drawLine(QPointF(at, self.bands.lanes), QPointF(at, self.bands.end))

    def _paint_hover(self, painter: QPainter) -> None:
        if self._hover is None:
            return
        theme = themes().current
        x, _, text = self._hover
        line = theme.color("text.tertiary")
        line.setAlphaF(0.6)
        painter.fillRect(QRectF(round(x), self.bands.lanes, 1, self.bands.end), line)
        box = self._hover_box()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border.default"), 1))
        painter.setBrush(theme.color("bg.overlay"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(5), theme.px(5))
        painter.setPen(theme.color("text.primary"))
        painter.setFont(theme.font("caption"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _hover_box(self) -> QRectF:
        assert self._hover is not None
        theme = themes().current
        x, y, text = self._hover
        metrics = QFontMetricsF(theme.font("caption"))
        width, height = metrics.horizontalAdvance(text) + theme.px(16), theme.px(22)
        left = x + theme.px(12)
        if left + width > self.width():
            left = max(x - theme.px(12) - width, 0.0)
        top = min(max(y + theme.px(14), self.bands.lanes), self.bands.end - height)
        return QRectF(left, top, width, height)

    def _hover_rects(self) -> tuple[QRect, ...]:
        if self._hover is None:
            return ()
        line = QRect(round(self._hover[0]) - 1, self.bands.lanes, 3, self.bands.end)
        return line, self._hover_box().toAlignedRect().adjusted(-1, -1, 1, 1)

    def _pill_text(self) -> str:
        return clock(self.playhead_s, 3, hours=self.axis.span_s[1] >= 3600)

    def _pill(self) -> QRectF:
        theme = themes().current
        metrics = QFontMetricsF(theme.font("small_medium"))
        width = metrics.horizontalAdvance(self._pill_text()) + theme.px(14)
        left = self.axis.x(self.playhead_s) - width / 2
        left = min(max(left, 0.0), self.width() - width)
        return QRectF(left, self.bands.ruler + theme.px(3), width, theme.px(18))

    def _playhead_rects(self) -> tuple[QRect, ...]:
        x = self.axis.x(self.playhead_s)
        over_x = round(self._overview_x(self.playhead_s))
        over = QRect(over_x - 1, 0, 3, self.bands.ruler)
        if not -2 <= x <= self.width() + 2:
            return (over,)
        pad = themes().current.px(7)
        pill = self._pill().toAlignedRect().adjusted(-pad, -1, pad, 1)
        line = QRect(floor(x) - 2, self.bands.ruler, ceil(5), self.bands.end - self.bands.ruler)
        return over, pill, line

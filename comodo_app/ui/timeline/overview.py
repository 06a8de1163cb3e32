"""The whole recording at a glance, and the window that says which part is shown below."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from comodo_app.activities.agreement import Verdict
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.bars import Bars, bars_of, paint_columns
from comodo_app.ui.timeline.looks import look
from comodo_app.ui.timeline.model import TimelineModel
from comodo_app.ui.timeline.strip import Strip
from comodo_app.ui.timeline.timebase import TimeAxis

OVERVIEW_PX = 42
_TOP_PX, _BAR_PX = 6, 22
_GRIP_PX = 6
_DIM = 0.42
_MARKS_APART_PX = 8

Part = Literal["left", "right", "window", "outside"]


class Overview(Strip):
    """Student colours of all of the recording, dimmed where it is not shown."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._model: TimelineModel | None = None
        self._bars: Bars | None = None
        self._marks_s: list[float] = []
        self._whole: tuple[QPixmap, QPixmap] | None = None
        themes().changed.connect(self._forget)
        self.setAccessibleName("Overview of the whole recording")

    def set_model(self, model: TimelineModel) -> None:
        """Show another recording."""
        self._model = model
        lane = model.main_lane
        self._bars = bars_of(lane, model) if lane is not None else None
        differ = (s for s in model.agreement or () if s.verdict is Verdict.DIFFERS)
        self._marks_s = [0.5 * (span.start_s + span.end_s) for span in differ]
        self._forget()

    def at_px(self, time_s: float) -> float:
        """Pixels from the left: all of the recording fits."""
        first, last = self.axis.span_s
        return (time_s - first) / (last - first) * self.width()

    def time_at(self, x_px: float) -> float:
        """The time at a pixel."""
        first, last = self.axis.span_s
        return first + x_px / max(self.width(), 1) * (last - first)

    def part_at(self, x_px: float) -> Part:
        """What of the window is under the mouse."""
        left, right = self.at_px(self.axis.from_s), self.at_px(self.axis.to_s)
        reach = _GRIP_PX
        if abs(x_px - left) <= reach and abs(x_px - left) <= abs(x_px - right):
            return "left"
        if abs(x_px - right) <= reach:
            return "right"
        return "window" if left < x_px < right else "outside"

    def draw(self, painter: QPainter) -> None:
        """The dimmed whole, the bright part, the window."""
        theme = themes().current
        ratio = self.devicePixelRatioF()
        if self._whole is None or self._whole[0].size() != self.size() * ratio:
            bright = self._drawn_whole(ratio)
            self._whole = bright, self._dimmed(bright)
        bright, dim = self._whole
        left, right = self.at_px(self.axis.from_s), self.at_px(self.axis.to_s)
        top, height = theme.px(_TOP_PX), theme.px(_BAR_PX)
        painter.drawPixmap(0, 0, dim)
        part = QRectF(left, top, max(right - left, 1), height)
        painter.drawPixmap(part, bright, QRectF(part.topLeft() * ratio, part.size() * ratio))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(left, top - 2.5, max(right - left, 4), height + 5)
        frame = frame.intersected(QRectF(self.rect()).adjusted(1, 0, -1, 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("playhead"), 1.5))
        painter.drawRoundedRect(frame, theme.px(4), theme.px(4))
        painter.setBrush(theme.color("playhead"))
        grip = theme.px(10)
        for x in (frame.left(), frame.right()):
            rect = QRectF(x - 1.5, frame.center().y() - grip / 2, 3, grip)
            painter.drawRoundedRect(rect, 1.5, 1.5)

    def _drawn_whole(self, ratio: float) -> QPixmap:
        theme = themes().current
        whole = QPixmap(self.size() * ratio)
        whole.setDevicePixelRatio(ratio)
        whole.fill(theme.color("plot.bg"))
        rect = QRectF(0, theme.px(_TOP_PX), self.width(), theme.px(_BAR_PX))
        painter = QPainter(whole)
        if self._bars is None or len(self._bars) == 0:
            painter.fillRect(rect, theme.color("state.gap"))
        else:
            looks = [look(theme, *key) for key in self._bars.looks]
            paint_columns(painter, self._bars, looks, rect, self.axis.span_s)
            edges = [self.at_px(edge) for edge in self._bars.edges_s[1:-1].tolist()]
            for before, x, after in zip(
                [0.0, *edges], edges, [*edges[1:], rect.width()], strict=False
            ):
                if x - before >= 4 and after - x >= 4:
                    painter.fillRect(
                        QRectF(round(x) - 1, rect.top(), 1, rect.height()), theme.color("plot.bg")
                    )
        painter.end()
        return whole

    def _dimmed(self, bright: QPixmap) -> QPixmap:
        """The whole as it is where it is not shown below, with the marks."""
        theme = themes().current
        dim = QPixmap(bright.size())
        dim.setDevicePixelRatio(bright.devicePixelRatio())
        dim.fill(theme.color("plot.bg"))
        painter = QPainter(dim)
        painter.setOpacity(_DIM)
        painter.drawPixmap(0, 0, bright)
        painter.setOpacity(1.0)
        self._draw_marks(painter, theme.px(_TOP_PX) + theme.px(_BAR_PX) + theme.px(3))
        painter.end()
        return dim

    def _draw_marks(self, painter: QPainter, top: float) -> None:
        """A triangle where they differ; those that would touch become one."""
        theme = themes().current
        colour = theme.color("err")
        half, tall = theme.px(4), theme.px(5)
        last = -np.inf
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for time_s in self._marks_s:
            x = self.at_px(time_s)
            if x - last < theme.px(_MARKS_APART_PX):
                continue
            last = x
            corners = [
                QPointF(x - half, top + tall),
                QPointF(x + half, top + tall),
                QPointF(x, top),
            ]
            painter.setPen(colour)
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF(corners))

    def _forget(self) -> None:
        self._whole = None
        self.redraw()

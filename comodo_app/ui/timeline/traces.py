"""Six traces: what the sensor measured, only as much of it as can be seen.

Curves are graphics items of pyqtgraph in a `GraphicsView` whose scene is in pixels: what is drawn
comes from the pyramid, at most two values a pixel, and so takes the same time at every span.
"""

from __future__ import annotations

from math import ceil, log10

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from comodo_app.recordings.pyramid import Columns, Pyramid
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.channels import CHANNELS, SENSORS, nice_reach
from comodo_app.ui.timeline.curves import (
    NO_LINES,
    CurveView,
    Drawing,
    Lines,
    column_lines,
    prepare,
    sample_lines,
)
from comodo_app.ui.timeline.ruler import ticks
from comodo_app.ui.timeline.timebase import TimeAxis

TRACE_PX, HIDDEN_PX, MIN_TRACE_PX = 43, 22, 24
_GAP_FROM_PX = 4  # narrower gaps are too small for their ticks
_POINTS_FROM_PX = 7  # single samples are marked where they are this far apart


class TraceItem(pg.GraphicsObject):  # type: ignore[misc]
    """One curve. It is computed once for what is seen: a tick only copies what it uncovers."""

    def __init__(self, stack: TraceStack, channel: int) -> None:
        super().__init__()
        self._stack, self._channel = stack, channel
        self._rect = QRectF()
        self._drawn: tuple[Drawing, list[tuple[float, float]]] | None = None

    def place(self, rect: QRectF) -> None:
        """Where it is drawn."""
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect

    def forget(self) -> None:
        """What is seen has changed."""
        self._drawn = None
        self.update()

    def boundingRect(self) -> QRectF:
        """The row."""
        return self._rect

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw what is seen: lines between samples, or from least to greatest in each column."""
        colour = themes().current.color(CHANNELS[self._channel].token)
        if self._drawn is None:
            self._drawn = self._stack.drawing(self._channel, self._rect, colour)
        drawing, dots = self._drawn
        pen = QPen(colour, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        drawing.draw(painter)
        for x, y in dots:
            painter.fillRect(QRectF(x - 1.5, y - 1.5, 3, 3), colour)


class TraceStack(pg.GraphicsView):  # type: ignore[misc]
    """Rows of traces, one scale for each sensor. The mouse belongs to the surface above."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.axis = axis
        self.pyramid: Pyramid | None = None
        self.message = ""
        self.shown = frozenset(range(len(CHANNELS)))
        self._gaps = np.zeros((0, 2))
        self._steps = 0  # of amplitude
        self._columns: Columns | None = None
        self._window: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # grid and ground change with each frame
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Traces")
        self.items_ = [TraceItem(self, channel) for channel in range(len(CHANNELS))]
        for item in self.items_:
            self.scene().addItem(item)
        axis.changed.connect(self.redraw)
        themes().changed.connect(self.redraw)

    def set_pyramid(self, pyramid: Pyramid | None, message: str = "") -> None:
        """Show another track; None shows the message."""
        self.pyramid, self.message = pyramid, message
        gaps = pyramid.gaps if pyramid is not None else ()
        self._gaps = np.asarray(gaps, np.float64).reshape(-1, 2)
        self.setAccessibleDescription(_summary(pyramid) or message)
        self.redraw()

    def show_channels(self, shown: frozenset[int]) -> None:
        """Show these; the others keep a thin row."""
        self.shown = shown
        self._place()

    def amplify(self, steps: int) -> None:
        """Draw higher by so many steps of 1, 2, 5, 10 …; lower if negative."""
        self._steps = min(max(self._steps + steps, -9), 9)
        self.redraw()

    def rows(self) -> list[tuple[int, int]]:
        """Top and height of each row: hidden ones are thin, the others share the rest."""
        theme = themes().current
        n = len(CHANNELS)
        thin = theme.px(HIDDEN_PX)
        room = self.height() - thin * (n - len(self.shown))
        found, top = [], 0
        left = len(self.shown)
        for channel in range(n):
            height = thin
            if channel in self.shown:
                height = max(room // left, 1)
                room, left = room - height, left - 1
            found.append((top, height))
            top += height
        return found

    def reach(self, channel: int) -> float:
        """From the middle of a row to its border, in the unit that is shown."""
        assert self.pyramid is not None
        sensor = next(group for group in SENSORS if channel in group)
        factor = CHANNELS[channel].factor
        largest = max(float(self.pyramid.reach[c]) for c in sensor)
        reach = nice_reach(largest * factor)
        for _ in range(abs(self._steps)):
            reach = nice_reach(reach * 1.5) if self._steps < 0 else nice_reach(reach / 2.6)
        return reach

    def redraw(self) -> None:
        """Draw anew at the next paint."""
        self._columns = self._window = None
        for item in self.items_:
            item.forget()
        self.viewport().update()

    def drawing(
        self, channel: int, rect: QRectF, colour: QColor
    ) -> tuple[Drawing, list[tuple[float, float]]]:
        """The curve in `rect`, and the places of single samples where they lie far apart."""
        view = self._view(channel, rect)
        if self.pyramid is None or channel not in self.shown:
            return Drawing(view, None, NO_LINES), []
        lines = self._lines(self.pyramid, channel, view)
        return prepare(view, lines, colour, self.devicePixelRatioF()), self._dots(channel, view)

    def _lines(self, pyramid: Pyramid, channel: int, view: CurveView) -> Lines:
        first, last = self._seen(pyramid)
        if last - first <= 2 * view.n_columns:
            part = slice(max(first - 1, 0), last + 1)  # one more at each side: lines go on
            times_s, values = pyramid.times_s[part], pyramid.samples[part, channel]
            return sample_lines(view, times_s, values, self._gaps)
        if self._columns is None:
            self._columns = pyramid.columns(view.from_s, view.to_s, view.n_columns)
        return column_lines(view, self._columns.lo[channel], self._columns.hi[channel], self._gaps)

    def _dots(self, channel: int, view: CurveView) -> list[tuple[float, float]]:
        assert self.pyramid is not None
        first, last = self._seen(self.pyramid)
        if last == first or view.width_px / (last - first) < _POINTS_FROM_PX:
            return []
        x = view.x(self.pyramid.times_s[first:last])
        y = view.y(self.pyramid.samples[first:last, channel])
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def samples_per_column(self) -> int:
        """How many samples one drawn column stands for; 1 where each sample is drawn."""
        if self.pyramid is None:
            return 1
        first, last = self._seen(self.pyramid)
        n = last - first
        return 1 if n <= 2 * self._n_columns() else max(round(n / self._n_columns()), 2)

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Ground, round times, middles, and the two ticks of each gap."""
        theme = themes().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(rect, theme.color("plot.bg"))
        grid = theme.color("plot.grid")
        height = self.height()
        for time_s in ticks(self.axis, theme.px(86)).major_s:
            painter.fillRect(QRectF(round(self.axis.x(time_s)), 0, 1, height), grid)
        rows = self.rows()
        for channel, (top, tall) in enumerate(rows):
            painter.fillRect(QRectF(0, top, self.width(), 1), grid)
            if channel in self.shown and self.pyramid is not None:
                painter.fillRect(QRectF(0, top + tall // 2, self.width(), 1), grid)
        if self.pyramid is not None:
            self._draw_gaps(painter, rows)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """The common scale of each sensor, and how many samples a column stands for."""
        theme = themes().current
        painter.setFont(theme.font("caption"))
        if self.pyramid is None:
            painter.setPen(theme.color("text.tertiary"))
            whole = QRectF(self.rect())
            painter.drawText(whole, int(Qt.AlignmentFlag.AlignCenter), self.message)
            return
        rows = self.rows()
        for sensor in SENSORS:
            first = next((c for c in sensor if c in self.shown), None)
            if first is not None:
                reach = self.reach(first)
                decimals = 0 if reach >= 1 else ceil(-log10(reach) - 1e-9)
                text = f"± {reach:.{decimals}f} {CHANNELS[first].unit}"
                self._draw_note(painter, text, rows[first][0] + theme.px(3))
        each = self.samples_per_column()
        shown = [c for c in range(len(CHANNELS)) if c in self.shown]
        if each > 1 and shown:
            top, tall = rows[shown[-1]]
            self._draw_note(painter, f"1 of {each} points", top + tall - theme.px(18))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows share the height."""
        super().resizeEvent(event)
        if hasattr(self, "items_"):
            self._place()

    def sizeHint(self) -> QSize:
        """All rows at their height in the design."""
        return QSize(600, len(CHANNELS) * themes().current.px(TRACE_PX))

    def _place(self) -> None:
        for item, (top, tall) in zip(self.items_, self.rows(), strict=True):
            item.place(QRectF(0, top, self.width(), tall))
        self.redraw()

    def _n_columns(self) -> int:
        return max(1, round(float(self.width() * self.devicePixelRatioF())))

    def _seen(self, pyramid: Pyramid) -> tuple[int, int]:
        if self._window is None:
            self._window = pyramid.index_range(self.axis.from_s, self.axis.to_s)
        return self._window

    def _view(self, channel: int, rect: QRectF) -> CurveView:
        pyramid = self.pyramid
        return CurveView(
            from_s=self.axis.from_s,
            to_s=self.axis.to_s,
            width_px=rect.width(),
            top_px=rect.top(),
            height_px=rect.height(),
            n_columns=self._n_columns(),
            centre=float(pyramid.centre[channel]) if pyramid is not None else 0.0,
            reach=self.reach(channel) / CHANNELS[channel].factor if pyramid is not None else 1.0,
        )

    def _draw_gaps(self, painter: QPainter, rows: list[tuple[int, int]]) -> None:
        theme, axis, gaps = themes().current, self.axis, self._gaps
        tick, ground = theme.color("plot.axis"), theme.color("plot.bg")
        seen = (gaps[:, 1] > axis.from_s) & (gaps[:, 0] < axis.to_s)
        seen &= gaps[:, 1] - gaps[:, 0] >= _GAP_FROM_PX / axis.px_per_s
        for start_s, end_s in gaps[seen].tolist():
            left = max(axis.x(start_s), -10.0)
            right = min(axis.x(end_s), self.width() + 10.0)
            for channel, (top, tall) in enumerate(rows):
                if channel in self.shown:
                    middle = top + tall // 2
                    painter.fillRect(QRectF(left, middle, right - left, 1), ground)
                    for x in (left, right - 1):
                        painter.fillRect(QRectF(round(x), middle - 4, 1, 9), tick)

    def _draw_note(self, painter: QPainter, text: str, top: float) -> None:
        theme = themes().current
        metrics = QFontMetricsF(painter.font())
        width = metrics.horizontalAdvance(text)
        box = QRectF(self.width() - width - theme.px(12), top, width + theme.px(8), theme.px(15))
        painter.fillRect(box, theme.color("plot.bg"))
        painter.setPen(theme.color("plot.axis"))
        at = QPointF(box.left() + theme.px(4), box.bottom() - metrics.descent())
        painter.drawText(at, text)


def _summary(pyramid: Pyramid | None) -> str:
    if pyramid is None or len(pyramid.times_s) == 0:
        return ""
    n = len(pyramid.times_s)
    length_s = float(pyramid.times_s[-1] - pyramid.times_s[0])
    return f"Six traces, {n} samples in {length_s:.1f} s, {len(pyramid.gaps)} gaps"

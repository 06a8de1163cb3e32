"""The moving picture: the student's lane above six traces, and what the model sees of them."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.session.live import FAST, Live
from comodo_app.session.live_heard import Heard
from comodo_app.ui.pages.live.clock import DisplayClock
from comodo_app.ui.pages.live.lane import said_bars
from comodo_app.ui.pages.live.scale import Scale
from comodo_app.ui.pages.live.sensor_paint import (
    AXIS,
    HEAD,
    LANE,
    LANE_GAP,
    paint_grid,
    paint_heads,
    paint_model_window,
    paint_model_words,
    paint_veil,
)
from comodo_app.ui.pages.live.trace_picture import REACH, TracePicture
from comodo_app.ui.pages.live.words import veil_words
from comodo_app.ui.theme import Theme, themes
from comodo_app.ui.timeline.bars import paint_bars

SPANS_S = (20.0, 60.0, 300.0)
_SCALE_EVERY_S = 0.5
_BEHIND = 40_000  # samples that are not drawn one by one any more after a pause


class SensorView(QWidget):
    """Paints itself anew on every `tick`; only the plot moves.

    Attributes
    ----------
    span_s : float
        Seconds that are shown.
    back_s : float
        How far before the frozen time the right edge is, while frozen.
    """

    scrolled = Signal()

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self.span_s = SPANS_S[0]
        self.back_s = 0.0
        self._scale = Scale()
        self._picture = TracePicture(self._scale)
        self._clock = DisplayClock()
        self._heard: Heard | None = None
        self._drawn = 0  # number of the next sample to draw
        self._fed = 0  # samples that the clock knows of
        self._stale = True
        self._fitted_s = 0.0
        self._end_s = 0.0
        self._drag: tuple[float, float] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(140)
        self.setAccessibleName("Traces of the sensor, and what the student says")
        themes().changed.connect(self.redraw)
        live.changed.connect(self.redraw)
        live.frozen_changed.connect(self._frozen_changed)

    def sizeHint(self) -> QSize:
        """As the page leaves room."""
        return QSize(700, 340)

    def set_span(self, seconds: float) -> None:
        """Show more or less time."""
        self.span_s = seconds
        self.redraw()

    def scroll_back(self, by_s: float) -> None:
        """Go back (positive) or on in time, while frozen."""
        if self._live.frozen_s is None:
            return
        times, _ = self._live.heard.ring.rows(self._live.heard.ring.first)
        most_s = max(0.0, self._live.frozen_s - float(times[0]) - self.span_s) if len(times) else 0
        self.back_s = min(max(self.back_s + by_s, 0.0), most_s)
        self.scrolled.emit()
        self.redraw()

    def redraw(self) -> None:
        """Draw everything anew at the next paint."""
        self._stale = True
        self.update()

    def tick(self) -> None:
        """Move on."""
        before = self._scale.reach.copy()
        self._advance()
        same = (self._scale.reach == before).all()
        self.update(self._plot().toAlignedRect() if same else self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is exposed."""
        self._advance()
        theme = themes().current
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("bg.surface"))
        plot = self._plot()
        if event.rect().left() < plot.left():
            paint_heads(painter, theme, self._rows(), self._scale)
        painter.setClipRect(plot.adjusted(-1, 0, 1, 0))
        self._paint_plot(painter, theme, plot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture has another size."""
        super().resizeEvent(event)
        self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll in time while frozen."""
        if self._live.frozen_s is None:
            event.ignore()
            return
        steps = event.angleDelta()
        self.scroll_back((steps.y() or steps.x()) / 120 * self.span_s * 0.1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag the past in."""
        if event.button() is Qt.MouseButton.LeftButton and self._live.frozen_s is not None:
            self._drag = (event.position().x(), self.back_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._drag is not None:
            moved_s = (event.position().x() - self._drag[0]) * self.span_s / self._plot().width()
            self.scroll_back(self._drag[1] + moved_s - self.back_s)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = None

    def _frozen_changed(self) -> None:
        self.back_s = 0.0
        self.redraw()

    def _plot(self) -> QRectF:
        head = themes().current.px(HEAD)
        return QRectF(head, 0, max(1, self.width() - head), self.height())

    def _rows(self) -> list[tuple[float, float]]:
        """Top and height of each trace, within the plot."""
        theme = themes().current
        top = theme.px(LANE + LANE_GAP)
        room = max(60.0, self.height() - top - theme.px(AXIS))
        gap = theme.px(6)
        tall = (room - gap) / 6
        return [(top + i * tall + (gap if i > 2 else 0), tall) for i in range(6)]

    def _advance(self) -> None:
        """Draw what has come since the last time."""
        live, heard = self._live, self._live.heard
        if heard is not self._heard:
            self._heard, self._stale, self._fed = heard, True, 0
            self._clock = DisplayClock(live.speed if self._known_speed() else None)
            self._scale = Scale()
            self._picture = TracePicture(self._scale)
        self._clock.set_speed(live.speed if self._known_speed() else None)
        now_s, newest_s = time.monotonic(), heard.newest_s
        n_seen = heard.ring.n_seen
        if newest_s is None:
            return
        if n_seen != self._fed and heard.update is not None:
            self._fed = n_seen
            self._clock.feed(newest_s, heard.update.arrived_s)
        if live.frozen_s is not None:
            self._end_s = live.frozen_s - self.back_s
        elif live.running:
            self._end_s = self._clock.end_s(now_s)
        else:
            self._end_s = newest_s
        self._fit(now_s)
        if self._stale or n_seen - self._drawn > _BEHIND:
            self._rebuild()
        elif live.frozen_s is None and n_seen > self._drawn:
            times, samples = heard.ring.rows(self._drawn)
            self._picture.add(times, samples)
            self._drawn = n_seen

    def _known_speed(self) -> bool:
        wish = self._live.sources.wish()
        return wish is None or wish.speed < FAST

    def _fit(self, now_s: float) -> None:
        heard = self._live.heard
        if now_s - self._fitted_s < _SCALE_EVERY_S and not self._stale:
            return
        self._fitted_s = now_s
        first = heard.ring.number_at(self._end_s - self.span_s)
        _, samples = heard.ring.rows(first, heard.ring.number_at(self._end_s))
        if self._scale.fit(samples):
            self._stale = True
        update = heard.update
        rate_hz = 0.0 if update is None else update.health.rate_hz
        self._picture.gap_s = max(0.1, 2.5 / rate_hz) if rate_hz > 0 else 0.1

    def _rebuild(self) -> None:
        ring = self._live.heard.ring
        self._picture.resize(
            self._plot().width(), self._rows(), self.span_s, self.devicePixelRatioF()
        )
        frozen = self._live.frozen_s is not None
        stop = ring.number_at(self._end_s) + 1 if frozen else ring.n_seen
        # From before what is seen: the right edge may fall back while data is late.
        from_s = self._end_s - REACH * self.span_s
        first = ring.number_at(from_s) - 1
        self._picture.begin(from_s)
        times, samples = ring.rows(max(first, 0), stop)
        self._picture.add(times, samples)
        self._drawn = ring.n_seen
        self._stale = False

    def _paint_plot(self, painter: QPainter, theme: Theme, plot: QRectF) -> None:
        rows = self._rows()
        top, bottom = rows[0][0], rows[-1][0] + rows[-1][1]
        ground = QRectF(plot.left(), top, plot.width(), bottom - top)
        painter.fillRect(ground, theme.color("plot.bg"))
        frozen = self._live.frozen_s is not None
        paint_grid(painter, theme, ground, span_s=self.span_s, back_s=self.back_s, frozen=frozen)
        has_data = self._live.heard.newest_s is not None
        if has_data:
            window_s = self._model_window_s()
            width = min(window_s / self.span_s, 1.0) * ground.width()
            if width:
                paint_model_window(painter, theme, ground, width)
            self._picture.draw(painter, plot.left(), 0.0, self._end_s)
            if width:
                paint_model_words(painter, theme, ground, width, window_s)
            self._paint_lane(painter, theme, plot)
        words = veil_words(self._live)
        if words:
            paint_veil(painter, theme, ground, words, over_data=has_data)

    def _model_window_s(self) -> float:
        """How much of the newest time the model sees; 0 if that cannot be said now."""
        begun = self._live.heard.begun
        off = self.back_s or not self._live.running or self._live.lost
        return 0.0 if begun is None or off else begun.window_s

    def _paint_lane(self, painter: QPainter, theme: Theme, plot: QRectF) -> None:
        view = (self._end_s - self.span_s, self._end_s)
        follows = self._live.running and self._live.frozen_s is None and not self._live.lost
        bars = said_bars(self._live, *view, now_s=self._end_s if follows else None)
        lane = QRectF(plot.left(), 0, plot.width(), theme.px(LANE))
        paint_bars(painter, bars, lane, theme=theme, view_s=view)
        painter.setClipRect(plot.adjusted(-1, 0, 1, 0))

    def plot_rect(self) -> QRect:
        """Where the traces are, in pixels."""
        return self._plot().toRect()

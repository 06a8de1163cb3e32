"""The likeliest activities of the newest window, and how they moved over the last minute."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.session.live import Live
from comodo_app.ui.theme import Theme, themes
from comodo_app.ui.timeline.looks import look

SHOWN = 5
_LAST_S = 60.0
_ROW = 32


class Probabilities(QWidget):
    """Five rows: swatch, name, bar, value, a minute of it. Order follows the smoothed answer."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        live.changed.connect(self.refresh)
        live.said_more.connect(self.refresh)
        themes().changed.connect(self.update)
        self.rows: list[tuple[int, float]] = []
        self.refresh()

    def sizeHint(self) -> QSize:
        """Five rows."""
        theme = themes().current
        return QSize(theme.px(400), theme.px(_ROW * SHOWN))

    def minimumSizeHint(self) -> QSize:
        """Rows come closer together."""
        theme = themes().current
        return QSize(theme.px(220), theme.px(22 * SHOWN))

    def refresh(self) -> None:
        """Take the newest window: (place in the student's activities, probability)."""
        history = self._live.heard.said.probabilities
        self.rows = []
        if history and history[-1][1]:
            newest = history[-1][1]
            recent = [p for _, p in list(history)[-4:] if p]
            weight = [sum(p[i] for p in recent) for i in range(len(newest))]
            order = sorted(range(len(newest)), key=lambda i: -weight[i])[:SHOWN]
            self.rows = [(place, newest[place]) for place in order]
        said = ", ".join(f"{self._name(place)} {value:.2f}" for place, value in self.rows)
        self.setAccessibleName(f"Probabilities: {said}" if said else "Probabilities")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.rows:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text.tertiary"))
            words = "What else it could be stands here once a window is full."
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(QRectF(self.rect()), flags, words)
            return
        tall = self.height() / SHOWN
        for number, (place, value) in enumerate(self.rows):
            row = QRectF(0, number * tall, self.width(), tall)
            self._paint_row(painter, theme, row, place, value, first=number == 0)

    def _name(self, place: int) -> str:
        return self._live.label(self._live.activities[place].id)

    def _paint_row(
        self, painter: QPainter, theme: Theme, row: QRectF, place: int, value: float, *, first: bool
    ) -> None:
        activity = self._live.activities[place].id
        one = look(theme, activity, self._live.colour(activity), False)
        middle, side = row.center().y(), theme.px(19)
        swatch = QRectF(0, middle - side / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(one.fill or theme.color("bg.inset"))
        painter.drawRoundedRect(swatch, 4, 4)
        painter.setPen(one.ink)
        painter.setFont(theme.font("overline"))
        painter.drawText(swatch, int(Qt.AlignmentFlag.AlignCenter), str(activity))
        width = row.width()
        name = QRectF(side + theme.px(9), row.top(), width * 0.31 - side, row.height())
        spark = QRectF(width - width * 0.19, middle - theme.px(9), width * 0.19, theme.px(18))
        number = QRectF(spark.left() - theme.px(46), row.top(), theme.px(36), row.height())
        bar = QRectF(name.right() + theme.px(6), middle - theme.px(4.5), 0, theme.px(9))
        bar.setRight(number.left() - theme.px(8))
        font = theme.font("body_strong" if first else "small")
        painter.setFont(font)
        painter.setPen(theme.color("text.primary" if first else "text.secondary"))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        fits = painter.fontMetrics().elidedText(
            self._name(place), Qt.TextElideMode.ElideRight, int(name.width())
        )
        painter.drawText(name, flags, fits)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border.subtle"))
        painter.drawRoundedRect(bar, 3, 3)
        painter.setBrush(one.solid)
        filled = QRectF(bar)
        filled.setWidth(max(bar.width() * value, theme.px(3)))
        painter.drawRoundedRect(filled, 3, 3)
        painter.setPen(theme.color("text.primary" if first else "text.secondary"))
        painter.setFont(theme.font("small_medium"))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(number, flags, f"{value:.2f}")
        self._paint_minute(painter, spark, place, one.solid)

    def _paint_minute(self, painter: QPainter, rect: QRectF, place: int, colour: QColor) -> None:
        history = self._live.heard.said.probabilities
        end_s = history[-1][0]
        line = [
            QPointF(
                rect.right() - (end_s - time_s) / _LAST_S * rect.width(),
                rect.bottom() - 1 - values[place] * (rect.height() - 2),
            )
            for time_s, values in history
            if values and end_s - time_s <= _LAST_S
        ]
        if len(line) < 2:
            return
        shade = QColor(colour)
        shade.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        floor = rect.bottom()
        corners = [QPointF(line[0].x(), floor), *line, QPointF(line[-1].x(), floor)]
        painter.drawPolygon(QPolygonF(corners))
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(line))

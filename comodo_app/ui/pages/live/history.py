"""What was done in the last ten minutes, with marked moments, and how long each took today."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID
from comodo_app.session.live import Live
from comodo_app.ui.pages.live.lane import said_bars
from comodo_app.ui.theme import Theme, themes
from comodo_app.ui.timeline.bars import paint_bars
from comodo_app.ui.timeline.looks import look
from comodo_app.ui.timeline.text import MINUS, clock

SHOWN_S = 600.0
_RIBBON_TOP, _RIBBON, _AXIS, _LEGEND = 11, 35, 20, 22


class History(QWidget):
    """The ribbon, its axis and the totals; hover tells what was said then."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        live.changed.connect(self.refresh)
        live.said_more.connect(self.refresh)
        live.updated.connect(self._look_for_moments)
        themes().changed.connect(self.update)
        self._n_moments = 0
        self.refresh()

    def sizeHint(self) -> QSize:
        """Ribbon, axis, totals."""
        theme = themes().current
        tall = _RIBBON_TOP + _RIBBON + _AXIS + _LEGEND
        return QSize(theme.px(500), theme.px(tall))

    def refresh(self) -> None:
        """Draw anew and say the totals."""
        self._n_moments = len(self._live.heard.said.moments)
        words = ", ".join(f"{name} {time}" for _, name, time in self.totals())
        self.setAccessibleName(f"History; today: {words}" if words else "History, nothing yet")
        self.update()

    def totals(self) -> list[tuple[int, str, str]]:
        """Code, name and time of each activity today, the longest first; then unknown, no data."""
        live = self._live
        known = {c: s for c, s in live.today_s.items() if c not in (UNKNOWN_ID, NO_DATA_ID)}
        found = [(c, live.label(c), _minutes(s)) for c, s in sorted(known.items(), key=_longest)]
        for code, name in ((UNKNOWN_ID, "unknown"), (NO_DATA_ID, "no data")):
            if live.today_s.get(code):
                found.append((code, name, _minutes(live.today_s[code])))
        return found

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Time, activity and confidence under the pointer."""
        words = self.words_at(event.position().x(), event.position().y())
        if words:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()

    def words_at(self, x: float, y: float) -> str:
        """What is told of a place; empty beside the ribbon."""
        theme, end_s = themes().current, self._end_s()
        if end_s is None or not theme.px(_RIBBON_TOP) <= y <= theme.px(_RIBBON_TOP + _RIBBON):
            return ""
        ago_s = (1.0 - x / self.width()) * SHOWN_S
        spans = self._live.heard.said.between(end_s - ago_s, end_s - ago_s + 1e-6)
        if not spans:
            return ""
        span = spans[0]
        name = {UNKNOWN_ID: "Unknown", NO_DATA_ID: "No data"}.get(span.code)
        name = name or f"{self._live.label(span.code)}, confidence {span.confidence:.2f}"
        return f"{name}\n{clock(span.end_s - span.start_s)} long, {clock(ago_s)} ago"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ribbon, moments, axis and totals."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ribbon = QRectF(0, theme.px(_RIBBON_TOP), self.width(), theme.px(_RIBBON))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("bg.inset"))
        painter.drawRoundedRect(ribbon, 4, 4)
        end_s = self._end_s()
        if end_s is not None:
            view = (end_s - SHOWN_S, end_s)
            bars = said_bars(self._live, *view)
            paint_bars(painter, bars, ribbon, theme=theme, view_s=view)
            self._paint_moments(painter, theme, ribbon, end_s)
        self._paint_axis(painter, theme, ribbon)
        self._paint_totals(painter, theme, ribbon.bottom() + theme.px(_AXIS))

    def _end_s(self) -> float | None:
        spans = self._live.heard.said.spans
        return spans[-1].end_s if spans else self._live.heard.newest_s

    def _look_for_moments(self) -> None:
        if len(self._live.heard.said.moments) != self._n_moments:
            self.refresh()

    def _paint_moments(self, painter: QPainter, theme: Theme, ribbon: QRectF, end_s: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("text.primary"))
        half, tall = theme.px(4.5), theme.px(7)
        for moment in self._live.heard.said.moments:
            ago_s = end_s - moment.time_s
            if not 0 <= ago_s <= SHOWN_S:
                ago_s = 0.0 if -60 < ago_s < 0 else ago_s
            if 0 <= ago_s <= SHOWN_S:
                x = ribbon.right() - ago_s / SHOWN_S * ribbon.width()
                x = min(max(x, half), self.width() - half)
                tip = QPointF(x, ribbon.top() - 2)
                painter.drawPolygon(
                    QPolygonF([tip, tip + QPointF(-half, -tall), tip + QPointF(half, -tall)])
                )

    def _paint_axis(self, painter: QPainter, theme: Theme, ribbon: QRectF) -> None:
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        base = ribbon.bottom() + theme.px(4) + metrics.ascent()
        step = 1 if self.width() > theme.px(700) else 2
        for minutes in range(0, 11, step):
            words = "now" if minutes == 0 else f"{MINUS}{minutes} min"
            painter.setPen(theme.color("text.primary" if minutes == 0 else "plot.axis"))
            width = metrics.horizontalAdvance(words)
            x = ribbon.right() - minutes * 60 / SHOWN_S * ribbon.width()
            left = min(max(x - width / 2, 0.0), self.width() - width)
            painter.drawText(round(left), round(base), words)

    def _paint_totals(self, painter: QPainter, theme: Theme, top: float) -> None:
        totals = self.totals()
        if not totals:
            return
        x, middle = 0.0, top + theme.px(_LEGEND) / 2
        names, numbers = theme.font("small"), theme.font("small_medium")
        side = theme.px(11)
        shown = 0
        for code, name, time in totals:
            plain, strong = QFontMetricsF(names), QFontMetricsF(numbers)
            width = side + theme.px(12) + plain.horizontalAdvance(name)
            width += strong.horizontalAdvance(time) + theme.px(18)
            if x + width > self.width() - theme.px(70):
                break
            one = look(theme, code, self._live.colour(code) if code > 0 else 0, False)
            box = QRectF(x, middle - side / 2, side, side)
            painter.setPen(one.border or Qt.PenStyle.NoPen)
            painter.setBrush(one.fill or theme.color("bg.inset"))
            painter.drawRoundedRect(box, 3, 3)
            base = middle + (plain.ascent() - plain.descent()) / 2
            painter.setFont(names)
            painter.setPen(theme.color("text.secondary"))
            at = x + side + theme.px(6)
            painter.drawText(round(at), round(base), name)
            painter.setFont(numbers)
            painter.setPen(theme.color("text.primary"))
            at += plain.horizontalAdvance(name) + theme.px(6)
            painter.drawText(round(at), round(base), time)
            x += width
            shown += 1
        if shown < len(totals):
            rest = f"+ {len(totals) - shown} more"
            painter.setFont(names)
            painter.setPen(theme.color("text.tertiary"))
            painter.drawText(
                QRectF(x, top, self.width() - x, theme.px(_LEGEND)),
                int(Qt.AlignmentFlag.AlignVCenter),
                rest,
            )


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    if whole >= 3600:
        return clock(whole)
    return f"{whole // 60}:{whole % 60:02}"


def _longest(item: tuple[int, float]) -> tuple[float, int]:
    return (-item[1], item[0])

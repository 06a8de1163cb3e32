"""How the stream does, and whether the sensor looks like the one that the student learned from."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from comodo_app.live.model import Counts
from comodo_app.session.live import Live
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.live.words import connection_chip
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import Chip, ElidedLabel, KeyValueRow, Panel, flow_row, text

_NONE = "–"
_CHECKS = (
    ("gravity", "Gravity"),
    ("units", "Units"),
    ("axes", "Axes as in training"),
    ("rate", "Rate"),
)


class RateLine(QWidget):
    """Samples of each second over the last 90 s."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self._n = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Rate over 90 s")
        live.updated.connect(self._look)
        live.changed.connect(self.update)
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A thin strip."""
        return QSize(200, themes().current.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground and line."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(theme.color("border.subtle"))
        painter.setBrush(theme.color("plot.bg"))
        painter.drawRoundedRect(box, theme.px(5), theme.px(5))
        rates = list(self._live.heard.rates_hz)
        if len(rates) < 2:
            return
        inner = box.adjusted(theme.px(5), theme.px(6), -theme.px(5), -theme.px(3))
        most = 1.25 * max(max(rates), 1.0)
        step = inner.width() / 89
        line = [
            QPointF(
                inner.right() - (len(rates) - 1 - i) * step,
                inner.bottom() - rate / most * inner.height(),
            )
            for i, rate in enumerate(rates)
        ]
        colour = theme.color("ok")
        shade = QColor(colour)
        shade.setAlphaF(0.15)
        corners = [QPointF(line[0].x(), inner.bottom()), *line]
        corners.append(QPointF(line[-1].x(), inner.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(corners))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.3))
        painter.drawPolyline(QPolygonF(line))

    def _look(self) -> None:
        rates = self._live.heard.rates_hz
        newest = hash((len(rates), rates[-1] if rates else 0.0))
        if newest != self._n:
            self._n = newest
            self.update()


class ConnectionPanel(Panel):
    """Rate, delay, what was dropped, what came late; in the tooltip everything that was counted."""

    def __init__(self, live: Live) -> None:
        self.chip = Chip("", "plain", "")
        super().__init__("Connection", "", self.chip, padding=14)
        self._live = live
        self.chip.hide()
        self.line = RateLine(live)
        self.rate = KeyValueRow("Rate, last 90 s")
        self.delay = KeyValueRow("Delay")
        self.dropped = KeyValueRow("Dropped")
        self.late = KeyValueRow("Late or out of order")
        for row in (self.line, self.rate, self.delay, self.dropped, self.late):
            self.body.addWidget(row)
        self.body.setSpacing(6)
        live.updated.connect(self.refresh)
        live.changed.connect(self.refresh)
        self._shown: object = None
        self.refresh()

    def refresh(self) -> None:
        """Say how it is now."""
        words, tone = connection_chip(self._live)
        if (words, tone) != (self.chip.label, self.chip.tone):
            self.chip.set(words, tone, None if words else "")
            self.chip.setVisible(bool(words))
        update = self._live.heard.update
        health = None if update is None else update.health
        if health is self._shown and self._shown is not None:
            return
        self._shown = health
        if update is None or health is None or health.last_data_ago_s is None:
            for row in (self.rate, self.delay, self.dropped, self.late):
                row.set(_NONE)
            return
        nominal = 0.0 if update.stream is None else update.stream.nominal_rate_hz
        of = f" of {nominal:.4g} Hz" if nominal else " Hz"
        self.rate.set(f"{health.rate_hz:.1f}{of}" if health.rate_hz else _NONE)
        self.delay.set(f"{1000 * health.delay_s:.0f} ms")
        counts = health.counts
        lost = counts.missing + counts.stray + counts.not_finite
        share = f" · {100 * health.lost_share:.2g} %" if health.lost_share else ""
        self.dropped.set(f"{grouped(lost)} samples{share}" if lost else "none")
        late = counts.late + counts.out_of_order
        self.late.set(grouped(late) if late else "none")
        refused = [f"{grouped(n.count)} {n.text}" for n in update.status.counted]
        self.setToolTip("\n".join([*_counted(counts), *refused]))


class CheckRow(QWidget):
    """A sign, what was compared, what was found."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._fits: bool | None = None
        self._sign = QLabel()
        self._title = text(title, "small", "secondary")
        self.value = ElidedLabel("", "small")
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = flow_row(self._sign, self._title, self.value)
        row.setStretch(2, 1)
        self.setLayout(row)
        themes().changed.connect(self._draw)
        self.set(None, _NONE)

    def set(self, fits: bool | None, words: str) -> None:
        """Say what was found; None is not known."""
        self._fits = fits
        self.value.setText(words)
        state = {True: "fits", False: "differs", None: "not known"}[fits]
        self.setAccessibleName(f"{self._title.text()}: {words}, {state}")
        self._draw()

    def _draw(self) -> None:
        name, token = {
            True: ("check", "ok"), False: ("warn", "warn"), None: ("minus", "text.tertiary"),
        }[self._fits]  # fmt: skip
        self._sign.setPixmap(pixmap(name, token, 15))


class CheckPanel(Panel):
    """What the sensor looks like beside the one that the student learned from."""

    def __init__(self, live: Live) -> None:
        super().__init__("Signal check", padding=14)
        self._live = live
        self.rows = {key: CheckRow(title) for key, title in _CHECKS}
        column = QVBoxLayout()
        column.setSpacing(6)
        for row in self.rows.values():
            column.addWidget(row)
        self.body.addLayout(column)
        self._shown: object = None
        live.updated.connect(self.refresh)
        live.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what was found last."""
        update = self._live.heard.update
        checks = () if update is None else update.checks
        if checks == self._shown:
            return
        self._shown = checks
        found = {check.what: check for check in checks}
        for key, row in self.rows.items():
            check = found.get(key)
            row.set(None if check is None else check.fits, _NONE if check is None else check.text)


def _counted(counts: Counts) -> list[str]:
    named = (
        (counts.received, "samples came"),
        (counts.out_of_order, "came out of order, sorted in"),
        (counts.duplicated, "came twice"),
        (counts.late, "came too late"),
        (counts.missing, "never came"),
        (counts.not_finite, "were no numbers"),
        (counts.stray, "had a time far off"),
        (counts.clock_jumps, "times the sensor's clock was set"),
        (counts.rate_changes, "times the rate changed"),
    )
    return [f"{grouped(n)} {what}" for n, what in named if n]

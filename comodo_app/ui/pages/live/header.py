"""What the header shows of Live: whether it is on, and the recording."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.session.live import Live
from comodo_app.ui.actions import Actions
from comodo_app.ui.numbers import size
from comodo_app.ui.pages.live.words import state_chip
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.text import clock
from comodo_app.ui.widgets import Chip, button


class RecordingPill(QWidget):
    """Red: how long has been recorded, and how large it is."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self._parts = ("", "", "")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.updateGeometry)

    def refresh(self) -> None:
        """Show time and size as they are now."""
        state = self._live.recordings.state
        parts = ("Recording", "00:00", "")
        if state is not None:
            words = "Disk full" if state.trouble else "Recording"
            parts = (words, clock(state.duration_s), size(state.n_bytes))
        if parts != self._parts:
            grows = len("".join(parts)) != len("".join(self._parts))
            self._parts = parts
            self.setAccessibleName(" ".join(parts))
            if grows:
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Dot, word, time, size."""
        theme = themes().current
        strong, plain = (QFontMetricsF(theme.font(s)) for s in ("body_strong", "body"))
        word, time, bytes_ = self._parts
        width = strong.horizontalAdvance(word + time) + plain.horizontalAdvance(bytes_)
        return QSize(round(width) + theme.px(54), theme.px(30))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(theme.color("rec"))
        painter.setBrush(theme.color("err.tint"))
        painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("rec"))
        dot = QRectF(theme.px(10), box.center().y() - theme.px(5), theme.px(10), theme.px(10))
        painter.drawEllipse(dot)
        x = dot.right() + theme.px(8)
        for words, style, token in zip(
            self._parts,
            ("body_strong", "body_strong", "body"),
            ("text.primary", "text.primary", "text.secondary"),
            strict=True,
        ):
            font = theme.font(style)
            painter.setFont(font)
            painter.setPen(theme.color(token))
            width = QFontMetricsF(font).horizontalAdvance(words)
            where = QRectF(x, 0, width + 2, self.height())
            painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), words)
            x += width + theme.px(8)


class LiveHeader(QObject):
    """The widgets of the header; they follow the session."""

    def __init__(self, live: Live, actions: Actions, page: QWidget) -> None:
        super().__init__(page)
        self._live, self._actions = live, actions
        self.chip = Chip("", "plain", "")
        self.pill = RecordingPill(live)
        self.record = button("Record", lambda: actions.run("live.record"), icon_name="record")
        self.toggle = button("Start", lambda: actions.run("live.toggle"), kind="primary")
        self.mirror = button("", lambda: actions.run("live.mirror"), icon_name="external")
        self.mirror.setAccessibleName("Activity in its own window")
        self.mirror.setToolTip(actions.tip("live.mirror"))
        self.stop = button("Stop live", lambda: actions.run("live.toggle"), icon_name="stop")
        self.widgets: list[QWidget] = [
            self.chip, self.pill, self.record, self.mirror, self.stop, self.toggle,
        ]  # fmt: skip
        self.chip.hide()
        live.changed.connect(self.refresh)
        live.updated.connect(self.follow)
        live.recordings.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Offer what can be done now."""
        live, actions = self._live, self._actions
        on = live.recordings.on
        _show(self.pill, on)
        self.record.setText("Stop" if on else "Record")
        self.record.set_icon("stop" if on else "record")
        self.record.setToolTip(actions.tip("live.record"))
        why_not = "" if live.running else "Start first: there is nothing to record."
        actions.set_enabled("live.record", live.running, why_not)
        self.record.setEnabled(live.running)
        _show(self.record, live.running)
        _show(self.toggle, not live.running)
        _show(self.stop, live.running)
        why_not = "" if live.running else live.why_not()
        actions.set_enabled("live.toggle", not why_not, why_not)
        self.toggle.setEnabled(not why_not)
        tip = why_not or actions.tip("live.toggle")
        self.toggle.setToolTip(tip)
        self.stop.setToolTip(tip)
        actions.set_enabled("live.mark", live.running, "Start first: nothing happens yet.")
        self.follow()

    def follow(self) -> None:
        """Show rate, time and size."""
        words, tone = state_chip(self._live)
        if (words, tone) != (self.chip.label, self.chip.tone):
            self.chip.set(words, tone, None if tone != "ok" else "live")
            _show(self.chip, bool(words))
        if self._live.recordings.on:
            self.pill.refresh()


def _show(widget: QWidget, on: bool) -> None:
    """Show or hide; before the header has taken the widget in, showing it would make a window."""
    if not on or widget.parentWidget() is not None:
        widget.setVisible(on)

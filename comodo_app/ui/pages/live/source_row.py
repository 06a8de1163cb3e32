"""A row of the source list: a radio, an icon, name and address, a state chip."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from comodo_app.session.live_sources import LiveSource
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets.chip import chip_width, paint_chip

ROW_PX = 49


class SourceRow(QAbstractButton):
    """Checkable; `clicked` as of every button."""

    def __init__(self, source: LiveSource) -> None:
        super().__init__()
        self.source = source
        self.chip: tuple[str, str] = ("", "plain")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)
        self.show_source(source)

    def sizeHint(self) -> QSize:
        """49 high."""
        theme = themes().current
        return QSize(theme.px(240), theme.px(ROW_PX))

    def show_source(self, source: LiveSource) -> None:
        """Show another name or detail."""
        self.source = source
        self.setText(source.title)
        self._name()
        self.update()

    def show_chip(self, words: str, tone: str) -> None:
        """Show another state; no words, no chip."""
        if (words, tone) != self.chip:
            self.chip = (words, tone)
            self._name()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(theme.color("accent.text"))
            painter.setBrush(theme.color("accent.tint"))
            painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg.hover"))
            painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        if self.hasFocus() and self.property("kbd"):
            painter.setPen(QPen(theme.color("focus.ring"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.px(6), theme.px(6))
        middle = box.center().y()
        self._paint_radio(painter, QPointF(theme.px(18), middle))
        icon_px = theme.px(16)
        token = "text.primary" if self.isChecked() else "text.secondary"
        sign = pixmap(self.source.icon, token, 16)
        painter.drawPixmap(theme.px(37), round(middle - icon_px / 2), sign)
        left = theme.px(63)
        words, tone = self.chip
        chip = 0.0
        if words:
            chip = chip_width(words, tone, "")
            where = QRectF(box.right() - chip - theme.px(9), box.top() + theme.px(8), chip, 0)
            where.setHeight(theme.px(20))
            paint_chip(painter, where, words, tone, "")
        room = box.right() - theme.px(10) - left
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(theme.font("body_strong"))
        painter.setPen(theme.color("text.primary"))
        title = painter.fontMetrics().elidedText(
            self.source.title, Qt.TextElideMode.ElideRight, int(room - chip - theme.px(8))
        )
        painter.drawText(QRectF(left, theme.px(6), room, theme.px(19)), flags, title)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text.secondary"))
        detail = painter.fontMetrics().elidedText(
            self.source.detail, Qt.TextElideMode.ElideMiddle, int(room)
        )
        painter.drawText(QRectF(left, theme.px(25), room, theme.px(18)), flags, detail)

    def _paint_radio(self, painter: QPainter, at: QPointF) -> None:
        theme = themes().current
        painter.setBrush(Qt.BrushStyle.NoBrush)
        token = "accent.text" if self.isChecked() else "border.strong"
        painter.setPen(QPen(theme.color(token), 1.5))
        painter.drawEllipse(at, theme.px(7), theme.px(7))
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent.text"))
            painter.drawEllipse(at, theme.px(3.5), theme.px(3.5))

    def _name(self) -> None:
        state = f", {self.chip[0]}" if self.chip[0] else ""
        self.setAccessibleName(f"{self.source.title}, {self.source.detail}{state}")
        self.setToolTip(f"{self.source.title}\n{self.source.detail}")

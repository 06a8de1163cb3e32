"""The surface of everything that lies over the page: sheets, toasts, palette, menus of our own."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame

from comodo_app.ui.theme import themes


class OverlayFrame(QFrame):
    """A rounded surface with a hairline; `bar` is the token of a 3-pixel bar at its left edge."""

    def __init__(self, radius_px: int = 8, bar: str = "") -> None:
        super().__init__()
        self.radius_px, self.bar = radius_px, bar
        themes().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint surface, line and bar in the present theme."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = theme.px(self.radius_px)
        painter.setPen(theme.color("border.default"))
        painter.setBrush(theme.color("bg.overlay"))
        painter.drawRoundedRect(whole, radius, radius)
        if self.bar:
            painter.setClipRect(QRectF(0, 0, theme.px(3), self.height()))
            painter.setPen(theme.color(self.bar))
            painter.setBrush(theme.color(self.bar))
            painter.drawRoundedRect(whole, radius, radius)

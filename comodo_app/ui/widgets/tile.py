"""The sign of a card: an icon on a tint of its colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.ui.theme import pixmap, themes


class Tile(QWidget):
    """36 square; `token` names the colour, of which there must be a tint."""

    def __init__(self, icon_name: str, token: str) -> None:
        super().__init__()
        self._icon_name, self._token = icon_name, token
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """36 square."""
        side = themes().current.px(36)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it in the present theme."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"{self._token}.tint"))
        painter.drawRoundedRect(QRectF(self.rect()), theme.px(8), theme.px(8))
        side, inner = self.width(), theme.px(18)
        at = (side - inner) // 2
        painter.drawPixmap(at, at, pixmap(self._icon_name, self._token, 18))

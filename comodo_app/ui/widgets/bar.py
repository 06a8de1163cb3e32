"""A thin bar of how much is done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.ui.theme import themes


def paint_bar(painter: QPainter, rect: QRectF, share: float, token: str) -> None:
    """Paint a bar filled to `share` (0 to 1) with a token's colour; delegates use it too."""
    theme = themes().current
    radius = rect.height() / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("border.default"))
    painter.drawRoundedRect(rect, radius, radius)
    if share > 0:
        painter.setBrush(theme.color(token))
        painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width() * share, rect.height()))
        painter.drawRoundedRect(rect, radius, radius)
    painter.restore()


class Bar(QWidget):
    """`paint_bar` as a widget of a fixed size, which is read aloud as a percentage."""

    def __init__(self, width_px: int, height_px: int = 5) -> None:
        super().__init__()
        self._width_px, self._height_px = width_px, height_px
        self.share, self.token = 0.0, "student"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.updateGeometry)

    def set(self, share: float, token: str = "student") -> None:
        """Show another share, 0 to 1."""
        self.share, self.token = share, token
        self.setAccessibleName(f"{share:.0%} done")
        self.update()

    def sizeHint(self) -> QSize:
        """With a little air above and below."""
        theme = themes().current
        return QSize(theme.px(self._width_px), theme.px(self._height_px) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it in the middle."""
        height = themes().current.px(self._height_px)
        room = QRectF(0, (self.height() - height) / 2, self.width(), height)
        paint_bar(QPainter(self), room, self.share, self.token)

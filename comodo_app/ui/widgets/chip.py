"""A chip: icon, word and colour together, never colour alone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.ui.theme import pixmap, themes

# tone: (text token, background token, icon)
TONES = {
    "ok": ("ok", "ok.tint", "check-circle"),
    "warn": ("warn", "warn.tint", "warn"),
    "err": ("err", "err.tint", "error"),
    "info": ("info", "info.tint", "info"),
    "teacher": ("teacher", "teacher.tint", "snowflake"),
    "student": ("student", "student.tint", "flame"),
    "plain": ("text.secondary", "bg.hover", ""),
}


def paint_chip(
    painter: QPainter, rect: QRectF, label: str, tone: str, icon_name: str | None = None
) -> None:
    """Paint a chip filling `rect`; delegates use it too."""
    theme = themes().current
    colour, ground, default_icon = TONES[tone]
    name = default_icon if icon_name is None else icon_name
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(ground))
    painter.drawRoundedRect(rect, theme.px(5), theme.px(5))
    x = rect.left() + theme.px(7)
    if name:
        side = theme.px(14)
        top = rect.center().y() - side / 2
        painter.drawPixmap(round(x), round(top), pixmap(name, colour, 14))
        x += side + theme.px(5)
    painter.setFont(theme.font("small_medium"))
    painter.setPen(theme.color(colour))
    room = QRectF(x, rect.top(), rect.right() - theme.px(7) - x, rect.height())
    fits = painter.fontMetrics().elidedText(
        label, Qt.TextElideMode.ElideRight, int(room.width()) + 1
    )
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), fits)
    painter.restore()


def chip_width(label: str, tone: str, icon_name: str | None = None) -> int:
    """How wide a chip wants to be."""
    theme = themes().current
    name = TONES[tone][2] if icon_name is None else icon_name
    letters = QFontMetrics(theme.font("small_medium")).horizontalAdvance(label)
    return letters + theme.px(14) + (theme.px(19) if name else 0) + 2


class Chip(QWidget):
    """A chip as a widget; `tone` is a key of `TONES`."""

    def __init__(self, label: str, tone: str = "plain", icon_name: str | None = None) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.updateGeometry)
        self.set(label, tone, icon_name)

    def set(self, label: str, tone: str = "plain", icon_name: str | None = None) -> None:
        """Say something else."""
        self.label, self.tone, self._icon_name = label, tone, icon_name
        self.setAccessibleName(label)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """22 high, as wide as its text."""
        width = chip_width(self.label, self.tone, self._icon_name)
        return QSize(width, themes().current.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it in the present theme."""
        paint_chip(QPainter(self), QRectF(self.rect()), self.label, self.tone, self._icon_name)

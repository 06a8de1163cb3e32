"""A switch."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton

from comodo_app.ui.theme import themes


class Toggle(QAbstractButton):
    """On or off, 32 × 18; `toggled` as of every checkable button."""

    def __init__(self, name: str, on: bool = False) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(on)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """With room for the focus ring."""
        theme = themes().current
        return QSize(theme.px(36), theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track and knob."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(0, 0, theme.px(32), theme.px(18))
        track.moveCenter(QRectF(self.rect()).center())
        on = self.isChecked()
        ground = "accent.solid" if on else "border.strong"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground if self.isEnabled() else "border.default"))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        side = track.height() - theme.px(4)
        left = track.right() - side - theme.px(2) if on else track.left() + theme.px(2)
        painter.setBrush(theme.color("text.on_accent"))
        painter.drawEllipse(QRectF(left, track.top() + theme.px(2), side, side))
        if self.hasFocus() and self.property("kbd"):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("focus.ring"))
            ring = track.adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)

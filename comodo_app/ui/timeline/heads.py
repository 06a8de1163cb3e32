"""Track heads: what a strip shows, and its value at the playhead."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from comodo_app.ui.theme import pixmap, themes

HEAD_PX = 148
_INDENT_PX, _ICON_PX, _TEXT_PX, _RIGHT_PX = 12, 16, 34, 9
_SWATCH_PX, _BESIDE_SWATCH_PX = 12, 26


@dataclass(frozen=True, slots=True)
class HeadText:
    """`icon` with its token, or a `swatch` token; `second` is a line of its own; `tokens` are the
    colours of title and value."""

    title: str
    value: str = ""
    icon: str = ""
    tone: str = "text.secondary"
    swatch: str = ""
    second: str = ""
    tokens: tuple[str, str] = ("text.primary", "text.primary")
    off: bool = False


class TrackHead(QWidget):
    """Icon, name and value; a click is told where `clickable`."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None, *, clickable: bool = False) -> None:
        super().__init__(parent)
        self.text = HeadText("")
        self._clickable = clickable
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, clickable)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        if clickable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes().changed.connect(self.update)

    def say(self, text: HeadText) -> None:
        """Show something else; costs nothing if it is the same."""
        if text == self.text:
            return
        tip = ""
        if self._clickable:
            tip = f"Show {text.title}" if text.off else f"Hide {text.title}"
        if tip != self.toolTip():
            self.setToolTip(tip)
        self.text = text
        self.setAccessibleName(", ".join(p for p in (text.title, text.second, text.value) if p))
        self.update()

    def sizeHint(self) -> QSize:
        """148 wide."""
        return QSize(themes().current.px(HEAD_PX), themes().current.px(30))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click toggles a trace."""
        inside = self.rect().contains(event.position().toPoint())
        if self._clickable and event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Taken, so that the release comes here."""
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint in the present theme."""
        theme, text = themes().current, self.text
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.surface"))
        line = theme.color("border.subtle")
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), line)
        painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), line)
        left = theme.px(_INDENT_PX)
        middle = self.height() / 2 if not text.second else self.height() / 4 + 1
        icon = "eye-off" if text.off else text.icon
        if self._clickable and self.underMouse():
            icon = "eye" if text.off else "eye-off"  # what a click would do
        if icon:
            size = _SWATCH_PX if text.swatch else _ICON_PX
            side = theme.px(size)
            picture = pixmap(icon, text.tone, size)
            painter.drawPixmap(left - (1 if text.swatch else 0), round(middle - side / 2), picture)
        elif text.swatch:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(text.swatch))
            bar = QRectF(left + 2, middle - theme.px(5), theme.px(4), theme.px(10))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        indent = theme.px(_BESIDE_SWATCH_PX if text.swatch else _TEXT_PX if icon else 14)
        title = QRectF(indent, 0, self.width() - indent - theme.px(_RIGHT_PX), self.height())
        if text.second:
            title.setHeight(self.height() / 2)
            second = title.translated(0, self.height() / 2 - 2)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(second, int(Qt.AlignmentFlag.AlignVCenter), text.second)
        painter.setFont(theme.font("small_medium"))
        painter.setPen(theme.color("text.tertiary" if text.off else text.tokens[0]))
        painter.drawText(title, int(Qt.AlignmentFlag.AlignVCenter), text.title)
        taken = text.second or text.title
        self._draw_value(painter, text, second if text.second else title, taken)

    @staticmethod
    def _draw_value(painter: QPainter, text: HeadText, room: QRectF, taken: str) -> None:
        theme, metrics = themes().current, painter.fontMetrics()
        left = metrics.horizontalAdvance(taken) + theme.px(8)
        room = room.adjusted(left, 0, 0, 0)
        fits = metrics.elidedText(text.value, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
        painter.setPen(theme.color(text.tokens[1]))
        where = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(room, where, fits)

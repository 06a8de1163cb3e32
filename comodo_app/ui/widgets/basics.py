"""Labels, buttons and lines, as the style sheet knows them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from comodo_app.ui.theme import icon, themes


def text(content: str = "", style: str = "body", tone: str = "") -> QLabel:
    """A label in a text style ("h1", "small" …) and tone ("secondary", "tertiary", or none)."""
    label = QLabel(content)
    label.setTextFormat(Qt.TextFormat.PlainText)  # file names may look like HTML
    label.setProperty("style", style)
    if tone:
        label.setProperty("tone", tone)
    return label


class Button(QPushButton):
    """A push button whose icon follows the theme. See `button`."""

    def __init__(self, label: str, kind: str, icon_name: str) -> None:
        super().__init__(label)
        self._icon_name = icon_name
        self._token = {"primary": "text.on_accent", "danger": "err"}.get(kind, "text.secondary")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if kind:
            self.setProperty("kind", kind)
        if icon_name:
            themes().changed.connect(self.redraw)
            self.redraw()

    def set_icon(self, icon_name: str) -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self.redraw()

    def redraw(self) -> None:
        """Draw the icon in the present theme."""
        side, gap = themes().current.px(16), themes().current.px(3)
        drawn = icon(self._icon_name, self._token, 16)
        # Styles leave 4 px between icon and text; the tokens want a little more.
        self.setIcon(drawn if not self.text() else _with_room(drawn, side, gap))
        self.setIconSize(QSize(side + (gap if self.text() else 0), side))


def _with_room(drawn: QIcon, side: int, gap: int) -> QIcon:
    made = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        picture = drawn.pixmap(QSize(side, side), 2.0, mode)
        wide = QPixmap(2 * (side + gap), 2 * side)
        wide.setDevicePixelRatio(2.0)
        wide.fill(Qt.GlobalColor.transparent)
        painter = QPainter(wide)
        painter.drawPixmap(0, 0, picture)
        painter.end()
        made.addPixmap(wide, mode)
    return made


def button(
    label: str,
    clicked: Callable[[], object] | None = None,
    *,
    kind: str = "",
    icon_name: str = "",
    small: bool = False,
    tip: str = "",
) -> Button:
    """A push button; `kind` is "primary", "ghost", "danger" or plain.

    It takes no focus by mouse, so that Space keeps meaning play.
    """
    made = Button(label, kind, icon_name)
    if small:
        made.setProperty("size", "sm")
    if tip:
        made.setToolTip(tip)
    if clicked is not None:
        made.clicked.connect(lambda: clicked())
    return made


class IconButton(QToolButton):
    """A button that is only an icon; its name is read aloud and shown as a tooltip."""

    def __init__(
        self,
        icon_name: str,
        name: str,
        clicked: Callable[[], object] | None = None,
        *,
        token: str = "text.secondary",
        size_px: int = 18,
        checkable: bool = False,
    ) -> None:
        super().__init__()
        self._icon_name, self._token, self._size_px = icon_name, token, size_px
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(checkable)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if clicked is not None:
            self.clicked.connect(lambda: clicked())
        themes().changed.connect(self.redraw)
        self.redraw()

    def set_icon(self, icon_name: str, name: str | None = None) -> None:
        """Show another icon, and say another name."""
        self._icon_name = icon_name
        if name is not None:
            self.setAccessibleName(name)
            self.setToolTip(name)
        self.redraw()

    def redraw(self) -> None:
        """Draw the icon in the present theme."""
        size = themes().current.px(self._size_px)
        self.setIcon(icon(self._icon_name, self._token, self._size_px))
        self.setIconSize(QSize(size, size))


class Line(QFrame):
    """A hairline, horizontal or vertical."""

    def __init__(self, *, vertical: bool = False) -> None:
        super().__init__()
        self.setFixedWidth(1) if vertical else self.setFixedHeight(1)
        self.setProperty("role", "line")


class ElidedLabel(QLabel):
    """One line of text that ends in "…" where there is no room; the whole is the tooltip."""

    def __init__(self, content: str = "", style: str = "body", tone: str = "") -> None:
        super().__init__(content)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("style", style)
        if tone:
            self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        fits = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        tip = self.text() if fits != self.text() else ""
        if self.toolTip() != tip:
            self.setToolTip(tip)
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), int(self.alignment()), fits)


def flow_row(*widgets: QWidget | None, spacing: int = 8) -> QHBoxLayout:
    """Widgets in a row; None is a stretch."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    for widget in widgets:
        row.addStretch(1) if widget is None else row.addWidget(widget)
    return row

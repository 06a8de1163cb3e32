"""The navigation rail: one button a page, with a mark where a page needs you or is at work."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from comodo_app.session.actions import PAGES
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Badge
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import IconButton

_WIDTH, _ITEM_WIDTH, _ITEM_HEIGHT = 80, 68, 54


class RailItem(QAbstractButton):
    """Icon, caption, and a badge at the icon's top right."""

    def __init__(self, page: str, title: str, tip: str) -> None:
        super().__init__()
        self._page, self._badge = page, Badge()
        self.setText(title)
        self.setCheckable(True)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(title)
        themes().changed.connect(self.updateGeometry)

    def show_badge(self, badge: Badge) -> None:
        """Mark the page."""
        self._badge = badge
        needs = f", {badge.number} need you" if badge.number else ""
        works = ", at work" if badge.ring is not None else ""
        self.setAccessibleName(self.text() + needs + works)
        self.update()

    def sizeHint(self) -> QSize:
        """68 × 54."""
        theme = themes().current
        return QSize(theme.px(_ITEM_WIDTH), theme.px(_ITEM_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint pill, icon, caption and badge."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pill = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked() or self.underMouse():
            light = theme.name == "light" and self.isChecked()
            painter.setBrush(theme.color("bg.surface" if light else "bg.hover"))
            painter.setPen(theme.color("border.default") if light else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(pill, theme.px(8), theme.px(8))
        if self.hasFocus() and self.property("kbd"):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus.ring"), 2))
            painter.drawRoundedRect(pill.adjusted(1, 1, -1, -1), theme.px(7), theme.px(7))
        token = "text.primary" if self.isChecked() else "text.secondary"
        side = theme.px(20)
        left = (self.width() - side) // 2
        painter.drawPixmap(left, theme.px(8), pixmap(self._page, token, 20))
        painter.setPen(theme.color(token))
        painter.setFont(theme.font("caption"))
        words = QRectF(0, theme.px(32), self.width(), theme.px(16))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), self.text())
        self._paint_badge(painter, left + side, theme.px(9))

    def _paint_badge(self, painter: QPainter, x: int, y: int) -> None:
        theme, badge = themes().current, self._badge
        if badge.number:
            label = str(badge.number) if badge.number < 100 else "99"
            painter.setFont(theme.font("overline"))
            width = max(theme.px(15), painter.fontMetrics().horizontalAdvance(label) + theme.px(7))
            box = QRectF(x - theme.px(5), y - theme.px(6), width, theme.px(15))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("warn.tint"))
            painter.drawRoundedRect(box, theme.px(7), theme.px(7))
            painter.setPen(theme.color("warn"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), label)
        elif badge.ring is not None:
            box = QRectF(x - theme.px(2), y - theme.px(6), theme.px(11), theme.px(11))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("border.default"), 2))
            painter.drawEllipse(box)
            painter.setPen(QPen(theme.color("student"), 2))
            painter.drawArc(box, 90 * 16, -round(badge.ring * 360 * 16))
        elif badge.dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(badge.token))
            painter.drawEllipse(QPointF(x + theme.px(3), y), theme.px(3), theme.px(3))


class Rail(QWidget):
    """The pages, Settings at the bottom; `chosen` with a page's name."""

    chosen = Signal(str)
    menu_requested = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName("Pages")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 9, 6, 9)
        column.setSpacing(4)
        self.logo = IconButton("logo", "Menu", self.menu_requested.emit, size_px=30)
        self.logo.setObjectName("logo")
        column.addWidget(self.logo, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        self._group = QButtonGroup(self)
        self.items: dict[str, RailItem] = {}
        for page, title in PAGES:
            if page == "settings":
                column.addStretch(1)
            item = RailItem(page, title, actions.tip(f"go.{page}"))
            item.clicked.connect(lambda _=False, name=page: self.chosen.emit(name))
            self._group.addButton(item)
            self.items[page] = item
            column.addWidget(item, alignment=Qt.AlignmentFlag.AlignHCenter)
        themes().changed.connect(self._resize)
        self._resize()

    def show_page(self, page: str) -> None:
        """Mark the page that is shown; none for the welcome page."""
        self._group.setExclusive(False)
        for name, item in self.items.items():
            item.setChecked(name == page)
        self._group.setExclusive(True)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line at the right and the bar beside the current page."""
        theme = themes().current
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.canvas"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme.color("border.subtle"))
        for item in self.items.values():
            if item.isChecked():
                middle = item.geometry().center().y()
                height = theme.px(24)
                bar = QRectF(0, middle - height / 2, theme.px(3), height)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("accent.text"))
                painter.drawRoundedRect(bar, 1.5, 1.5)

    def _resize(self) -> None:
        self.setFixedWidth(themes().current.px(_WIDTH))

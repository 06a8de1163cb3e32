"""Parts of the welcome page: the demo's picture, the drop zone, a row of the recent projects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from comodo_app.jobs.demo_picture import DemoPicture
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import ElidedLabel, IconButton, button, flow_row, text


class DropZone(QWidget):
    """A dashed place; a click, Enter or Space chooses files."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Drop recordings here, or press Enter to choose files")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 24, 24, 24)
        self.column.setSpacing(10)
        themes().changed.connect(self.update)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose files."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose files."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dashed frame, blue under the mouse."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        near = self.underMouse() or self.hasFocus()
        line = "accent.text" if near else "border.strong"
        painter.setPen(QPen(theme.color(line), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("accent.tint" if near else "bg.surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)


class DemoView(QWidget):
    """A frame of the demo and the size of the acceleration around it."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._wave: tuple[float, ...] = ()
        self.setFixedHeight(themes().current.px(170))
        self.setAccessibleName("A frame of the demo, and its sensor")
        themes().changed.connect(self.update)

    def show_picture(self, picture: DemoPicture) -> None:
        """Show what a job has read."""
        packed = np.ascontiguousarray(picture.image)
        height, width, _ = packed.shape
        made = QImage(packed.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._image = made.copy()
        self._wave = tuple(float(v) for v in picture.wave)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture fills the place; the curve lies over its lower part."""
        theme, painter = themes().current, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape, box = QPainterPath(), QRectF(self.rect())
        shape.addRoundedRect(box, theme.px(6), theme.px(6))
        painter.fillPath(shape, theme.color("plot.bg"))
        if self._image is None:
            return
        painter.setClipPath(shape)
        scale = min(self._image.width() / box.width(), self._image.height() / box.height())
        part = QRectF(0, 0, box.width() * scale, box.height() * scale)
        part.moveCenter(QRectF(self._image.rect()).center())
        painter.drawImage(box, self._image, part)
        strip = QRectF(0, box.height() - theme.px(56), box.width(), theme.px(56))
        painter.fillRect(strip, theme.color("bg.scrim"))
        inner = strip.adjusted(theme.px(12), theme.px(10), -theme.px(12), -theme.px(10))
        low, high = min(self._wave), max(self._wave)
        grow = inner.height() / (high - low or 1.0)
        step = inner.width() / (len(self._wave) - 1)
        points = [
            QPointF(inner.left() + i * step, inner.bottom() - (v - low) * grow)
            for i, v in enumerate(self._wave)
        ]
        painter.setPen(QPen(theme.color("student"), 1.4))
        painter.drawPolyline(QPolygonF(points))


class Tile(QLabel):
    """An icon on a tinted square."""

    def __init__(self, icon_name: str, tone: str, side_px: int) -> None:
        super().__init__()
        self._icon_name, self._tone, self._side_px = icon_name, tone, side_px
        themes().changed.connect(self._resize)
        self._resize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both in the present theme."""
        theme, painter = themes().current, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ground, ink = {
            "accent": ("accent.tint", "accent.text"),
            "student": ("student.tint", "student"),
            "teacher": ("teacher.tint", "teacher"),
        }[self._tone]
        painter.setBrush(theme.color(ground))
        painter.drawRoundedRect(QRectF(self.rect()), theme.px(8), theme.px(8))
        side = self._side_px // 2
        middle = QRectF(self.rect()).center()
        half = theme.px(side) / 2
        painter.drawPixmap(middle - QPointF(half, half), pixmap(self._icon_name, ink, side))

    def _resize(self) -> None:
        side = themes().current.px(self._side_px)
        self.setFixedSize(side, side)


class RecentRow(QWidget):
    """A recent project: opens by its button; one that is gone is greyed. Can be forgotten."""

    def __init__(
        self, folder: Path, open_: Callable[[], object], forget: Callable[[], object]
    ) -> None:
        super().__init__()
        there = folder.is_dir()
        self.open_button = button(folder.stem, open_, kind="ghost", icon_name="folder", small=True)
        self.open_button.setEnabled(there)
        self.open_button.setToolTip(str(folder))
        place = ElidedLabel(str(folder.parent) if there else "not there any more", "small")
        place.setProperty("tone", "tertiary")
        when = text(_last_used(folder) if there else "", "small", "tertiary")
        self.forget_button = IconButton("x", f"Forget {folder.stem}", forget, size_px=14)
        row = flow_row(self.open_button, place, when, self.forget_button)
        row.setStretch(1, 1)
        self.setLayout(row)


def _last_used(folder: Path) -> str:
    try:
        seconds = (folder / "project.sqlite").stat().st_mtime
    except OSError:
        return ""  # it says so itself when it is opened
    return f"{datetime.fromtimestamp(seconds).astimezone():%d %b %Y, %H:%M}"

"""The painted cells of the neighbour strip: a window's IMU, and a frame of a window's video."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.ui.theme import Theme, themes

HEIGHT = 62


def image_of(array: NDArray[np.uint8]) -> QImage:
    """A picture of its own from (H, W, 3) RGB."""
    height, width, _ = array.shape
    kept = np.ascontiguousarray(array)
    return QImage(kept.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class _Cell(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(120, themes().current.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, themes().current.px(HEIGHT))


class Spark(_Cell):
    """Three acceleration axes over three angular rates of one window."""

    def __init__(self) -> None:
        super().__init__()
        self._imu: NDArray[np.float32] | None = None

    def set(self, imu: NDArray[np.float32] | None, name: str) -> None:
        """Show a window's IMU, (S, 6), or nothing yet."""
        self._imu = imu
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both halves, each on its own scale."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border.subtle"), 1))
        painter.setBrush(theme.color("plot.bg"))
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(whole, theme.px(4), theme.px(4))
        if self._imu is None or len(self._imu) < 2:
            return
        half = (self.height() - 8) / 2
        for first, top in ((0, 4.0), (3, 4.0 + half)):
            values = self._imu[:, first : first + 3]
            values = values - values.mean(axis=0)
            reach = max(float(np.abs(values).max()), 1e-3)
            x = np.linspace(5, self.width() - 5, len(values))
            for axis, token in enumerate(("axis.x", "axis.y", "axis.z")):
                y = top + half / 2 - values[:, axis] / reach * (half / 2 - 1)
                line = QPolygonF(
                    [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
                )
                painter.setPen(QPen(theme.color(token), 1.1))
                painter.drawPolyline(line)


class Picture(_Cell):
    """A frame; `label` stands on it, with a check or a cross where that is known."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._fitted = QImage()
        self._label, self._missing = "", False
        self._agreed: bool | None = None

    def set_label(self, label: str, name: str, agreed: bool | None = None) -> None:
        """What stands on it; `name` is read aloud. The picture may come later."""
        self._label, self._agreed = label, agreed
        self._image, self._missing = None, False
        self._fitted = QImage()
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def set_image(self, image: QImage | None) -> None:
        """The frame; None where there is none."""
        self._image, self._missing = image, image is None
        self._fitted = QImage()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame cut to fit, and the label on a dark ground."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect())
        clip = QPainterPath()
        clip.addRoundedRect(room, theme.px(4), theme.px(4))
        painter.setClipPath(clip)
        painter.fillRect(self.rect(), theme.color("bg.hover"))
        if self._image is not None:
            painter.drawImage(0, 0, self._fitting(self._image))
        elif self._missing:
            painter.setPen(theme.color("text.tertiary"))
            painter.setFont(theme.font("caption"))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), "no picture")
        if self._label:
            self._paint_label(painter)

    def _fitting(self, image: QImage) -> QImage:
        # Scaled once, not whenever it is painted.
        wanted = self.size() * self.devicePixelRatioF()
        if self._fitted.size() != wanted:
            cut = _cut(image, QRectF(self.rect())).toRect()
            smooth = Qt.TransformationMode.SmoothTransformation
            ignore = Qt.AspectRatioMode.IgnoreAspectRatio
            self._fitted = image.copy(cut).scaled(wanted, ignore, smooth)
            self._fitted.setDevicePixelRatio(self.devicePixelRatioF())
        return self._fitted

    def _paint_label(self, painter: QPainter) -> None:
        theme = themes().current
        painter.setFont(theme.font("small_medium"))
        wide = painter.fontMetrics().horizontalAdvance(self._label)
        sign = theme.px(16) if self._agreed is not None else 0
        height = theme.px(18)
        box = QRectF(4, self.height() - height - 4, wide + sign + theme.px(10), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(10, 13, 17, 215))  # dark on any picture, in any theme
        painter.drawRoundedRect(box, theme.px(4), theme.px(4))
        left = box.left() + theme.px(5)
        if self._agreed is not None:
            side = theme.px(9)
            _paint_sign(
                painter, QRectF(left, box.center().y() - side / 2, side, side), self._agreed
            )
            left += sign
        painter.setPen(QColor("#ffffff"))
        inside = QRectF(left, box.top(), wide + 2, height)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter), self._label)


def _paint_sign(painter: QPainter, room: QRectF, agreed: bool) -> None:
    """A check or a cross in the dark theme's colours: the ground is dark in both themes."""
    painter.setPen(QPen(Theme("dark").color("ok" if agreed else "err"), 1.6))
    if agreed:
        low = QPointF(room.left() + room.width() * 0.38, room.bottom() - 1)
        painter.drawPolyline(
            QPolygonF([QPointF(room.left(), room.center().y()), low, room.topRight()])
        )
    else:
        painter.drawLine(room.topLeft(), room.bottomRight())
        painter.drawLine(room.bottomLeft(), room.topRight())


def _cut(image: QImage, room: QRectF) -> QRectF:
    """The middle part of an image that has the room's shape."""
    share = room.width() / max(1.0, room.height())
    width = min(float(image.width()), image.height() * share)
    height = min(float(image.height()), image.width() / share)
    return QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)

"""Paints the rows of the recordings table, and edits names in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from comodo_app.ui.pages.recordings import words
from comodo_app.ui.pages.recordings.model import (
    CHECK,
    IMU,
    LENGTH,
    MENU,
    NAME,
    PICTURE,
    SYNC,
    VIDEO,
    WINDOWS,
    Line,
    RecordingsModel,
)
from comodo_app.ui.theme import Theme, pixmap, themes
from comodo_app.ui.widgets.bar import paint_bar
from comodo_app.ui.widgets.chip import chip_width, paint_chip
from comodo_app.ui.widgets.row_hover import RowHover

_Index = QModelIndex | QPersistentModelIndex
_PAD = 8


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) RGB as a picture of its own memory."""
    height, width, _ = pixels.shape
    packed = np.ascontiguousarray(pixels)
    made = QImage(packed.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return made.copy()


class RecordingsDelegate(QStyledItemDelegate):
    """48 high: check, picture, name above source, facts, chip, windows with their bar."""

    def __init__(self, model: RecordingsModel, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._model, self._hover = model, RowHover(parent)
        self._pictures: dict[int, tuple[object, QImage]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Only the height counts."""
        return QSize(40, themes().current.px(48))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Ground first, then what belongs to the column."""
        theme = themes().current
        line = self._model.lines[index.row()]
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = index.row() == self._hover.row
        painter.save()
        painter.setClipRect(option.rect)
        if selected or hovered:
            painter.fillRect(rect, theme.color("bg.selected" if selected else "bg.hover"))
        if selected and index.column() == CHECK:
            bar = QRectF(rect.left(), rect.top(), 3, rect.height())
            painter.fillRect(bar, theme.color("accent.text"))
        painter.setPen(theme.color("border.subtle"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inside = rect.adjusted(theme.px(_PAD), 0, -theme.px(_PAD), 0)
        painters = {
            CHECK: self._paint_check,
            PICTURE: self._paint_picture,
            NAME: self._paint_name,
            SYNC: self._paint_sync,
            WINDOWS: self._paint_windows,
            MENU: self._paint_menu,
        }
        painters.get(index.column(), self._paint_fact)(painter, inside, line, theme, index.column())
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """A field for the name."""
        field = QLineEdit(parent)
        field.setAccessibleName("Name of the recording")
        return field

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> bool:
        """Checks are the table's: the usual way would change them a second time."""
        return False

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        """Over the first line of the cell."""
        theme = themes().current
        editor.setGeometry(option.rect.adjusted(0, theme.px(8), -theme.px(8), -theme.px(8)))

    def _paint_check(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        if not line.can_train:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = theme.px(16)
        box = QRectF(rect.left(), rect.center().y() - side / 2, side, side)
        on = line.row.use_for_training
        painter.setPen(QPen(theme.color("accent.solid" if on else "border.strong"), 1))
        painter.setBrush(theme.color("accent.solid" if on else "bg.inset"))
        painter.drawRoundedRect(box, theme.px(4), theme.px(4))
        if on:
            tick = pixmap("check", "text.on_accent", 12)
            inset = (side - theme.px(12)) / 2
            painter.drawPixmap(box.topLeft() + QPointF(inset, inset), tick)

    def _paint_picture(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(rect.left() - theme.px(2), rect.center().y() - theme.px(17), theme.px(60), 0)
        box.setHeight(theme.px(34))
        shape = QPainterPath()
        shape.addRoundedRect(box, theme.px(4), theme.px(4))
        painter.fillPath(shape, theme.color("plot.bg"))
        found, lost = line.found, line.row.missing_media
        if found is not None and found.image is not None:
            picture = self._picture(line)
            painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
            painter.setOpacity(0.35 if lost else 1.0)
            painter.drawImage(box, picture, _filling(picture, box))
            painter.setOpacity(1.0)
        elif found is not None and found.wave is not None:
            _paint_wave(painter, box.adjusted(4, 5, -4, -5), found.wave, theme)
        elif lost or (found is not None and found.problem):
            painter.fillPath(shape, theme.color("err.tint"))
            painter.drawPixmap(box.center() - QPointF(8, 8), pixmap("error", "err", 16))
        elif found is None:
            painter.fillPath(shape, theme.color("bg.hover"))

    def _picture(self, line: Line) -> QImage:
        assert line.found is not None and line.found.image is not None
        kept = self._pictures.get(line.row.id)
        if kept is None or kept[0] is not line.found.image:
            kept = (line.found.image, to_image(line.found.image))
            self._pictures[line.row.id] = kept
        return kept[1]

    def _paint_name(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        attention = line.attention
        upper = QRectF(rect.left(), rect.top() + theme.px(6), rect.width(), theme.px(18))
        lower = QRectF(rect.left(), rect.top() + theme.px(24), rect.width(), theme.px(17))
        painter.setFont(theme.font("body_strong"))
        painter.setPen(theme.color("text.primary"))
        _text(painter, upper, line.row.name)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("warn" if attention else "text.tertiary"))
        if attention:
            painter.drawPixmap(lower.topLeft() + QPointF(0, 2), pixmap("warn", "warn", 13))
            lower.setLeft(lower.left() + theme.px(18))
        _text(painter, lower, attention[0] if attention else words.source(line.row))

    def _paint_fact(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        content = {
            LENGTH: words.length(line.row.duration_s),
            VIDEO: words.video(line.row),
            IMU: words.imu(line.row),
        }[column]
        amber = column == IMU and words.low_rate(line.row)
        painter.setFont(theme.font("body_medium" if column == LENGTH else "body"))
        tone = "text.primary" if column == LENGTH else "text.secondary"
        painter.setPen(theme.color("warn" if amber else tone))
        if amber:
            middle = QPointF(rect.left(), rect.center().y() - theme.px(7))
            painter.drawPixmap(middle, pixmap("warn", "warn", 14))
            rect = rect.adjusted(theme.px(19), 0, 0, 0)
        right = Qt.AlignmentFlag.AlignRight if column == LENGTH else Qt.AlignmentFlag.AlignLeft
        _text(painter, rect, content, right)

    def _paint_sync(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        sync = words.sync(line.row, line.found)
        height = theme.px(20)
        width = min(rect.width(), chip_width(sync.label, sync.tone, sync.icon))
        box = QRectF(rect.left(), rect.center().y() - height / 2, width, height)
        paint_chip(painter, box, sync.label, sync.tone, sync.icon)

    def _paint_windows(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        kept, beside = words.windows(line.row, line.found)
        barred = line.found is not None and line.found.n_windows and line.can_train
        top = rect.top() + theme.px(9 if barred else 15)
        upper = QRectF(rect.left(), top, rect.width(), theme.px(18))
        painter.setFont(theme.font("body_strong"))
        painter.setPen(theme.color("text.primary"))
        _text(painter, upper, kept)
        advance = painter.fontMetrics().horizontalAdvance(kept) + theme.px(8)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text.tertiary"))
        _text(painter, upper.adjusted(advance, 0, 0, 0), beside)
        found = line.found
        if found is not None and found.n_windows and line.can_train:
            share = 1.0 - found.n_dropped / found.n_windows
            token = "warn" if line.attention else "ok"
            bar = QRectF(rect.left(), rect.top() + theme.px(33), theme.px(88), theme.px(4))
            paint_bar(painter, bar, share if line.row.use_for_training else 0.0, token)

    def _paint_menu(
        self, painter: QPainter, rect: QRectF, line: Line, theme: Theme, column: int
    ) -> None:
        middle = rect.center() - QPointF(theme.px(8), theme.px(8))
        painter.drawPixmap(middle, pixmap("dots", "text.secondary", 16))


def _text(
    painter: QPainter,
    rect: QRectF,
    content: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    fits = painter.fontMetrics().elidedText(
        content, Qt.TextElideMode.ElideRight, max(0, int(rect.width()))
    )
    painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), fits)


def _filling(picture: QImage, box: QRectF) -> QRectF:
    """The middle part of a picture that has the shape of the box."""
    scale = min(picture.width() / box.width(), picture.height() / box.height())
    width, height = box.width() * scale, box.height() * scale
    return QRectF((picture.width() - width) / 2, (picture.height() - height) / 2, width, height)


def _paint_wave(painter: QPainter, box: QRectF, wave: NDArray[np.float32], theme: Theme) -> None:
    low, high = float(wave.min()), float(wave.max())
    scale = box.height() / (high - low or 1.0)
    step = box.width() / (len(wave) - 1)
    points = [
        QPointF(box.left() + i * step, box.bottom() - (float(v) - low) * scale)
        for i, v in enumerate(wave)
    ]
    painter.setPen(QPen(theme.color("student"), 1.2))
    painter.drawPolyline(QPolygonF(points))

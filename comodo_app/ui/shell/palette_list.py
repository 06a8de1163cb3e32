"""The palette's list: one line per thing that can be gone to or done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from comodo_app.ui.theme import pixmap, themes

ROW_PX = 34
HIT = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the list. `key` is stable: what was used last is kept by it."""

    key: str
    title: str
    detail: str
    keys: str
    icon: str
    run: Callable[[], object]


class Hits(QAbstractListModel):
    """The lines that match now."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.hits: list[Hit] = []

    def show(self, hits: list[Hit]) -> None:
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        hit = self.hits[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return ", ".join(part for part in (hit.title, hit.detail, hit.keys) if part)
        return hit if role == HIT else None


class HitDelegate(QStyledItemDelegate):
    """Icon, title, detail; the key at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, themes().current.px(ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hit = index.data(HIT)
        theme = themes().current
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(theme.px(6), 1, -theme.px(6), -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg.selected"))
            painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        x, side = box.left() + theme.px(10), theme.px(18)
        if hit.icon:
            top = round(box.center().y() - side / 2)
            painter.drawPixmap(round(x), top, pixmap(hit.icon, size_px=18))
        x += side + theme.px(10)
        right = box.right() - theme.px(10)
        for words, font, token in (
            (hit.keys, "small_medium", "text.tertiary"),
            (hit.detail, "small", "text.tertiary"),
        ):
            painter.setFont(theme.font(font))
            width = painter.fontMetrics().horizontalAdvance(words)
            painter.setPen(theme.color(token))
            painter.drawText(QRectF(right - width, box.top(), width, box.height()), middle, words)
            right -= width + theme.px(12) if words else 0
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.primary"))
        room = QRectF(x, box.top(), right - x, box.height())
        elide = Qt.TextElideMode.ElideRight
        fits = painter.fontMetrics().elidedText(hit.title, elide, int(room.width()))
        painter.drawText(room, middle, fits)
        painter.restore()

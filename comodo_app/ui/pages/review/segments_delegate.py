"""Paints the rows of the segments table, and edits names in place."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from comodo_app.activities.agreement import SegmentRow, Verdict
from comodo_app.activities.model import State
from comodo_app.session.review import Review
from comodo_app.ui.pages.review.segments_model import (
    AGREEMENT,
    CONFIDENCE,
    LENGTH,
    NUMBER,
    START,
    STUDENT,
    TEACHER,
    SegmentsModel,
    has_confidence,
)
from comodo_app.ui.pages.review.swatch import paint_swatch
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets.row_hover import RowHover

# verdict: (icon, token)
_MARKS = {
    Verdict.AGREES: ("check", "ok"),
    Verdict.DIFFERS: ("disagree", "err"),
    Verdict.ABSTAINS: ("help", "text.tertiary"),
    Verdict.CORRECTED: ("pencil", "accent.text"),
}
_PAD = 8


class SegmentsDelegate(QStyledItemDelegate):
    """One cell at a time; nothing is told by colour alone."""

    def __init__(self, model: SegmentsModel, review: Review, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._model, self._review, self._hover = model, review, RowHover(parent)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """26 high."""
        return QSize(40, themes().current.px(26))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Ground, text, and what belongs to the column."""
        theme = themes().current
        row = self._model.rows[index.row()]
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = index.row() == self._hover.row
        painter.save()
        if selected or hovered:
            painter.fillRect(rect, theme.color("bg.selected" if selected else "bg.hover"))
        if selected and index.column() == NUMBER:
            painter.fillRect(
                QRectF(rect.left(), rect.top(), 3, rect.height()), theme.color("accent.text")
            )
        painter.setPen(theme.color("border.subtle"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inside = rect.adjusted(theme.px(_PAD), 0, -theme.px(_PAD), 0)
        words = str(index.data())
        if index.column() in (TEACHER, STUDENT):
            self._paint_activity(painter, inside, row, words, teacher=index.column() == TEACHER)
        elif index.column() == AGREEMENT:
            self._paint_verdict(painter, inside, row, words)
        elif index.column() == CONFIDENCE:
            self._paint_confidence(painter, inside, row, words)
        else:
            strong = index.column() == START
            painter.setFont(theme.font("body_strong" if strong else "body"))
            tone = {NUMBER: "text.tertiary", LENGTH: "text.secondary"}
            painter.setPen(theme.color(tone.get(index.column(), "text.primary")))
            side = (
                Qt.AlignmentFlag.AlignRight
                if index.column() == LENGTH
                else (Qt.AlignmentFlag.AlignLeft)
            )
            painter.drawText(inside, int(side | Qt.AlignmentFlag.AlignVCenter), words)
        painter.restore()

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        """A field that completes the names there are: an equal name merges."""
        field = QLineEdit(parent)
        field.setAccessibleName("Name of the activity")
        field.setPlaceholderText("Name")
        names = sorted({a.name for a in self._review.activities if a.name})
        completer = QCompleter(names, field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        field.setCompleter(completer)
        return field

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        """The name as it is; what is being typed stays when others change meanwhile."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Over the whole cell, a little higher than the row."""
        editor.setGeometry(option.rect.adjusted(0, -2, 0, 2))

    def _paint_activity(
        self, painter: QPainter, rect: QRectF, row: SegmentRow, words: str, *, teacher: bool
    ) -> None:
        theme = themes().current
        number = row.teacher_id if teacher else row.segment.activity_id
        silent = teacher and number is None
        side = theme.px(16)
        if (not silent and row.segment.state is not State.NO_DATA) or number is not None:
            mark = QRectF(rect.left(), rect.center().y() - side / 2, side, side)
            paint_swatch(painter, mark, number, self._review)
        left = rect.left() + (side + theme.px(8) if not silent else 0)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.secondary" if number is None else "text.primary"))
        room = QRectF(left, rect.top(), rect.right() - left, rect.height())
        _draw(painter, room, words)

    def _paint_verdict(self, painter: QPainter, rect: QRectF, row: SegmentRow, words: str) -> None:
        theme = themes().current
        mark, token = _MARKS.get(row.verdict, ("", "text.secondary"))
        left = rect.left()
        if mark:
            side = theme.px(14)
            at = QPointF(left, rect.center().y() - side / 2)
            painter.drawPixmap(at, pixmap(mark, token, 14))
            left += side + theme.px(6)
        plain = row.verdict in (Verdict.AGREES, Verdict.ABSTAINS)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.secondary" if plain else token))
        _draw(painter, QRectF(left, rect.top(), rect.right() - left, rect.height()), words)

    def _paint_confidence(
        self, painter: QPainter, rect: QRectF, row: SegmentRow, words: str
    ) -> None:
        theme = themes().current
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.secondary"))
        painter.drawText(
            rect, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words
        )
        number = painter.fontMetrics().horizontalAdvance("0.00") + theme.px(12)
        bar = QRectF(rect.left(), rect.center().y() - 2, rect.width() - number, 4)
        if bar.width() < theme.px(16) or not has_confidence(row):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border.default"))
        painter.drawRoundedRect(bar, 2, 2)
        weak = row.segment.activity_id is None or row.is_low
        painter.setBrush(theme.color("text.tertiary" if weak else "accent.text"))
        done = QRectF(bar)
        done.setWidth(bar.width() * min(1.0, max(0.0, row.segment.confidence)))
        painter.drawRoundedRect(done, 2, 2)


def _draw(painter: QPainter, room: QRectF, words: str) -> None:
    metrics = QFontMetrics(painter.font())
    fits = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), fits)

"""Plain tables: activities with their names, and how far student and teacher agree per run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from comodo_app.session.review import Review
from comodo_app.ui.pages.review.swatch import paint_swatch
from comodo_app.ui.theme import themes

Index = QModelIndex | QPersistentModelIndex
_ROW_PX = 36
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
NAME = 1  # the column of an activity's name


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what each column shows, what screen readers hear, and an id."""

    id: int
    cells: tuple[str, ...]


class PlainModel(QAbstractTableModel):
    """Rows of texts; with `editable`, a column that asks for a new name when it is edited."""

    renamed = Signal(int, str)  # id of the row, what was typed

    def __init__(
        self,
        parent: QObject,
        titles: Sequence[str],
        *,
        left: Sequence[int] = (),
        editable: int | None = None,
    ) -> None:
        super().__init__(parent)
        self._titles, self._left, self._editable = tuple(titles), set(left), editable
        self.rows: tuple[Row, ...] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """Show other rows; the selection stays if only texts have changed."""
        rows = tuple(rows)
        if [r.id for r in rows] == [r.id for r in self.rows]:
            self.rows = rows
            if rows:
                last = self.index(len(rows) - 1, len(self._titles) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if section in self._left else _RIGHT
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return row.id
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if index.column() in self._left else _RIGHT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        edits = index.column() == self._editable
        return flags | Qt.ItemFlag.ItemIsEditable if edits else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for a new name; the row changes when the session has changed it."""
        if role != Qt.ItemDataRole.EditRole or index.column() != self._editable:
            return False
        self.renamed.emit(self.rows[index.row()].id, str(value))
        return True


class SwatchDelegate(QStyledItemDelegate):
    """Paints an activity's swatch into the first column."""

    def __init__(self, parent: QObject, review: Review) -> None:
        super().__init__(parent)
        self._review = review

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = themes().current
        side, rect = theme.px(22), option.rect
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        paint_swatch(painter, square, int(index.data(Qt.ItemDataRole.UserRole)), self._review)


class NameDelegate(QStyledItemDelegate):
    """Edits a name in place, over the whole cell."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName("Name")
        field.setMaxLength(120)
        return field


def plain_view(model: PlainModel, name: str, widths: Sequence[int], wide: int) -> QTableView:
    """A table view of it; `widths` in logical pixels, the column `wide` takes what is left."""
    view = QTableView()
    view.setModel(model)
    view.setAccessibleName(name)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    view.setEditTriggers(
        QTableView.EditTrigger.DoubleClicked | QTableView.EditTrigger.EditKeyPressed
    )
    view.setTabKeyNavigation(False)
    view.setCornerButtonEnabled(False)
    view.verticalHeader().hide()
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionsClickable(False)
    theme = themes().current
    view.verticalHeader().setDefaultSectionSize(theme.px(_ROW_PX))
    for column, width in enumerate(widths):
        stretches = column == wide
        mode = QHeaderView.ResizeMode.Stretch if stretches else QHeaderView.ResizeMode.Interactive
        header.setSectionResizeMode(column, mode)
        if not stretches:
            view.setColumnWidth(column, theme.px(width))
    return view

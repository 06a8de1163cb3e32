"""The table of the import sheet: a row per recording found, and one per file that is none."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from comodo_app.jobs.scan import Scanned, Verdict
from comodo_app.session.intake import Intake
from comodo_app.ui.pages.recordings import import_words
from comodo_app.ui.pages.recordings.words import length
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets.row_hover import RowHover

CHECK, DROPPED, KIND, PAIRED, LENGTH, RATE, RESULT = range(7)
_HEADINGS = ("", "Dropped", "Recognised as", "Paired by", "Length", "Rate", "Result")
_WIDTHS = (40, 320, 160, 140, 76, 84, 0)
_Index = QModelIndex | QPersistentModelIndex


class ImportModel(QAbstractTableModel):
    """Shows the intake; a check is passed on to it."""

    def __init__(self, intake: Intake) -> None:
        super().__init__()
        self._intake = intake
        self.items: tuple[Scanned, ...] = ()

    def refresh(self) -> bool:
        """Take the items as they are now; whether there are other ones than before."""
        items = self._intake.items
        same = [x.paths for x in items] == [x.paths for x in self.items]
        if same:
            before, self.items = self.items, items
            new = [i for i, x in enumerate(items) if x is not before[i]]
            if new:  # one span: what is read lies together
                self.dataChanged.emit(self.index(new[0], 0), self.index(new[-1], RESULT))
            return False
        self.beginResetModel()
        self.items = items
        self.endResetModel()
        return True

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """One per item."""
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """Seven."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """What is ready has a check."""
        flags = super().flags(index)
        ready = self.items[index.row()].verdict is Verdict.READY
        return flags | Qt.ItemFlag.ItemIsUserCheckable if ready else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Texts, checks, tooltips."""
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell(item, index.column())
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == CHECK:
            if item.verdict is Verdict.READY:
                on = self._intake.is_chosen(item)
                return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        elif role == Qt.ItemDataRole.ToolTipRole:
            if index.column() == DROPPED:
                return "\n".join(str(path) for path in item.paths)
            if index.column() == RESULT:
                return import_words.explained(item)
        elif role == Qt.ItemDataRole.AccessibleTextRole and index.column() == DROPPED:
            return f"{item.name}: {import_words.result(item)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Column headings."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[section]
        return None

    def toggle(self, row: int) -> None:
        """Choose what is ready, or leave it out."""
        item = self.items[row]
        if item.verdict is Verdict.READY:
            self._intake.choose(item, not self._intake.is_chosen(item))
            self.dataChanged.emit(self.index(row, 0), self.index(row, RESULT))


def cell(item: Scanned, column: int) -> str:
    """The text of a cell."""
    if column == DROPPED:
        return item.name
    if column == KIND:
        return import_words.recognised(item)
    if column == PAIRED:
        return import_words.paired(item)
    if column == LENGTH:
        return "—" if item.length_s is None else length(item.length_s)
    if column == RATE:
        return "—" if item.rate_hz is None else f"{item.rate_hz:.1f} Hz"
    return import_words.result(item) if column == RESULT else ""


class ImportDelegate(QStyledItemDelegate):
    """Rows 34 high; greyed where there is nothing to decide."""

    def __init__(self, model: ImportModel, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._model, self._hover = model, RowHover(parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Only the height counts."""
        return QSize(40, themes().current.px(34))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Ground, hairline, content."""
        theme, column = themes().current, index.column()
        item, rect = self._model.items[index.row()], QRectF(option.rect)
        grey = item.verdict in (Verdict.LEFT_OUT, Verdict.KNOWN, Verdict.PENDING)
        painter.save()
        painter.setClipRect(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("bg.selected"))
            if column == CHECK:
                bar = QRectF(rect.left(), rect.top(), 3, rect.height())
                painter.fillRect(bar, theme.color("accent.text"))
        elif index.row() == self._hover.row:
            painter.fillRect(rect, theme.color("bg.hover"))
        painter.setPen(theme.color("border.subtle"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        middle = rect.center().y()
        left = rect.left() + theme.px(8)
        if column == CHECK:
            state = index.data(Qt.ItemDataRole.CheckStateRole)
            if state is not None:
                on = Qt.CheckState(state) is Qt.CheckState.Checked
                _paint_check(painter, QPointF(rect.left() + theme.px(14), middle), on)
        elif column in (DROPPED, RESULT):
            icon, token = (
                import_words.tone(item)
                if column == RESULT
                else (import_words.icon_name(item), "text.secondary")
            )
            if column == DROPPED and icon == "error":
                token = "err"
            if icon:
                painter.drawPixmap(QPointF(left, middle - theme.px(8)), pixmap(icon, token, 16))
                left += theme.px(24)
            strong = column == DROPPED and not grey
            tone = "text.tertiary" if grey else ("text.primary" if column == DROPPED else token)
            _paint_text(painter, rect, left, cell(item, column), strong, tone)
        else:
            tone = "text.tertiary" if grey else "text.secondary"
            _paint_text(painter, rect, left, cell(item, column), False, tone)
        painter.restore()


class ImportTable(QTableView):
    """`picked` with the item that is selected."""

    picked = Signal(object)  # Scanned or None

    def __init__(self, model: ImportModel) -> None:
        super().__init__()
        self.model_ = model
        self.setModel(model)
        self.setItemDelegate(ImportDelegate(model, self))
        self.setAccessibleName("Dropped files")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(RESULT, QHeaderView.ResizeMode.Stretch)
        themes().changed.connect(self._resize)
        self._resize()

    def item(self) -> Scanned | None:
        """The item that is selected."""
        rows = self.selectionModel().selectedRows()
        return self.model_.items[rows[0].row()] if rows else None

    def select(self, item: Scanned) -> None:
        """Select an item by its files."""
        for row, shown in enumerate(self.model_.items):
            if shown.paths == item.paths:
                self.selectRow(row)
                # Later: what is shown of an item may take room from the table.
                QTimer.singleShot(0, self, lambda: self.scrollTo(self.currentIndex()))
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space checks; letters do not search."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.model_.toggle(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the check changes it."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == CHECK:
            self.model_.toggle(index.row())

    def selectionChanged(self, selected: object, deselected: object) -> None:
        """Tell what is selected now."""
        super().selectionChanged(selected, deselected)  # type: ignore[arg-type]
        self.picked.emit(self.item())

    def _resize(self) -> None:
        theme = themes().current
        self.verticalHeader().setDefaultSectionSize(theme.px(34))
        self.horizontalHeader().setFixedHeight(theme.px(28))
        for column, width in enumerate(_WIDTHS):
            if width:
                self.setColumnWidth(column, theme.px(width))


def _paint_check(painter: QPainter, at: QPointF, on: bool) -> None:
    theme = themes().current
    side = theme.px(16)
    box = QRectF(at.x(), at.y() - side / 2, side, side)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("accent.solid" if on else "border.strong"), 1))
    painter.setBrush(theme.color("accent.solid" if on else "bg.inset"))
    painter.drawRoundedRect(box, theme.px(4), theme.px(4))
    if on:
        inset = (side - theme.px(12)) / 2
        painter.drawPixmap(
            box.topLeft() + QPointF(inset, inset), pixmap("check", "text.on_accent", 12)
        )


def _paint_text(
    painter: QPainter, rect: QRectF, left: float, content: str, strong: bool, token: str
) -> None:
    theme = themes().current
    painter.setFont(theme.font("body_strong" if strong else "body"))
    painter.setPen(theme.color(token))
    room = QRectF(left, rect.top(), rect.right() - left - theme.px(6), rect.height())
    fits = painter.fontMetrics().elidedText(
        content, Qt.TextElideMode.ElideRight, max(0, int(room.width()))
    )
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), fits)

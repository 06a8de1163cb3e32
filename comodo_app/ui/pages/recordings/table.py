"""The recordings table: selection, the row menu, names edited in place, a tri-state head."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from comodo_app.ui.pages.recordings.delegate import RecordingsDelegate
from comodo_app.ui.pages.recordings.model import (
    CHECK,
    MENU,
    NAME,
    SORTABLE,
    RecordingsModel,
)
from comodo_app.ui.theme import pixmap, themes

_WIDTHS = (38, 74, 0, 64, 132, 112, 138, 146, 36)


class CheckHeader(QHeaderView):
    """The first heading is a check of all: on, off, or some."""

    all_wished = Signal(bool)

    def __init__(self, model: RecordingsModel) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._recordings = model
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def checks(self) -> Qt.CheckState:
        """Of all recordings that could teach."""
        uses = [x.row.use_for_training for x in self._recordings.lines if x.can_train]
        if not any(uses):
            return Qt.CheckState.Unchecked
        return Qt.CheckState.Checked if all(uses) else Qt.CheckState.PartiallyChecked

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:
        """Paint the check over the first heading."""
        super().paintSection(painter, rect, index)
        if index != CHECK:
            return
        theme, state = themes().current, self.checks()
        side = theme.px(16)
        box = QRect(rect.left() + theme.px(8), rect.center().y() - side // 2, side, side)
        on = state is not Qt.CheckState.Unchecked
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("accent.solid" if on else "border.strong"))
        painter.setBrush(theme.color("accent.solid" if on else "bg.inset"))
        painter.drawRoundedRect(box, theme.px(4), theme.px(4))
        if on:
            name = "check" if state is Qt.CheckState.Checked else "minus"
            painter.drawPixmap(box.topLeft() + QPoint(2, 2), pixmap(name, "text.on_accent", 12))
        painter.restore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the check wishes all on, or all off if all are on."""
        if self.logicalIndexAt(event.position().toPoint()) == CHECK:
            self.all_wished.emit(self.checks() is not Qt.CheckState.Checked)
            return
        super().mouseReleaseEvent(event)


class RecordingsTable(QTableView):
    """`picked` whenever other rows are selected; `opened` by a double click."""

    picked = Signal(list)
    opened = Signal(int)
    menu_wished = Signal(QPoint)
    rename_wished = Signal(int, str)

    def __init__(self, model: RecordingsModel) -> None:
        super().__init__()
        self.model_ = model
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self.setModel(model)
        self.setItemDelegate(RecordingsDelegate(model, self))
        self.head = CheckHeader(model)
        self.setHorizontalHeader(self.head)
        self.setAccessibleName("Recordings")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSortingEnabled(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.head.sectionClicked.connect(self._sort)
        self.doubleClicked.connect(self._double)
        themes().changed.connect(self._resize)
        self._resize()

    def selected_ids(self) -> list[int]:
        """Recordings of the selected rows, from above."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.model_.lines[row].row.id for row in rows]

    def select_ids(self, ids: list[int]) -> None:
        """Select the rows of these recordings, as far as they are shown."""
        selection = self.selectionModel()
        selection.clearSelection()
        for recording_id in ids:
            place = self.model_.place(recording_id)
            if place >= 0:
                index = self.model_.index(place, NAME)
                both = QItemSelectionModel.SelectionFlag
                selection.select(index, both.Select | both.Rows)
                selection.setCurrentIndex(index, both.NoUpdate)

    def edit_name(self) -> None:
        """Edit the name of the current row in place."""
        index = self.model_.index(self.currentIndex().row(), NAME)
        if index.isValid():
            self.edit(index)

    def commitData(self, editor: object) -> None:
        """A typed name is a wish: the library answers with new rows."""
        place = self.currentIndex().row()
        text = getattr(editor, "text", lambda: "")()
        if 0 <= place < len(self.model_.lines):
            self.rename_wished.emit(self.model_.lines[place].row.id, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters are keys of the page, not a search."""
        if event.text() and event.text().isprintable() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the check changes it, one on the dots opens the menu."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid():
            return
        if index.column() == CHECK and self.model_.lines[index.row()].can_train:
            line = self.model_.lines[index.row()]
            self.model_.training_wished.emit([line.row.id], not line.row.use_for_training)
        elif index.column() == MENU:
            self._ask_menu(event.position().toPoint())

    def selectionChanged(self, selected: object, deselected: object) -> None:
        """Tell which recordings are selected now."""
        super().selectionChanged(selected, deselected)  # type: ignore[arg-type]
        self.picked.emit(self.selected_ids())

    def _ask_menu(self, at: QPoint) -> None:
        self.menu_wished.emit(self.viewport().mapToGlobal(at))

    def _double(self, index: QModelIndex) -> None:
        if index.column() not in (CHECK, MENU):
            self.opened.emit(self.model_.lines[index.row()].row.id)

    def _sort(self, column: int) -> None:
        if column not in SORTABLE:
            return
        # Kept here: the header turns its own indicator round, but only once it is shown.
        up = Qt.SortOrder.AscendingOrder
        order = Qt.SortOrder.DescendingOrder if self._sorted == (column, up) else up
        self._sorted = (column, order)
        kept = self.selected_ids()
        self.head.setSortIndicatorShown(True)
        self.head.setSortIndicator(column, order)
        self.model_.sort(column, order)
        self.select_ids(kept)

    def _resize(self) -> None:
        theme = themes().current
        self.verticalHeader().setDefaultSectionSize(theme.px(48))
        self.head.setFixedHeight(theme.px(32))
        self.head.setMinimumSectionSize(theme.px(30))
        for column, width in enumerate(_WIDTHS):
            stretch = column == NAME
            mode = QHeaderView.ResizeMode
            self.head.setSectionResizeMode(column, mode.Stretch if stretch else mode.Interactive)
            if not stretch:
                self.setColumnWidth(column, theme.px(width))

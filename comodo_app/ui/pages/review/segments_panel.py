"""The segments table with its choices and filter; the accessible twin of the timeline."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
)

from comodo_app.activities.agreement import SegmentRow
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.review.segments_delegate import SegmentsDelegate
from comodo_app.ui.pages.review.segments_model import (
    AGREEMENT,
    CONFIDENCE,
    LENGTH,
    NUMBER,
    START,
    STUDENT,
    TEACHER,
    SegmentsModel,
)
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Segmented, button, text

_WIDTHS = {NUMBER: 40, START: 78, LENGTH: 72, AGREEMENT: 96, CONFIDENCE: 116}
_CHOICES = (("all", "All"), ("differ", "Differ"), ("low", "Low"), ("unknown", "Unknown"))


class SegmentsPanel(QFrame):
    """Click selects and seeks, double click loops, Enter renames, right click has the rest."""

    seek_requested = Signal(float)
    loop_requested = Signal(object)  # Segment
    menu_requested = Signal(object, QPoint)  # Segment, global place
    assign_requested = Signal()

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName("Segments")
        self._review = session.review
        self.model = SegmentsModel(session.review)
        self.choices = Segmented(_CHOICES, "Which segments")
        self.choices.chosen.connect(lambda key: self.model.show(choice=key))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter segments by activity")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda words: self.model.show(words=words))
        self.assign = button("Assign…", self.assign_requested.emit, icon_name="activities")
        self.assign.setToolTip("Say by hand what the selected segment or range is (1–9)")
        self.table = self._make_table()
        self.table.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 1)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 12, 0)
        head.setSpacing(10)
        head.addWidget(text("Segments", "h2"))
        head.addWidget(self.choices)
        head.addStretch(1)
        head.addWidget(self.filter)
        head.addWidget(self.assign)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self.model.counts_changed.connect(self._show_counts)
        themes().changed.connect(self._resize)
        self._resize()
        self._show_counts()

    @property
    def selected(self) -> SegmentRow | None:
        """The row that is selected, if it is shown."""
        index = self.table.currentIndex()
        return self.model.rows[index.row()] if index.isValid() else None

    def select(self, number: int | None) -> None:
        """Select the segment of a number without going there; None, or a hidden one, selects
        none."""
        place = self.model.place_of(number) if number is not None else None
        if place is None:
            self.table.selectionModel().clear()
            return
        index = self.model.index(place, max(0, self.table.currentIndex().column()))
        if (
            self.table.currentIndex().row() != place
            or not self.table.selectionModel().hasSelection()
        ):
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.table.scrollTo(index)

    def rename(self) -> None:
        """Edit the name of the selected segment's activity in place."""
        row = self.table.currentIndex()
        if row.isValid():
            index = self.model.index(row.row(), STUDENT)
            if self.model.flags(index) & Qt.ItemFlag.ItemIsEditable:
                self.table.setFocus()
                self.table.edit(index)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Clicks mean more than a selection; the view itself only selects."""
        if isinstance(event, QMouseEvent):
            index = self.table.indexAt(event.position().toPoint())
            if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
                segment = self.model.rows[index.row()].segment
                if event.type() == QEvent.Type.MouseButtonDblClick:
                    self.loop_requested.emit(segment)
                    return True
                if event.type() == QEvent.Type.MouseButtonRelease:
                    self.seek_requested.emit(segment.start_s)
        return False

    def _make_table(self) -> QTableView:
        table = _Table()
        table.setModel(self.model)
        table.setItemDelegate(SegmentsDelegate(self.model, self._review, table))
        table.setAccessibleName("Segments")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setMouseTracking(True)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._ask_menu)
        table.moved_by_key.connect(self._go_to_current)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(20)
        for column in (TEACHER, STUDENT):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        return table

    def _ask_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if index.isValid():
            segment = self.model.rows[index.row()].segment
            self.menu_requested.emit(segment, self.table.viewport().mapToGlobal(at))

    def _go_to_current(self) -> None:
        row = self.selected
        if row is not None:
            self.seek_requested.emit(row.segment.start_s)

    def _show_counts(self) -> None:
        for key, _ in _CHOICES:
            self.choices.set_count(key, self.model.count(key))

    def _resize(self) -> None:
        theme = themes().current
        header = self.table.horizontalHeader()
        for column, width in _WIDTHS.items():
            header.resizeSection(column, theme.px(width))
        vertical = self.table.verticalHeader()
        vertical.setMinimumSectionSize(theme.px(20))
        vertical.setDefaultSectionSize(theme.px(26))
        header.setFixedHeight(theme.px(28))
        self.filter.setFixedWidth(theme.px(130))


class _Table(QTableView):
    """Tells when keys have moved the current row."""

    moved_by_key = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows; where there are none, why; and a ring for those who came by key."""
        super().paintEvent(event)
        if self.hasFocus() and self.property("kbd"):
            ring = QPainter(self.viewport())
            ring.setPen(QPen(themes().current.color("focus.ring"), 2))
            ring.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            ring.end()
        model = self.model()
        if isinstance(model, SegmentsModel) and not model.rows:
            painter = QPainter(self.viewport())
            theme = themes().current
            painter.setFont(theme.font("body"))
            painter.setPen(theme.color("text.tertiary"))
            painter.drawText(
                self.viewport().rect(), int(Qt.AlignmentFlag.AlignCenter), model.why_empty
            )

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        before = self.currentIndex().row()
        index = super().moveCursor(action, modifiers)
        if index.row() != before:
            # After the view has taken the new place.
            QTimer.singleShot(0, self.moved_by_key.emit)
        return index

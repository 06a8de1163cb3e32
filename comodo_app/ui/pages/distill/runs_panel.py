"""Past runs: what they came to; selected ones are shown, several of them compared."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from comodo_app.session.run_values import RunEntry, local_time
from comodo_app.session.run_view import RunView
from comodo_app.ui.numbers import grouped, size
from comodo_app.ui.pages.distill.recipe_fields import recipe_label
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Panel, button, text

_COLUMNS = (
    "Run",
    "Started",
    "Recipe",
    "Agreement",
    "Chance",
    "Undistilled",
    "Steps",
    "State",
    "Size",
)
_STATES = {
    "running": "Interrupted",
    "finished": "Finished",
    "stopped": "Stopped early",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


class RunsPanel(Panel):
    """A table of runs. `chosen` with the ids that are selected, the latest first."""

    chosen = Signal(tuple)
    opened = Signal(int)
    delete_requested = Signal(int)
    again_requested = Signal(int)

    def __init__(self) -> None:
        self.delete = button("Delete…", self._delete, kind="ghost", small=True, icon_name="trash")
        self.again = button("Run again", self._again, small=True, icon_name="reset")
        super().__init__(
            "Runs", "select several to compare them", self.again, self.delete, padding=14
        )
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.table.setAccessibleName("Runs")
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setMinimumHeight(themes().current.px(110))
        self.body.addWidget(self.table, 1)
        self.best = text("", "small", "secondary")
        self.body.addWidget(self.best)
        self._entries: tuple[RunEntry, ...] = ()
        self._past: dict[int, RunView] = {}
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemActivated.connect(lambda item: self.opened.emit(self._id(item.row())))
        self._offer()

    @property
    def ids(self) -> tuple[int, ...]:
        """The runs that are selected."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return tuple(self._id(row) for row in rows)

    def show_runs(self, entries: tuple[RunEntry, ...], past: dict[int, RunView]) -> None:
        """Show these runs, the latest first; `past` knows more of some."""
        self._entries, self._past = tuple(reversed(entries)), past
        selected = self.ids
        blocked = self.table.blockSignals(True)
        self.table.setRowCount(len(entries))
        for row, entry in enumerate(self._entries):
            for column, words in enumerate(self._cells(entry)):
                item = QTableWidgetItem(words)
                item.setData(Qt.ItemDataRole.UserRole, entry.row.id)
                self.table.setItem(row, column, item)
            self.table.setRowHeight(row, themes().current.px(30))
        self.table.blockSignals(blocked)
        self.select(selected)
        measured = [e for e in self._entries if e.agreement is not None]
        self.best.setVisible(len(measured) > 1)
        if measured:
            best = max(measured, key=lambda e: e.agreement.agreement if e.agreement else 0.0)
            self.best.setText(f"Highest agreement: {best.name}.")
        self._offer()

    def select(self, ids: tuple[int, ...]) -> None:
        """Select these runs; nothing is emitted."""
        blocked = self.table.blockSignals(True)
        self.table.clearSelection()
        mode = self.table.selectionMode()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        for row, entry in enumerate(self._entries):
            if entry.row.id in ids:
                self.table.selectRow(row)
        self.table.setSelectionMode(mode)
        self.table.blockSignals(blocked)
        self._offer()

    def _cells(self, entry: RunEntry) -> tuple[str, ...]:
        a, view = entry.agreement, self._past.get(entry.row.id)
        started = local_time(entry.row.created_at).strftime("%d %b, %H:%M")
        state = _STATES[entry.row.status]
        return (
            entry.name,
            started,
            recipe_label(entry.row.recipe),
            f"{a.agreement:.0%}" if a is not None else "–",
            f"{a.chance:.0%}" if a is not None else "–",
            f"{a.untrained:.0%}" if a is not None else "–",
            grouped(view.step) if view is not None else "–",
            state,
            size(view.n_bytes) if view is not None and view.n_bytes else "–",
        )

    def _id(self, row: int) -> int:
        item = self.table.item(row, 0)
        return int(item.data(Qt.ItemDataRole.UserRole)) if item is not None else 0

    def _selected(self) -> None:
        self._offer()
        self.chosen.emit(self.ids)

    def _offer(self) -> None:
        one = len(self.ids) == 1
        self.delete.setEnabled(one)
        self.again.setEnabled(one)

    def _delete(self) -> None:
        if len(self.ids) == 1:
            self.delete_requested.emit(self.ids[0])

    def _again(self) -> None:
        if len(self.ids) == 1:
            self.again_requested.emit(self.ids[0])

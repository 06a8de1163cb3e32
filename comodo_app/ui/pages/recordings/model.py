"""The recordings as a table: frozen rows, sorted and filtered here, painted by the delegate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from comodo_app.jobs.check import Checked
from comodo_app.project.rows import RecordingRow
from comodo_app.ui.pages.recordings import words

CHECK, PICTURE, NAME, LENGTH, VIDEO, IMU, SYNC, WINDOWS, MENU = range(9)
HEADINGS = ("", "", "Recording", "Length", "Video", "IMU", "Sync", "Windows", "")
SORTABLE = (NAME, LENGTH, VIDEO, IMU, SYNC, WINDOWS)
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One row: the recording and what was found in it."""

    row: RecordingRow
    found: Checked | None

    @property
    def attention(self) -> tuple[str, ...]:
        """What a person should look at."""
        return words.attention(self.row, self.found)

    @property
    def can_train(self) -> bool:
        """Whether distillation could learn from it."""
        return self.row.video is not None and self.row.imu is not None


class RecordingsModel(QAbstractTableModel):
    """`lines` is what is shown; checks are changed through `training_wished`."""

    training_wished = Signal(list, bool)  # recording ids, use

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[Line, ...] = ()
        self.lines: tuple[Line, ...] = ()
        self._filter, self._kind = "", "all"
        self._sort_by, self._descending = -1, False
        self.window_s = 5.0

    def show(self, lines: Sequence[Line], window_s: float) -> bool:
        """Show these recordings; whether the rows are other ones now, and selections lost."""
        self._all, self.window_s = tuple(lines), window_s
        return self._arrange()

    def narrow(self, words_: str, kind: str) -> None:
        """Show only those whose name or files contain the words, of a kind ("all", "ready" …)."""
        self._filter, self._kind = words_.casefold().strip(), kind
        self._arrange()

    def count(self, kind: str) -> int:
        """How many there are of a kind, whatever the filter."""
        return sum(_is(line, kind) for line in self._all)

    def place(self, recording_id: int) -> int:
        """The row in which a recording is shown; -1 if it is not."""
        return next((i for i, x in enumerate(self.lines) if x.row.id == recording_id), -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """Shown rows."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """Nine."""
        return 0 if parent.isValid() else len(HEADINGS)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """The first column is a check box where there is something to choose."""
        flags = super().flags(index)
        if index.column() == CHECK and self.lines[index.row()].can_train:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Texts, checks, tooltips, and what is read aloud."""
        line = self.lines[index.row()]
        row, column = line.row, index.column()
        if role == Qt.ItemDataRole.EditRole and column == NAME:
            return row.name
        if role == Qt.ItemDataRole.CheckStateRole and column == CHECK and line.can_train:
            return Qt.CheckState.Checked if row.use_for_training else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                NAME: row.name,
                LENGTH: words.length(row.duration_s),
                VIDEO: words.video(row),
                IMU: words.imu(row),
                SYNC: words.sync(row, line.found).label,
                WINDOWS: " ".join(words.windows(row, line.found)),
            }.get(column, "")
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == NAME:
                return "\n".join([words.source(row), *line.attention])
            if column == IMU and words.low_rate(row):
                return "Little for movements; 100 Hz or more is advised"
            if column == CHECK:
                return "Use for training" if line.can_train else "Needs video and IMU to train"
        if role == Qt.ItemDataRole.AccessibleTextRole and column == NAME:
            return f"{row.name}, {words.length(row.duration_s)}, {words.sync(row).label}"
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A check is a wish; the library answers by showing new rows."""
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == CHECK:
            use = Qt.CheckState(value) is Qt.CheckState.Checked
            self.training_wished.emit([self.lines[index.row()].row.id], use)
            return True
        return False

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Column headings."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            if section == WINDOWS:
                return f"Windows of {self.window_s:g} s"
            return HEADINGS[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; one without an order keeps the order of adding."""
        self._sort_by, self._descending = column, order is Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> bool:
        kept = [line for line in self._all if _is(line, self._kind) and self._matches(line)]
        if self._sort_by in SORTABLE:
            kept.sort(key=lambda line: _key(line, self._sort_by), reverse=self._descending)
        if [line.row.id for line in kept] == [line.row.id for line in self.lines]:
            self.lines = tuple(kept)  # the same rows with other facts
            if kept:
                self.dataChanged.emit(self.index(0, 0), self.index(len(kept) - 1, MENU))
            return False
        self.beginResetModel()
        self.lines = tuple(kept)
        self.endResetModel()
        return True

    def _matches(self, line: Line) -> bool:
        text = f"{line.row.name} {words.source(line.row)} {line.row.wearer}".casefold()
        return all(word in text for word in self._filter.split())


def _is(line: Line, kind: str) -> bool:
    if kind == "ready":
        return line.can_train and not line.attention
    if kind == "attention":
        return bool(line.attention)
    if kind == "imu":
        return line.row.video is None
    return True


def _key(line: Line, column: int) -> tuple[object, ...]:
    row, found = line.row, line.found
    if column == LENGTH:
        return (row.duration_s,)
    if column == VIDEO:
        return (row.video.width_px if row.video else 0,)
    if column == IMU:
        return (row.imu.sample_rate_hz if row.imu else 0.0,)
    if column == SYNC:
        return (words.sync(row).label,)
    if column == WINDOWS:
        return (found.n_windows - found.n_dropped if found else -1,)
    return (row.name.casefold(),)

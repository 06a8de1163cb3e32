"""The segments as a table: the student's, one per row, beside what the teacher says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from comodo_app.activities.agreement import SegmentRow, Verdict
from comodo_app.activities.model import State
from comodo_app.session.review import Review
from comodo_app.ui.pages.review.times import clock

COLUMNS = ("#", "Start", "Length", "Teacher (video)", "Student (IMU)", "Agreement", "Confidence")
NUMBER, START, LENGTH, TEACHER, STUDENT, AGREEMENT, CONFIDENCE = range(len(COLUMNS))

SHOWN: dict[str, Callable[[SegmentRow], bool]] = {
    "all": lambda row: True,
    "differ": lambda row: row.verdict is Verdict.DIFFERS,
    "low": lambda row: row.is_low,
    "unknown": lambda row: row.verdict is Verdict.ABSTAINS,
}

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


def has_confidence(row: SegmentRow) -> bool:
    """A prediction has one; what a person said, and where there is no data, has none."""
    return row.segment.state is not State.NO_DATA and row.verdict is not Verdict.CORRECTED


class SegmentsModel(QAbstractTableModel):
    """The rows of the session's `lanes` that a choice and a filter text let through."""

    counts_changed = Signal()

    def __init__(self, review: Review) -> None:
        super().__init__()
        self._review = review
        self.choice, self.words = "all", ""
        self.rows: tuple[SegmentRow, ...] = ()
        review.timelines_changed.connect(self.read)
        review.activities_changed.connect(self.read)
        self.read()

    def read(self) -> None:
        """Take the rows as they are now."""
        keep, words = SHOWN[self.choice], self.words.casefold()
        rows = tuple(
            row
            for row in self._review.lanes.rows
            if keep(row)
            and (not words or words in f"{self.student(row)} {self.teacher(row)}".casefold())
        )
        if rows == self.rows and rows:  # a name that is being typed stays
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, CONFIDENCE))
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        self.counts_changed.emit()

    def show(self, choice: str | None = None, words: str | None = None) -> None:
        """Let other rows through."""
        self.choice = choice if choice is not None else self.choice
        self.words = words if words is not None else self.words
        self.read()

    def count(self, choice: str) -> int:
        """How many rows a choice has, whatever the filter text."""
        return sum(map(SHOWN[choice], self._review.lanes.rows))

    @property
    def why_empty(self) -> str:
        """What stands where no row is."""
        if not self._review.lanes.rows:
            return "No segments yet"
        return "No segments match this filter" if self.words else "None here"

    def place_of(self, number: int) -> int | None:
        """Where the segment of this number is shown; None if it is not."""
        return next((i for i, row in enumerate(self.rows) if row.number == number), None)

    def student(self, row: SegmentRow) -> str:
        """What the student (or a correction) says."""
        if row.segment.activity_id is not None:
            return self._review.label(row.segment.activity_id)
        if row.verdict is Verdict.CORRECTED:
            return "No activity"
        return "Unknown" if row.segment.state is State.UNKNOWN else "No data"

    def teacher(self, row: SegmentRow) -> str:
        """What the teacher says most of the time."""
        return self._review.label(row.teacher_id) if row.teacher_id is not None else "–"

    def agreement(self, row: SegmentRow) -> str:
        """The verdict in a word or a share."""
        if row.verdict is Verdict.AGREES and row.agreement is not None:
            return f"{row.agreement:.0%}".replace("%", " %")
        return "–" if row.verdict in (Verdict.ALONE, Verdict.NO_DATA) else row.verdict.value

    def sentence(self, row: SegmentRow) -> str:
        """The whole row, as it is read aloud."""
        span = f"{clock(row.segment.start_s, 1)} to {clock(row.segment.end_s, 1)}"
        said = f"Segment {row.number}, {self.student(row)}, {span}"
        if row.verdict is Verdict.CORRECTED:
            return f"{said}, corrected by hand"
        if row.agreement is None:
            return said
        if row.verdict is Verdict.AGREES:
            return f"{said}, teacher agrees {row.agreement:.0%}"
        return f"{said}, teacher says {self.teacher(row)}"

    def rowCount(self, parent: Index = ROOT) -> int:
        """Rows that are let through."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """As `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, aligned as their columns."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = section == LENGTH
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The student's cell can be edited: that renames the activity."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        row = self.rows[index.row()]
        if index.column() == STUDENT and row.segment.activity_id is not None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts; what is painted beside them is the delegate's."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.sentence(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.sentence(row)
        if role == Qt.ItemDataRole.EditRole and row.segment.activity_id is not None:
            return self._name(row.segment.activity_id)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        confident = has_confidence(row)
        return (
            str(row.number),
            clock(row.segment.start_s, 1),
            f"{row.segment.length_s:.1f} s",
            self.teacher(row),
            self.student(row),
            self.agreement(row),
            f"{row.segment.confidence:.2f}" if confident else "–",
        )[index.column()]

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename the activity of a row."""
        number = self.rows[index.row()].segment.activity_id
        if role != Qt.ItemDataRole.EditRole or number is None:
            return False
        self._review.edits.rename(number, str(value))
        return True

    def _name(self, activity_id: int) -> str:
        lowest = self._review.groups[activity_id]
        return next(a.name for a in self._review.activities if a.id == lowest)

"""What became of dropped files: one line each, and a way to mend what can be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from comodo_app.errors import ComodoError
from comodo_app.session.session import Session
from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.theme import icon, themes
from comodo_app.ui.widgets import Chip, Panel, button, flow_row, text

if TYPE_CHECKING:
    from comodo_app.jobs.add import AddedSource

_HOW = {"gopro": "GoPro", "video_csv": "Video + CSV", "imu_csv": "CSV", "": "—"}
_UNITS = (
    ("acc_unit", "Acceleration in", ("m/s2", "g")),
    ("gyro_unit", "Turning in", ("rad/s", "deg/s")),
    ("time_unit", "Time in", ("s", "ms", "us", "ns", "iso")),
)


class IntakeSheet(Sheet):
    """Lines appear as files are read; nothing here has to be answered."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window, "What became of the files", 1120, 640)
        self._session = session
        self._shown: tuple[AddedSource, ...] = ()
        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName("Files")
        self.table.setHorizontalHeaderLabels(["Dropped", "Read as", "Result", "Why"])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        head = self.table.horizontalHeader()
        for column, mode in enumerate(("Interactive", "Interactive", "Interactive", "Stretch")):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode[mode])
        self.table.itemSelectionChanged.connect(self._show_details)
        self.body.addWidget(self.table, 1)
        self.details = Panel(padding=12)
        self.reason = text("", "body")
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.body.addWidget(self.reason)
        self._mend = self._mending()
        self.details.body.addWidget(self._mend)
        self.body.addWidget(self.details)
        self.skipped = text("", "small", "tertiary")
        self.stop = button("Stop reading", session.library.cancel_adding)
        self.copy = button("Copy details", self._copy, icon_name="copy")
        self.done = button("Done", self.dismiss, kind="primary")
        self.footer.addWidget(self.skipped)
        self.footer.addStretch(1)
        for widget in (self.stop, self.copy, self.done):
            self.footer.addWidget(widget)
        session.library.intake_changed.connect(self.refresh)
        session.library.intake_ended.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the intake as it is now."""
        library, theme = self._session.library, themes().current
        if library.intake[: len(self._shown)] != self._shown:
            self._shown = ()
            self.table.setRowCount(0)
        for source in library.intake[len(self._shown) :]:
            self._append(source)
        self._shown = library.intake
        for column, width in enumerate((330, 110, 150)):
            self.table.setColumnWidth(column, theme.px(width))
        good = sum(not source.error for source in self._shown)
        bad = len(self._shown) - good
        self.fact.setText(f"{good} read, {bad} not" if self._shown else "reading…")
        skipped = library.n_skipped
        self.skipped.setText(f"{skipped} notes and previews passed over" if skipped else "")
        self.stop.setVisible(library.adding)
        self.copy.setEnabled(bad > 0)
        self._show_details()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is Done."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.dismiss()
            return
        super().keyPressEvent(event)

    def _append(self, source: AddedSource) -> None:
        theme = themes().current
        row = self.table.rowCount()
        self.table.insertRow(row)
        self.table.setRowHeight(row, theme.px(34))
        names = " + ".join(path.name for path in source.paths)
        notes = "; ".join(note.line for note in source.notes)
        # The place is told by the first column.
        why = source.error.removeprefix(f"{source.paths[0]}: ") or notes
        cells = (names, _HOW.get(source.importer, source.importer), "", why)
        for column, content in enumerate(cells):
            item = QTableWidgetItem(content)
            item.setToolTip(str(source.paths[0]) if column == 0 else content)
            if column == 0:
                item.setIcon(icon("file"))
            self.table.setItem(row, column, item)
        words, tone = _result(source)
        holder = QWidget()
        holder.setLayout(flow_row(Chip(words, tone), None))
        self.table.setCellWidget(row, 2, holder)
        result = QTableWidgetItem()
        result.setData(Qt.ItemDataRole.AccessibleTextRole, words)
        self.table.setItem(row, 2, result)

    def _mending(self) -> QWidget:
        self.columns = QLineEdit()
        self.columns.setPlaceholderText("time=ts,acc_x=AX,acc_y=AY,… (only what is not recognised)")
        self.columns.setAccessibleName("Which column holds what")
        self.units: dict[str, QComboBox] = {}
        row = flow_row(text("Columns", "small", "secondary"), self.columns)
        for key, label, choices in _UNITS:
            box = QComboBox()
            box.addItem("as written", None)
            for choice in choices:
                box.addItem(choice, choice)
            box.setAccessibleName(label)
            self.units[key] = box
            row.addWidget(text(label, "small", "secondary"))
            row.addWidget(box)
        self.again = button("Read again", self._read_again, kind="primary")
        row.addWidget(self.again)
        holder = QWidget()
        holder.setLayout(row)
        return holder

    def _picked(self) -> AddedSource | None:
        rows = self.table.selectionModel().selectedRows()
        return self._shown[rows[0].row()] if rows and rows[0].row() < len(self._shown) else None

    def _show_details(self) -> None:
        source = self._picked()
        self.details.setVisible(source is not None)
        if source is None:
            return
        notes = "\n".join(note.line for note in source.notes)
        self.reason.setText(source.error or notes or "Read without anything to mend.")
        self._mend.setVisible(bool(source.error) and source.importer.endswith("csv"))

    def _read_again(self) -> None:
        source = self._picked()
        if source is None:
            return
        from comodo_app.recordings.sources import ReadOptions, parse_columns

        try:
            options = ReadOptions(
                columns=parse_columns(self.columns.text()),
                **{key: box.currentData() for key, box in self.units.items()},
            )
        except ComodoError as error:
            self.reason.setText(str(error))
            return
        self._session.library.add(source.paths, options)

    def _copy(self) -> None:
        lines = [source.error for source in self._shown if source.error]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _result(source: AddedSource) -> tuple[str, str]:
    if source.already_there:
        return "Already here", "info"
    if not source.error:
        return "Added", "ok"
    return ("Check the columns", "warn") if source.ambiguous else ("Cannot read", "err")

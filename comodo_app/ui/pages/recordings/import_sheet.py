"""The import sheet: what was dropped, what it is, what can be mended; one Enter adds it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from comodo_app.jobs.scan import Scanned, Verdict
from comodo_app.session.session import Session
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.recordings import import_words
from comodo_app.ui.pages.recordings.import_columns import ColumnPanel, SignalPreview
from comodo_app.ui.pages.recordings.import_table import ImportModel, ImportTable
from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.widgets import ElidedLabel, Panel, button, flow_row, text

_TO_DECIDE = (Verdict.COLUMNS, Verdict.SENSOR)
_REFRESH_MS = 150  # files may be read faster than rows can be painted


class ImportSheet(Sheet):
    """Follows the intake; closing it stops looking, but keeps what was found."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window, "Import", 1120, 740)
        self._intake = session.intake
        self._shown: Scanned | None = None
        self.model = ImportModel(self._intake)
        self.table = ImportTable(self.model)
        self.table.picked.connect(self._show_item)
        frame = Panel(padding=1)
        frame.body.addWidget(self.table)
        self.body.addWidget(frame, 1)
        self._build_details()
        self.place_words = ElidedLabel("", "small", "tertiary")
        self.gain = text("", "small", "secondary")
        self.stop = button("Cancel", self.give_up)
        self.add = button("", self.confirm, kind="primary")
        self.footer.addWidget(self.place_words, 1)
        for widget in (self.gain, self.stop, self.add):
            self.footer.addWidget(widget)
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._was_scanning = False
        self._intake.changed.connect(self._refresh_soon)
        self._intake.accepted.connect(self.dismiss)
        self.refresh()

    def refresh(self) -> None:
        """Show the intake as it is now."""
        intake = self._intake
        picked = self.table.item()
        if self.model.refresh() and picked is not None:
            self.table.select(picked)
        if self._was_scanning and not intake.scanning:
            self._select_first()
        self._was_scanning = intake.scanning
        self._show_item(self.table.item())
        counted = import_words.counts(intake.items)
        passed = intake.n_passed_over
        beside = f" · {passed} of no use (papers, previews)" if passed else ""
        self.fact.setText((counted or "looking through the files…") + beside)
        new = intake.new_project
        where = f"Makes the project {new.stem} in {new.parent}. " if new is not None else ""
        self.place_words.setText(f"{where}Files stay where they are; nothing is copied.")
        self.gain.setText(import_words.gain(intake.chosen))
        self._show_button()

    def confirm(self) -> None:
        """Add what is chosen, or close if there is nothing to add."""
        if self._intake.chosen or self._intake.scanning:
            self._intake.accept()
        else:
            self.dismiss()

    def give_up(self) -> None:
        """Add nothing."""
        self._intake.cancel()
        self.dismiss()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter adds, Esc cancels."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirm()
        elif event.key() == Qt.Key.Key_Escape:
            self.give_up()
        else:
            super().keyPressEvent(event)

    def _build_details(self) -> None:
        self.details = Panel(padding=14)
        self.name = ElidedLabel("", "h2")
        self.table_fact = text("", "small", "tertiary")
        self.copy = button("Copy details", self._copy, icon_name="copy", small=True)
        self.choose = button("Choose sensor file…", self._choose, icon_name="wave", small=True)
        head = flow_row(self.name, self.table_fact, self.choose, self.copy)
        head.setStretch(0, 1)
        self.details.body.addLayout(head)
        self.reason = text("", "body", "secondary")
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.body.addWidget(self.reason)
        self.columns = ColumnPanel()
        self.columns.changed.connect(self._mend)
        self.details.body.addWidget(self.columns)
        self.preview = SignalPreview()
        self.details.body.addWidget(self.preview)
        self.body.addWidget(self.details)

    def _show_item(self, item: Scanned | None) -> None:
        self.details.setVisible(item is not None)
        if item is None or item is self._shown:
            return
        self._shown = item
        self.name.setText(item.name)
        table = item.table
        fact = ""
        if table is not None:
            fact = f"{grouped(table.n_rows)} rows, {table.separator} between the cells"
        self.table_fact.setText(fact)
        self.reason.setText(import_words.explained(item))
        self.copy.setVisible(bool(item.details))
        self.choose.setVisible(item.verdict is Verdict.SENSOR)
        open_ = item.verdict not in (Verdict.ADDED, Verdict.KNOWN)
        self.columns.setVisible(open_ and (table is not None or item.importer == "video_csv"))
        self.columns.show_item(item)
        self.preview.show_item(item)

    def _show_button(self) -> None:
        intake, n = self._intake, len(self._intake.chosen)
        count = "1 recording" if n == 1 else f"{n} recordings"
        if intake.accepting:
            label = "Adding when read…"
        elif n or intake.scanning:
            label = f"Add {count}"
        else:
            label = "Close"
        self.add.setText(label)
        self.add.setToolTip(f"{label} (Enter)")
        self.add.setEnabled(not intake.accepting)
        self.stop.setVisible(bool(n) or intake.scanning)

    def _select_first(self) -> None:
        """What needs a decision, else what went wrong, else the first."""
        items = self.model.items
        for verdicts in (_TO_DECIDE, (Verdict.FAILED,), tuple(Verdict)):
            for item in items:
                if item.verdict in verdicts:
                    self.table.select(item)
                    return

    def _refresh_soon(self) -> None:
        if self.is_open and not self._timer.isActive():
            self._timer.start()

    def _mend(self, options: object) -> None:
        item = self.table.item()
        if item is not None and options != item.options:
            self._intake.read_again(item, options)  # type: ignore[arg-type]  # ReadOptions

    def _choose(self) -> None:
        item = self.table.item()
        if item is None:
            return
        path, _ = QFileDialog.getOpenFileName(
            self.window(), f"Motion data of {item.name}", str(item.paths[0].parent),
            "Tables (*.csv *.tsv)",
        )  # fmt: skip
        if path:
            self._intake.pair(item, Path(path))

    def _copy(self) -> None:
        item = self.table.item()
        if item is not None:
            QGuiApplication.clipboard().setText(item.details)

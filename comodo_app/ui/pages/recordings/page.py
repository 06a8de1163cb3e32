"""The Recordings page: what there is, whether it is good, and what to do with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.base import Badge, Page
from comodo_app.ui.pages.recordings import words
from comodo_app.ui.pages.recordings.inspector import Inspector
from comodo_app.ui.pages.recordings.model import Line, RecordingsModel
from comodo_app.ui.pages.recordings.table import RecordingsTable
from comodo_app.ui.widgets import EmptyState, Panel, Segmented, button, flow_row, text
from comodo_app.ui.widgets.search import SearchField

KINDS = (("all", "All"), ("ready", "Ready"), ("attention", "Attention"), ("imu", "IMU only"))
_REFRESH_MS = 250


class RecordingsPage(Page):
    """Table at the left, inspector at the right."""

    name = "recordings"
    title = "Recordings"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        self.model = RecordingsModel()
        self.table = RecordingsTable(self.model)
        self.inspector = Inspector(session)
        self._build()
        self._connect()
        self.refresh()

    def header_widgets(self) -> list[QWidget]:
        """Add recordings, with the ways to do it."""
        self.add = button("Add recordings", kind="primary", icon_name="plus")
        menu = QMenu(self.add)
        for action in ("recordings.add", "recordings.add-folder", "project.demo"):
            menu.addAction(self.actions_.action(action))
        self.add.setMenu(menu)
        return [self.add]

    def refresh(self) -> None:
        """Show the library as it is now."""
        session = self.session
        lines = [Line(row, session.checks.of(row.id)) for row in session.library.rows]
        kept = self.table.selected_ids()
        if self.model.show(lines, session.settings.window_s):
            shown = [i for i in kept if self.model.place(i) >= 0]
            if not shown and self.model.lines:
                shown = [self.model.lines[0].row.id]
            self.table.select_ids(shown)
        self.table.head.viewport().update()
        self._show_counts(lines)
        self._show_selected()
        self.places.setCurrentWidget(self.table if self.model.lines else self.nothing)

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def toggle_inspector(self) -> None:
        """Show or hide the inspector."""
        self.inspector.setVisible(self.inspector.isHidden())

    def regions(self) -> list[QWidget]:
        """Filter, table, inspector."""
        return [self.filter, self.table, self.inspector]

    def came_into_view(self) -> None:
        """The table takes the keys."""
        self.table.setFocus()

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 16)
        row.setSpacing(16)
        left = QVBoxLayout()
        left.setSpacing(12)
        self.filter = SearchField("Filter recordings")
        self.filter.setMaximumWidth(208)
        self.kinds = Segmented(KINDS, "Which recordings")
        self.paired = text("", "body_strong")
        self.trains = text("", "body", "secondary")
        left.addLayout(flow_row(self.filter, self.kinds, None, self.paired, self.trains))
        frame = Panel(padding=1)
        self.places = QStackedWidget()
        self.nothing = EmptyState(
            "search", "No recordings match this filter.", "Clear filter", self._clear_filter
        )
        self.places.addWidget(self.table)
        self.places.addWidget(self.nothing)
        frame.body.addWidget(self.places)
        left.addWidget(frame, 1)
        row.addLayout(left, 1)
        row.addWidget(self.inspector)

    def _connect(self) -> None:
        session, library = self.session, self.session.library
        library.changed.connect(self.refresh)
        # Many may come at once: the rows are shown together, a few times a second.
        self._soon = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._soon.timeout.connect(self.refresh)
        session.checks.changed.connect(lambda _: self._soon.isActive() or self._soon.start())
        session.intake.accepted.connect(lambda: self.go_requested.emit("recordings"))
        self.filter.textChanged.connect(lambda _: self._narrow())
        self.kinds.chosen.connect(lambda _: self._narrow())
        self.model.training_wished.connect(library.set_training)
        self.table.head.all_wished.connect(self._train_all)
        self.table.picked.connect(lambda _: self._show_selected())
        self.table.opened.connect(self._open)
        self.table.rename_wished.connect(library.rename)
        self.table.menu_wished.connect(self._show_menu)
        self.inspector.review_wished.connect(self._open)
        self.inspector.relink_wished.connect(self._relink)
        on = self.actions_.on
        on("recordings.add", self._choose_files)
        on("recordings.add-folder", self._choose_folder)
        on("recordings.review", lambda: self._with_first(self._open), owner=self.table)
        on("recordings.rename", self.table.edit_name, owner=self)
        on("recordings.train", self._toggle_training, owner=self.table)
        on("recordings.relink", lambda: self._with_first(self._relink), owner=self)
        on("recordings.show-folder", lambda: self._with_first(self._show_folder), owner=self)
        on("recordings.remove", self._remove, owner=self.table)
        on("recordings.intake", session.intake.show_again, owner=self)

    def _narrow(self) -> None:
        kept = self.table.selected_ids()
        self.model.narrow(self.filter.text(), self.kinds.key)
        self.places.setCurrentWidget(self.table if self.model.lines else self.nothing)
        self.table.select_ids(kept)

    def _clear_filter(self) -> None:
        self.filter.clear()
        self.kinds.choose("all")

    def _show_counts(self, lines: list[Line]) -> None:
        for key, _ in KINDS:
            self.kinds.set_count(key, self.model.count(key))
        uses = [line for line in lines if line.can_train and line.row.use_for_training]
        seconds = sum(line.row.duration_s for line in uses)
        found = [line.found for line in uses if line.found is not None]
        kept = sum(x.n_windows - x.n_dropped for x in found)
        self.paired.setText(f"{words.length(seconds)} paired" if uses else "Nothing to learn from")
        counted = f"{grouped(kept)} windows for training"
        self.trains.setText("" if not uses else counted if len(found) == len(uses) else "looking…")
        n = len(lines)
        self.subtitle_changed.emit(f"{n} recording{'' if n == 1 else 's'}" if n else "")
        self.badge_changed.emit(Badge(number=self.model.count("attention")))

    def _show_selected(self) -> None:
        by_id = {line.row.id: line for line in self.model.lines}
        self.inspector.show_lines([by_id[i] for i in self.table.selected_ids() if i in by_id])

    def _train_all(self, use: bool) -> None:
        able = [line.row.id for line in self.model.lines if line.can_train]
        self.session.library.set_training(able, use)

    def _toggle_training(self) -> None:
        picked = set(self.table.selected_ids())
        lines = [x for x in self.model.lines if x.row.id in picked and x.can_train]
        if lines:
            use = not all(line.row.use_for_training for line in lines)
            self.session.library.set_training([line.row.id for line in lines], use)

    def _remove(self) -> None:
        self.session.library.remove(self.table.selected_ids())

    def _open(self, recording_id: int) -> None:
        self.session.review.open(recording_id)
        self.go_requested.emit("review")

    def _with_first(self, do: object) -> None:
        picked = self.table.selected_ids()
        if picked and callable(do):
            do(picked[0])

    def _relink(self, recording_id: int) -> None:
        row = self.session.library.row(recording_id)
        if row is None or not row.sources:
            return
        start = str(row.sources[0].path.parent)
        paths, _ = QFileDialog.getOpenFileNames(self, f"Where is {row.name}?", start)
        if paths:
            self.session.library.relink(recording_id, [Path(path) for path in paths])

    def _show_folder(self, recording_id: int) -> None:
        row = self.session.library.row(recording_id)
        if row is not None and row.sources:
            folder = row.sources[0].path.parent
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self.session.say(Notice(f"The files are in {folder}.", details=str(folder)))

    def _show_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        for action in (
            "recordings.review",
            "recordings.rename",
            "recordings.train",
            "recordings.relink",
            "recordings.show-folder",
            "recordings.remove",
        ):
            menu.addAction(self.actions_.action(action))
        menu.popup(at)

    def _choose_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self.window(), "Add recordings")
        if paths:
            self.session.intake.offer([Path(path) for path in paths])

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self.window(), "Add a folder of recordings")
        if path:
            self.session.intake.offer([Path(path)])

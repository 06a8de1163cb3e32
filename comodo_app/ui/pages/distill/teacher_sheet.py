"""Change the teacher: those that are here with what they would take, and those that can be had."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QScrollArea, QVBoxLayout, QWidget

from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER, is_path
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.session import Session
from comodo_app.ui.pages.distill.teacher_option import OptionWords, TeacherOption
from comodo_app.ui.pages.distill.teacher_words import builtin_words, own_words, words_of
from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.widgets import button, text
from comodo_app.ui.widgets.basics import flow_row
from comodo_app.weights.catalog import Kind

_HEIGHT = 640


class TeacherSheet(Sheet):
    """One option is on; nothing changes until "Use this teacher"."""

    models_requested = Signal()

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window, "Change the teacher", 640, _HEIGHT)
        self._session = session
        self._grid = WindowGrid()
        self.wanted = BUILTIN_TEACHER
        self._path = ""  # a folder or file of one's own that was chosen
        self.options: dict[str, TeacherOption] = {}
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(8)
        self.here, self.elsewhere = QVBoxLayout(), QVBoxLayout()
        for room in (self.here, self.elsewhere):
            room.setSpacing(8)
        column.addWidget(text("On this computer", "small", "tertiary"))
        column.addLayout(self.here)
        self._can_be_had = text("Can be had", "small", "tertiary")
        self._can_be_had.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._can_be_had)
        column.addLayout(self.elsewhere)
        column.addStretch(1)
        area.setWidget(inside)
        self._area = area
        self.body.addWidget(area, 1)
        self.box = QCheckBox()
        self.box.toggled.connect(self._offer)
        self.body.addWidget(self.box)
        self.folder = button("Local folder…", self._choose_folder, icon_name="folder")
        self.file = button("ONNX file…", self._choose_file, icon_name="file")
        self.cancel = button("Cancel", self.dismiss)
        self.use = button("Use this teacher", self._use, kind="primary")
        self.use.setAutoDefault(True)
        self.footer.addLayout(flow_row(self.folder, self.file, None, self.cancel, self.use))
        session.models.changed.connect(self._refresh_if_open)
        session.choice.estimates_changed.connect(self._refresh_if_open)

    def choose(self, grid: WindowGrid) -> None:
        """Show what there is to choose from; estimates are for these windows."""
        choice = self._session.choice
        self._grid, self.wanted = grid, choice.teacher
        self._path = choice.teacher if is_path(choice.teacher) else ""
        self._session.models.ask()
        choice.ask_estimates(grid)
        self.box.setChecked(False)
        self._refresh()
        self.open(self.options[self.wanted].radio if self.wanted in self.options else None)

    def _refresh_if_open(self) -> None:
        if self.is_open:
            self._refresh()

    def _refresh(self) -> None:
        choice, models = self._session.choice, self._session.models
        shown = [(BUILTIN_TEACHER, builtin_words(choice), True)]
        if self._path:
            shown.append((self._path, own_words(choice, self._path), True))
        for card in models.of_kind(Kind.TEACHER):
            here = card.installed is not None
            shown.append((card.entry.id, words_of(choice, card), here))
        for teacher in set(self.options) - {teacher for teacher, _, _ in shown}:
            self.options.pop(teacher).take_away()
        for teacher, words, here in shown:
            self._show(teacher, words, here=here)
        self._can_be_had.setVisible(any(not here for _, _, here in shown))
        self._mark()

    def _show(self, teacher: str, words: OptionWords, *, here: bool) -> None:
        option = self.options.get(teacher)
        if option is None:
            option = self.options[teacher] = TeacherOption()
            option.chosen.connect(partial(self._want, teacher))
            option.get_requested.connect(self._to_models)
            option.moved.connect(partial(self._step, teacher))
        room = self.here if here else self.elsewhere
        if room.indexOf(option) < 0:  # new, or fetched while the sheet was open
            room.addWidget(option)
        option.show_words(words, here=here)

    def _want(self, teacher: str) -> None:
        if teacher != self.wanted:
            self.wanted = teacher
            self.box.setChecked(False)
            self._mark()

    def _step(self, teacher: str, by: int) -> None:
        """The arrow keys go from one to the next that can be chosen."""
        usable = [key for key, option in self.options.items() if option.can_be_chosen]
        following = usable[(usable.index(teacher) + by) % len(usable)]
        self._want(following)
        self.options[following].radio.setFocus(Qt.FocusReason.TabFocusReason)
        self._area.ensureWidgetVisible(self.options[following])

    def _mark(self) -> None:
        for teacher, option in self.options.items():
            option.mark(teacher == self.wanted)
        card = self._session.models.card(self.wanted)
        asks = card is not None and self._session.choice.must_accept(card)
        if card is not None:
            self.box.setText(f"This project keeps to {card.entry.licence}: non-commercial use only")
        self.box.setVisible(asks)
        self._offer()

    def _offer(self) -> None:
        option = self.options.get(self.wanted)
        usable = option is not None and option.can_be_chosen
        agreed = self.box.isHidden() or self.box.isChecked()
        self.use.setEnabled(usable and agreed)
        self.use.setToolTip("" if agreed else "Say first that the project keeps to the licence")

    def _use(self) -> None:
        choice = self._session.choice
        card = self._session.models.card(self.wanted)
        if card is not None and not self.box.isHidden():
            choice.accept(card)
        self.dismiss()
        choice.choose_teacher(self.wanted)

    def _to_models(self) -> None:
        self.dismiss()
        self.models_requested.emit()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self.window(), "Folder of a teacher", str(Path.home())
        )
        self._take_path(folder)

    def _choose_file(self) -> None:
        file, _ = QFileDialog.getOpenFileName(
            self.window(), "ONNX file of a teacher", str(Path.home()), "ONNX (*.onnx)"
        )
        self._take_path(file)

    def _take_path(self, path: str) -> None:
        if not path:
            return
        self._path = self.wanted = path
        self._session.choice.ask_estimates(self._grid, path)
        self._refresh()

"""Settings, Models: teachers and students as cards, how they are had, how the hub is reached."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from comodo_app.jobs.model_cards import ModelCard
from comodo_app.session.models import OWN
from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.ui.numbers import size
from comodo_app.ui.pages.settings.models_card import ModelPanel
from comodo_app.ui.pages.settings.models_licence import LicenceSheet, Way
from comodo_app.ui.pages.settings.models_words import (
    BUILTIN_TEACHER,
    OWN_STUDENTS,
    CardWords,
    own_words,
    words_of,
)
from comodo_app.ui.pages.settings.rows import Section, SettingRow, ToggleRow
from comodo_app.ui.shell.matching import score
from comodo_app.ui.widgets import EmptyState, Segmented, button, text
from comodo_app.ui.widgets.basics import flow_row
from comodo_app.ui.widgets.confirm import Confirm
from comodo_app.ui.widgets.search import SearchField
from comodo_app.weights.catalog import Kind

_NO_ADDRESS = "An address begins with http:// or https://. It was not kept."
_SHOWN = (("all", "All"), ("here", "Here"), ("missing", "Not here"))


class ModelsSection(Section):
    """Shows `session.models`; a card's wish is passed on after what it asks was answered."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            "models",
            "Models",
            "COMODO works without any of these. A model comes to this computer when you click Get, "
            "after its licence; from then on no network is needed.",
        )
        self._session, self._models = session, session.models
        self._sheet: LicenceSheet | None = None
        self._outer: Callable[[str], bool] = lambda _: True  # the search of all settings
        self.search = SearchField("Find a model")
        self.shown = Segmented(_SHOWN, "Which models")
        self.own = button("Import a folder…", self._import_own, small=True, icon_name="folder")
        self.search.textChanged.connect(self._show_fitting)
        self.shown.chosen.connect(self._show_fitting)
        tools = flow_row(self.search, self.shown, None, self.own)
        tools.setContentsMargins(0, 10, 0, 12)
        self.column.addLayout(tools)
        self.own_panel: ModelPanel | None = None
        self._own_room = QVBoxLayout()
        self.column.addLayout(self._own_room)
        self.error = EmptyState("error", "", "Try again", self._models.ask)
        self.error.hide()
        self.column.addWidget(self.error)
        self.panels: dict[str, ModelPanel] = {}
        self.groups = {kind: _Group(kind) for kind in Kind}
        self.builtins = [BUILTIN_TEACHER, *OWN_STUDENTS]
        for words in self.builtins:
            self._add_panel(words.title, words)
        for group in self.groups.values():
            self.column.addWidget(group)
        self.nothing = EmptyState("search", "", link="Clear search", run_link=self._clear)
        self.nothing.hide()
        self.column.addWidget(self.nothing)
        self._add_rows(session)
        self._models.changed.connect(self.refresh)
        self._models.work_changed.connect(self._refresh_one)
        self.refresh()

    def came_into_view(self) -> None:
        """See what is on the disk now."""
        self._models.ask()

    def filter(self, matches: Callable[[str], bool]) -> int:
        """The search of all settings looks through cards and rows."""
        self._outer = matches
        return super().filter(matches) + self._show_fitting()

    def refresh(self) -> None:
        """Show every model as it is now."""
        models = self._models
        self.error.setVisible(bool(models.error) and not models.cards)
        self.error.say(models.error)
        known = {card.entry.id for card in models.cards}
        gone = set(self.panels) - known - {words.title for words in self.builtins}
        for model_id in gone:
            self.panels.pop(model_id).take_away()
        for card in models.cards:
            self._refresh_card(card)
        self._refresh_own()
        self._show_fitting()

    def _add_rows(self, session: Session) -> None:
        self.column.addWidget(text("Network", "h2"))
        self.offline = ToggleRow(
            session,
            "offline",
            "Never use the network",
            "Models then come from folders only: copy one from a computer that has it.",
        )
        self.proxy = AddressRow(
            session, "proxy", "Proxy", "Such as http://host:3128. Empty: as the system says."
        )
        self.hub = AddressRow(
            session, "hub_endpoint", "Hub", "A mirror of huggingface.co. Empty: the hub itself."
        )
        for row in (self.offline, self.proxy, self.hub):
            self.add(row)

    def _add_panel(self, model_id: str, words: CardWords) -> ModelPanel:
        panel = ModelPanel(words)
        panel.wanted.connect(partial(self._do, model_id))
        self.groups[words.kind].column.addWidget(panel)
        self.panels[model_id] = panel
        return panel

    def _refresh_card(self, card: ModelCard) -> None:
        words = words_of(card, self._models)
        panel = self.panels.get(card.entry.id)
        if panel is None:
            panel = self._add_panel(card.entry.id, words)
        panel.show_words(words)

    def _refresh_one(self, model_id: str) -> None:
        card = self._models.card(model_id)
        if card is not None:
            self._refresh_card(card)
        else:
            self._refresh_own()

    def _refresh_own(self) -> None:
        """A folder of one's own has a card of its own until it has an id."""
        words = own_words(self._models)
        if words is None:
            if self.own_panel is not None:
                self.own_panel.take_away()
                self.own_panel = None
            return
        if self.own_panel is None:
            self.own_panel = ModelPanel(words)
            self.own_panel.wanted.connect(partial(self._do, OWN))
            self._own_room.addWidget(self.own_panel)
        self.own_panel.show_words(words)

    def _show_fitting(self, _: str = "") -> int:
        query, which = self.search.text().strip(), self.shown.key
        n = 0
        for group in self.groups.values():
            n_of_group = 0
            for model_id, panel in self.panels.items():
                if panel.words.kind is not group.kind:
                    continue
                card = self._models.card(model_id)
                here = card is None or card.installed is not None
                fits = which == "all" or (which == "here") == here
                fits = fits and (not query or score(query, panel.words.searched) > 1.5)
                fits = fits and self._outer(f"{self.heading} {panel.words.searched}")
                panel.setVisible(fits)
                n_of_group += fits
            group.show_count(n_of_group)
            n += n_of_group
        what = f"“{query}”" if query else "this choice"
        self.nothing.say(f"No model matches {what}.")
        self.nothing.setVisible(n == 0 and (bool(query) or which != "all"))
        return n

    def _clear(self) -> None:
        self.search.clear()
        self.shown.choose("all")

    def _do(self, model_id: str, action: str) -> None:
        models, card = self._models, self._models.card(model_id)
        if action in ("get", "again", "continue") and card is not None:
            self._ask_licence(card, Way.FETCH)
        elif action == "import" and card is not None:
            self._ask_licence(card, Way.FOLDER)
        elif action == "remove" and card is not None:
            self._ask_remove(card)
        elif action == "show-folder" and card is not None and card.installed is not None:
            self._show_folder(card.installed.folder)
        else:
            simple = {
                "pause": models.pause,
                "resume": models.resume,
                "stop": models.cancel,
                "verify": models.verify,
                "measure": models.measure,
                "discard": models.discard_leftovers,
                "retry": models.retry,
                "forget": models.forget_trouble,
            }
            if action in simple:
                simple[action](model_id)

    def _ask_licence(self, card: ModelCard, way: Way) -> None:
        if self._models.has_accepted(card.entry.id):
            self._accepted(card.entry.id, way)
            return
        if self._sheet is None:
            self._sheet = LicenceSheet(self.window())
            self._sheet.accepted.connect(self._accepted)
        missing = max(0, card.entry.size_bytes - card.partial_bytes)
        self._sheet.ask(card.entry, way, self._models.host, missing or card.entry.size_bytes)

    def _accepted(self, model_id: str, way: Way) -> None:
        if way is Way.FETCH:
            self._models.get(model_id, licence_accepted=True)
        elif folder := self._choose_folder(f"Folder of {self._models.title(model_id)}"):
            self._models.import_folder(model_id, folder, licence_accepted=True)

    def _import_own(self) -> None:
        if folder := self._choose_folder("Folder of a model"):
            self._models.import_folder(None, folder)

    def _choose_folder(self, title: str) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.window(), title, str(Path.home()))
        return Path(chosen) if chosen else None

    def _ask_remove(self, card: ModelCard) -> None:
        here = card.installed
        if here is None:
            return
        freed = size(here.size_bytes + card.partial_bytes)
        again = (
            "It can be got again."
            if card.entry.repo
            else "Keep the folder it came from: it cannot be got again."
        )
        without = (
            "New runs and new videos cannot use it. Runs that used it stay, and so does all it saw "
            "in videos so far."
            if card.entry.kind is Kind.TEACHER
            else "New runs cannot start from it. Students that were trained from it stay and work."
        )
        Confirm(
            self.window(),
            f"Remove {card.entry.title}?",
            f"{freed} are freed. {without} {again}",
            ("Keep it", "", None),
            (f"Remove {freed}", "danger", partial(self._models.remove, card.entry.id)),
        )

    def _show_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.say(Notice(f"It is in {folder}.", details=str(folder)))


class AddressRow(SettingRow):
    """An address; one that cannot be used is marked and not kept."""

    def __init__(self, session: Session, name: str, title: str, meaning: str) -> None:
        self.field = QLineEdit()
        self.field.setAccessibleName(title)
        self.field.setMinimumWidth(260)
        self._meaning = meaning
        super().__init__(session, name, title, meaning, self.field)
        self.refresh()
        self.field.editingFinished.connect(self._typed)

    def show_value(self) -> None:
        """Put the address into the field."""
        self.field.setText(str(self.value))

    def _typed(self) -> None:
        typed = self.field.text().strip()
        self.put(typed)
        refused = typed != self.value
        self.say(
            "Must begin with http:// or https://. It was not kept." if refused else self._meaning
        )
        self.meaning.setProperty("tone", "err" if refused else "tertiary")
        self.meaning.style().polish(self.meaning)


class _Group(QWidget):
    """Teachers or students under their title."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        teacher = kind is Kind.TEACHER
        self.setAccessibleName("Teachers" if teacher else "Students")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 18)
        self.column.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(text(self.accessibleName(), "h2"))
        what = "watch video, frozen" if teacher else "read the IMU, are trained here"
        self._fact = text(what, "small", "tertiary")
        head.addWidget(self._fact)
        head.addStretch(1)
        self.column.addLayout(head)

    def show_count(self, n: int) -> None:
        """Hide the group if nothing of it is shown."""
        self.setVisible(n > 0)

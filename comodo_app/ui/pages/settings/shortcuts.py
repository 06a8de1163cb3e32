"""Settings, Shortcuts: the keys of every action, changed in place, conflicts shown before."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit

from comodo_app.session.actions import ANYWHERE, PAGES
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.plain_tables import PlainModel, plain_view
from comodo_app.ui.pages.plain_tables import Row as Cells
from comodo_app.ui.pages.settings.rows import Row, Section
from comodo_app.ui.widgets import button, text
from comodo_app.ui.widgets.basics import flow_row

# What lists, fields and sheets do by themselves cannot be given away.
FIXED = ("Esc", "Tab", "Shift+Tab", "Return", "Enter")


class ShortcutsSection(Section):
    """A table of all actions, and below it the keys of the chosen one."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("shortcuts", "Shortcuts")
        self._session, self._actions = session, actions
        self._ids = list(actions.specs)
        self._matches: Callable[[str], bool] = lambda _: True
        self.model = PlainModel(self, ("Action", "Works on", "Keys", ""), left=(0, 1, 2))
        self.view = plain_view(self.model, "Shortcuts", (0, 130, 190, 90), 0)
        self.view.setMinimumHeight(420)
        self.view.selectionModel().currentRowChanged.connect(self._choose)
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setClearButtonEnabled(True)
        self.edit.setAccessibleName("New keys")
        self.edit.keySequenceChanged.connect(self._check)
        self.set_button = button("Set", self._set, small=True)
        self.none_button = button("No key", self._set_none, kind="ghost", small=True)
        self.reset_button = button("Reset", self._reset, kind="ghost", small=True)
        self.conflict = text("", "small", "warn")
        self.conflict.setWordWrap(True)
        self.editor = Row("Choose an action", "Then press its new keys here.")
        tools = flow_row(self.edit, self.set_button, self.none_button, self.reset_button, None)
        self.editor.below.addLayout(tools)
        self.editor.below.addWidget(self.conflict)
        self.column.addWidget(self.editor)
        self.column.addWidget(self.view, 1)
        self.reset_all = button("Reset all shortcuts", self._reset_all, small=True)
        self.add(Row("All shortcuts", "Back to the keys they came with.", self.reset_all))
        session.settings_changed.connect(self.refresh)
        self.refresh()
        self._choose()

    def filter(self, matches: Callable[[str], bool]) -> int:
        """Rows of the table that match stay."""
        self._matches = matches
        self.refresh()
        return len(self.model.rows)

    def refresh(self) -> None:
        """Show the keys as they are now."""
        self._actions.give_keys(self._session.settings)
        titles, changed = dict(PAGES), self._session.settings.shortcuts
        rows = []
        for number, name in enumerate(self._ids):
            spec = self._actions.specs[name]
            where = "everywhere" if spec.page == ANYWHERE else titles.get(spec.page, spec.page)
            mark = "changed" if name in changed else ""
            cells = (spec.text.rstrip("…"), where, self._keys(name), mark)
            if self._matches("Shortcuts " + " ".join(cells)):
                rows.append(Cells(number, cells))
        self.model.show(rows)
        self.reset_all.setEnabled(bool(changed))
        self._check()

    @property
    def chosen(self) -> str | None:
        """The id of the chosen action."""
        row = self.view.currentIndex().row()
        return self._ids[self.model.rows[row].id] if 0 <= row < len(self.model.rows) else None

    def taken_by(self, key: QKeySequence) -> list[str]:
        """Other actions with this key that could be meant at the same time."""
        chosen = self.chosen
        if chosen is None or key.isEmpty():
            return []
        page = self._actions.specs[chosen].page
        return [
            spec.id
            for spec in self._actions.specs.values()
            if spec.id != chosen
            and (ANYWHERE in (spec.page, page) or spec.page == page)
            and key in self._actions.action(spec.id).shortcuts()
        ]

    def _keys(self, name: str) -> str:
        native = QKeySequence.SequenceFormat.NativeText
        return "   ".join(k.toString(native) for k in self._actions.action(name).shortcuts())

    def _choose(self) -> None:
        name = self.chosen
        for part in (self.edit, self.set_button, self.none_button, self.reset_button):
            part.setEnabled(name is not None)
        if name is not None:
            self.editor.title.setText(self._actions.specs[name].text.rstrip("…"))
            self.editor.say(f"Keys now: {self._keys(name) or 'none'}. Press the new ones below.")
        self.edit.clear()
        self._check()

    def _check(self) -> None:
        key, name = self.edit.keySequence(), self.chosen
        fixed = key.toString(QKeySequence.SequenceFormat.PortableText) in FIXED
        others = self.taken_by(key)
        words = ""
        if fixed:
            words = "This key has a meaning in every list and field and cannot be changed."
        elif others:
            called = ", ".join(self._actions.specs[other].text.rstrip("…") for other in others)
            words = f"Used by {called}. Set takes it away from there."
        self.conflict.setText(words)
        self.conflict.setVisible(bool(words))
        self.set_button.setEnabled(name is not None and not key.isEmpty() and not fixed)
        self.reset_button.setEnabled(name in self._session.settings.shortcuts)

    def _set(self) -> None:
        name, key = self.chosen, self.edit.keySequence()
        if name is None:
            return
        portable = QKeySequence.SequenceFormat.PortableText
        keys = dict(self._session.settings.shortcuts)
        for other in self.taken_by(key):
            kept = [k for k in self._actions.action(other).shortcuts() if k != key]
            keys[other] = tuple(k.toString(portable) for k in kept)
        keys[name] = (key.toString(portable),)
        self._put(keys)

    def _set_none(self) -> None:
        if self.chosen is not None:
            self._put({**self._session.settings.shortcuts, self.chosen: ()})

    def _reset(self) -> None:
        keys = dict(self._session.settings.shortcuts)
        keys.pop(self.chosen or "", None)
        self._put(keys)

    def _reset_all(self) -> None:
        self._put({})

    def _put(self, keys: dict[str, tuple[str, ...]]) -> None:
        own = {name: spec.keys for name, spec in self._actions.specs.items()}
        differing = {name: k for name, k in keys.items() if own.get(name) != k}
        self._session.change_settings(shortcuts=differing)
        self._choose()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

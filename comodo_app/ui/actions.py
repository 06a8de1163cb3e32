"""The action table as QActions: pages say what an action does, the window where it is offered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from comodo_app.project.settings import Settings
from comodo_app.session.actions import ANYWHERE, ActionSpec, all_actions
from comodo_app.ui.theme import icon, themes


class Actions(QObject):
    """All actions of the window by id; `ran` tells which one was used (for "recently used")."""

    ran = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.specs = {spec.id: spec for spec in all_actions()}
        self._handlers: dict[str, Callable[[], object]] = {}
        self._qactions: dict[str, QAction] = {}
        for spec in self.specs.values():
            made = QAction(self.tr(spec.text), self)
            made.setShortcuts([QKeySequence(keys) for keys in spec.keys])
            made.setEnabled(False)  # until somebody says what it does
            made.triggered.connect(lambda _=False, name=spec.id: self.run(name))
            self._qactions[spec.id] = made
            if spec.page == ANYWHERE:
                window.addAction(made)
        themes().changed.connect(self._draw_icons)
        self._draw_icons()

    def on(
        self, action_id: str, handler: Callable[[], object], owner: QWidget | None = None
    ) -> None:
        """Say what an action does.

        With `owner`, a page, its keys work only while that page is shown.
        """
        self._handlers[action_id] = handler
        made = self._qactions[action_id]
        made.setEnabled(True)
        if owner is not None:
            owner.addAction(made)

    def action(self, action_id: str) -> QAction:
        """For menus and buttons."""
        return self._qactions[action_id]

    def give_keys(self, settings: Settings) -> None:
        """Give every action the keys of the settings, else those of the action table."""
        for spec in self.specs.values():
            keys = settings.shortcuts.get(spec.id, spec.keys)
            wanted = [QKeySequence(key) for key in keys]
            if self._qactions[spec.id].shortcuts() != wanted:
                self._qactions[spec.id].setShortcuts(wanted)

    def set_enabled(self, action_id: str, enabled: bool, why_not: str = "") -> None:
        """Offer an action or not; `why_not` becomes its tooltip."""
        made = self._qactions[action_id]
        made.setEnabled(enabled)
        made.setToolTip(self.tip(action_id) if enabled or not why_not else why_not)

    def tip(self, action_id: str) -> str:
        """Text and key, for a tooltip."""
        spec = self.specs[action_id]
        return f"{spec.text.rstrip('…')} ({self.key(action_id)})" if spec.keys else spec.text

    def key(self, action_id: str) -> str:
        """The first key as the system writes it; empty if there is none."""
        keys = self._qactions[action_id].shortcuts()
        return keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""

    def run(self, action_id: str) -> None:
        """Do it, if it can be done now."""
        if self._qactions[action_id].isEnabled() and action_id in self._handlers:
            self.ran.emit(action_id)
            self._handlers[action_id]()

    def offered(self, page: str) -> tuple[ActionSpec, ...]:
        """Actions that can be used on a page now."""
        return tuple(
            spec
            for spec in self.specs.values()
            if spec.page in (ANYWHERE, page) and self._qactions[spec.id].isEnabled()
        )

    def _draw_icons(self) -> None:
        for spec in self.specs.values():
            if spec.icon:
                self._qactions[spec.id].setIcon(icon(spec.icon))

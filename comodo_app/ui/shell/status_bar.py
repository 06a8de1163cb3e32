"""The status bar: jobs, whether all is on the disk, what computes, what is sent (nothing)."""

from __future__ import annotations

import os
from datetime import datetime

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from comodo_app.session.session import Session
from comodo_app.ui.shell.jobs_drawer import JobsChip
from comodo_app.ui.theme import icon, themes
from comodo_app.ui.widgets import button
from comodo_app.ui.widgets.basics import Button

_HEIGHT = 29


class StatusBar(QWidget):
    """Each entry opens the settings that it speaks of."""

    jobs_requested = Signal()
    settings_requested = Signal(str)  # section

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setAccessibleName("Status")
        self._session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 8, 0)
        row.setSpacing(4)
        self.jobs = JobsChip(session)
        self.jobs.clicked.connect(self.jobs_requested)
        self.saved = self._entry("check-circle", "", "Every change is written at once", "data")
        cores = os.cpu_count() or 1
        self.compute = self._entry(
            "cpu", f"CPU, {cores} cores", "What learns and predicts", "compute"
        )
        self.teacher = self._entry("film", "Built-in teacher ready", "Needs no download", "models")
        self.network = button("", self._show_network, kind="ghost", icon_name="shield", small=True)
        self.network.setProperty("bar", "true")
        row.addWidget(self.jobs)
        row.addWidget(self.saved)
        row.addStretch(1)
        for entry in (self.compute, self.teacher, self.network):
            row.addWidget(entry)
        session.undo_stack.indexChanged.connect(self._show_saved)
        session.project_changed.connect(self._show_saved)
        session.library.changed.connect(self._show_saved)
        session.learning.changed.connect(self._show_saved)
        session.models.changed.connect(self._show_models)
        session.choice.changed.connect(self._show_models)
        session.live.changed.connect(self._show_models)
        themes().changed.connect(self._resize)
        self._resize()
        self._show_saved()
        self._show_models()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line above."""
        theme = themes().current
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.canvas"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("border.subtle"))

    def _entry(self, icon_name: str, words: str, tip: str, section: str) -> Button:
        made = button(
            words,
            lambda: self.settings_requested.emit(section),
            kind="ghost",
            icon_name=icon_name,
            small=True,
        )
        made.setToolTip(tip)
        made.setProperty("bar", "true")
        return made

    def _show_saved(self) -> None:
        if self._session.project is None:
            self.saved.hide()
            return
        self.saved.show()
        self.saved.setText(f"Saved {datetime.now():%H:%M:%S}")

    def _show_models(self) -> None:
        n = self._session.models.n_downloads
        live = self._session.live
        begun = live.heard.begun
        listens = live.running and begun is not None and begun.address.startswith("http")
        if listens and begun is not None and not n:
            self._show_listening(begun.address)
            return
        words = f"Downloading {n} model{'s' if n > 1 else ''}"
        self.network.setText(words if n else "Local only · no network")
        self.network.setToolTip(
            "Fetched because you asked for it" if n else "Nothing leaves this computer"
        )
        self.network.set_icon("download" if n else "shield")
        choice = self._session.choice
        missing = choice.teacher_is_missing
        self.teacher.setText(f"{choice.teacher_title} {'is not here' if missing else 'ready'}")
        self.teacher.setToolTip("The teacher of the next run")

    def _show_listening(self, address: str) -> None:
        """Others may send to this computer now; only the host is shown, the rest is a secret."""
        host = address.split("//", 1)[-1].split("/", 1)[0]
        here = host.startswith(("127.", "localhost", "[::1]"))
        who = "this computer only" if here else "allowed by you"
        self.network.setText(f"Listening on {host} · {who}")
        self.network.setToolTip("For the phone on the Live page; ends with live")
        self.network.set_icon("shield" if here else "network")

    def _show_network(self) -> None:
        busy = self._session.models.n_downloads > 0
        self.settings_requested.emit("models" if busy else "live")

    def _resize(self) -> None:
        theme = themes().current
        self.setFixedHeight(theme.px(_HEIGHT))
        self.saved.setIcon(icon("check-circle", "ok", 16))
        self.saved.setIconSize(QSize(theme.px(14), theme.px(14)))

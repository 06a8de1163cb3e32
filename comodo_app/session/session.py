"""The open project as one object: what the window shows, and what it can ask for.

The session itself opens, closes and tells; what there is to do in a project lies in its parts.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.open import OPEN_KEY, OpenRequest, OpenResult, open_project
from comodo_app.project.settings import Settings, load_settings, save_settings
from comodo_app.project.store import Project
from comodo_app.session.checks import Checks
from comodo_app.session.intake import Intake
from comodo_app.session.jobs import Jobs
from comodo_app.session.learning import Learning
from comodo_app.session.library import Library
from comodo_app.session.live import Live
from comodo_app.session.model_choice import ModelChoice
from comodo_app.session.models import Models
from comodo_app.session.notices import Banner, Notice, Tone
from comodo_app.session.player import Player
from comodo_app.session.review import Review

UNDO_STEPS = 200


class Session(QObject):
    """What is open now. Everything is written to the project at once; nothing waits for "save".

    Attributes
    ----------
    jobs : Jobs
    undo_stack : QUndoStack
    settings : Settings
    models, choice, library, checks, learning, review, player, live : QObject
        Published models; those of the next run; recordings; what was found in them; runs and
        distillation; timelines, names and corrections; the playhead; what is done now.
    """

    project_changed = Signal()  # another one is open, or none
    opening_changed = Signal()
    settings_changed = Signal()
    notified = Signal(object)  # Notice
    banners_changed = Signal()

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = load_settings() if settings is None else settings
        self.project: Project | None = None
        self.banners: tuple[Banner, ...] = ()
        self.opening: Path | None = None
        self.jobs = Jobs(self)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self._open_job = 0
        self.jobs.ended.connect(self._job_ended)
        self.models = Models(self)
        self.library = Library(self)
        self.intake = Intake(self)
        self.checks = Checks(self)
        self.learning = Learning(self)
        self.choice = ModelChoice(self)
        self.player = Player(self)
        self.review = Review(self)
        self.live = Live(self)

    @property
    def folder(self) -> Path | None:
        """The open project's folder."""
        return self.project.folder if self.project is not None else None

    @property
    def name(self) -> str:
        """The open project's name, empty if none is open."""
        return self.project.folder.stem if self.project is not None else ""

    def open_project(self, folder: Path, *, create: bool = False) -> None:
        """Check, migrate and back up a project in the background, then show it.

        `create` makes one where there is none. What goes wrong is said as a notice.
        """
        self.opening = folder.resolve()
        self._open_job = self.jobs.start(
            open_project,
            OpenRequest(self.opening, create),
            kind="folder",
            title=f"Open {folder.stem}",
            lane="look",
            quiet=True,
        )
        self.opening_changed.emit()

    def close_project(self) -> None:
        """Close the project; jobs that work on it are stopped and keep what they have."""
        if self.project is None:
            return
        self.learning.stop_for_close()
        self.live.stop()
        project, self.project = self.project, None
        self.undo_stack.clear()
        self.banners = ()
        self.project_changed.emit()
        self.banners_changed.emit()
        project.set_meta(OPEN_KEY, "")
        project.close()

    def change_settings(self, **values: Any) -> None:
        """Change preferences and keep them; a value out of range is refused with a notice."""
        wanted = replace(self.settings, **values)
        try:
            save_settings(wanted)
        except ComodoError as error:
            self.say(Notice(str(error), Tone.ERR))
            return
        self.settings = wanted
        self.settings_changed.emit()

    def say(self, notice: Notice) -> None:
        """Tell the person something that is over."""
        self.notified.emit(notice)

    def show_banner(self, banner: Banner) -> None:
        """Tell the person something that lasts; a banner of the same key is replaced."""
        self.banners = (*(b for b in self.banners if b.key != banner.key), banner)
        self.banners_changed.emit()

    def dismiss_banner(self, key: str) -> None:
        """Take a banner away."""
        self.banners = tuple(b for b in self.banners if b.key != key)
        self.banners_changed.emit()

    def shut_down(self) -> None:
        """Close the project and end all threads; the last thing to call."""
        self.player.shut_down()
        self.live.stop()
        self.close_project()
        self.jobs.shut_down()

    def _job_ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id != self._open_job:
            return
        opening, self.opening = self.opening, None
        self.opening_changed.emit()
        if outcome.end is End.SUCCEEDED:
            self._show(outcome.result)
        elif outcome.end is End.FAILED:
            self.say(Notice(outcome.error, Tone.ERR, outcome.details))
            if opening is not None and str(opening) in self.settings.recent_projects:
                kept = tuple(p for p in self.settings.recent_projects if p != str(opening))
                self.change_settings(recent_projects=kept)

    def _show(self, opened: OpenResult) -> None:
        self.close_project()
        self.project = Project(opened.folder)  # checked and migrated by the job
        self.project.set_meta(OPEN_KEY, opened.this_process)
        self.settings = self.settings.with_recent_project(opened.folder)
        self.change_settings()
        self.project_changed.emit()
        if opened.unclean_since:
            self.show_banner(
                Banner(
                    "unclean",
                    f"COMODO was not closed properly. Everything up to {opened.unclean_since} "
                    "is here.",
                    Tone.WARN,
                )
            )
        self.learning.offer_interrupted()

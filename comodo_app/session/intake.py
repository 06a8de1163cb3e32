"""What comes in: dropped files are looked at, shown, and added when the person says so."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.resources import data_folder
from comodo_app.jobs.scan import Scanned, ScanRequest, ScanResult, Verdict, scan
from comodo_app.jobs.take_in import TakeIn, take_in
from comodo_app.session.notices import Notice, Tone

if TYPE_CHECKING:
    from comodo_app.jobs.add import AddResult
    from comodo_app.recordings.sources import ReadOptions
    from comodo_app.session.session import Session

Key = tuple[Path, ...]


class Intake(QObject):
    """The files offered last and what became of them.

    Attributes
    ----------
    items : tuple of Scanned
        In the order of their names on the disk; what cannot be read comes last.
    n_passed_over : int
        READMEs, previews and the like that came along.
    accepting : bool
        The person has said yes; what is ready is added as soon as everything was looked at.
    new_project : Path or None
        Where a project will be made, if none is open or another was wished for.
    """

    show_wished = Signal()
    changed = Signal()
    accepted = Signal()
    ended = Signal()  # what was accepted is in the project

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._items: dict[Key, Scanned] = {}
        self._off: set[Key] = set()
        self._scans: dict[int, Key] = {}  # job → what it looks at anew; () for a search
        self._add_job = 0
        self._waiting: tuple[Scanned, ...] = ()
        self.n_passed_over = 0
        self.accepting = False
        self.new_project: Path | None = None
        session.project_changed.connect(self._project_changed)
        session.jobs.published.connect(self._published)
        session.jobs.ended.connect(self._ended)

    @property
    def items(self) -> tuple[Scanned, ...]:
        """Everything that was offered."""
        return tuple(self._items.values())

    @property
    def scanning(self) -> bool:
        """Whether files are still being looked at."""
        return bool(self._scans)

    @property
    def adding(self) -> bool:
        """Whether recordings are being added, or about to be."""
        return bool(self._add_job or self._waiting or self.accepting)

    @property
    def chosen(self) -> tuple[Scanned, ...]:
        """What would be added now."""
        return tuple(x for k, x in self._items.items() if _ready(x) and k not in self._off)

    def offer(
        self, paths: Sequence[Path], *, new_project: bool = False, at_once: bool = False
    ) -> None:
        """Look at files and folders in the background, and show what they are.

        A project folder among them is opened instead. `new_project` adds to a new project though
        one is open; `at_once` asks nothing and adds everything that can be read.
        """
        projects = [path for path in paths if path.suffix.lower() == ".comodo" and path.is_dir()]
        if projects:
            self._session.open_project(projects[0])
            return
        if not paths:
            return
        if not self.scanning and not self._undecided():
            self._items, self._off, self.n_passed_over = {}, set(), 0
        project = self._session.project
        fresh = new_project or project is None
        self.new_project = new_project_folder(paths) if fresh else None
        known = frozenset(row.content_key for row in self._session.library.rows)
        title = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        job = self._session.jobs.start(
            scan,
            ScanRequest(tuple(paths), frozenset() if fresh else known),
            kind="import",
            title=f"Look at {title}",
        )
        self._scans[job] = ()
        self.accepting = at_once
        self.changed.emit()
        if not at_once:
            self.show_wished.emit()

    def show_again(self) -> None:
        """Show what became of the files offered last."""
        self.show_wished.emit()

    def choose(self, item: Scanned, on: bool) -> None:
        """Add it, or leave it out."""
        (self._off.discard if on else self._off.add)(item.paths)
        self.changed.emit()

    def is_chosen(self, item: Scanned) -> bool:
        """Whether it would be added."""
        return _ready(item) and item.paths not in self._off

    def read_again(self, item: Scanned, options: ReadOptions) -> None:
        """Look anew at an item with other reading options; an older look is given up."""
        for job, key in self._scans.items():
            if key == item.paths:
                self._session.jobs.cancel(job)
        pending = replace(item, options=options, verdict=Verdict.PENDING, what="", hint="")
        self._items[item.paths] = pending
        known = frozenset(
            row.content_key for row in self._session.library.rows if self.new_project is None
        )
        job = self._session.jobs.start(
            scan,
            ScanRequest(known=known, source=pending),
            kind="import",
            title=f"Read {item.name}",
            quiet=True,
        )
        self._scans[job] = item.paths
        self.changed.emit()

    def pair(self, item: Scanned, table: Path) -> None:
        """Take a table as the motion data of a video."""
        paths = (item.paths[0], table)
        self._items = {
            (paths if key == item.paths else key): x
            for key, x in self._items.items()
            if key != (table,)
        }
        self.read_again(Scanned(paths, "video_csv"), item.options)

    def accept(self) -> None:
        """Add what is chosen; if files are still being looked at, as soon as that is over."""
        if self.scanning:
            self.accepting = True
            self.changed.emit()
            return
        chosen = self.chosen
        self.accepting = False
        if not chosen:
            return
        project = self._session.project
        if self.new_project is not None:
            self._waiting = chosen
            self._session.open_project(self.new_project, create=True)
            place = self.new_project.parent
            words = f"New project {self.new_project.stem} in {place}"
            self._session.say(Notice(words, Tone.INFO, str(self.new_project)))
        elif project is not None:
            self._add(project.folder, chosen)
        self.accepted.emit()

    def cancel(self) -> None:
        """Add nothing, and stop looking."""
        for job in self._scans:
            self._session.jobs.cancel(job)
        self.accepting = False
        self._items = {k: x for k, x in self._items.items() if x.verdict is not Verdict.PENDING}
        self.changed.emit()

    def _undecided(self) -> bool:
        return bool(self.chosen) and not self.adding

    def _add(self, folder: Path, items: tuple[Scanned, ...]) -> None:
        title = items[0].name if len(items) == 1 else f"{len(items)} recordings"
        self._add_job = self._session.jobs.start(
            take_in, TakeIn(folder, items), kind="import", title=f"Add {title}"
        )

    def _project_changed(self) -> None:
        project = self._session.project
        if self._waiting and project is not None:  # None: the one before is being closed
            waiting, self._waiting = self._waiting, ()
            if project.folder == self.new_project:
                self._add(project.folder, waiting)
            self.new_project = None

    def _published(self, job_id: int, value: object) -> None:
        if job_id not in self._scans and job_id != self._add_job:
            return
        for item in value if isinstance(value, tuple) else (value,):
            if not isinstance(item, Scanned):
                continue
            stands = self._items.get(item.paths)
            if item.verdict is Verdict.PENDING and stands is not None and _ready(stands):
                continue  # offered twice
            self._items[item.paths] = item
        self.changed.emit()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id in self._scans:
            del self._scans[job_id]
            if isinstance(outcome.result, ScanResult):
                self.n_passed_over += outcome.result.n_passed_over
            if outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
            self.changed.emit()
            if self.accepting and not self.scanning:
                self._accept_now()
        elif job_id == self._add_job:
            self._add_job = 0
            self._session.library.refresh()
            if outcome.end is End.SUCCEEDED:
                self._tell_added(outcome.result)
            elif outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
            self.changed.emit()
            self.ended.emit()

    def _accept_now(self) -> None:
        if self.chosen:
            self.accept()
            return
        self.accepting = False
        self._session.say(Notice("Nothing new to add.", Tone.WARN, "\n".join(self._reasons())))
        self.changed.emit()
        self.ended.emit()

    def _reasons(self) -> list[str]:
        return [item.details for item in self.items if item.details]

    def _tell_added(self, result: AddResult) -> None:
        new = [s.recording_id for s in result.sources if s.recording_id and not s.already_there]
        ids = [i for i in new if i is not None]
        failed = sum(x.verdict in (Verdict.FAILED, Verdict.COLUMNS) for x in self.items)
        count = "1 recording" if len(ids) == 1 else f"{len(ids)} recordings"
        words = f"{count} added" if ids else "Nothing new"
        words += f", {failed} could not be read." if failed else "."
        self._session.say(
            Notice(
                words,
                Tone.WARN if failed or not ids else Tone.OK,
                "\n".join(self._reasons()),
                action="Undo" if ids else "",
                run=(lambda: self._session.library.remove(ids)) if ids else None,
            )
        )


def _ready(item: Scanned) -> bool:
    return item.verdict is Verdict.READY


def new_project_folder(paths: Sequence[Path]) -> Path:
    """Where a project for dropped files goes: beside them, under a name that is free."""
    first = paths[0]
    beside = first.parent
    stem = first.name if first.is_dir() else (first.parent.name or first.stem)
    if not os.access(beside, os.W_OK):
        beside = data_folder() / "projects"
    folder, number = beside / f"{stem}.comodo", 2
    while folder.exists():
        folder, number = beside / f"{stem} {number}.comodo", number + 1
    return folder.resolve()

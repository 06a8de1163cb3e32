"""The project's recordings: listed, added, changed; every change can be undone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.intake import AddWish, add_files, make_demo
from comodo_app.jobs.resources import data_folder
from comodo_app.project.removal import RemovedRecording
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.session.edits import Edit
from comodo_app.session.notices import Banner, Notice, Tone

if TYPE_CHECKING:
    from comodo_app.jobs.add import AddedSource, AddResult
    from comodo_app.recordings.sources import ReadOptions
    from comodo_app.session.session import Session


class Library(QObject):
    """What the project's recordings are now.

    Attributes
    ----------
    rows : tuple of RecordingRow
        In the order in which they were added.
    intake : tuple of AddedSource
        What became of the files added last, growing while they are read.
    """

    changed = Signal()
    intake_started = Signal()
    intake_changed = Signal()
    intake_ended = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.rows: tuple[RecordingRow, ...] = ()
        self.intake: tuple[AddedSource, ...] = ()
        self.n_skipped = 0
        self._waiting: tuple[Path, ...] = ()
        self._add_job = self._demo_job = 0
        session.project_changed.connect(self._project_changed)
        session.jobs.published.connect(self._published)
        session.jobs.ended.connect(self._ended)

    @property
    def adding(self) -> bool:
        """Whether files are being read."""
        return self._add_job != 0

    def refresh(self) -> None:
        """Read the recordings anew, after a job has changed them."""
        project = self._session.project
        self.rows = project.recordings() if project is not None else ()
        self._tell_missing()
        self.changed.emit()

    def row(self, recording_id: int) -> RecordingRow | None:
        """One recording; None if the project has it no more."""
        return next((row for row in self.rows if row.id == recording_id), None)

    def add(self, paths: Sequence[Path], options: ReadOptions | None = None) -> None:
        """Read files and folders in the background and add what can be read.

        A project folder among them is opened. Without a project one is made beside the files.
        """
        projects = [path for path in paths if path.suffix.lower() == ".comodo" and path.is_dir()]
        if projects:
            self._session.open_project(projects[0])
            return
        if not paths:
            return
        if self._session.project is None:
            self._waiting = tuple(paths)
            folder = new_project_folder(paths)
            self._session.open_project(folder, create=True)
            self._session.say(Notice(f"New project {folder}", Tone.INFO, str(folder)))
            return
        title = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        self.intake, self.n_skipped = (), 0
        self._add_job = self._session.jobs.start(
            add_files,
            AddWish(self._session.project.folder, tuple(paths), options),
            kind="import",
            title=f"Add {title}",
        )
        self.intake_started.emit()

    def cancel_adding(self) -> None:
        """Stop reading files; what was added stays."""
        self._session.jobs.cancel(self._add_job)

    def open_demo(self, folder: Path | None = None) -> None:
        """Make the demo project if need be, and open it."""
        place = folder or data_folder() / "demo"
        self._demo_job = self._session.jobs.start(
            make_demo, place, kind="spark", title="Prepare the demo"
        )

    def set_training(self, recording_ids: Sequence[int], use: bool) -> None:
        """Let distillation learn from recordings, or not."""
        before = self._values(recording_ids, lambda row: row.use_for_training)
        verb = "Use" if use else "Exclude"
        self._edit(
            f"{verb} {self._names(recording_ids)}",
            before,
            dict.fromkeys(before, use),
            lambda project, i, value: project.set_use_for_training(i, value),
        )

    def rename(self, recording_id: int, name: str) -> None:
        """Give a recording another name; one that is taken is refused with a notice."""
        before = self._values([recording_id], lambda row: row.name)
        self._edit(
            f"Rename {before.get(recording_id, '')}",
            before,
            {recording_id: name},
            lambda project, i, value: project.rename_recording(i, value),
        )

    def set_person(self, recording_ids: Sequence[int], wearer: str, session: str) -> None:
        """Say who wore it and on which occasion."""
        before = self._values(recording_ids, lambda row: (row.wearer, row.session))
        self._edit(
            f"Wearer of {self._names(recording_ids)}",
            before,
            dict.fromkeys(before, (wearer, session)),
            lambda project, i, value: project.set_person(i, *value),
        )

    def set_offset(self, recording_id: int, offset_s: float) -> None:
        """Shift the sensor against the video, in seconds; the drift stays."""
        before = self._values([recording_id], lambda row: (row.offset_s, row.skew_ppm))
        if recording_id in before:
            self._edit(
                f"Offset of {self._names([recording_id])}",
                before,
                {recording_id: (offset_s, before[recording_id][1])},
                lambda project, i, value: project.set_sync(i, *value),
            )

    def remove(self, recording_ids: Sequence[int]) -> None:
        """Take recordings out; their files stay, and undo brings everything back."""
        ids = [row.id for row in self.rows if row.id in set(recording_ids)]
        project = self._session.project
        if not ids or project is None:
            return
        words = f"Remove {self._names(ids)}"
        kept: list[RemovedRecording] = []

        def redo() -> None:
            kept[:] = [project.take_out(i) for i in ids]
            self._after_edit()

        def undo() -> None:
            for removed in reversed(kept):
                project.put_back(removed)
            self._after_edit()

        self._push(Edit(words, redo=redo, undo=undo))
        self._session.say(
            Notice(f"{words}. The files stay.", Tone.INFO, action="Undo", run=self._undo_last)
        )

    def relink(self, recording_id: int, paths: Sequence[Path]) -> None:
        """Say where a recording's files are now; others that lie in the same folder follow."""
        project = self._session.project
        if project is None:
            return
        try:
            project.relink(recording_id, paths)
            others = project.relink_folder(paths[0].parent)
        except ComodoError as error:
            self._session.say(Notice(str(error), Tone.ERR))
            return
        self.refresh()
        more = f", and {len(others)} more in the same folder" if others else ""
        self._session.say(Notice(f"Found again{more}.", Tone.OK))

    def _values(
        self, recording_ids: Sequence[int], of: Callable[[RecordingRow], Any]
    ) -> dict[int, Any]:
        return {row.id: of(row) for row in self.rows if row.id in set(recording_ids)}

    def _names(self, recording_ids: Sequence[int]) -> str:
        names = [row.name for row in self.rows if row.id in set(recording_ids)]
        return names[0] if len(names) == 1 else f"{len(names)} recordings"

    def _edit(
        self,
        words: str,
        before: Mapping[int, Any],
        after: Mapping[int, Any],
        write: Callable[[Project, int, Any], None],
    ) -> None:
        """Push one step that writes `after`, and `before` when it is undone."""
        project = self._session.project
        if project is None or not before or before == after:
            return

        def put(values: Mapping[int, Any]) -> None:
            for recording_id, value in values.items():
                write(project, recording_id, value)
            self._after_edit()

        try:
            put(after)  # refused here, before there is a step to undo
        except ComodoError as error:
            self._session.say(Notice(str(error), Tone.ERR))
            self.refresh()
            return
        self._push(Edit(words, redo=lambda: put(after), undo=lambda: put(before)))

    def _push(self, edit: Edit) -> None:
        self._session.undo_stack.push(edit)

    def _undo_last(self) -> None:
        self._session.undo_stack.undo()

    def _after_edit(self) -> None:
        self.refresh()
        self._session.review.refresh()

    def _project_changed(self) -> None:
        self.intake = ()
        self.refresh()
        if self._session.project is not None and self._waiting:
            waiting, self._waiting = self._waiting, ()
            self.add(waiting)

    def _published(self, job_id: int, value: object) -> None:
        if job_id == self._add_job:
            source: AddedSource = value  # type: ignore[assignment]  # what `add_files` publishes
            self.intake = (*self.intake, source)
            self.intake_changed.emit()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._demo_job:
            self._demo_job = 0
            if outcome.end is End.SUCCEEDED:
                self._session.open_project(outcome.result)
            elif outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
        elif job_id == self._add_job:
            self._add_job = 0
            self.refresh()
            if outcome.end is End.SUCCEEDED:
                self._tell_added(outcome.result)
            elif outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
            self.intake_ended.emit()

    def _tell_added(self, result: AddResult) -> None:
        self.intake, self.n_skipped = result.sources, len(result.skipped)
        new = [s.recording_id for s in result.sources if s.recording_id and not s.already_there]
        known = sum(source.already_there for source in result.sources)
        parts = [f"{len(new)} added" if new else "Nothing new"]
        parts += [f"{known} were there already"] * bool(known)
        parts += [f"{result.n_failed} could not be read"] * bool(result.n_failed)
        ids = [i for i in new if i is not None]
        self._session.say(
            Notice(
                ", ".join(parts) + ".",
                Tone.WARN if result.n_failed else Tone.OK,
                "\n".join(source.error for source in result.sources if source.error),
                action="Undo" if ids else "",
                run=(lambda: self.remove(ids)) if ids else None,
            )
        )

    def _tell_missing(self) -> None:
        missing = [row for row in self.rows if row.missing_media]
        if not missing:
            if any(banner.key == "missing" for banner in self._session.banners):
                self._session.dismiss_banner("missing")
            return
        what = missing[0].name if len(missing) == 1 else f"{len(missing)} recordings"
        banner = Banner(
            "missing",
            f"The files of {what} are not where they were. Predictions stay; Relink… finds them.",
            Tone.WARN,
        )
        if banner not in self._session.banners:
            self._session.show_banner(banner)


def new_project_folder(paths: Sequence[Path]) -> Path:
    """Where a project for dropped files goes: beside them, under a name that is free."""
    first = paths[0]
    beside = first.parent
    stem = first.name if first.is_dir() else (first.parent.name or first.stem)
    if not os.access(beside, os.W_OK):
        beside = data_folder() / "projects"
        beside.mkdir(parents=True, exist_ok=True)
    folder, number = beside / f"{stem}.comodo", 2
    while folder.exists():
        folder, number = beside / f"{stem} {number}.comodo", number + 1
    return folder

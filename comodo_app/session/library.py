"""The project's recordings: listed, added, changed; every change can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.intake import make_demo
from comodo_app.jobs.resources import data_folder
from comodo_app.project.removal import RemovedRecording
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.session.edits import Edit
from comodo_app.session.notices import Banner, Notice, Tone

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Library(QObject):
    """What the project's recordings are now.

    Attributes
    ----------
    rows : tuple of RecordingRow
        In the order in which they were added.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.rows: tuple[RecordingRow, ...] = ()
        self._demo_job = 0
        session.project_changed.connect(self._project_changed)
        session.jobs.ended.connect(self._ended)

    def refresh(self) -> None:
        """Read the recordings anew, after a job has changed them."""
        project = self._session.project
        self.rows = project.recordings() if project is not None else ()
        self._tell_missing()
        self.changed.emit()

    def row(self, recording_id: int) -> RecordingRow | None:
        """One recording; None if the project has it no more."""
        return next((row for row in self.rows if row.id == recording_id), None)

    def add(self, paths: Sequence[Path]) -> None:
        """Read files and folders and add all that can be read, without asking; see `Intake`."""
        self._session.intake.offer(paths, at_once=True)

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

    def set_person(
        self, recording_ids: Sequence[int], wearer: str | None, session: str | None
    ) -> None:
        """Say who wore it and on which occasion; None leaves each as it is."""
        before = self._values(recording_ids, lambda row: (row.wearer, row.session))
        after = {
            i: (old[0] if wearer is None else wearer, old[1] if session is None else session)
            for i, old in before.items()
        }
        self._edit(
            f"Wearer of {self._names(recording_ids)}",
            before,
            after,
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
        before = {row.id: _places(row) for row in self.rows}
        try:
            project.relink(recording_id, paths)
            others = project.relink_folder(paths[0].parent)
        except ComodoError as error:
            self._session.say(Notice(str(error), Tone.ERR))
            return
        changed = {recording_id, *others}
        after = {i: _places(project.recording_row(i)) for i in changed}

        def put(places: Mapping[int, tuple[tuple[Path, int], ...]]) -> None:
            for i in changed:
                project.set_places(i, places[i])
            self._after_edit()

        words = f"Relink {self._names(sorted(changed))}"
        self._push(Edit(words, redo=lambda: put(after), undo=lambda: put(before)))
        more = f", and {len(others)} more in the same folder" if others else ""
        self._session.say(
            Notice(f"Found again{more}.", Tone.OK, action="Undo", run=self._undo_last)
        )

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
        self.refresh()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._demo_job:
            self._demo_job = 0
            if outcome.end is End.SUCCEEDED:
                self._session.open_project(outcome.result)
            elif outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))

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


def _places(row: RecordingRow) -> tuple[tuple[Path, int], ...]:
    return tuple((source.path, source.size_bytes) for source in row.sources)

"""What was found in the recordings: asked once per recording, anew when it or the grid changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.check import Checked, CheckRequest, check_recordings
from comodo_app.jobs.core import Outcome
from comodo_app.jobs.grids import kept_grid
from comodo_app.project.rows import RecordingRow

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Checks(QObject):
    """Keeps a `Checked` for each recording; a quiet job looks into those that are new."""

    changed = Signal(int)  # recording id

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._found: dict[int, Checked] = {}
        self._seen: dict[int, object] = {}
        self._job = 0
        session.project_changed.connect(self._forget)
        session.settings_changed.connect(self.look)
        session.library.changed.connect(self.look)
        session.jobs.published.connect(self._published)
        session.jobs.ended.connect(self._ended)

    def of(self, recording_id: int) -> Checked | None:
        """What was found; None while it is being looked into."""
        return self._found.get(recording_id)

    def look(self) -> None:
        """Look into the recordings that are new or have changed."""
        project, settings = self._session.project, self._session.settings
        if project is None or self._job:
            return
        rows = self._session.library.rows
        grid = kept_grid(project)
        window_s = grid.window_s if grid else settings.window_s
        stride_s = grid.stride_s if grid else settings.stride_s
        states = {row.id: (*_state(row), window_s, stride_s) for row in rows}
        wanted = tuple(row.id for row in rows if self._seen.get(row.id) != states[row.id])
        if not wanted:
            return
        self._seen.update({i: states[i] for i in wanted})
        self._job = self._session.jobs.start(
            check_recordings,
            CheckRequest(project.folder, wanted, window_s, stride_s),
            kind="search",
            title="Look into recordings",
            quiet=True,
        )

    def _published(self, job_id: int, value: object) -> None:
        if job_id == self._job and isinstance(value, Checked):
            self._found[value.recording_id] = value
            self.changed.emit(value.recording_id)

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._job:
            self._job = 0
            self.look()  # for what was added meanwhile

    def _forget(self) -> None:
        if self._job:
            self._session.jobs.cancel(self._job)
        self._job = 0
        self._found, self._seen = {}, {}
        self.look()  # the library may have told of its rows before this was told of the project


def _state(row: RecordingRow) -> tuple[object, ...]:
    """What the findings depend on besides the windows."""
    return row.offset_s, row.skew_ppm, row.missing_media

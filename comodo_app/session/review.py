"""What is said about the recordings: timelines, names and colours of activities, corrections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.activities.model import Activity, Lane
from comodo_app.errors import ComodoError
from comodo_app.jobs.core import End, Outcome, Progress
from comodo_app.jobs.look import (
    STALE_KEY,
    PredictWish,
    RedrawRequest,
    predict_recordings,
    redraw_timelines,
)
from comodo_app.project.rows import RecordingRow, RunRow
from comodo_app.project.store import Project
from comodo_app.session.exports import Exports
from comodo_app.session.looks import Looks
from comodo_app.session.notices import Notice, Tone
from comodo_app.session.review_edits import ReviewEdits, naming_of
from comodo_app.session.review_lanes import NOTHING, Lanes, read_lanes

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Review(QObject):
    """Activities of the project, and the recording that is open on the Review page.

    Attributes
    ----------
    edits : ReviewEdits
        Rename, recolour, correct: all that can be undone.
    groups : dict of id to id
        The lowest id of the same name, under which an activity is shown.
    recording : RecordingRow or None
    run_id : int or None
        The run whose lanes are shown.
    lanes : Lanes
    exports : Exports
    looks : Looks
        What jobs have loaded of the recording so far.
    """

    activities_changed = Signal()  # names, colours, new ones
    timelines_changed = Signal()  # `lanes`, `run_id`
    opened = Signal()  # another recording, or none
    predicting_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.edits = ReviewEdits(session, self)
        self.naming = naming_of(None)
        self.groups: dict[int, int] = {}
        self._labels: dict[int, str] = {}
        self.colours: dict[int, int] = {}
        self.recording: RecordingRow | None = None
        self.run_id: int | None = None
        self.lanes: Lanes = NOTHING
        self.predicting: Progress | None = None
        self._chosen_run: int | None = None
        self._predict_job = self._redraw_job = 0  # whose answers are wanted
        self._project: Project | None = None  # the one that `recording` is of
        self.looks = Looks(session, self)
        self.exports = Exports(session, self)
        session.project_changed.connect(self._project_changed)
        session.library.changed.connect(self._library_changed)
        session.learning.changed.connect(self.refresh)
        session.jobs.ended.connect(self._job_ended)
        session.jobs.published.connect(self._job_published)
        session.jobs.progressed.connect(self._job_progressed)

    @property
    def activities(self) -> tuple[Activity, ...]:
        """All activities of the project, by id."""
        return self.naming.activities

    @property
    def recording_id(self) -> int | None:
        """The open recording's."""
        return self.recording.id if self.recording is not None else None

    @property
    def runs(self) -> tuple[RunRow, ...]:
        """Runs whose student can be looked at, the latest first."""
        kept = ("finished", "stopped", "running")
        return tuple(r for r in reversed(self._session.learning.runs) if r.status in kept)

    @property
    def span_s(self) -> tuple[float, float]:
        """Start and end of the open recording on its clock."""
        row = self.recording
        if row is None:
            return 0.0, 0.0
        if row.video is not None or row.imu is None:
            return 0.0, row.duration_s
        start_s = row.imu.start_s * (1.0 + row.skew_ppm * 1e-6) + row.offset_s
        return start_s, start_s + row.duration_s

    def colour(self, activity_id: int) -> int:
        """Number of the colour in which an activity is shown."""
        lowest = self.groups.get(activity_id, activity_id)
        return self.colours.get(lowest, lowest)

    def label(self, activity_id: int) -> str:
        """What is shown for an activity: its name, or "activity 3"."""
        return self._labels.get(activity_id) or f"activity {activity_id}"

    def by_time(self) -> tuple[Activity, ...]:
        """One activity per name, those of most time in the shown run first."""
        project, time_s = self._session.project, dict[int, float]()
        groups = self.groups
        if project is not None and self.run_id is not None:
            for timeline in project.timelines(self.run_id, Lane.STUDENT).values():
                for segment in timeline:
                    if segment.activity_id is not None:
                        lowest = groups.get(segment.activity_id, segment.activity_id)
                        time_s[lowest] = time_s.get(lowest, 0.0) + segment.length_s
        used = [a for a in self.naming.representatives if a.name or a.id in time_s]
        return tuple(sorted(used, key=lambda a: (-time_s.get(a.id, 0.0), a.id)))

    def open(self, recording_id: int | None) -> None:
        """Show a recording, from its start; None shows none. An id that is gone shows none."""
        library = self._session.library
        row = library.row(recording_id) if recording_id is not None else None
        self.recording = row
        self._choose_run()
        self._read_lanes()
        video = row.video if row is not None else None
        there = video is not None and video.path.exists()
        self._session.player.open(self.span_s, video.path if video and there else None)
        self.opened.emit()
        self.timelines_changed.emit()
        self.looks.open(row)
        self._load_confidence()

    def open_next(self, by: int = 1) -> None:
        """Show the next recording of the list, or the previous with -1."""
        rows = self._session.library.rows
        ids = [row.id for row in rows]
        if self.recording_id in ids:
            place = ids.index(self.recording_id) + by
            if 0 <= place < len(ids):
                self.open(ids[place])
        elif ids:
            self.open(ids[0])

    def show_run(self, run_id: int) -> None:
        """Show another run's lanes."""
        self._chosen_run = run_id
        self.refresh()

    def relink(self, path: Path) -> None:
        """Tell where a file of the open recording is now."""
        project, recording_id = self._session.project, self.recording_id
        if project is None or recording_id is None:
            return
        try:
            project.relink(recording_id, [path])
        except ComodoError as error:
            self._session.say(Notice(str(error), Tone.ERR))
            return
        self._session.library.refresh()

    def predict(
        self, recording_ids: tuple[int, ...] | None = None, run_id: int | None = None
    ) -> None:
        """Let a run's student (None: the latest) say what is done in recordings (None: all)."""
        project = self._session.project
        if project is None or self.predicting is not None:
            return
        run_id = run_id if run_id is not None else self.run_id
        self.predicting = Progress(0, None)
        self._predict_job = self._session.jobs.start(
            predict_recordings,
            PredictWish(project.folder, run_id, recording_ids),
            kind="review",
            title="Predict",
            lane="learn",
        )
        self.predicting_changed.emit()

    def refresh(self) -> None:
        """Read names, colours and lanes anew: something else has changed them."""
        project = self._session.project
        if project is not self._project:
            return  # another one has just been opened: `_project_changed` follows
        self.naming = naming_of(project)
        self.groups = dict(self.naming.groups)  # kept: names are looked up with every frame
        named = {a.id: a.label for a in self.naming}
        self._labels = {number: named[lowest] for number, lowest in self.groups.items()}
        self.colours = project.activity_colours() if project is not None else {}
        self._choose_run()
        self._read_lanes()
        self.activities_changed.emit()
        self.timelines_changed.emit()
        self._load_confidence()

    def read_again(self, recording_id: int) -> None:
        """The corrections of a recording have changed."""
        if recording_id == self.recording_id:
            self._read_lanes()
            self.timelines_changed.emit()

    def names_changed(self) -> None:
        """Names have changed: what is shown follows at once, smoothing and borders in a job."""
        project = self._session.project
        if project is None:
            return
        project.set_meta(STALE_KEY, "yes")
        self.refresh()
        self._redraw()

    def _redraw(self) -> None:
        project = self._session.project
        if project is not None:
            self._redraw_job = self._session.jobs.start(
                redraw_timelines,
                RedrawRequest(project.folder, self.run_id),
                kind="review",
                title="Redraw timelines",
                lane="look",
                quiet=True,
            )

    def _project_changed(self) -> None:
        self._project = self._session.project
        self._predict_job = self._redraw_job = 0
        self._chosen_run = None
        self.predicting = None
        self.open(None)
        self.refresh()
        project = self._project
        if project is not None and project.get_meta(STALE_KEY):
            self._redraw()  # the app ended before the timelines had followed a name

    def _library_changed(self) -> None:
        if self.recording is None or self._session.project is not self._project:
            return
        row = self._session.library.row(self.recording.id)
        if row is not None and _played(row) == _played(self.recording):
            self.recording = row  # its name or its use, nothing that is shown here
        else:
            position_s = self._session.player.position_s
            self.open(self.recording.id)
            self._session.player.seek(position_s)

    def _choose_run(self) -> None:
        """The run that was chosen, else the latest that has said something."""
        runs, project = self.runs, self._session.project
        if self._chosen_run in [run.id for run in runs]:
            self.run_id = self._chosen_run
            return
        self.run_id = runs[0].id if runs else None
        for run in runs:
            if project is not None and project.has_timelines(run.id):
                self.run_id = run.id
                return

    def _read_lanes(self) -> None:
        project, recording_id = self._session.project, self.recording_id
        if project is None or recording_id is None:
            self.lanes = NOTHING
            return
        self.lanes = read_lanes(
            project, self.run_id, recording_id, groups=self.groups, span_s=self.span_s
        )

    def _load_confidence(self) -> None:
        if self.recording is not None and self.run_id is not None and self.lanes.student:
            self.looks.load_confidence(self.run_id, self.groups)

    def _job_published(self, job_id: int, value: object) -> None:
        if job_id == self._redraw_job and value == self.run_id:
            self._read_lanes()
            self.timelines_changed.emit()

    def _job_progressed(self, job_id: int, progress: Progress) -> None:
        if job_id == self._predict_job:
            self.predicting = progress
            self.predicting_changed.emit()

    def _job_ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._predict_job:
            self._predicted(outcome)
        elif job_id == self._redraw_job:
            self.refresh()

    def _predicted(self, outcome: Outcome) -> None:
        self.predicting = None
        self.refresh()
        self.predicting_changed.emit()
        if outcome.end is End.FAILED:
            self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
        elif outcome.end is End.SUCCEEDED:
            said = outcome.result.recordings
            silent = [r for r in said if r.error]
            text = f"Predicted {len(said) - len(silent)} of {len(said)} recordings"
            if silent:
                text += f"; {silent[0].name}: {silent[0].error}"
            self._session.say(Notice(text, Tone.WARN if silent else Tone.OK))


def _played(row: RecordingRow) -> tuple[object, ...]:
    """All of a recording that makes it look different when it is played."""
    return row.video, row.imu, row.offset_s, row.skew_ppm, row.missing_media

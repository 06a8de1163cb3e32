"""Runs: distillations that were made, the one that is going on, and the one that was cut off."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.distill import DistillRequest
from comodo_app.jobs.grids import keep_grid
from comodo_app.jobs.past import kept_agreement, rename_run, run_name
from comodo_app.jobs.walk import WalkRequest, WalkResult, walk
from comodo_app.jobs.watch import (
    ActivitiesFound,
    BatchHalved,
    Evaluated,
    LeftOut,
    RunBegun,
    Sight,
    Stepped,
    TimelineReady,
    TrainingBegun,
)
from comodo_app.project.rows import RunRow
from comodo_app.session.jobs import JobState
from comodo_app.session.learning_reads import LearningReads
from comodo_app.session.notices import Banner, Notice, Tone
from comodo_app.session.predictions import Predictions
from comodo_app.session.run_values import RunEntry, Wish
from comodo_app.session.run_view import RunState, RunView
from comodo_app.session.window_images import WindowImages

if TYPE_CHECKING:
    from comodo_app.session.session import Session

INTERRUPTED = "interrupted"
MEMORY = "memory"


class Learning(QObject):
    """The project's runs; `changed` after every change of their list.

    Attributes
    ----------
    live : RunView or None
        The run that a job works on, or that has just ended or failed.
    reads : LearningReads
        Answers that need a look at files: the plan, a student's cost, past runs.
    predictions : Predictions
        Timelines of recordings that came after a run.
    images : WindowImages
        Pictures of windows.
    """

    changed = Signal()
    live_changed = Signal()  # state, stage or name of `live`, or another one
    curves_changed = Signal()  # losses, evaluations or facts of `live`
    sight_changed = Signal()  # neighbours of `live`

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.runs: tuple[RunRow, ...] = ()
        self.entries: tuple[RunEntry, ...] = ()
        self.folder: Path | None = None  # the project that the runs are of
        self.live: RunView | None = None
        self._job = 0
        self.reads = LearningReads(session)
        self.predictions = Predictions(session)
        self.images = WindowImages(session)
        session.project_changed.connect(self._take_project)
        session.jobs.published.connect(self._take)
        session.jobs.ended.connect(self._ended)
        session.jobs.changed.connect(self._follow_state)

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        return self._job != 0

    @property
    def job_id(self) -> int:
        """The job of the run that is going on, 0 if none is."""
        return self._job

    def refresh(self) -> None:
        """Read the runs anew."""
        project = self._session.project
        self.folder = self._session.folder
        self.runs = project.runs() if project is not None else ()
        self.entries = (
            tuple(
                RunEntry(row, run_name(project, row.id), kept_agreement(project, row.id))
                for row in self.runs
            )
            if project is not None
            else ()
        )
        self.changed.emit()

    def why_not(self) -> str:
        """Why no distillation can start now; empty if one can."""
        if self._session.project is None:
            return "No project is open."
        if self.busy:
            return "A run is going on."
        waiting = next((run for run in self.runs if run.status == "running"), None)
        if waiting is not None:
            return f"Run {waiting.id} was interrupted: continue or discard it first."
        return ""

    def start(self, wish: Wish) -> None:
        """Distil with these settings; does nothing while `why_not` says something."""
        folder = self._session.folder
        if folder is None or self.why_not():
            return
        if self._session.project is not None:
            keep_grid(self._session.project, wish.grid)
        request = DistillRequest(
            folder,
            wish.grid,
            wish.recipe,
            wish.student,
            wish.teacher,
            self._session.settings.device,
            seed=wish.seed,
        )
        self._start(WalkRequest(request, wish.n_clusters), self._new_view(wish))

    def _new_view(self, wish: Wish) -> RunView:
        teacher = self._session.choice.title_of(wish.teacher)
        return RunView(recipe=wish.recipe.name, teacher=teacher)

    def continue_run(self, view: RunView, start_at: str = "") -> None:
        """Go on where a run was cut off or failed, or from a stage of `jobs.watch.STAGES`."""
        folder = self._session.folder
        if folder is None or self.busy:
            return
        request = DistillRequest(folder, resume_run=view.run_id)
        self._session.dismiss_banner(INTERRUPTED)
        again = replace(view, state=RunState.QUEUED, error="", details="", stage="")
        self._start(WalkRequest(request, start_at=start_at or view.goes_on_at), again)

    def pause(self) -> None:
        """Write a checkpoint and wait."""
        self._session.jobs.pause(self._job)

    def resume(self) -> None:
        """Go on after a pause."""
        self._session.jobs.resume(self._job)

    def stop_and_keep(self) -> None:
        """End the training and go on with the student so far."""
        self._session.jobs.stop(self._job)

    def cancel_and_discard(self) -> None:
        """End everything and remove the run."""
        self._session.jobs.cancel(self._job)

    def rename(self, run_id: int, name: str) -> None:
        """Call a run something."""
        if self._session.project is not None:
            rename_run(self._session.project, run_id, name)
            if self.live is not None and self.live.run_id == run_id:
                self.live.name = run_name(self._session.project, run_id)
                self.live_changed.emit()
            self.refresh()

    def forget(self) -> None:
        """Show no run, if none is going on."""
        if not self.busy and self.live is not None:
            self.live = None
            self.live_changed.emit()

    def predict_all(self, run_id: int) -> None:
        """Give every recording that has none the timeline of a run's student."""
        self.predictions.predict(run_id)

    def stop_for_close(self) -> None:
        """Stop what is being learned; it is kept and can go on later."""
        for job_id in (self._job, self.predictions.job_id):
            if job_id:
                self._session.jobs.suspend(job_id)
        self._job = 0
        self.live = None

    def offer_interrupted(self) -> None:
        """Tell of a run that was cut off, with a way to go on."""
        if self.runs and not self.busy:
            self.reads.look_for_interrupted(self.runs, self._offer)

    def _offer(self, view: RunView) -> None:
        if self.busy:
            return
        where = (
            f"at step {view.step} of {view.n_steps}"
            if view.step
            else "before its first checkpoint; it would start anew"
        )
        if view.goes_on_at == "discover":
            where = "before its timelines were drawn"
        self._session.show_banner(
            Banner(
                INTERRUPTED,
                f"{view.name} was interrupted {where}.",
                Tone.WARN,
                "Continue",
                lambda: self.continue_run(view),
                "Discard",
                lambda: self.discard_interrupted(view.run_id),
            )
        )

    def discard_interrupted(self, run_id: int) -> None:
        """Remove a run that was cut off."""
        self._session.dismiss_banner(INTERRUPTED)
        self.reads.discard(run_id)

    def _start(self, request: WalkRequest, view: RunView) -> None:
        self.live = view
        view.started_at = time.time()
        title = f"Distill {view.name}" if view.name else "Distill"
        self._job = self._session.jobs.start(
            walk, request, kind="distill", title=title, lane="learn", can_stop=True
        )
        self.live_changed.emit()
        self.curves_changed.emit()

    def _take_project(self) -> None:
        self._job, self.live = 0, None
        self.refresh()
        self.live_changed.emit()

    def _take(self, job_id: int, value: object) -> None:
        if job_id != self._job or self.live is None:
            return
        self.live.take(value)
        if isinstance(value, RunBegun):
            self.refresh()
            self.live_changed.emit()
        elif isinstance(value, Stepped | Evaluated | TrainingBegun):
            self.curves_changed.emit()
        elif isinstance(value, Sight):
            self.sight_changed.emit()
        elif isinstance(value, ActivitiesFound | TimelineReady):
            self._session.review.refresh()
        elif isinstance(value, BatchHalved):
            said = f"Memory was full: batches now go through in parts of {value.after} windows."
            self._session.show_banner(Banner(MEMORY, said, Tone.WARN))
        elif isinstance(value, LeftOut):
            self._session.say(Notice(f"{value.name} is left out: {value.reason}", Tone.WARN))
        else:
            self.live_changed.emit()

    def _follow_state(self) -> None:
        entry = self._session.jobs.entry(self._job) if self._job else None
        if entry is None or self.live is None or entry.state.ended:
            return
        state = {
            JobState.QUEUED: RunState.QUEUED,
            JobState.PAUSED: RunState.PAUSED,
            JobState.STOPPING: RunState.STOPPING,
        }.get(entry.state, RunState.RUNNING)
        if state is not self.live.state:
            self.live.state = state
            self.live_changed.emit()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id != self._job or self.live is None:
            return
        self._job = 0
        view = self.live
        self._session.dismiss_banner(MEMORY)
        if outcome.end is End.SUCCEEDED:
            self._succeeded(view, outcome.result)
        elif outcome.end is End.FAILED:
            view.state, view.error, view.details = RunState.FAILED, outcome.error, outcome.details
            self._session.say(
                Notice(f"{view.name or 'The run'} failed: {outcome.error}", Tone.ERR, view.details)
            )
        else:
            view.state = RunState.INTERRUPTED
        self.refresh()
        if outcome.end is End.CANCELLED and view.run_id not in {run.id for run in self.runs}:
            self.live = None
            self._session.say(Notice(f"{view.name or 'The run'} was discarded."))
        self._session.review.refresh()
        self.live_changed.emit()
        self.curves_changed.emit()

    def _succeeded(self, view: RunView, result: WalkResult) -> None:
        view.state = RunState.STOPPED if result.status == "stopped" else RunState.FINISHED
        view.stage = ""
        if self._session.project is not None:
            view.agreement = kept_agreement(self._session.project, view.run_id)
        said = f"{view.name} is done: {result.n_recordings} timelines"
        if view.agreement is not None:
            said += f", the IMU agrees with the video {view.agreement.agreement:.0%} of the time"
        self._session.say(Notice(f"{said}.", Tone.OK))
        self.reads.look_at(view.run_id)

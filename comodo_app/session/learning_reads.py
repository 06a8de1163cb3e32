"""What the Distill page asks of the files, in the background: plan, a student's cost, past runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.past import (
    PastRequest,
    PastRun,
    PastsRequest,
    discard,
    read_past,
    read_pasts,
)
from comodo_app.jobs.plan import Plan, PlanRequest, plan
from comodo_app.jobs.student_facts import StudentFacts, StudentFactsRequest, student_facts
from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER
from comodo_app.project.rows import RunRow
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.notices import Notice, Tone
from comodo_app.session.run_view import RunState, RunView
from comodo_app.students.spec import StudentSpec

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class LearningReads(QObject):
    """Quick questions, each answered by a signal; a newer question replaces an older one.

    Attributes
    ----------
    plan : Plan or None
        What there is to learn from with the grid asked for last, and the work of `plan_teacher`.
    facts : StudentFacts or None
        What the student asked for last costs here.
    past : dict of int to RunView
        Runs that were looked at.
    """

    plan_changed = Signal()
    facts_changed = Signal()
    past_changed = Signal(int)  # run id

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.plan: Plan | None = None
        self.plan_error = ""
        self.plan_teacher = self._asked_teacher = BUILTIN_TEACHER
        self.facts: StudentFacts | None = None
        self.past: dict[int, RunView] = {}
        self._plan_job = self._facts_job = 0
        self._facts_asked: StudentFactsRequest | None = None
        self._past_jobs: dict[int, Callable[[RunView], None] | None] = {}
        self._discards: set[int] = set()
        self._asked: set[int] = set()
        self._all_jobs: set[int] = set()
        session.jobs.ended.connect(self._ended)
        session.project_changed.connect(self._forget)

    @property
    def planning(self) -> bool:
        """Whether a plan is being made."""
        return self._plan_job != 0

    def ask_plan(self, grid: WindowGrid, seed: int, teacher: str = BUILTIN_TEACHER) -> None:
        """Count what there is to learn from with these windows, and what a teacher has seen."""
        folder = self._session.folder
        if folder is None:
            return
        if self._plan_job:
            self._session.jobs.cancel(self._plan_job)
        known = self.plan.shares if self.plan is not None else ()
        self._asked_teacher = teacher
        self._plan_job = self._session.jobs.start(
            plan,
            PlanRequest(folder, grid, seed, teacher, self._session.settings.device, known),
            kind="distill",
            title="Count windows",
            lane="look",
            quiet=True,
        )

    def ask_facts(self, student: StudentSpec, batch_size: int) -> None:
        """Measure what a student costs here; the same question is not asked twice."""
        wish = StudentFactsRequest(student, batch_size)
        if wish == self._facts_asked:
            return
        self._facts_asked = wish
        self._facts_job = self._session.jobs.start(
            student_facts, wish, kind="cpu", title="Measure the student", lane="look", quiet=True
        )

    def look_at(self, run_id: int, then: Callable[[RunView], None] | None = None) -> None:
        """Read a past run; `past_changed` when it is in `past`."""
        folder = self._session.folder
        if folder is None:
            return
        job_id = self._session.jobs.start(
            read_past,
            PastRequest(folder, run_id),
            kind="distill",
            title=f"Read run {run_id}",
            lane="look",
            quiet=True,
        )
        self._past_jobs[job_id] = then

    def look_at_all(self, run_ids: Sequence[int]) -> None:
        """Read those that were not read yet, together."""
        folder = self._session.folder
        missing = tuple(i for i in run_ids if i not in self.past and i not in self._asked)
        if folder is None or not missing:
            return
        self._asked |= set(missing)
        self._all_jobs.add(
            self._session.jobs.start(
                read_pasts,
                PastsRequest(folder, missing),
                kind="distill",
                title="Read runs",
                lane="look",
                quiet=True,
            )
        )

    def look_for_interrupted(
        self, runs: tuple[RunRow, ...], found: Callable[[RunView], None]
    ) -> None:
        """Call `found` with the latest run if it was cut off."""
        waiting = [run for run in runs if run.status == "running"] or list(runs[-1:])

        def judge(view: RunView) -> None:
            if view.state is RunState.INTERRUPTED:
                found(view)

        self.look_at(waiting[-1].id, judge)

    def discard(self, run_id: int) -> None:
        """Remove a run for good."""
        folder = self._session.folder
        if folder is None:
            return
        job_id = self._session.jobs.start(
            discard,
            PastRequest(folder, run_id),
            kind="trash",
            title=f"Delete run {run_id}",
            lane="look",
            quiet=True,
        )
        self._discards.add(job_id)

    def _forget(self) -> None:
        self.plan, self.plan_error, self.past = None, "", {}
        self._plan_job = 0
        self._past_jobs, self._discards = {}, set()
        self._asked, self._all_jobs = set(), set()
        self.plan_changed.emit()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._plan_job:
            self._plan_job = 0
            if outcome.end is End.SUCCEEDED:
                self.plan, self.plan_error = outcome.result, ""
                self.plan_teacher = self._asked_teacher
            elif outcome.end is End.FAILED:
                self.plan, self.plan_error = None, outcome.error
            self.plan_changed.emit()
        elif job_id == self._facts_job:
            self._facts_job = 0
            if outcome.end is End.SUCCEEDED:
                self.facts = outcome.result
                self.facts_changed.emit()
        elif job_id in self._past_jobs:
            then = self._past_jobs.pop(job_id)
            if outcome.end is End.SUCCEEDED:
                self._keep(outcome.result, then)
        elif job_id in self._all_jobs:
            self._all_jobs.remove(job_id)
            for past in outcome.result or ():
                self._keep(past, None)
        elif job_id in self._discards:
            self._discards.remove(job_id)
            self._discarded(outcome)

    def _keep(self, past: PastRun, then: Callable[[RunView], None] | None) -> None:
        started = datetime.fromisoformat(past.row.created_at).timestamp()
        view = RunView.of_past(past, started_at=started)
        self.past[view.run_id] = view
        if then is not None:
            then(view)
        self.past_changed.emit(view.run_id)

    def _discarded(self, outcome: Outcome) -> None:
        if outcome.end is End.SUCCEEDED:
            self.past.pop(outcome.result, None)
        elif outcome.end is End.FAILED:
            self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
        learning = self._session.learning
        if learning.live is not None and learning.live.run_id == outcome.result:
            learning.forget()
        learning.refresh()
        self._session.review.refresh()

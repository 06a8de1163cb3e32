"""The teacher and the student of the next run, remembered with the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import End, JobContext, Outcome
from comodo_app.jobs.model_cards import ModelCard
from comodo_app.jobs.next_run import (
    OWN_STUDENT,
    accept_for_project,
    accepted_for_project,
    keep_student,
    keep_teacher,
    kept_student,
    kept_teacher,
)
from comodo_app.jobs.plan import Plan, PlanRequest, plan
from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER, is_path, lasting_name
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.named import student_names
from comodo_app.weights.catalog import Kind

if TYPE_CHECKING:
    from comodo_app.session.session import Session

BUILTIN_TITLE = "Built-in teacher"


class ModelChoice(QObject):
    """What is chosen, whether it is here, and what each teacher would take for this project.

    Attributes
    ----------
    teacher : str
        "builtin", the id of a model, or the path of a folder or .onnx file.
    student : str
        "tcn", "transformer" or the id of a model.
    estimates : dict of str to Plan
        What is left for a teacher to watch and how fast it went, for those that are here.
    failures : dict of str to str
        Why there is no estimate.
    """

    changed = Signal()  # teacher or student, or whether they are here
    estimates_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.teacher, self.student = BUILTIN_TEACHER, OWN_STUDENT
        self.estimates: dict[str, Plan] = {}
        self.failures: dict[str, str] = {}
        self._asked: dict[int, str] = {}
        session.project_changed.connect(self._take_project)
        session.models.changed.connect(self.changed)
        session.jobs.ended.connect(self._ended)

    @property
    def card(self) -> ModelCard | None:
        """The chosen teacher's card; None for the built-in one and for paths."""
        return self._session.models.card(self.teacher)

    @property
    def teacher_title(self) -> str:
        """What people call the chosen teacher."""
        return self.title_of(self.teacher)

    @property
    def teacher_is_missing(self) -> bool:
        """Whether the chosen teacher is known not to be on this computer."""
        return self.is_missing(self.teacher)

    @property
    def student_is_missing(self) -> bool:
        """Whether the chosen student's weights are known not to be on this computer."""
        models = self._session.models
        card = models.card(self.student)
        return card is not None and card.installed is None

    @property
    def missing(self) -> str:
        """What is missing and what to do about it; empty if nothing is."""
        if self.teacher_is_missing:
            where = f": it was at {self.teacher}" if is_path(self.teacher) else ""
            title = self.teacher_title
            return f"{title} is not on this computer{where}. Get it, or change the teacher."
        if self.student_is_missing:
            title = self._session.models.title(self.student)
            return f"{title} is not on this computer. Get it, or choose another student."
        return ""

    def title_of(self, teacher: str) -> str:
        """What people call a teacher."""
        if teacher == BUILTIN_TEACHER:
            return BUILTIN_TITLE
        return Path(teacher).name if is_path(teacher) else self._session.models.title(teacher)

    def is_missing(self, teacher: str) -> bool:
        """Whether a teacher is known not to be on this computer."""
        models = self._session.models
        if teacher == BUILTIN_TEACHER:
            return False
        if is_path(teacher):
            return not Path(teacher).exists()
        return models.loaded and not models.is_here(teacher)

    def choose_teacher(self, teacher: str) -> None:
        """Take a teacher for the next run, and remember it."""
        self.teacher = lasting_name(teacher)
        if self._session.project is not None:
            keep_teacher(self._session.project, self.teacher)
        self.changed.emit()

    def choose_student(self, student: str) -> None:
        """Take a student for the next run, and remember it."""
        if student == self.student:
            return
        self.student = student
        if self._session.project is not None:
            keep_student(self._session.project, student)
        self.changed.emit()

    def must_accept(self, card: ModelCard) -> bool:
        """Whether a licence is non-commercial and nobody said yet that this project is, too."""
        project, entry = self._session.project, card.entry
        return (
            entry.non_commercial
            and project is not None
            and not accepted_for_project(project, entry.licence)
        )

    def accept(self, card: ModelCard) -> None:
        """This project keeps to the licence of a model."""
        if self._session.project is not None:
            accept_for_project(self._session.project, card.entry.licence)

    def ask_estimates(self, grid: WindowGrid, path: str = "") -> None:
        """Look what each teacher that is here would have to watch; `estimates_changed` for each.

        `path` is a folder or file of one's own that is asked for besides.
        """
        folder, models = self._session.folder, self._session.models
        if folder is None:
            return
        for job_id in self._asked:
            self._session.jobs.cancel(job_id)
        self._asked, self.estimates, self.failures = {}, {}, {}
        here = [c.entry.id for c in models.of_kind(Kind.TEACHER) if c.installed is not None]
        wanted = [BUILTIN_TEACHER, *here]
        if is_path(self.teacher) and not self.teacher_is_missing:
            wanted.append(self.teacher)
        if path and path not in wanted:
            wanted.append(path)
        known = self._session.learning.reads.plan
        shares = known.shares if known is not None else ()
        for teacher in wanted:
            job_id = self._session.jobs.start(
                _estimate,
                PlanRequest(folder, grid, 0, teacher, self._session.settings.device, shares),
                kind="distill",
                title=f"Estimate {self.title_of(teacher)}",
                lane="look",
                quiet=True,
            )
            self._asked[job_id] = teacher

    def _take_project(self) -> None:
        project = self._session.project
        self.teacher = kept_teacher(project) if project is not None else BUILTIN_TEACHER
        student = kept_student(project) if project is not None else OWN_STUDENT
        # A catalogue of another version may not know it any more.
        self.student = student if student in student_names() else OWN_STUDENT
        self._asked, self.estimates, self.failures = {}, {}, {}
        if project is not None and (self.teacher, self.student) != (BUILTIN_TEACHER, OWN_STUDENT):
            self._session.models.ask()
        self.changed.emit()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        teacher = self._asked.pop(job_id, None)
        if teacher is None:
            return
        if outcome.end is End.SUCCEEDED:
            made = outcome.result
            if isinstance(made, Plan):
                self.estimates[teacher] = made
            else:
                self.failures[teacher] = made
        elif outcome.end is End.FAILED:
            self.failures[teacher] = outcome.error
        self.estimates_changed.emit()


def _estimate(request: PlanRequest, context: JobContext) -> Plan | str:
    """A plan, or why a teacher cannot be used: said where it is chosen, no failed job."""
    try:
        return plan(request, context)
    except ComodoError as error:
        return str(error)

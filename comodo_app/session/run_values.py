"""Small values about runs: what a person wishes for, and what a list shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from comodo_app.distillation.recipes import COMODO_PLUS, Recipe
from comodo_app.jobs.discover import Agreement
from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER
from comodo_app.project.rows import RunRow
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec
from comodo_app.weights.catalog import catalog


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person set up on the Distill page; `n_clusters` None chooses by itself.

    `teacher` is called as in `jobs.models.make_teacher`.
    """

    recipe: Recipe = COMODO_PLUS
    student: StudentSpec = StudentSpec()
    grid: WindowGrid = WindowGrid()
    seed: int = 0
    n_clusters: int | None = None
    teacher: str = BUILTIN_TEACHER


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run as the list shows it."""

    row: RunRow
    name: str
    agreement: Agreement | None


def teacher_name(kept: str) -> str:
    """What people call the teacher of a run, kept as "key@revision"."""
    key = kept.partition("@")[0]
    if key == BUILTIN_TEACHER:
        return "Built-in teacher"
    known = next((entry.title for entry in catalog() if entry.id == key), "")
    return known or key.removeprefix("folder:").removeprefix("onnx:").removeprefix("local-")


def local_time(iso: str) -> datetime:
    """A time of the project, ISO-8601 in UTC, on the clock of this computer."""
    return datetime.fromisoformat(iso).astimezone()

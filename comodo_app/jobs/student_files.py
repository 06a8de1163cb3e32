"""What a run leaves in ``students/<id>/``: weights, contract and teacher space."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from comodo_app.errors import ProjectError
from comodo_app.jobs.dataset import Roles
from comodo_app.project.files import load_arrays, save_arrays, write_atomic
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.model import CHANNEL_UNITS, CHANNELS
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec
from comodo_app.teachers.base import Block, TeacherFacts

if TYPE_CHECKING:
    from torch import nn

    from comodo_app.distillation.recipes import Recipe
    from comodo_app.distillation.targets import TeacherSpace

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Everything that decides a run's numbers, stored with it.

    `teacher` is what `jobs.models.make_teacher` takes (a path, for one's own folder); `facts` says
    under which names its rows are cached, so that the teacher itself is not needed any more. Runs
    of older versions have none, and the built-in teacher.
    """

    recipe: Recipe
    student: StudentSpec
    teacher: str
    teacher_revision: str
    grid: WindowGrid
    seed: int
    roles: Roles
    facts: TeacherFacts | None = None
    device: str = "auto"

    @property
    def teacher_key(self) -> str:
        """The teacher's name in caches and tables; never a path."""
        return self.facts.key if self.facts is not None else self.teacher

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(
            {
                "recipe": self.recipe.to_json(),
                "student": self.student.to_json(),
                "teacher": self.teacher,
                "teacher_revision": self.teacher_revision,
                "grid": asdict(self.grid),
                "seed": self.seed,
                "roles": asdict(self.roles),
                "teacher_facts": asdict(self.facts) if self.facts is not None else None,
                "device": self.device,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> RunSettings:
        """Inverse of `to_json`."""
        from comodo_app.distillation.recipes import Recipe

        values: dict[str, Any] = json.loads(text)
        return cls(
            recipe=Recipe.from_json(values["recipe"]),
            student=StudentSpec.from_json(values["student"]),
            teacher=values["teacher"],
            teacher_revision=values["teacher_revision"],
            grid=WindowGrid(**values["grid"]),
            seed=values["seed"],
            roles=Roles(**{name: tuple(ids) for name, ids in values["roles"].items()}),
            facts=_facts(values.get("teacher_facts")),
            device=values.get("device", "auto"),
        )


def _facts(values: dict[str, Any] | None) -> TeacherFacts | None:
    if values is None:
        return None
    blocks = tuple(Block(**block) for block in values["blocks"])
    return TeacherFacts(**(values | {"blocks": blocks}))


def save_student(
    project: Project,
    run: RunRow,
    student: nn.Module,
    space: TeacherSpace,
    *,
    settings: RunSettings,
    facts: dict[str, Any],
) -> None:
    """Write weights and space, then the contract: a folder with a contract is complete."""
    from comodo_app.students.encoder import student_bytes

    folder = project.students_folder(run.id)
    write_atomic(folder / "weights.safetensors", student_bytes(student, settings.student))
    save_arrays(folder / "space.npz", **space.to_arrays())
    contract = {
        "schema": 1,
        "run": run.id,
        "channels": list(CHANNELS),
        "units": list(CHANNEL_UNITS),
        "student": settings.student.to_json(),
        "grid": asdict(settings.grid),
        "teacher": settings.teacher_key,
        "teacher_revision": settings.teacher_revision,
        "recipe": settings.recipe.name,
        "seed": settings.seed,
        "facts": facts,
    }
    write_atomic(folder / "contract.json", json.dumps(contract, indent=1).encode())


def load_run_student(project: Project, run: RunRow) -> tuple[nn.Module, RunSettings]:
    """The student of a run, in evaluation mode, and the run's settings.

    Raises
    ------
    ProjectError
        If the run has not got a student yet.
    """
    from comodo_app.students.encoder import load_student

    settings = RunSettings.from_json(run.settings_json)
    folder = project.students_folder(run.id)
    if not (folder / "contract.json").exists():
        raise ProjectError(
            f"Run {run.id} has no student ({run.status}).",
            where=str(project.folder),
            hint="Distil first, or resume the run.",
        )
    return load_student(folder / "weights.safetensors", settings.student), settings


def load_space(project: Project, run: RunRow) -> TeacherSpace:
    """The teacher space that the run's targets live in."""
    from comodo_app.distillation.targets import TeacherSpace

    return TeacherSpace.from_arrays(load_arrays(project.students_folder(run.id) / "space.npz"))

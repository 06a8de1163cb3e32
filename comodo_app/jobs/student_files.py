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

if TYPE_CHECKING:
    from torch import nn

    from comodo_app.distillation.recipes import Recipe
    from comodo_app.distillation.targets import TeacherSpace

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Everything that decides a run's numbers, stored with it."""

    recipe: Recipe
    student: StudentSpec
    teacher: str
    teacher_revision: str
    grid: WindowGrid
    seed: int
    roles: Roles

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
        )


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
        "teacher": settings.teacher,
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

"""The student that a live wish means: a package, or a project's run packaged once and kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.live_values import StudentWish
from comodo_app.live.student import LiveStudent, load_student
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project

_FOLDER = "live-"  # beside the run's weights, with a digest of what it was made from


def student_of(wish: StudentWish, context: JobContext) -> LiveStudent:
    """Load the student.

    Raises
    ------
    UsageError, UnreadableFile
        If there is none, or the package is damaged.
    """
    context.step(Progress(0, None, "loading the student"))
    if wish.package is not None:
        return load_student(wish.package)
    if wish.project is None:
        raise UsageError("No student was chosen.", where="student")
    folder, name = _packaged(wish.project, wish.run_id, context)
    return replace(load_student(folder), name=name)


def _packaged(place: Path, run_id: int | None, context: JobContext) -> tuple[Path, str]:
    """The package of a run as it is now, made if there is none, and what the student is called."""
    from comodo_app.jobs.discover import choose_run
    from comodo_app.jobs.package import PackageRequest, package
    from comodo_app.students.package import CONTRACT, is_replaceable, remove_folder

    with Project.open(place) as project:
        run = choose_run(project, run_id)
        students = project.students_folder(run.id)
        folder = students / f"{_FOLDER}{_digest(project, run)}"
        name = f"{project.folder.stem}, run {run.id}"
    if (folder / CONTRACT).is_file():
        return folder, name
    context.step(Progress(0, None, "packaging the student, once"))
    package(PackageRequest(place, run.id, folder, int8=False), context)
    for old in students.glob(f"{_FOLDER}*"):  # made from other weights or names
        if old != folder and old.is_dir() and is_replaceable(old):
            remove_folder(old)
    return folder, name


def _digest(project: Project, run: RunRow) -> str:
    """Changes with the weights, the recognizer, and the activities' names and colours."""
    digest = hashlib.sha256()
    for file in ("weights.safetensors", "recognizer.npz"):
        path = project.students_folder(run.id) / file
        if not path.is_file():
            raise UsageError(
                f"Run {run.id} cannot say activities yet.",
                where=str(project.folder),
                hint="Discover activities first.",
            )
        digest.update(path.read_bytes())
    named = [(a.id, a.name) for a in project.activities()]
    colours = sorted(project.activity_colours().items())
    digest.update(json.dumps([named, colours]).encode())
    return digest.hexdigest()[:12]

"""Which teacher and student a project goes on with, and which licences were accepted for it."""

from __future__ import annotations

from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER
from comodo_app.project.store import Project

OWN_STUDENT = "tcn"
_TEACHER, _STUDENT, _LICENCE = "choice/teacher", "choice/student", "licence/"


def keep_teacher(project: Project, teacher: str) -> None:
    """Remember a teacher, called as in `jobs.models.make_teacher`."""
    project.set_meta(_TEACHER, teacher)


def kept_teacher(project: Project) -> str:
    """The teacher that was remembered last, the built-in one if none was."""
    return project.get_meta(_TEACHER) or BUILTIN_TEACHER


def keep_student(project: Project, student: str) -> None:
    """Remember a student, called as in `students.named.student_named`."""
    project.set_meta(_STUDENT, student)


def kept_student(project: Project) -> str:
    """The student that was remembered last."""
    return project.get_meta(_STUDENT) or OWN_STUDENT


def accept_for_project(project: Project, licence: str) -> None:
    """Remember that a person said this project keeps to a non-commercial licence."""
    project.set_meta(_LICENCE + licence, "accepted")


def accepted_for_project(project: Project, licence: str) -> bool:
    """Whether somebody said so."""
    return project.get_meta(_LICENCE + licence) is not None

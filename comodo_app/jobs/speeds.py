"""How fast things were on this computer, measured while they were done, kept in the project."""

from __future__ import annotations

from dataclasses import dataclass

from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec
from comodo_app.teachers.base import Identity

_KEY = "speed/"


def steps_key(student: StudentSpec, batch_size: int) -> str:
    """Name of the speed of training steps: they depend on the student and on its batch."""
    return f"steps/{student.architecture}-{batch_size}-{student.n_samples}"


@dataclass(frozen=True, slots=True)
class TeacherSpeed:
    """Windows and seconds of video per second, with decoding; None: not measured yet."""

    windows_per_s: float | None
    video_per_s: float | None


def remember_teacher_speed(
    project: Project,
    teacher: Identity,
    backend: str,
    *,
    n_windows: int,
    video_s: float,
    took_s: float,
) -> None:
    """Keep how fast a teacher went on a backend ("" for the built-in one, which has none)."""
    name = _teacher_name(teacher, backend)
    remember_speed(project, f"teacher/{name}", n_windows / took_s)
    remember_speed(project, f"video/{name}", video_s / took_s)


def known_teacher_speed(
    project: Project, teacher: Identity, backend: str, grid: WindowGrid
) -> TeacherSpeed:
    """How fast a teacher will go, from when it went last."""
    name = _teacher_name(teacher, backend)
    windows_per_s = known_speed(project, f"teacher/{name}")
    if not backend:  # its work is the video's length, however many windows are cut from it
        return TeacherSpeed(windows_per_s, known_speed(project, f"video/{name}"))
    video_per_s = None if windows_per_s is None else windows_per_s * grid.stride_s
    return TeacherSpeed(windows_per_s, video_per_s)


def _teacher_name(teacher: Identity, backend: str) -> str:
    return f"{teacher.key}/{backend}" if backend else teacher.key


def remember_speed(project: Project, what: str, per_s: float) -> None:
    """Keep a measured speed, in whatever `what` counts per second."""
    project.set_meta(_KEY + what, f"{per_s:.6g}")


def known_speed(project: Project, what: str) -> float | None:
    """The speed measured last; None if it was never measured."""
    kept = project.get_meta(_KEY + what)
    try:
        return None if kept is None else float(kept)
    except ValueError:
        return None

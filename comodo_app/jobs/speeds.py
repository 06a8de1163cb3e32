"""How fast things were on this computer, measured while they were done, kept in the project."""

from __future__ import annotations

from comodo_app.project.store import Project
from comodo_app.students.spec import StudentSpec

_KEY = "speed/"


def steps_key(student: StudentSpec, batch_size: int) -> str:
    """Name of the speed of training steps: they depend on the student and on its batch."""
    return f"steps/{student.architecture}-{batch_size}-{student.n_samples}"


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

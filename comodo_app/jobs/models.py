"""Which teacher and student a job uses, by key: the one place that turns a name into a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comodo_app.errors import UsageError

if TYPE_CHECKING:
    from comodo_app.teachers.base import Teacher

BUILTIN_TEACHER = "builtin"


def make_teacher(key: str) -> Teacher:
    """The teacher called `key`.

    Raises
    ------
    UsageError
        If there is none; the known ones are listed.
    """
    if key == BUILTIN_TEACHER:
        from comodo_app.teachers.builtin import BuiltinTeacher

        return BuiltinTeacher()
    raise UsageError(f"There is no teacher called {key!r}.", hint=f"Known: {BUILTIN_TEACHER}.")

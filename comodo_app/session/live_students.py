"""Students that can be asked live: finished runs of the project, and packages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.live import StudentWish
from comodo_app.jobs.resources import bundled_students

if TYPE_CHECKING:
    from comodo_app.session.session import Session

NONE = ""
_PLAYABLE = ("finished", "stopped")


@dataclass(frozen=True, slots=True)
class StudentChoice:
    """A row of the list; `run_id` for a run of the open project."""

    key: str
    title: str
    wish: StudentWish | None
    run_id: int | None = None


class LiveStudents(QObject):
    """What can be chosen, and what is: by itself the latest run, else a bundled student.

    Attributes
    ----------
    chosen : str
        Key of the choice; `NONE` for traces without a model.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._packages: tuple[Path, ...] = ()
        self._bundled = bundled_students()
        self._by_hand = False
        self.chosen = NONE
        session.learning.changed.connect(self._refresh)
        self._choose_by_itself()

    @property
    def choices(self) -> tuple[StudentChoice, ...]:
        """Runs, the latest first, then packages, then none."""
        session, found = self._session, list[StudentChoice]()
        folder = session.folder
        for entry in reversed(session.learning.entries):
            if folder is not None and entry.row.status in _PLAYABLE:
                wish = StudentWish(project=folder, run_id=entry.row.id)
                found.append(StudentChoice(f"run:{entry.row.id}", entry.name, wish, entry.row.id))
        for path in (*self._packages, *self._bundled):
            title = path.stem if path.is_file() else path.name
            found.append(StudentChoice(f"package:{path}", title, StudentWish(package=path)))
        return (*found, StudentChoice(NONE, "No model", None))

    @property
    def choice(self) -> StudentChoice:
        """The chosen one."""
        return next((c for c in self.choices if c.key == self.chosen), self.choices[-1])

    def choose(self, key: str) -> None:
        """Ask another student; a running live goes over to it."""
        self._by_hand = True
        if key != self.chosen:
            self.chosen = key
            self.changed.emit()

    def add_package(self, path: Path) -> None:
        """Offer a student package, a folder or a zip, and choose it."""
        path = path.resolve()
        self._packages = (path, *(p for p in self._packages if p != path))
        self.choose(f"package:{path}")
        self.changed.emit()

    def _refresh(self) -> None:
        gone = self.chosen != NONE and all(c.key != self.chosen for c in self.choices)
        if gone or not self._by_hand:
            self._by_hand = False
            self._choose_by_itself()
        self.changed.emit()

    def _choose_by_itself(self) -> None:
        self.chosen = self.choices[0].key

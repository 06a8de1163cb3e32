"""Edits of what is said about recordings: names, colours, corrections; each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from comodo_app.activities.corrections import Correction, assigned, boundary_moved, cleared
from comodo_app.activities.naming import Naming, clean_name
from comodo_app.errors import ComodoError
from comodo_app.project.store import Project
from comodo_app.session.edits import Edit
from comodo_app.session.notices import Notice, Tone

if TYPE_CHECKING:
    from comodo_app.session.review import Review
    from comodo_app.session.session import Session

Corrections = tuple[Correction, ...]


class ReviewEdits:
    """Changes are written to the project at once; what was before is kept on the undo stack."""

    def __init__(self, session: Session, review: Review) -> None:
        self._session = session
        self._review = review

    def rename(self, activity_id: int, name: str) -> None:
        """Name an activity and all that act as one with it; equal names merge."""
        naming = self._review.naming
        name = clean_name(name)
        members = naming.members(activity_id)
        before = {a.id: a.name for a in naming if a.id in members}
        after = dict.fromkeys(members, name)
        if before == after:
            return
        label = naming.label(activity_id)
        twin = naming.find(name)
        self._push(
            f"Rename {label} to {name}" if name else f"Take the name of {label} away",
            lambda: self._set_names(after),
            lambda: self._set_names(before),
        )
        if twin is not None and twin not in members:
            self._say_merged(label, name)

    def recolour(self, activity_id: int, colour: int | None) -> None:
        """Show an activity in colour number `colour`; None is its own."""
        project = self._project()
        label, before = self._review.label(activity_id), project.activity_colours()
        old = before.get(activity_id)
        if old != colour:
            self._push(
                f"Recolour {label}",
                lambda: self._set_colour(activity_id, colour),
                lambda: self._set_colour(activity_id, old),
            )

    def assign(self, start_s: float, end_s: float, activity_id: int | None) -> None:
        """Say by hand what ``[start_s, end_s)`` of the open recording is; None: no activity."""
        label = "no activity" if activity_id is None else self._review.label(activity_id)
        new = Correction(start_s, end_s, activity_id)
        self._correct(f"Assign {label}", lambda before: assigned(before, new))

    def assign_new(self, start_s: float, end_s: float, name: str) -> None:
        """The same with an activity that nothing has discovered, or a known one of this name."""
        known = self._review.naming.find(name)
        if known is not None:
            self.assign(start_s, end_s, known)
            return
        recording_id = self._review.recording_id
        if recording_id is None or not clean_name(name):
            return
        project = self._project()
        (number,) = project.allocate_activities(1)  # an id stays used, whatever is undone
        before = project.corrections(recording_id)
        after = assigned(before, Correction(start_s, end_s, number))

        def redo() -> None:
            self._set_names({number: name})
            self._save(recording_id, after)

        def undo() -> None:
            self._save(recording_id, before)
            self._set_names({number: ""})

        self._push(f"Assign {clean_name(name)}", redo, undo)

    def clear(self, start_s: float, end_s: float) -> None:
        """Take corrections in ``[start_s, end_s)`` away: the prediction shows again."""
        self._correct("Clear correction", lambda before: cleared(before, start_s, end_s))

    def move_boundary(self, from_s: float, to_s: float) -> None:
        """Move a border of the (corrected) student timeline; the time gained is corrected."""
        shown = self._review.lanes.shown
        if shown is not None:
            self._correct(
                "Move boundary", lambda before: boundary_moved(before, shown, from_s, to_s)
            )

    def _correct(self, text: str, change: Callable[[Corrections], Corrections]) -> None:
        recording_id = self._review.recording_id
        if recording_id is None:
            return
        before = self._project().corrections(recording_id)
        after = change(before)
        if after != before:
            self._push(
                text,
                lambda: self._save(recording_id, after),
                lambda: self._save(recording_id, before),
            )

    def _save(self, recording_id: int, corrections: Corrections) -> None:
        self._project().save_corrections(recording_id, corrections)
        self._review.read_again(recording_id)

    def _set_names(self, names: Mapping[int, str]) -> None:
        project = self._project()
        for activity_id, name in names.items():
            project.name_activity(activity_id, name)
        self._review.names_changed()

    def _set_colour(self, activity_id: int, colour: int | None) -> None:
        self._project().colour_activity(activity_id, colour)
        self._review.refresh()

    def _push(self, text: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        stack = self._session.undo_stack
        stack.push(Edit(text, redo=lambda: self._try(redo), undo=lambda: self._try(undo)))

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except ComodoError as error:  # a full disk, a recording that is gone
            self._session.say(Notice(str(error), Tone.ERR))

    def _say_merged(self, label: str, name: str) -> None:
        undo = self._session.undo_stack.undo
        self._session.say(
            Notice(f"{label} is now one with {name}", Tone.OK, action="Undo", run=undo)
        )

    def _project(self) -> Project:
        project = self._session.project
        if project is None:
            raise RuntimeError("no project is open")
        return project


def naming_of(project: Project | None) -> Naming:
    """The project's activities and the groups that their names form."""
    return Naming(project.activities() if project is not None else ())

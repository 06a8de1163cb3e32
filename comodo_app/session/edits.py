"""Undoable edits: what changes is frozen, so an edit is two functions and a text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand


class Edit(QUndoCommand):
    """One step of the undo stack; `redo` runs when it is pushed and each time it is redone.

    Parameters
    ----------
    text : str
        What the undo button names: "Rename activity 3".
    redo, undo : callable
        Must bring the same state each time; they hold the values before and after.
    """

    def __init__(self, text: str, *, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        super().__init__(text)
        self._redo, self._undo = redo, undo

    def redo(self) -> None:
        """Do it, or do it again."""
        self._redo()

    def undo(self) -> None:
        """Bring back what was before."""
        self._undo()

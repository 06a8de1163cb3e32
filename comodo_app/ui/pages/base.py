"""What the window expects of a page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions


@dataclass(frozen=True, slots=True)
class Badge:
    """A mark at a page's icon: a number (things that need you), a ring (0 to 1), or a dot in a
    token's colour."""

    number: int = 0
    ring: float | None = None
    dot: bool = False
    token: str = "accent.text"


class Page(QWidget):
    """One page. `name` is its key in `PAGES`; the window shows `title`, and `subtitle` beside it.

    A page without data shows its empty state; it never disappears.
    """

    name = ""
    title = ""
    subtitle_changed = Signal(str)
    badge_changed = Signal(object)  # Badge
    go_requested = Signal(str)  # the name of another page

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self.session = session
        self.actions_ = actions
        self.setObjectName(f"page-{self.name}")
        self.setAccessibleName(self.title)

    def header_widgets(self) -> list[QWidget]:
        """What stands in the header while the page is shown; asked once."""
        return []

    def focus_filter(self) -> None:
        """Put the cursor into the page's filter, if it has one (Ctrl F)."""

    def toggle_inspector(self) -> None:
        """Show or hide the page's inspector, if it has one (Ctrl I)."""

    def regions(self) -> list[QWidget]:
        """Where F6 goes, in reading order."""
        return [self]

    def came_into_view(self) -> None:
        """The page was switched to."""

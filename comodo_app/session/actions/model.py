"""Everything a person can do, as data: menus, keys, palette and key sheet come from this table."""

from __future__ import annotations

from dataclasses import dataclass

ANYWHERE = ""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes
    ----------
    id : str
        Stable: "page.verb".
    text : str
        What menus and palette call it.
    keys : tuple of str
        Qt key sequences; the first is shown. Ctrl reads Cmd on macOS.
    page : str
        The page on which its keys work; `ANYWHERE` for all.
    menu : str
        Its place in the menu: File, Edit, View, Recording, Run, Activities, Help.
    icon : str
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    page: str = ANYWHERE
    menu: str = ""
    icon: str = ""


PAGES = (
    ("recordings", "Recordings"),
    ("distill", "Distill"),
    ("activities", "Activities"),
    ("review", "Review"),
    ("live", "Live"),
    ("evaluate", "Evaluate"),
    ("settings", "Settings"),
)

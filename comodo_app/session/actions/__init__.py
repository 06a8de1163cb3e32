"""Everything a person can do, as data: menus, keys, palette and key sheet come from this table."""

from comodo_app.session.actions import distill, live, recordings, review, window
from comodo_app.session.actions.model import ANYWHERE, PAGES, ActionSpec

__all__ = ["ANYWHERE", "PAGES", "ActionSpec", "all_actions"]


def all_actions() -> tuple[ActionSpec, ...]:
    """Every action of the app, in the order of the menus."""
    return (
        *window.ACTIONS,
        *recordings.ACTIONS,
        *distill.ACTIONS,
        *review.ACTIONS,
        *live.ACTIONS,
    )

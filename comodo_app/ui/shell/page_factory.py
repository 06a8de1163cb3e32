"""Makes pages by name; each is imported only when it is made, so the window shows at once."""

from __future__ import annotations

from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Page


def make_page(name: str, session: Session, actions: Actions) -> Page:
    """The page of a name in `PAGES`, or "welcome". `KeyError` for another."""
    return _FACTORIES[name](session, actions)


def _welcome(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.welcome import WelcomePage

    return WelcomePage(session, actions)


def _recordings(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.recordings import RecordingsPage

    return RecordingsPage(session, actions)


def _distill(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.distill import DistillPage

    return DistillPage(session, actions)


def _activities(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.coming import ActivitiesPage

    return ActivitiesPage(session, actions)


def _review(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.review import ReviewPage

    return ReviewPage(session, actions)


def _live(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.live import LivePage

    return LivePage(session, actions)


def _evaluate(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.coming import EvaluatePage

    return EvaluatePage(session, actions)


def _settings(session: Session, actions: Actions) -> Page:
    from comodo_app.ui.pages.settings import SettingsPage

    return SettingsPage(session, actions)


_FACTORIES = {
    "welcome": _welcome,
    "recordings": _recordings,
    "distill": _distill,
    "activities": _activities,
    "review": _review,
    "live": _live,
    "evaluate": _evaluate,
    "settings": _settings,
}

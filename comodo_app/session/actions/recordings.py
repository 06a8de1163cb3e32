"""Actions of the Recordings page."""

from comodo_app.session.actions.model import ActionSpec

ACTIONS: tuple[ActionSpec, ...] = ()

"""Actions of the Live page."""

from comodo_app.session.actions.model import ActionSpec


def _spec(verb: str, text: str, *keys: str, icon: str = "") -> ActionSpec:
    return ActionSpec(f"live.{verb}", text, keys, page="live", menu="Run", icon=icon)


ACTIONS: tuple[ActionSpec, ...] = (
    _spec("toggle", "Start or stop live", "Ctrl+Space", icon="live"),
    _spec("record", "Record or stop recording", "Ctrl+R", icon="record"),
    _spec("mark", "Mark this moment", "B", icon="pin"),
    _spec("freeze", "Freeze or follow", "Space", "K", icon="pause"),
    _spec("earlier", "Earlier, while frozen", "Left"),
    _spec("later", "Later, while frozen", "Right"),
    _spec("longer", "Show more time", "Alt+Down", icon="zoom-out"),
    _spec("shorter", "Show less time", "Alt+Up", icon="zoom-in"),
    _spec("scan", "Scan for live sources", "Ctrl+Shift+L", icon="reset"),
    _spec("phone", "Connect a phone", icon="phone"),
    _spec("replay", "Replay a recording", icon="replay"),
    _spec("mirror", "Activity in its own window", "Shift+V", icon="external"),
)

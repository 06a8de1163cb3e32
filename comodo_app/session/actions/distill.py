"""Actions of the Distill page."""

from comodo_app.session.actions.model import ActionSpec

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "distill.start", "Start distilling", ("Ctrl+Return",), "distill", "Run", icon="distill"
    ),
    ActionSpec("distill.pause", "Pause or resume the run", ("Ctrl+P",), "distill", "Run", "pause"),
    ActionSpec("distill.keep", "Stop and keep", page="distill", menu="Run", icon="stop"),
    ActionSpec("distill.cancel", "Cancel and discard…", page="distill", menu="Run", icon="x"),
    ActionSpec("distill.new", "New run", ("Ctrl+Shift+N",), "distill", "Run", icon="plus"),
    ActionSpec("distill.predict", "Predict new recordings", page="distill", menu="Run"),
)

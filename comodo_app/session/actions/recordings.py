"""Actions of the Recordings page."""

from comodo_app.session.actions.model import ActionSpec

PAGE = "recordings"

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("recordings.review", "Open in Review", ("Return",), PAGE, "Recording", "review"),
    ActionSpec("recordings.rename", "Rename recording", ("F2",), PAGE, "Recording"),
    ActionSpec("recordings.train", "Use for training, or not", ("Space",), PAGE, "Recording"),
    ActionSpec("recordings.relink", "Relink…", (), PAGE, "Recording", "link"),
    ActionSpec("recordings.show-folder", "Show in folder", (), PAGE, "Recording", "folder"),
    ActionSpec("recordings.remove", "Remove from project", ("Del",), PAGE, "Recording", "trash"),
    ActionSpec("recordings.intake", "What became of the files", (), PAGE, "Recording", "import"),
)

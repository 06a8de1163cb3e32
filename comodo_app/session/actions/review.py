"""Actions of the Review page."""

from comodo_app.session.actions.model import ActionSpec


def _spec(verb: str, text: str, *keys: str, menu: str = "Recording", icon: str = "") -> ActionSpec:
    return ActionSpec(f"review.{verb}", text, keys, page="review", menu=menu, icon=icon)


N_PINNED = 9

ACTIONS: tuple[ActionSpec, ...] = (
    _spec("play", "Play or pause", "Space", "K", icon="play"),
    _spec("slower", "Slower", "J", "Shift+,", "<"),
    _spec("faster", "Faster", "L", "Shift+.", ">"),
    _spec("frame-back", "One frame back", "Left", icon="step-back"),
    _spec("frame-on", "One frame on", "Right", icon="step-forward"),
    _spec("second-back", "1 s back", "Shift+Left"),
    _spec("second-on", "1 s on", "Shift+Right"),
    _spec("ten-back", "10 s back", "Ctrl+Left"),
    _spec("ten-on", "10 s on", "Ctrl+Right"),
    _spec("previous-edge", "Previous segment edge", "Alt+Left", icon="prev-segment"),
    _spec("next-edge", "Next segment edge", "Alt+Right", icon="next-segment"),
    _spec("start", "Start of the recording", "Home"),
    _spec("end", "End of the recording", "End"),
    _spec("next-disagreement", "Next disagreement", "N", icon="disagree"),
    _spec("previous-disagreement", "Previous disagreement", "Shift+N"),
    _spec("range-start", "Range from here", "I", "["),
    _spec("range-end", "Range up to here", "O", "]"),
    _spec("range-clear", "Clear range", "C"),
    _spec("loop", "Loop segment or range", "Ctrl+L", icon="loop"),
    _spec("follow", "Follow the playhead", "F", menu="View", icon="follow"),
    _spec("zoom-in", "Zoom in", "Alt+Up", menu="View", icon="zoom-in"),
    _spec("zoom-out", "Zoom out", "Alt+Down", menu="View", icon="zoom-out"),
    _spec("fit", "Show the whole recording", "Alt+Home", menu="View", icon="fit"),
    _spec("taller", "Larger amplitude", "+", "=", menu="View"),
    _spec("flatter", "Smaller amplitude", "-", menu="View"),
    _spec("axis-x", "Show or hide X axes", "X", menu="View"),
    _spec("axis-y", "Show or hide Y axes", "Y", menu="View"),
    _spec("axis-z", "Show or hide Z axes", "Z", menu="View"),
    _spec("acc-only", "Accelerometer only", "Shift+A", menu="View"),
    _spec("gyro-only", "Gyroscope only", "Shift+G", menu="View"),
    _spec("wide-video", "Video over the full width", "V", menu="View", icon="film"),
    _spec("video-window", "Video in its own window", "Shift+V", menu="View", icon="external"),
    _spec("next-recording", "Next recording", "PgDown", icon="chev-right"),
    _spec("previous-recording", "Previous recording", "PgUp", icon="chev-left"),
    _spec("rename", "Rename activity", "Return", "F2", menu="Activities"),
    _spec("assign", "Assign activity…", "Shift+F10", menu="Activities", icon="activities"),
    *(
        _spec(f"assign-{n}", f"Assign activity {n}", str(n), menu="Activities")
        for n in range(1, N_PINNED + 1)
    ),
    _spec("no-activity", "Not an activity", "Del", menu="Activities", icon="ban"),
    _spec("clear-correction", "Clear correction", "Shift+Del", menu="Activities", icon="reset"),
)

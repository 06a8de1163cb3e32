"""How scanned files are put into words in the import sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from comodo_app.jobs.scan import Scanned, Verdict
from comodo_app.recordings.sources import TABLE_SUFFIXES
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.recordings.words import length, note

_FORMATS = {
    "gopro": "GoPro video",
    "video_csv": "Video + sensor table",
    "imu_csv": "Sensor table",
}
_RESULTS = {
    Verdict.PENDING: "Reading…",
    Verdict.READY: "Ready",
    Verdict.COLUMNS: "Check the columns below",
    Verdict.SENSOR: "Choose sensor file…",
    Verdict.KNOWN: "In the project already",
    Verdict.LEFT_OUT: "Left out",
    Verdict.ADDED: "Added",
}
_TONES = {
    Verdict.PENDING: ("clock", "text.tertiary"),
    Verdict.READY: ("check-circle", "ok"),
    Verdict.COLUMNS: ("warn", "warn"),
    Verdict.SENSOR: ("warn", "warn"),
    Verdict.KNOWN: ("info", "info"),
    Verdict.FAILED: ("error", "err"),
    Verdict.LEFT_OUT: ("", "text.tertiary"),
    Verdict.ADDED: ("check-circle", "ok"),
}


def recognised(item: Scanned) -> str:
    """What it is."""
    if item.verdict is Verdict.SENSOR:
        return "Video"
    known = _FORMATS.get(item.importer, "")
    if known:
        return f"{known}, damaged" if item.verdict is Verdict.FAILED else known
    return "Damaged" if item.verdict is Verdict.FAILED else "Not a recording"


def paired(item: Scanned) -> str:
    """How video and sensor came together."""
    if item.verdict is Verdict.SENSOR:
        return "no sensor file found"
    if item.importer == "gopro":
        return "motion data inside"
    if item.importer == "imu_csv":
        return "no video"
    if item.importer == "video_csv":
        video, table = (path.stem.lower() for path in item.paths)
        return "same name" if table.startswith(video) else "came together"
    return "—"


def result(item: Scanned) -> str:
    """What will become of it."""
    if item.verdict is Verdict.FAILED:
        return item.what
    if item.verdict is Verdict.READY and item.notes:
        return f"Ready · {len(item.notes)} note{'s' if len(item.notes) > 1 else ''}"
    return _RESULTS[item.verdict]


def tone(item: Scanned) -> tuple[str, str]:
    """Icon and colour token of the result."""
    return _TONES[item.verdict]


def icon_name(item: Scanned) -> str:
    """What kind of file it is."""
    if item.verdict is Verdict.FAILED:
        return "error"
    is_table = item.paths[0].suffix.lower() in TABLE_SUFFIXES
    return "wave" if is_table else ("film" if item.importer else "file")


def counts(items: Sequence[Scanned]) -> str:
    """ "9 ready · 2 to decide · 3 cannot be read · 12 left out"."""
    n = Counter(item.verdict for item in items)
    parts = (
        (n[Verdict.PENDING], "to read"),
        (n[Verdict.READY], "ready"),
        (n[Verdict.ADDED], "added"),
        (n[Verdict.COLUMNS] + n[Verdict.SENSOR], "to decide"),
        (n[Verdict.KNOWN], "in the project already"),
        (n[Verdict.FAILED], "cannot be read"),
        (n[Verdict.LEFT_OUT], "left out"),
    )
    return " · ".join(f"{grouped(count)} {words}" for count, words in parts if count)


def gain(chosen: Sequence[Scanned]) -> str:
    """What training would gain."""
    pairs = [x for x in chosen if x.has_video and x.rate_hz is not None]
    return f"For training: + {length(sum(x.length_s or 0.0 for x in pairs))}" if pairs else ""


def explained(item: Scanned) -> str:
    """What to know about an item: the reason and the advice, or what was repaired or assumed."""
    if item.verdict is Verdict.COLUMNS:
        # The hint of a reader names options of the command line; here the columns stand below.
        return (
            f"{item.what.partition(' Recognised:')[0]} A clock, three columns of an accelerometer "
            "and three of a gyroscope are needed: say below which they are. A table that has none "
            "of one sensor cannot be used; add that sensor's file to it first."
        )
    if item.what:
        return f"{item.what} {item.hint}".strip()
    if item.verdict is Verdict.KNOWN:
        return "The same content is in the project, or came twice. It is not added again."
    if item.notes:
        return "\n".join(f"· {note(n.line)}" for n in item.notes)
    return {
        Verdict.PENDING: "Being read…",
        Verdict.LEFT_OUT: "No importer reads this kind of file.",
    }.get(item.verdict, "Read without anything to mend.")

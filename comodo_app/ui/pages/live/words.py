"""What the page says in each state; pure, so that every state can be read and tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from comodo_app.live.model import Chip as HealthChip
from comodo_app.live.model import SourceState
from comodo_app.live.predictions import Say
from comodo_app.session.live import Live
from comodo_app.ui.timeline.text import clock


class Face(Enum):
    """How the current activity looks."""

    OFF = "off"  # nothing is listened to
    WAITING = "waiting"  # nothing has come yet
    WARMING = "warming"  # some, but no window yet
    NO_MODEL = "no model"
    ACTIVITY = "activity"
    UNKNOWN = "unknown"
    NO_DATA = "no data"
    WRONG = "wrong format"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NowWords:
    """What stands large; `share` is how much of a first window is there, None otherwise."""

    face: Face
    name: str
    line: str = ""
    before: str = ""
    activity_id: int = 0
    confidence: float | None = None
    share: float | None = None


def now_words(live: Live) -> NowWords:
    """What is done now, or why that cannot be said."""
    heard, update, begun = live.heard, live.heard.update, live.heard.begun
    if not live.running:
        return _stopped(live)
    if update is None:
        return NowWords(Face.WAITING, "Starting…", "the source and the student are being opened")
    if update.status.state is SourceState.WRONG_FORMAT:
        return NowWords(Face.WRONG, "Wrong format", update.status.text)
    if heard.newest_s is None:
        return NowWords(Face.WAITING, "Waiting for data", update.status.text)
    if live.lost:
        since = heard.silence.since
        when = f"no data since {since:%H:%M:%S}, trying again" if since else "trying again"
        return NowWords(Face.NO_DATA, f"No data for {heard.silence.quiet_s:.0f} s", when)
    if begun is None or not begun.window_s:
        return NowWords(
            Face.NO_MODEL,
            "No model yet",
            "Traces and recording work. Choose a student under Model.",
        )
    now = update.now
    if now is None:
        return NowWords(
            Face.WARMING,
            f"Needs {begun.window_s:g} s of data",
            f"{update.have_s:.1f} s so far",
            share=min(1.0, update.have_s / begun.window_s),
        )
    lasted = _lasted(max(0.0, update.live_s - now.since_s))
    before = f"before that: {live.label(now.before_id)}" if now.before_id else ""
    if now.say is Say.UNKNOWN:
        why = now.why or "unsure"
        return NowWords(Face.UNKNOWN, "Unknown", f"{why} · for {lasted}", before, 0, now.confidence)
    if now.say is Say.NO_DATA:
        return NowWords(Face.NO_DATA, "No data", f"too many gaps · for {lasted}", before)
    return NowWords(
        Face.ACTIVITY,
        live.label(now.activity_id),
        f"for {lasted}",
        before,
        now.activity_id,
        now.confidence,
    )


def veil_words(live: Live) -> str:
    """What lies over the traces; empty while they can be seen as they are."""
    update = live.heard.update
    if not live.running:
        return ""
    if live.heard.newest_s is None:
        return "No data yet" if update is not None else "Opening the source…"
    if live.lost:
        return f"Lost {live.heard.silence.quiet_s:.0f} s ago, trying again"
    return ""


def state_chip(live: Live) -> tuple[str, str]:
    """Words and tone of the chip in the header; no words while nothing is listened to."""
    update = live.heard.update
    if not live.running:
        return "", "plain"
    if update is None or live.heard.newest_s is None:
        wrong = update is not None and update.status.state is SourceState.WRONG_FORMAT
        return ("Wrong format", "err") if wrong else ("Connecting", "info")
    if live.lost:
        return "No data", "err"
    rate_hz = update.health.rate_hz
    return f"Live · {rate_hz:.1f} Hz" if rate_hz else "Live", "ok"


def source_chip(live: Live, key: str) -> tuple[str, str]:
    """Words and tone of a source's chip; no words for a source that is not listened to."""
    if key != live.sources.chosen:
        return "", "plain"
    if not live.running:
        return ("Off", "plain") if not live.error else ("Failed", "err")
    update = live.heard.update
    if update is not None and update.status.state is SourceState.WRONG_FORMAT:
        return "Wrong format", "err"
    if live.heard.newest_s is None:
        return "Waiting", "info"
    return ("Silent", "warn") if live.lost else ("Live", "ok")


def connection_chip(live: Live) -> tuple[str, str]:
    """Words and tone of the connection's chip."""
    update = live.heard.update
    if update is None or not live.running:
        return "", "plain"
    if live.lost:
        return HealthChip.LOST.value, "err"
    chip = update.health.chip
    tones = {HealthChip.HEALTHY: "ok", HealthChip.UNSTEADY: "warn", HealthChip.LOST: "err"}
    return chip.value, tones.get(chip, "info")


def _stopped(live: Live) -> NowWords:
    if live.error:
        return NowWords(Face.FAILED, "Could not listen", live.error)
    if live.result is not None:
        return NowWords(Face.OFF, "Over", "the recording was played to its end")
    if live.heard.newest_s is not None:
        return NowWords(Face.OFF, "Stopped", "what was heard stays to be looked at")
    return NowWords(Face.OFF, "Not live", live.why_not() or "Start, and the sensor is listened to.")


def _lasted(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else clock(seconds)

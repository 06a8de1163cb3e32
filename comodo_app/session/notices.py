"""What the session says to the person: one short line, and perhaps one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """How a notice is meant; also the token of its colour."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    ERR = "err"


@dataclass(frozen=True, slots=True)
class Notice:
    """A toast. `details` can be copied; `action` with `run` is a button ("Undo", "Show")."""

    text: str
    tone: Tone = Tone.INFO
    details: str = ""
    action: str = ""
    run: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """A state that lasts: shown under the header until it is dismissed or over. `key` is unique."""

    key: str
    text: str
    tone: Tone = Tone.INFO
    action: str = ""
    run: Callable[[], None] | None = None
    second_action: str = ""
    second_run: Callable[[], None] | None = None

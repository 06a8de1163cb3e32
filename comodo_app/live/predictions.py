"""What is said of a window; light, so that the window may know it before a student is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Say(Enum):
    """What is said of a moment."""

    ACTIVITY = "activity"
    UNKNOWN = "unknown"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class LivePrediction:
    """What is said once a window is full; A activities, in the package's order.

    Attributes
    ----------
    index : int
        Of the window, see `RolledWindow`.
    start_s, end_s : float
        Live time of the window.
    say : Say
    activity_id : int
        The smoothed answer, also where `say` is UNKNOWN (a guess that should not be shown); 0
        without data.
    confidence : float
        Calibrated probability of that activity in this window alone.
    why : str
        Why it is unknown: "unsure", "unlike anything learned", or what differs about the sensor.
    probabilities : tuple of A float
        Of this window alone, calibrated; empty without data.
    smoothed : tuple of A float
        Given all windows so far.
    window_id, window_unknown : int, bool
        What this window alone says: as the off-line path does before its smoothing.
    latency_s : float
        From the arrival of the window's last sample to this answer; set by whoever measures.
    """

    index: int
    start_s: float
    end_s: float
    say: Say
    activity_id: int
    confidence: float
    why: str
    probabilities: tuple[float, ...]
    smoothed: tuple[float, ...]
    window_id: int
    window_unknown: bool
    latency_s: float = 0.0

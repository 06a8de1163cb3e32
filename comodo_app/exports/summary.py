"""How long each activity lasted: plain tables for the terminal, JSON and Markdown."""

from __future__ import annotations

from comodo_app.activities.model import State, Timeline


def seconds_by_activity(timeline: Timeline) -> dict[int, float]:
    """Seconds per activity id, in order of first appearance."""
    seconds: dict[int, float] = {}
    for segment in timeline:
        if segment.activity_id is not None:
            seconds[segment.activity_id] = seconds.get(segment.activity_id, 0.0) + segment.length_s
    return seconds


def seconds_by_state(timeline: Timeline) -> dict[State, float]:
    """Seconds per state; all three are there, 0 where a state does not occur."""
    seconds = dict.fromkeys(State, 0.0)
    for segment in timeline:
        seconds[segment.state] += segment.length_s
    return seconds

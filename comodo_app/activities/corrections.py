"""What a person says about a recording, kept apart from what any run said.

Corrections are spans that do not overlap. They lie over the student's timeline; the timeline
itself stays as it was predicted, and so a new prediction changes what lies under them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from comodo_app.activities.model import Segment, State, Timeline

# Shorter than any frame: what is left of a cut by rounding, not by intention.
_SLIVER_S = 1e-3


@dataclass(frozen=True, slots=True)
class Correction:
    """``[start_s, end_s)`` is this activity, says a person; None: it is no activity."""

    start_s: float
    end_s: float
    activity_id: int | None = None

    def __post_init__(self) -> None:
        if not self.end_s > self.start_s:
            raise ValueError(f"correction ends ({self.end_s}) before it starts ({self.start_s})")


def cleared(
    corrections: Sequence[Correction], start_s: float, end_s: float
) -> tuple[Correction, ...]:
    """The same without anything in ``[start_s, end_s)``; corrections across its borders are cut."""
    kept: list[Correction] = []
    for old in corrections:
        for left_s, right_s in (
            (old.start_s, min(old.end_s, start_s)),
            (max(old.start_s, end_s), old.end_s),
        ):
            if right_s - left_s > _SLIVER_S:
                kept.append(replace(old, start_s=left_s, end_s=right_s))
    return tuple(sorted(kept, key=lambda c: c.start_s))


def assigned(corrections: Sequence[Correction], new: Correction) -> tuple[Correction, ...]:
    """The same with `new`, which replaces what it covers; equal neighbours that touch join."""
    ordered = sorted((*cleared(corrections, new.start_s, new.end_s), new), key=lambda c: c.start_s)
    joined: list[Correction] = []
    for one in ordered:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.activity_id == one.activity_id
            and one.start_s - last.end_s <= _SLIVER_S
        ):
            joined[-1] = replace(last, end_s=max(last.end_s, one.end_s))
        else:
            joined.append(one)
    return tuple(joined)


def boundary_moved(
    corrections: Sequence[Correction], corrected: Timeline, from_s: float, to_s: float
) -> tuple[Correction, ...]:
    """The same after the border at `from_s` of the corrected timeline was moved to `to_s`.

    The neighbour that grows is put over the time it gains. It cannot grow beyond the neighbour
    that shrinks: a thousandth of a second of that stays.

    Raises
    ------
    ValueError
        If there is no border at `from_s`.
    """
    pairs = zip(corrected.segments, corrected.segments[1:], strict=False)
    found = next((pair for pair in pairs if abs(pair[0].end_s - from_s) < 1e-6), None)
    if found is None:
        raise ValueError(f"the timeline has no border at {from_s} s")
    before, after = found
    to_s = min(max(to_s, before.start_s + _SLIVER_S), after.end_s - _SLIVER_S)
    if abs(to_s - from_s) < 1e-9:
        return tuple(corrections)
    grows = before if to_s > from_s else after
    gained = Correction(min(from_s, to_s), max(from_s, to_s), grows.activity_id)
    return assigned(corrections, gained)


def corrected_timeline(timeline: Timeline, corrections: Sequence[Correction]) -> Timeline:
    """The timeline with the corrections over it, cut to the timeline's span.

    A corrected segment has confidence 1; equal neighbours stay apart where one is corrected, so
    that what a person said can be told from what was predicted.
    """
    if not timeline.segments:
        return timeline
    first_s, last_s = timeline.segments[0].start_s, timeline.segments[-1].end_s
    pieces: list[Segment] = []
    covers = [
        (max(c.start_s, first_s), min(c.end_s, last_s), c.activity_id)
        for c in corrections
        if min(c.end_s, last_s) - max(c.start_s, first_s) > _SLIVER_S
    ]
    for segment in timeline:
        at_s = segment.start_s
        for start_s, end_s, _ in covers:
            if start_s >= segment.end_s or end_s <= at_s:
                continue
            if start_s > at_s:
                pieces.append(replace(segment, start_s=at_s, end_s=start_s))
            at_s = max(at_s, min(end_s, segment.end_s))
        if at_s < segment.end_s:
            pieces.append(replace(segment, start_s=at_s))
    for start_s, end_s, activity_id in covers:
        state = State.UNKNOWN if activity_id is None else State.ACTIVITY
        pieces.append(Segment(start_s, end_s, state, activity_id, 1.0))
    return Timeline(tuple(sorted(pieces, key=lambda s: s.start_s)))


def is_corrected(segment: Segment, corrections: Sequence[Correction]) -> bool:
    """Whether a person has said something about the middle of a segment."""
    middle_s = 0.5 * (segment.start_s + segment.end_s)
    return any(c.start_s <= middle_s < c.end_s for c in corrections)

"""What will be simulated: who, when, which activities, which clock errors and damages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from comodo_app.errors import UsageError
from comodo_app.recordings.model import Gap
from comodo_app.simulation.catalog import ACTIVITIES
from comodo_app.simulation.faults import FAULTS
from comodo_app.simulation.noise import generator
from comodo_app.simulation.truth import TruthSegment

TYPICAL_SEGMENT_S = 12.0
MIN_SEGMENT_S = 8.0
MAX_SEGMENT_S = 20.0


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """Everything that decides the bytes of one simulated recording.

    Attributes
    ----------
    name, wearer, session : str
        The files' stem, who wears it, on which occasion. Recordings of one `seed` and `wearer`
        share the person; those of one session share the device's mounting as well.
    schedule : tuple of TruthSegment
        Touching, from 0 to `duration_s`, on the recording clock.
    offset_s, skew_ppm : float
        Recording time of sensor time t is ``t * (1 + skew_ppm * 1e-6) + offset_s``; the sensor
        starts at its time 0, so a positive offset means that it started after the video.
    gaps : tuple of Gap
        Holes to cut into the IMU, on the recording clock.
    faults : tuple of str
        Names from `faults.FAULTS`, done to the written files in this order.
    video : bool
        Whether a video is written at all.
    """

    name: str
    wearer: str
    session: str
    seed: int
    duration_s: float
    schedule: tuple[TruthSegment, ...]
    width_px: int = 240
    height_px: int = 180
    frame_rate_hz: float = 15.0
    imu_rate_hz: float = 100.0
    offset_s: float = 0.0
    skew_ppm: float = 0.0
    gaps: tuple[Gap, ...] = ()
    faults: tuple[str, ...] = ()
    crf: int = 30
    video: bool = True

    @property
    def n_frames(self) -> int:
        """Number of video frames."""
        return max(1, round(self.duration_s * self.frame_rate_hz))


def plan_recordings(
    *,
    people: int,
    minutes: float,
    seed: int,
    sessions: int = 1,
    activities: Sequence[str] | None = None,
    activities_per_recording: int | None = None,
    width_px: int = 240,
    height_px: int = 180,
    frame_rate_hz: float = 15.0,
    imu_rate_hz: float = 100.0,
    offset_s: float = 0.0,
    skew_ppm: float = 0.0,
    gaps: int = 0,
    faults: Sequence[str] = (),
    crf: int = 30,
    video: bool = True,
) -> tuple[RecordingPlan, ...]:
    """Plan one recording per person and session.

    Activities are dealt from shuffled decks, so over the whole set each comes up about equally
    often, and no activity follows itself.

    Parameters
    ----------
    people, sessions : int
        Number of wearers, and of recordings of each.
    minutes : float
        Length of each recording.
    seed : int
        Decides everything else; not negative.
    activities : sequence of str, optional
        Names from `ACTIVITIES` (``climb-stairs`` and ``climb_stairs`` are accepted too); all by
        default.
    activities_per_recording : int, optional
        How many different activities a recording holds; as many as fit by default.
    width_px, height_px, frame_rate_hz, imu_rate_hz, crf, video
        Of the files; see `RecordingPlan`. The picture's sides must be even.
    offset_s, skew_ppm : float
        Clock error of every recording's sensor.
    gaps : int
        Number of holes (0.3–2 s) in every IMU.
    faults : sequence of str
        Damage done to every recording, names from `faults.FAULTS`.

    Returns
    -------
    tuple of RecordingPlan
        ``p01-s1, p01-s2, p02-s1, …``

    Raises
    ------
    UsageError
        For unknown activities or faults (the known ones are listed) and impossible numbers.
    """
    names = _known_activities(activities)
    duration_s = minutes * 60.0
    _check_numbers(people, sessions, seed, duration_s, offset_s, gaps)
    _check_media(width_px, height_px, frame_rate_hz, imu_rate_hz, crf)
    per_recording = _distinct(activities_per_recording, len(names), duration_s)
    _check_faults(faults)
    deck = _dealer(generator(seed, "deck"), names)
    plans = []
    for person in range(1, people + 1):
        for session in range(1, sessions + 1):
            name = f"p{person:02d}-s{session}"
            rng = generator(seed, "schedule", name)
            hand = _hand(deck, per_recording)
            plans.append(
                RecordingPlan(
                    name=name, wearer=f"p{person:02d}", session=f"s{session}", seed=seed,
                    duration_s=duration_s, schedule=_schedule(rng, hand, duration_s),
                    width_px=width_px, height_px=height_px, frame_rate_hz=frame_rate_hz,
                    imu_rate_hz=imu_rate_hz, offset_s=offset_s, skew_ppm=skew_ppm,
                    gaps=_draw_gaps(rng, gaps, duration_s), faults=tuple(faults), crf=crf,
                    video=video,
                )
            )  # fmt: skip
    return tuple(plans)


def demo_plans() -> tuple[RecordingPlan, ...]:
    """The bundled demo set: eight people, 75 s each, eight distinct activities."""
    return plan_recordings(
        people=8, minutes=1.25, seed=7,
        activities=("walk", "run", "cycle", "type", "chop", "sweep", "jump", "drive"),
    )  # fmt: skip


def _known_activities(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Names as in the table, without duplicates."""
    if wanted is None:
        return tuple(ACTIVITIES)
    names = tuple(
        dict.fromkeys(w.strip().lower().replace("-", " ").replace("_", " ") for w in wanted)
    )
    unknown = [name for name in names if name not in ACTIVITIES]
    if unknown or not names:
        raise UsageError(
            f"Unknown activities: {', '.join(unknown)}." if unknown else "No activity was given.",
            where="activities", hint=f"Known are: {', '.join(ACTIVITIES)}.",
        )  # fmt: skip
    return names


def _check_numbers(
    people: int, sessions: int, seed: int, duration_s: float, offset_s: float, gaps: int
) -> None:
    wishes = (
        ("people", people >= 1, "Ask for at least one person."),
        ("sessions", sessions >= 1, "Ask for at least one session."),
        ("seed", seed >= 0, "Use a seed of 0 or more."),
        ("minutes", math.isfinite(duration_s) and 1.0 <= duration_s <= 6 * 3600,
         "A recording lasts between 1 second and 6 hours."),
        ("offset", math.isfinite(offset_s) and abs(offset_s) < duration_s,
         "Sensor and video must share some time."),
        ("gaps", 0 <= gaps <= max(0.0, duration_s / 5.0), "At most one gap per 5 seconds."),
    )  # fmt: skip
    _raise_first(wishes)


def _check_media(
    width_px: int, height_px: int, frame_rate_hz: float, imu_rate_hz: float, crf: int
) -> None:
    even = width_px % 2 == 0 and height_px % 2 == 0
    wishes = (
        ("picture size", even and 64 <= width_px <= 1920 and 48 <= height_px <= 1440,
         "Use even sides from 64x48 to 1920x1440."),
        ("frame rate", 1.0 <= frame_rate_hz <= 120.0, "Use 1 to 120 frames per second."),
        ("IMU rate", 10.0 <= imu_rate_hz <= 1000.0, "Use 10 to 1000 samples per second."),
        ("crf", 0 <= crf <= 51, "x264 knows qualities from 0 (best) to 51."),
    )  # fmt: skip
    _raise_first(wishes)


def _raise_first(wishes: Sequence[tuple[str, bool, str]]) -> None:
    for where, fine, hint in wishes:
        if not fine:
            raise UsageError("This cannot be simulated.", where=where, hint=hint)


def _distinct(wanted: int | None, known: int, duration_s: float) -> int:
    """How many different activities go into a recording."""
    room = max(1, int(duration_s // MIN_SEGMENT_S))
    if wanted is None:
        return min(known, room, max(1, round(duration_s / TYPICAL_SEGMENT_S)))
    if not 1 <= wanted <= min(known, room):
        raise UsageError(
            f"{wanted} different activities do not fit.", where="activities per recording",
            hint=f"Between 1 and {min(known, room)} are possible here: {known} activities are "
            f"chosen, each takes at least {MIN_SEGMENT_S:.0f} s.",
        )  # fmt: skip
    return wanted


def _check_faults(wanted: Sequence[str]) -> None:
    unknown = [name for name in wanted if name not in FAULTS]
    if unknown:
        raise UsageError(
            f"Unknown faults: {', '.join(unknown)}.", where="faults",
            hint=f"Known are: {', '.join(FAULTS)}.",
        )  # fmt: skip


def _dealer(rng: np.random.Generator, names: tuple[str, ...]) -> Iterator[str]:
    """Deal names from one shuffled deck after the other, for ever."""
    while True:
        for index in rng.permutation(len(names)):
            yield names[index]


def _hand(deck: Iterator[str], size: int) -> list[str]:
    """Take `size` different names off the deck."""
    hand: list[str] = []
    while len(hand) < size:
        name = next(deck)
        if name not in hand:
            hand.append(name)
    return hand


def _schedule(
    rng: np.random.Generator, hand: list[str], duration_s: float
) -> tuple[TruthSegment, ...]:
    """Fill the recording with segments of the activities in `hand`, each at least once."""
    count = len(hand) if len(hand) == 1 else max(len(hand), round(duration_s / TYPICAL_SEGMENT_S))
    order: list[str] = []
    while len(order) < count:
        more = [hand[i] for i in rng.permutation(len(hand))]
        if order and more[0] == order[-1]:
            more.append(more.pop(0))
        order.extend(more)
    lengths = rng.uniform(MIN_SEGMENT_S, MAX_SEGMENT_S, count)
    spare_s = duration_s - count * MIN_SEGMENT_S
    if spare_s > 0:  # at least the minimum for each, the rest shared out
        lengths = (
            MIN_SEGMENT_S + (lengths - MIN_SEGMENT_S) * spare_s / (lengths - MIN_SEGMENT_S).sum()
        )
    edges = np.round(np.concatenate(([0.0], np.cumsum(lengths / lengths.sum() * duration_s))), 3)
    edges[-1] = duration_s
    return tuple(
        TruthSegment(float(start), float(end), activity)
        for start, end, activity in zip(edges, edges[1:], order[:count], strict=False)
    )


def _draw_gaps(rng: np.random.Generator, count: int, duration_s: float) -> tuple[Gap, ...]:
    """Draw gaps of 0.3–2 s, one in each of `count` equal parts of the recording."""
    if count == 0:
        return ()
    part_s = duration_s / count
    lengths = rng.uniform(0.3, min(2.0, 0.4 * part_s), count)
    starts = (np.arange(count) + rng.uniform(0.1, 0.5, count)) * part_s
    return tuple(
        Gap(round(float(s), 3), round(float(s + length), 3))
        for s, length in zip(starts, lengths, strict=True)
    )

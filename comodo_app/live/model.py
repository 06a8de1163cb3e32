"""The values of this room, and what a source is.

Two clocks: the *source clock* stamps samples where they are taken; the *arrival clock* of this
computer says when they came. `live time` is the source clock made to run forward only: it equals
the source clock until that one is set, and goes on without a jump when it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import CHANNELS, Note

LOST_AFTER_S = 0.8  # so that a stream that stops is noticed within a second
UNSTEADY_LOST_SHARE = 0.02
UNSTEADY_DELAY_S = 0.5


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a source says about its stream.

    Attributes
    ----------
    name : str
        Shown to the user.
    source_id : str
        Permanent, so that a stream that returns is known again.
    channels, units : tuple of str
        As the source states them, "" where it does not; the samples of a `Chunk` are always
        acceleration in m/s² and angular rate in rad/s.
    nominal_rate_hz : float
        0 if the source does not state one.
    clock : str
        In words: whose clock the times are of.
    synchronised : bool
        Whether the source clock is this computer's arrival clock: a delay is then absolute, else
        it is what goes beyond the shortest one seen.
    hold_s : float
        How long samples may overtake each other on the way; 0 for a transport that keeps order.
    notes : tuple of Note
        What was assumed: guessed units above all.
    """

    name: str
    source_id: str
    channels: tuple[str, ...] = CHANNELS
    units: tuple[str, ...] = ()
    nominal_rate_hz: float = 0.0
    clock: str = ""
    synchronised: bool = False
    hold_s: float = 0.0
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Samples as they came, in no promised order.

    Attributes
    ----------
    times_s : (n,) float64
        Source clock.
    samples : (n, 6) float32
        Acceleration in m/s² with gravity, angular rate in rad/s; NaN is possible.
    arrival_s : float
        When they came, on the source's arrival clock (`Source.now_s`).
    restarted : bool
        The source knows that its clock begins anew here (a loop, a seek, another session).
    """

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    arrival_s: float
    restarted: bool = False

    def __post_init__(self) -> None:
        if self.samples.shape != (len(self.times_s), len(CHANNELS)):
            raise ValueError(f"{self.times_s.shape} times and {self.samples.shape} samples")


class SourceState(Enum):
    """What a source is doing."""

    CONNECTING = "connecting"  # nothing has come yet
    LIVE = "live"
    SILENT = "silent"  # it was there; it is waited for
    WRONG_FORMAT = "wrong format"  # something comes that cannot be used
    ENDED = "ended"  # nothing will come any more


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """State and one line for the user; `address` is what a sender needs, "" where there is none.

    `counted` says what was refused or wrong on the way in, each code once, with its count.
    """

    state: SourceState
    text: str = ""
    address: str = ""
    counted: tuple[Note, ...] = ()


class Source(Protocol):
    """Where live samples come from. Used by one thread; only opening may fail."""

    @property
    def info(self) -> StreamInfo | None:
        """The stream, once it is known; another one after a reconnection."""

    @property
    def status(self) -> SourceStatus:
        """What it is doing; trouble on the way is said here and never raised."""

    def open(self) -> None:
        """Begin; raises a `ComodoError` for what the user can fix (no such file, port in use)."""

    def poll(self, timeout_s: float) -> tuple[Chunk, ...]:
        """What has come since the last call; waits at most `timeout_s` if that is nothing."""

    def now_s(self) -> float:
        """Now on the arrival clock, seconds."""

    def close(self) -> None:
        """End and give back what is held; a second call does nothing."""


class Chip(Enum):
    """A stream's health in one word."""

    WAITING = "Waiting"
    HEALTHY = "Healthy"
    UNSTEADY = "Unsteady"
    LOST = "Lost"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the samples so far; the first two and `out_of_order` lose nothing.

    Attributes
    ----------
    received, released : int
        Samples that came in, and that went on in order.
    out_of_order : int
        Came after a later one and were sorted in.
    duplicated, late, not_finite, stray : int
        Dropped: had been there, came after their time was over, were no numbers, lay alone on a
        far place of the clock.
    missing : int
        Never came, judged by the holes between released samples.
    clock_jumps, rate_changes : int
        Times that the source clock was set, and that the sample rate became another one.
    """

    received: int = 0
    released: int = 0
    out_of_order: int = 0
    duplicated: int = 0
    late: int = 0
    not_finite: int = 0
    stray: int = 0
    missing: int = 0
    clock_jumps: int = 0
    rate_changes: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """How a stream does, over the last 90 s.

    Attributes
    ----------
    chip : Chip
    rate_hz : float
        Samples released per second of live time, 0 before there are two.
    delay_s : float
        95th percentile of arrival minus sample time; see `StreamInfo.synchronised`.
    lost_share : float
        Missing, late and stray of all that should have come.
    last_data_ago_s : float or None
        Since the last sample came; None before the first.
    counts : Counts
        Since the beginning.
    """

    chip: Chip
    rate_hz: float
    delay_s: float
    lost_share: float
    last_data_ago_s: float | None
    counts: Counts

"""What the live job is asked, how it is steered while it runs, and what it hands out."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError
from comodo_app.live.model import Health, SourceStatus, StreamInfo
from comodo_app.live.now import Now
from comodo_app.live.predictions import LivePrediction
from comodo_app.live.recorder import RecordingState
from comodo_app.live.signal_check import Check
from comodo_app.live.sources import SourceWish
from comodo_app.students.contract import PackagedActivity

PUBLISH_HZ = 30.0
STRIDES_S = (0.2, 5.0)


@dataclass(frozen=True, slots=True)
class StudentWish:
    """A student package (folder or zip), or a finished run of a project (None: its latest), which
    is packaged once and kept in the project."""

    package: Path | None = None
    project: Path | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A change of the shown activity waits this long, 0 to 5 s."""

    hold_s: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A window less confident than this is unknown; None: the package's own threshold."""

    value: float | None


@dataclass(frozen=True, slots=True)
class Stride:
    """Predict this often from now on, 0.2 to 5 s."""

    stride_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """Begin a recording in this new ``.imulog`` file; one that goes on is ended first."""

    path: Path


@dataclass(frozen=True, slots=True)
class StopRecording:
    """End the recording; one of the next updates has `LiveUpdate.recorded`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark this moment."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Speed:
    """Go on at another speed; for replays only."""

    speed: float


@dataclass(frozen=True, slots=True)
class Seek:
    """Go on at another time of the recording; for replays only."""

    time_s: float


Order = Hold | Threshold | Stride | Record | StopRecording | Mark | Speed | Seek


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """Listen to a source until stopped.

    Attributes
    ----------
    source : SourceWish
    student : StudentWish or None
        None: traces and recording only.
    stride_s : float
        Distance of two predictions, 0.2 to 5 s.
    hold_s, threshold : float, float or None
        See `Hold` and `Threshold`.
    settle : bool
        Windows equal to those of the finished recording, 0.4 s later at 50 Hz; see
        `RollingWindows`.
    record_to : Path, optional
        Record from the beginning.
    for_s : float, optional
        Stop by itself after this long.
    orders : SimpleQueue of Order
        Wishes while it runs, from any thread; followed in order within 0.1 s.
    """

    source: SourceWish
    student: StudentWish | None = None
    stride_s: float = 1.0
    hold_s: float = 0.0
    threshold: float | None = None
    settle: bool = False
    record_to: Path | None = None
    for_s: float | None = None
    orders: queue.SimpleQueue[Order] = field(default_factory=queue.SimpleQueue)


@dataclass(frozen=True, slots=True)
class LiveBegun:
    """Published once, when the source is open and the student is loaded.

    `activities` are in the order of all probabilities, empty without a student; `window_s` is what
    a first prediction needs. `address` is what a phone or sender is given, "" where there is none.
    """

    activities: tuple[PackagedActivity, ...]
    window_s: float
    stride_s: float
    sample_rate_hz: float
    threshold: float
    student_name: str
    runs_on: str
    address: str


@dataclass(frozen=True, slots=True, eq=False)
class LiveUpdate:
    """Published at most 30 times a second, at least 5 times also while nothing comes, and at once
    with every prediction.

    Attributes
    ----------
    times_s, samples : (n,) float64, (n, 6) float32
        Repaired samples since the last update, live time, strictly rising over all updates; n may
        be 0. A step over 0.1 s is a gap.
    live_s : float
        Live time now; goes on while nothing comes.
    arrived_s : float
        `time.monotonic` when the newest sample so far was read from the source.
    predictions : tuple of LivePrediction
        Since the last update, usually none or one.
    now : Now or None
        The activity to show large; None before the first prediction.
    have_s : float
        How much of the first window is there: "2.4 s so far".
    predict_ms : float
        Median time that a window took so far, student and smoothing; 0 before the first.
    health : Health
        `health.last_data_ago_s` is for "No data for 3 s". Refreshed four times a second, as are
        `checks`.
    status : SourceStatus
        What the source does, its address and what it counted.
    stream : StreamInfo or None
        None until the source knows it.
    checks : tuple of Check
        Gravity, units, axes, rate.
    differs : str
        What makes every answer unknown: "axes differ"; "" if nothing does.
    recording : RecordingState or None
        None while nothing is recorded.
    recorded : RecordingState or None
        Once, in the update after a recording ended.
    moments : tuple of (float, str)
        Marked since the last update: live time, text.
    trouble : str
        An order that could not be followed, in words; once.
    """

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    live_s: float
    arrived_s: float
    predictions: tuple[LivePrediction, ...]
    now: Now | None
    have_s: float
    predict_ms: float
    health: Health
    status: SourceStatus
    stream: StreamInfo | None
    checks: tuple[Check, ...]
    differs: str
    recording: RecordingState | None
    recorded: RecordingState | None = None
    moments: tuple[tuple[float, str], ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """From reading a window's last sample to its published prediction, over `n` predictions."""

    n: int
    median_s: float
    p95_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class LiveResult:
    """How it was: seconds of live time, what was recorded, health and source at the end."""

    duration_s: float
    latency: Latency
    recorded: tuple[RecordingState, ...]
    health: Health
    status: SourceStatus


def checked_stride(stride_s: float) -> float:
    """Itself.

    Raises
    ------
    UsageError
        If it is out of range.
    """
    if STRIDES_S[0] <= stride_s <= STRIDES_S[1]:
        return stride_s
    raise UsageError(
        f"A prediction every {stride_s:g} s cannot be made.",
        where="stride",
        hint=f"From {STRIDES_S[0]:g} to {STRIDES_S[1]:g} s are possible.",
    )

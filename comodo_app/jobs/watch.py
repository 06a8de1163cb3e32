"""What a distillation hands out while it goes on: frozen values, in the order they came about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STAGES = ("read", "teacher", "distil", "discover", "predict")


@dataclass(frozen=True, slots=True)
class RunBegun:
    """The run has its number; everything that follows is about it."""

    run_id: int


@dataclass(frozen=True, slots=True)
class StageBegun:
    """One of `STAGES` starts."""

    stage: str


@dataclass(frozen=True, slots=True)
class StageEnded:
    """One of `STAGES` is done: a fact ("412 windows") and how long it took."""

    stage: str
    fact: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The student on held-out windows after `step` steps; step 0 is before training.

    `agreement` is the share of windows that fall into the teacher's cluster, `chance` the share
    that independent draws would give, `similarity` the mean cosine to the teacher's target.
    """

    step: int
    loss: float
    agreement: float
    chance: float
    similarity: float
    n_windows: int


@dataclass(frozen=True, slots=True)
class TrainingBegun:
    """Training starts, or goes on: `losses` and `evaluations` are those until now."""

    run_id: int
    n_steps: int
    n_epochs: int
    batch_size: int
    n_train_windows: int
    n_held_out_windows: int
    losses: tuple[float, ...] = ()
    evaluations: tuple[Evaluated, ...] = ()


@dataclass(frozen=True, slots=True)
class Stepped:
    """Steps since the last value: `losses` of the steps up to and including `step`.

    `memory_bytes` is what the whole process holds, 0 where the system does not tell;
    `kept_step` the step of the student that would be kept now, 0 before the first evaluation.
    """

    step: int
    losses: tuple[float, ...]
    epoch: int
    learning_rate: float
    steps_per_s: float
    memory_bytes: int
    kept_step: int = 0


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """A killed process loses nothing before `step`; `at_s` is seconds since 1970."""

    step: int
    at_s: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A recording takes no part after all, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchHalved:
    """Memory was full: batches go through in parts of `after` windows instead of `before`."""

    before: int
    after: int


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Where held-out IMU windows land among the video windows, at one moment of the training.

    Attributes
    ----------
    step : int
    recordings, starts_s : (M,)
        The held-out windows.
    near_recordings, near_starts_s : (M, 4)
        The nearest training windows of the teacher's space to what the student makes of the IMU.
    similarity : (M, 4) float32
        Their cosine.
    agreed : (M, 4) bool
        Whether the teacher has them among the ten nearest to the window's own video.
    window_s : float
    """

    step: int
    recordings: NDArray[np.int64]
    starts_s: NDArray[np.float64]
    near_recordings: NDArray[np.int64]
    near_starts_s: NDArray[np.float64]
    similarity: NDArray[np.float32]
    agreed: NDArray[np.bool_]
    window_s: float


@dataclass(frozen=True, slots=True)
class TimelineReady:
    """A recording has its new timelines."""

    recording_id: int
    name: str


@dataclass(frozen=True, slots=True)
class ActivitiesFound:
    """Activities were discovered: the teacher's lane can be shown."""

    n_activities: int

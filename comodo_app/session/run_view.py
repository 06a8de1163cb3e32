"""One run as the window shows it, going on or past: what its job has told so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum

from comodo_app.jobs.discover import Agreement
from comodo_app.jobs.past import PastRun
from comodo_app.jobs.watch import (
    STAGES,
    BatchHalved,
    CheckpointSaved,
    Evaluated,
    RunBegun,
    Sight,
    StageBegun,
    StageEnded,
    Stepped,
    TrainingBegun,
)
from comodo_app.session.run_values import teacher_name


class RunState(Enum):
    """Where a run is, in the words that the window shows."""

    QUEUED = "Queued"
    RUNNING = "Distilling"
    PAUSED = "Paused"
    STOPPING = "Stopping…"
    FINISHED = "Finished"
    STOPPED = "Stopped early"
    FAILED = "Failed"
    INTERRUPTED = "Interrupted"

    @property
    def live(self) -> bool:
        """Whether a job works on it."""
        return self in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED, RunState.STOPPING)


@dataclass(slots=True)
class RunView:
    """A run's curves, stages and facts; `take` brings in what a job publishes."""

    run_id: int = 0
    name: str = ""
    recipe: str = ""
    teacher: str = ""  # what people call it
    started_at: float = field(default_factory=time.time)
    state: RunState = RunState.QUEUED
    error: str = ""
    details: str = ""
    stage: str = ""
    stage_begun_at: float = 0.0
    stages: dict[str, StageEnded] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)
    evaluations: list[Evaluated] = field(default_factory=list)
    n_steps: int = 0
    n_epochs: int = 0
    batch_size: int = 0
    n_train_windows: int = 0
    n_held_out_windows: int = 0
    epoch: int = 0
    learning_rate: float = 0.0
    steps_per_s: float = 0.0
    memory_bytes: int = 0
    checkpoint_step: int = 0
    checkpoint_at: float = 0.0
    best_step: int = 0
    sight: Sight | None = None
    agreement: Agreement | None = None
    warnings: tuple[str, ...] = ()
    n_bytes: int = 0

    @property
    def step(self) -> int:
        """Optimiser steps made."""
        return len(self.losses)

    @property
    def goes_on_at(self) -> str:
        """The stage with which a run that was cut off goes on."""
        return "discover" if "distil" in self.stages else "read"

    @property
    def before(self) -> Evaluated | None:
        """The student before training."""
        first = self.evaluations[0] if self.evaluations else None
        return first if first is not None and first.step == 0 else None

    @property
    def best(self) -> Evaluated | None:
        """The evaluation of the student that is kept; None before there is one."""
        return next((e for e in self.evaluations if e.step == self.best_step > 0), None)

    @property
    def left_s(self) -> float | None:
        """Seconds until the last step at the present pace; None if nobody can know yet."""
        if self.stage != "distil" or not self.steps_per_s or not self.n_steps:
            return None
        return (self.n_steps - self.step) / self.steps_per_s

    def take(self, value: object) -> bool:
        """Bring in a published value; whether it was about the run."""
        if isinstance(value, RunBegun):
            self.run_id = value.run_id
            self.name = self.name or f"Run {value.run_id}"
        elif isinstance(value, StageBegun):
            self._begin_stage(value.stage)
        elif isinstance(value, StageEnded):
            self.stages[value.stage] = value
        elif isinstance(value, TrainingBegun):
            self._begin_training(value)
        elif isinstance(value, Stepped):
            self.losses += value.losses
            self.epoch, self.learning_rate = value.epoch, value.learning_rate
            self.steps_per_s, self.memory_bytes = value.steps_per_s, value.memory_bytes
            self.best_step = value.kept_step
        elif isinstance(value, Evaluated):
            self.evaluations.append(value)
        elif isinstance(value, CheckpointSaved):
            self.checkpoint_step, self.checkpoint_at = value.step, value.at_s
        elif isinstance(value, Sight):
            self.sight = value
        else:
            return isinstance(value, BatchHalved)
        return True

    def _begin_stage(self, stage: str) -> None:
        self.stage, self.stage_begun_at = stage, time.monotonic()
        for name in STAGES[STAGES.index(stage) :]:
            self.stages.pop(name, None)

    def _begin_training(self, value: TrainingBegun) -> None:
        self.n_steps, self.n_epochs = value.n_steps, value.n_epochs
        self.batch_size = value.batch_size
        self.n_train_windows = value.n_train_windows
        self.n_held_out_windows = value.n_held_out_windows
        self.losses, self.evaluations = list(value.losses), list(value.evaluations)

    @staticmethod
    def of_past(past: PastRun, *, started_at: float) -> RunView:
        """A run that no job works on."""
        states = {
            "finished": RunState.FINISHED,
            "stopped": RunState.STOPPED,
            "failed": RunState.FAILED,
            "cancelled": RunState.STOPPED,
            "running": RunState.INTERRUPTED,
        }
        state = states[past.row.status]
        if state in (RunState.FINISHED, RunState.STOPPED) and not past.complete:
            state = RunState.INTERRUPTED
        return RunView(
            run_id=past.row.id,
            name=past.name,
            recipe=past.row.recipe,
            teacher=teacher_name(past.row.teacher),
            started_at=started_at,
            state=state,
            stages={ended.stage: ended for ended in past.stages},
            losses=list(past.losses),
            evaluations=list(past.evaluations),
            n_steps=past.n_steps_planned or len(past.losses),
            n_epochs=past.n_epochs,
            batch_size=past.batch_size,
            n_train_windows=past.n_train_windows,
            n_held_out_windows=past.n_held_out_windows,
            checkpoint_step=len(past.losses),
            best_step=past.best_step,
            sight=past.sight,
            agreement=past.agreement,
            warnings=past.warnings,
            n_bytes=past.n_bytes,
        )

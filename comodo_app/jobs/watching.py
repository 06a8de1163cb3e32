"""Tells what a training is doing, often enough to watch and seldom enough to cost nothing."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from comodo_app.jobs.core import JobContext
from comodo_app.jobs.memory import memory_bytes
from comodo_app.jobs.neighbours import Neighbourhood
from comodo_app.jobs.prepare import Prepared
from comodo_app.jobs.student_files import RunSettings
from comodo_app.jobs.watch import (
    BatchHalved,
    CheckpointSaved,
    Evaluated,
    Sight,
    Stepped,
    TrainingBegun,
)

if TYPE_CHECKING:
    from comodo_app.distillation.training import StepReport

_EVERY_S = 0.2
_RATE_OVER = 0.2  # weight of the latest pace in the running mean


class Watcher:
    """Publishes the values of `jobs.watch` for one training."""

    def __init__(
        self,
        run_id: int,
        settings: RunSettings,
        prepared: Prepared,
        context: JobContext,
        losses: list[float],
    ) -> None:
        self._trainer, self._context, self._losses = prepared.trainer, context, losses
        self._held_out = prepared.validation
        self._near = Neighbourhood(
            prepared.targets,
            prepared.held_out_targets,
            train=prepared.train,
            held_out=prepared.validation,
            window_s=settings.grid.window_s,
        )
        self.sight: Sight | None = None
        self.steps_per_s = 0.0
        self._told_step = self._trainer.step
        self._told_at = time.monotonic()
        self._last: StepReport | None = None
        trainer = self._trainer
        self._parts = trainer.n_parts
        context.publish(
            TrainingBegun(
                run_id,
                trainer.n_steps,
                trainer.n_epochs,
                trainer.batch_size,
                len(prepared.train),
                len(prepared.validation),
                tuple(losses),
                tuple(Evaluated(**asdict(e)) for e in trainer.history),
            )
        )
        self._look()

    def stepped(self, report: StepReport) -> None:
        """A step was made; its loss is in `losses` already."""
        self._last = report
        trainer = self._trainer
        if trainer.n_parts > self._parts:
            before, after = (-(-trainer.batch_size // n) for n in (self._parts, trainer.n_parts))
            self._context.publish(BatchHalved(before, after))
            self._parts = trainer.n_parts
        if report.held_out is not None:
            self._tell()
            self._context.publish(Evaluated(**asdict(self._trainer.history[-1])))
            self._look()
        elif time.monotonic() - self._told_at >= _EVERY_S:
            self._tell()

    def woke_up(self) -> None:
        """The time until now was a pause: it is no part of the pace."""
        self._told_at, self._told_step = time.monotonic(), self._trainer.step

    def saved(self) -> None:
        """A checkpoint was written."""
        self._tell()
        self._context.publish(CheckpointSaved(self._trainer.step, time.time()))

    def ended(self) -> None:
        """Tell the rest."""
        self._tell()
        if self.sight is None or self.sight.step != self._trainer.step:
            self._look()

    def _tell(self) -> None:
        step, report = self._trainer.step, self._last
        n_new = step - self._told_step
        if n_new <= 0 or report is None:
            return
        now = time.monotonic()
        pace = n_new / max(1e-6, now - self._told_at)
        weight = _RATE_OVER if self.steps_per_s else 1.0
        self.steps_per_s += weight * (pace - self.steps_per_s)
        self._context.publish(
            Stepped(
                step,
                tuple(self._losses[-n_new:]),
                report.epoch,
                report.learning_rate,
                self.steps_per_s,
                memory_bytes(),
                self._trainer.best_step,
            )
        )
        self._told_step, self._told_at = step, now

    def _look(self) -> None:
        if len(self._held_out) == 0:
            return
        sight = self._near.look(self._trainer.project(self._held_out.imu), step=self._trainer.step)
        if sight is not None:
            self.sight = sight
            self._context.publish(sight)

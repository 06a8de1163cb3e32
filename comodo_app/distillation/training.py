"""The training loop: deterministic from its seed, resumable at any step, observable at each."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from comodo_app.distillation.augmentation import augment
from comodo_app.distillation.objective import HeldOut, Objective
from comodo_app.distillation.recipes import Recipe, learning_rate, published_total_steps
from comodo_app.errors import memory_was_full
from comodo_app.students.encoder import (
    build_student,
    embed,
    pretrained_parameters,
    starting_student,
)
from comodo_app.students.spec import StudentSpec

QUEUE_DRAW_SEED = 16349  # of the published queue initialisation
_LEAST_PART = 8  # windows that go through together: batch normalisation breaks below


@dataclass(frozen=True, slots=True)
class StepReport:
    """One optimiser step: 1-based `step` of `n_steps`, and held-out figures where measured."""

    step: int
    n_steps: int
    epoch: int
    loss: float
    learning_rate: float
    held_out: HeldOut | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The student on the held-out windows after `step` steps (0: before training)."""

    step: int
    loss: float
    agreement: float
    chance: float
    similarity: float
    n_windows: int


class ProjectionHead(nn.Sequential):
    """Linear, BatchNorm, GELU, Linear: features (B, D) → target space (B, dim)."""

    def __init__(self, n_in: int, hidden: int, dim: int) -> None:
        super().__init__(
            nn.Linear(n_in, hidden), nn.BatchNorm1d(hidden), nn.GELU(), nn.Linear(hidden, dim)
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrainingWindows:
    """IMU windows (N, S, 6) to learn from and (M, S, 6) held out; raw units."""

    train: NDArray[np.float32]
    held_out: NDArray[np.float32]


class Trainer:
    """One distillation: student, head, optimiser, objective, and where it stands.

    Randomness is drawn afresh from (seed, epoch) and (seed, step), so the state to resume from is
    the step number and the tensors, and a resumed run equals an unbroken one. A trainer that is
    made to be resumed (`from_checkpoint`) does without the weights that the run started from.
    """

    def __init__(
        self,
        recipe: Recipe,
        spec: StudentSpec,
        windows: TrainingWindows,
        objective: Objective,
        *,
        seed: int,
        from_checkpoint: bool = False,
    ) -> None:
        n = len(windows.train)
        self.recipe, self.spec, self.objective, self.seed = recipe, spec, objective, seed
        self._windows = windows
        make = build_student if from_checkpoint else starting_student
        self.student = make(spec, seed=seed)
        standardise = self.student.get_submodule("standardise")
        standardise.fit(windows.train)  # type: ignore[operator]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.head = ProjectionHead(spec.embedding_dim, recipe.head_hidden, objective.dim)
        self.optimiser = torch.optim.AdamW(
            self._groups(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self._batch = recipe.fitted_batch_size(n)
        self._epochs = recipe.fitted_epochs(n)
        self._first_epoch = np.arange(n)
        if recipe.queue_prefill:
            self._prefill(n)
        first = len(self._batches(0))
        self.n_steps = first + recipe.steps_per_epoch(n) * (self._epochs - 1)
        self._published_steps = published_total_steps(
            first_epoch_batches=first,
            queue_size=recipe.fitted_queue_size(n),
            epochs=self._epochs,
        )
        self._evaluate_every = max(20, self.n_steps // 20)
        self.step = 0
        self.best_step = 0
        self.best_similarity = -1.0
        self.best_student = copy.deepcopy(self.student.state_dict())
        self.history: list[Evaluation] = []
        self.n_parts = 1  # of a batch: more once memory was full

    @property
    def batch_size(self) -> int:
        """Windows per optimiser step."""
        return self._batch

    @property
    def n_epochs(self) -> int:
        """Passes over the training windows."""
        return self._epochs

    def _groups(self) -> list[dict[str, Any]]:
        """Parameters by how fast they learn: what came from published weights more slowly."""
        gentle = pretrained_parameters(self.student, self.spec)
        known = {id(parameter) for parameter in gentle}
        others = [p for p in self.student.parameters() if id(p) not in known]
        groups: list[dict[str, Any]] = [{"params": [*others, *self.head.parameters()], "share": 1}]
        if gentle:
            groups.append({"params": gentle, "share": self.recipe.pretrained_rate})
        return groups

    def _prefill(self, n: int) -> None:
        # As published: K training windows fill the queue and sit out the first epoch.
        size = self.recipe.fitted_queue_size(n)
        drawn = np.random.RandomState(QUEUE_DRAW_SEED).choice(n, size, replace=False)
        prefill = getattr(self.objective, "prefill", None)
        if prefill is not None:
            prefill(drawn.astype(np.int64))
        self._first_epoch = np.setdiff1d(self._first_epoch, drawn)

    def _batches(self, epoch: int) -> list[NDArray[np.int64]]:
        rows = self._first_epoch if epoch == 0 else np.arange(len(self._windows.train))
        order = np.random.default_rng([self.seed, epoch]).permutation(rows)
        cuts = [order[i : i + self._batch] for i in range(0, len(order), self._batch)]
        return [cut for cut in cuts if len(cut) >= 8]  # batch normalisation breaks below 8

    def run(self) -> Iterator[StepReport]:
        """Make the remaining steps, yielding after each."""
        done_before = 0
        for epoch in range(self._epochs):
            batches = self._batches(epoch)
            for i, rows in enumerate(batches):
                if done_before + i >= self.step:
                    yield self._make_step(epoch, rows)
            done_before += len(batches)

    def _make_step(self, epoch: int, rows: NDArray[np.int64]) -> StepReport:
        rate = learning_rate(
            self.recipe,
            step=self.step,
            n_steps=self.n_steps,
            published_steps=self._published_steps,
        )
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self.student.train()
        self.head.train()
        loss = self._learn(rows)
        self.step += 1
        held_out = None
        if self.step % self._evaluate_every == 0 or self.step == self.n_steps:
            held_out = self.evaluate()
            self._keep_if_best(held_out)
        return StepReport(self.step, self.n_steps, epoch, loss, rate, held_out)

    def _learn(self, rows: NDArray[np.int64]) -> float:
        """One optimiser step. Where memory is full, the batch goes through in ever smaller parts.

        The gradients of the parts add up, so the number of steps and their order stay: the run
        remains one that can be cut off and resumed.
        """
        windows = self._augmented(rows)
        while True:
            # A part that did not get through may have entered the queue already.
            before = {k: v.clone() for k, v in self.objective.state.state_dict().items()}
            try:
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(self.seed * 999_983 + self.step)  # of dropout
                    total = self._gradients(windows, rows)
                self.optimiser.step()
                return total
            except (MemoryError, RuntimeError) as error:
                if not memory_was_full(error) or len(rows) < 2 * self.n_parts * _LEAST_PART:
                    raise
                self.objective.state.load_state_dict(before)
                self.n_parts *= 2

    def _gradients(self, windows: Tensor, rows: NDArray[np.int64]) -> float:
        """Leave the gradients of a batch in the parameters; the loss."""
        self.optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for part in np.array_split(np.arange(len(rows)), self.n_parts):
            loss = self.objective.loss(
                self.head(self.student(windows[part])), torch.from_numpy(rows[part])
            )
            share = len(part) / len(rows)
            (loss * share).backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach()) * share
        return total

    def _augmented(self, rows: NDArray[np.int64]) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.step)
        return augment(
            torch.from_numpy(self._windows.train[rows]),
            rotation_deg=self.recipe.rotation_deg,
            time_warp=self.recipe.time_warp,
            acc_bias_mps2=self.recipe.acc_bias_mps2,
            gyro_bias_radps=self.recipe.gyro_bias_radps,
            generator=generator,
        )

    def project(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Windows (N, S, 6) → their unnormalised projections (N, dim), in evaluation mode."""
        features = embed(self.student, windows)
        self.head.eval()
        with torch.inference_mode():
            projected: NDArray[np.float32] = self.head(torch.from_numpy(features)).numpy()
        return projected

    def evaluate(self) -> HeldOut | None:
        """Held-out agreement of the student as it is now; None without held-out windows."""
        if len(self._windows.held_out) == 0:
            return None
        projected = self.project(self._windows.held_out)
        held_out = self.objective.held_out(projected)
        if held_out is not None and not (self.history and self.history[-1].step == self.step):
            loss_of = getattr(self.objective, "held_out_loss", None)
            self.history.append(
                Evaluation(
                    self.step,
                    float("nan") if loss_of is None else loss_of(projected),
                    held_out.agreement,
                    held_out.chance,
                    held_out.similarity,
                    held_out.n_windows,
                )
            )
        return held_out

    def _keep_if_best(self, held_out: HeldOut | None) -> None:
        # Without held-out windows, or as the paper does, the latest is kept. Otherwise a later
        # state replaces an earlier one unless it is worse by more than half a standard error:
        # longer training is the better guess. Similarity decides, not agreement: on a few dozen
        # windows agreement jumps about, and can be highest while the student knows hardly more
        # than the commonest cluster.
        if held_out is not None and self.recipe.keep_best:
            self.best_similarity = max(self.best_similarity, held_out.similarity)
            if held_out.similarity < self.best_similarity - 0.5 * held_out.similarity_se:
                return
        self.best_step = self.step
        self.best_student = copy.deepcopy(self.student.state_dict())

    def result(self) -> nn.Module:
        """The student to keep: the best so far, in evaluation mode, as a module of its own."""
        if self.best_step == 0:  # stopped before the first evaluation
            self._keep_if_best(None)
        best = build_student(self.spec, seed=self.seed)
        best.load_state_dict(self.best_student)
        return best.eval()

"""What the student is trained towards: objectives score projected windows against targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from torch import Tensor, nn

from comodo_app.distillation.losses import comodo_loss, cosine_loss, info_nce_loss
from comodo_app.distillation.queue import InstanceQueue
from comodo_app.distillation.recipes import Recipe


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How well projected held-out windows meet their targets.

    `agreement` is the share of windows whose projection falls into the same cluster of the target
    space as their target, `chance` the share that independent draws would give, `similarity` the
    mean cosine to the own target, `similarity_se` its standard error.
    """

    agreement: float
    chance: float
    similarity: float
    similarity_se: float
    n_windows: int


class Objective(Protocol):
    """Anything the trainer can follow. `state` is what a checkpoint must keep of it."""

    dim: int
    state: nn.Module

    def loss(self, projected: Tensor, rows: Tensor) -> Tensor:
        """Loss of the projections (B, dim) of training windows `rows` (B,); may learn from them."""

    def held_out(self, projected: NDArray[np.float32]) -> HeldOut | None:
        """Score the projections of all held-out windows, (M, dim); None if there are none."""


class CrossModal:
    """Teacher targets: COMODO over the instance queue, cosine regression, InfoNCE, as weighted."""

    def __init__(
        self,
        recipe: Recipe,
        *,
        targets: NDArray[np.float32],
        held_out_targets: NDArray[np.float32],
        n_clusters: int,
        seed: int,
    ) -> None:
        self.dim = targets.shape[1]
        self._recipe = recipe
        self._targets = torch.from_numpy(np.ascontiguousarray(targets, np.float32))
        self._held_out = held_out_targets
        self.queue = InstanceQueue(size=recipe.fitted_queue_size(len(targets)), dim=self.dim)
        self.state: nn.Module = self.queue
        clusters = KMeans(min(n_clusters, len(targets)), n_init=1, random_state=seed).fit(targets)
        centres = clusters.cluster_centers_
        self._centres = centres / (np.linalg.norm(centres, axis=1, keepdims=True) + 1e-12)

    def prefill(self, rows: NDArray[np.int64]) -> None:
        """Fill the queue with the targets of training windows `rows` (K,)."""
        self.queue.push(self._targets[torch.from_numpy(rows)])

    def loss(self, projected: Tensor, rows: Tensor) -> Tensor:
        """Weighted sum of the recipe's losses; the batch's targets then enter the queue."""
        targets = self._targets[rows]
        total = self._score(projected, targets)
        self.queue.push(targets)
        return total

    def held_out_loss(self, projected: NDArray[np.float32]) -> float:
        """The same loss on the held-out windows, (M, dim); nothing enters the queue.

        In batches as large as those of training: the losses compare within a batch, too.
        """
        batch = self._recipe.batch_size
        total = 0.0
        with torch.inference_mode():
            for start in range(0, len(projected), batch):
                rows = slice(start, start + batch)
                targets = torch.from_numpy(np.ascontiguousarray(self._held_out[rows], np.float32))
                part = self._score(torch.from_numpy(projected[rows]), targets)
                total += float(part) * len(targets)
        return total / max(1, len(projected))

    def _score(self, projected: Tensor, targets: Tensor) -> Tensor:
        recipe = self._recipe
        student = nn.functional.normalize(projected, dim=1)
        total = student.new_zeros(())
        if recipe.comodo_weight > 0:
            total = total + recipe.comodo_weight * comodo_loss(
                student,
                targets,
                self.queue.keys(),
                tau_student=recipe.tau_student,
                tau_teacher=recipe.tau_teacher,
            )
        if recipe.cosine_weight > 0:
            total = total + recipe.cosine_weight * cosine_loss(student, targets)
        if recipe.info_nce_weight > 0:
            total = total + recipe.info_nce_weight * info_nce_loss(
                student, targets, tau=recipe.tau_student
            )
        return total

    def held_out(self, projected: NDArray[np.float32]) -> HeldOut | None:
        """Agreement on the held-out windows, in the clusters of the training targets."""
        if len(self._held_out) == 0:
            return None
        unit = projected / (np.linalg.norm(projected, axis=1, keepdims=True) + 1e-12)
        said = (unit @ self._centres.T).argmax(axis=1)
        meant = (self._held_out @ self._centres.T).argmax(axis=1)
        cosines = (unit * self._held_out).sum(axis=1)
        n_clusters = len(self._centres)
        shares = [np.bincount(x, minlength=n_clusters) / len(x) for x in (said, meant)]
        return HeldOut(
            agreement=float((said == meant).mean()),
            chance=float(shares[0] @ shares[1]),
            similarity=float(cosines.mean()),
            similarity_se=float(cosines.std() / np.sqrt(len(cosines))),
            n_windows=len(meant),
        )

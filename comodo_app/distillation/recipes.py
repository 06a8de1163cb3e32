"""Recipes: every setting of a distillation as one frozen value, with its origin beside it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from comodo_app.errors import NotEnoughData, UsageError

Targets = Literal["corrected", "random-mlp"]
Schedule = Literal["cosine", "published"]

MIN_WINDOWS = 16  # two optimiser batches of 8, the least batch normalisation can live with


@dataclass(frozen=True, slots=True)
class Recipe:
    """All settings of one distillation.

    Weights of a loss that are 0 switch it off. `queue_size` is an upper bound: the queue never
    takes more than a third of the training windows (`fitted_queue_size`). `min_steps` raises the
    number of epochs where the data are few. `scheduled_*` and `published` are explained at
    `learning_rate`. Parameters that came from published weights learn at `pretrained_rate` times
    the rate of the others.
    """

    name: str
    targets: Targets
    comodo_weight: float
    cosine_weight: float
    info_nce_weight: float
    tau_teacher: float
    tau_student: float
    queue_size: int
    queue_prefill: bool
    learning_rate: float
    weight_decay: float
    warmup_share: float
    schedule: Schedule
    batch_size: int
    epochs: int
    min_steps: int
    head_hidden: int
    head_dim: int
    rotation_deg: float
    time_warp: float
    acc_bias_mps2: float
    gyro_bias_radps: float
    keep_best: bool
    pretrained_rate: float = 1.0

    def with_settings(self, **changes: Any) -> Recipe:
        """A copy with other values.

        Raises
        ------
        UsageError
            For a setting that does not exist or a value out of range.
        """
        known = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise UsageError(
                    f"A recipe has no setting {name!r}.", hint=f"Known: {', '.join(sorted(known))}."
                )
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
                raise UsageError(f"{name} cannot be negative ({value}).")
        changed = replace(self, **changes)
        if changed.batch_size < 8 or changed.epochs < 1 or changed.tau_student <= 0:
            raise UsageError("A recipe needs a batch of at least 8, one epoch and τ above 0.")
        if changed.comodo_weight + changed.cosine_weight + changed.info_nce_weight <= 0:
            raise UsageError("A recipe needs at least one loss with a weight above 0.")
        return changed

    def to_json(self) -> dict[str, Any]:
        """Plain values, stored with the run."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """Inverse of `to_json`. Recipes of earlier versions get what came later by their name."""
        named = RECIPES.get(values["name"], PAPER)
        return cls(**{"pretrained_rate": named.pretrained_rate} | values)

    def fitted_queue_size(self, n_windows: int) -> int:
        """Queue size K for `n_windows` training windows, at least 1.

        The published default of 16 384 needs 22.7 h of windows and its code fails below that.
        """
        return max(1, min(self.queue_size, n_windows // 3))

    def fitted_batch_size(self, n_windows: int) -> int:
        """Batch size for `n_windows`: halved until an epoch has at least two batches."""
        if n_windows < MIN_WINDOWS:
            raise NotEnoughData(
                f"{n_windows} training windows are too few to distil; {MIN_WINDOWS} is the least.",
                hint="Add recordings, or shorten the stride (for example --stride 0.5).",
            )
        batch = self.batch_size
        while batch > 8 and 2 * batch > n_windows:
            batch //= 2
        return batch

    def fitted_epochs(self, n_windows: int) -> int:
        """Epochs for `n_windows`, so that at least `min_steps` optimiser steps are made."""
        per_epoch = self.steps_per_epoch(n_windows)
        return max(self.epochs, math.ceil(self.min_steps / per_epoch))

    def steps_per_epoch(self, n_windows: int) -> int:
        """Optimiser steps in one pass over `n_windows`; a last batch under 8 is dropped."""
        batch = self.fitted_batch_size(n_windows)
        full, rest = divmod(n_windows, batch)
        return full + (rest >= 8)


PAPER = Recipe(
    name="paper",
    # Known defect: the teacher's projection head is random and never trained; as a random
    # projection it lowers the neighbourhood fidelity of the targets.
    targets="random-mlp",
    comodo_weight=1.0,
    cosine_weight=0.0,
    info_nce_weight=0.0,
    # Known defect: τ_t = 2 τ_s on uncentred features leaves the targets almost uniform.
    tau_teacher=0.10,
    tau_student=0.05,
    queue_size=16384,
    # The queue starts with training windows, which the first epoch then leaves out.
    queue_prefill=True,
    learning_rate=3e-4,
    weight_decay=0.01,
    warmup_share=0.10,
    # Known defect: the scheduler counts the queue's *samples* as *batches* of every later epoch,
    # so warm-up never ends on small data and the rate stays far below 3e-4.
    schedule="published",
    batch_size=128,
    epochs=20,
    min_steps=0,
    head_hidden=2048,
    head_dim=128,
    rotation_deg=0.0,
    time_warp=0.0,
    acc_bias_mps2=0.0,
    gyro_bias_radps=0.0,
    # The last epoch is kept; nothing is selected.
    keep_best=False,
    pretrained_rate=1.0,
)
"""The published recipe (arXiv 2503.07259 and its code), exactly, with its known defects.

Where we differ: windows are paired by timestamps, inputs are standardised with training statistics
(a student from scratch needs it, the published ones are pretrained), the queue fits the data.
"""

COMODO_PLUS = Recipe(
    name="comodo+",
    targets="corrected",
    # Measured beside a cosine loss of weight 1: 0.03 does as well as none, more costs accuracy on
    # people not seen before (4 points at 1); docs/benchmarks.md has the table.
    comodo_weight=0.03,
    cosine_weight=1.0,
    info_nce_weight=0.0,
    tau_teacher=0.10,
    tau_student=0.10,
    queue_size=4096,
    queue_prefill=False,
    learning_rate=1e-3,
    weight_decay=0.01,
    warmup_share=0.05,
    schedule="cosine",
    batch_size=64,
    epochs=20,
    min_steps=600,
    head_hidden=512,
    head_dim=0,
    rotation_deg=15.0,
    time_warp=0.12,
    acc_bias_mps2=0.15,
    gyro_bias_radps=0.015,
    keep_best=True,
    # 3e-4, the published rate for pretrained encoders: 1e-3 would soon overwrite what they know.
    pretrained_rate=0.3,
)
"""The default: corrected targets, cosine regression plus a little COMODO, a schedule that counts
real steps, rotation and time warp, the best checkpoint by held-out similarity. `head_dim` 0: as the
targets."""

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (COMODO_PLUS, PAPER)}


def recipe_named(name: str) -> Recipe:
    """Look a recipe up.

    Raises
    ------
    UsageError
        If there is none of that name; the known ones are listed.
    """
    if name not in RECIPES:
        raise UsageError(
            f"There is no recipe called {name!r}.", hint=f"Known recipes: {', '.join(RECIPES)}."
        )
    return RECIPES[name]


def learning_rate(recipe: Recipe, *, step: int, n_steps: int, published_steps: int) -> float:
    """The learning rate of optimiser step `step` (0-based).

    ``cosine``: linear warm-up over the first `warmup_share` of the `n_steps` real steps, then
    cosine decay to 0. ``published``: linear warm-up over `warmup_share` of `published_steps`, then
    linear decay to 0 at `published_steps`, as Hugging Face's ``get_linear_schedule_with_warmup``
    does with the published (wrong) total.
    """
    total = n_steps if recipe.schedule == "cosine" else published_steps
    warmup = int(recipe.warmup_share * total)
    if step < warmup:
        # The published scheduler starts at 0, ours at the first useful rate.
        done = step if recipe.schedule == "published" else step + 1
        return recipe.learning_rate * done / max(1, warmup)
    share = (step - warmup) / max(1, total - warmup)
    if recipe.schedule == "published":
        return recipe.learning_rate * max(0.0, 1.0 - share)
    return recipe.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, share)))


def published_total_steps(*, first_epoch_batches: int, queue_size: int, epochs: int) -> int:
    """The published scheduler's total: batches + (batches + queue **samples**) × (epochs − 1).

    Example: 38 first-epoch batches of 128 and a queue of 2 048 give 38 + 2 086 × 19 = 39 672
    scheduled steps where about 1 000 are made.
    """
    return first_epoch_batches + (first_epoch_batches + queue_size) * (epochs - 1)

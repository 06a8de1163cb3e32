"""From a run's settings and windows to a trainer: teacher space, targets, objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import NotEnoughData
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.dataset import PairedWindows, paired_windows
from comodo_app.jobs.student_files import RunSettings
from comodo_app.project.store import Project
from comodo_app.teachers.base import Identity

if TYPE_CHECKING:
    from comodo_app.distillation.recipes import Recipe
    from comodo_app.distillation.targets import TeacherSpace
    from comodo_app.distillation.training import Trainer

Targets = NDArray[np.float32]

TRUSTWORTHY_MINUTES = 10.0
TRUSTWORTHY_RECORDINGS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Everything that is ready before the first step.

    `targets` (N, T) and `held_out_targets` (M, T) belong to the windows of `train` and
    `validation`; `fingerprint` names the data for a checkpoint.
    """

    trainer: Trainer
    space: TeacherSpace
    fingerprint: str
    train: PairedWindows
    validation: PairedWindows
    targets: Targets
    held_out_targets: Targets


def learning_windows(
    project: Project, settings: RunSettings, teacher: Identity, context: JobContext
) -> PairedWindows:
    """The windows of the recordings that teach and of those that validate.

    Raises
    ------
    NotEnoughData
        If there is no such recording.
    """
    wanted = (*settings.roles.train, *settings.roles.validation)
    rows = [row for row in project.recordings() if row.id in wanted]
    if not rows:
        raise NotEnoughData(
            "No recording with both video and IMU is used for training.",
            where=str(project.folder),
            hint="Add a video with its IMU.",
        )
    return paired_windows(
        project,
        rows,
        teacher,
        grid=settings.grid,
        sample_rate_hz=settings.student.sample_rate_hz,
        context=context,
    )


def prepare(
    settings: RunSettings,
    data: PairedWindows,
    teacher: Identity,
    *,
    from_checkpoint: bool = False,
) -> Prepared:
    """Fit the teacher space and build the trainer; no step is made.

    `from_checkpoint`: the trainer will be resumed, and needs no weights to start from.
    """
    from comodo_app.activities.discovery import default_n_clusters
    from comodo_app.distillation.checkpoints import fingerprint
    from comodo_app.distillation.objective import CrossModal
    from comodo_app.distillation.targets import fit_teacher_space
    from comodo_app.distillation.training import Trainer, TrainingWindows

    train, validation = data.of(settings.roles.train), data.of(settings.roles.validation)
    space = fit_teacher_space(
        train.embeddings,
        train.recordings,
        blocks=[(block.start, block.stop) for block in teacher.blocks],
        seed=settings.seed,
        correct=settings.recipe.targets == "corrected",
    )
    targets, held_out = make_targets(
        settings.recipe, space, train=train, validation=validation, seed=settings.seed
    )
    overlap = settings.grid.stride_s / settings.grid.window_s
    objective = CrossModal(
        settings.recipe,
        targets=targets,
        held_out_targets=held_out,
        n_clusters=default_n_clusters(len(train), stride_share=overlap),
        seed=settings.seed,
    )
    trainer = Trainer(
        settings.recipe,
        settings.student,
        TrainingWindows(train.imu, validation.imu),
        objective,
        seed=settings.seed,
        from_checkpoint=from_checkpoint,
    )
    digest = fingerprint(train.imu, train.embeddings, validation.imu, validation.embeddings)
    return Prepared(trainer, space, digest, train, validation, targets, held_out)


def make_targets(
    recipe: Recipe,
    space: TeacherSpace,
    *,
    train: PairedWindows,
    validation: PairedWindows,
    seed: int,
) -> tuple[Targets, Targets]:
    """The recipe's targets for training (N, T) and validation windows (M, T), unit length."""
    from comodo_app.distillation.targets import random_mlp_targets

    if recipe.targets == "random-mlp":
        first, second = (
            random_mlp_targets(
                space.base(part.embeddings),
                hidden=recipe.head_hidden,
                dim=recipe.head_dim,
                seed=seed,
            )
            for part in (train, validation)
        )
    else:
        first, second = (
            space.transform(part.embeddings, part.recordings).astype(np.float32)
            for part in (train, validation)
        )
    return first, second


def warnings_of(
    settings: RunSettings, prepared: Prepared, *, n_recordings: int, minutes: float
) -> tuple[str, ...]:
    """What a person should know before trusting the student, in plain sentences."""
    said = []
    if minutes < TRUSTWORTHY_MINUTES or n_recordings < TRUSTWORTHY_RECORDINGS:
        length = f"{minutes:.1f} minutes" if minutes >= 1 else f"{60 * minutes:.0f} seconds"
        said.append(
            f"The student learned from {length} in {n_recordings} recording"
            f"{'s' if n_recordings > 1 else ''}: too little to trust what it says. "
            f"Collect at least {TRUSTWORTHY_MINUTES:.0f} minutes from "
            f"{TRUSTWORTHY_RECORDINGS} recordings."
        )
    if settings.recipe.targets == "corrected" and not prepared.space.corrected:
        said.append(
            "Fewer than 3 training recordings: the effect of each recording's scene and wearer "
            "could not be separated from the activities."
        )
    if not settings.roles.validation:
        said.append(
            "No recording could be held out, so agreement on unseen recordings is not measured "
            "and confidence is calibrated on the training recordings."
        )
    if prepared.train.n_no_imu or prepared.train.n_no_embedding:
        said.append(
            f"{prepared.train.n_no_imu} windows were left out for missing IMU, "
            f"{prepared.train.n_no_embedding} for missing video."
        )
    return tuple(said)

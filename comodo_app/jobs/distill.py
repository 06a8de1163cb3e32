"""Distil: the teacher's embeddings teach an IMU encoder; resumable, stoppable, cancellable."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from comodo_app.errors import NotEnoughData, UsageError
from comodo_app.jobs.core import JobCancelled, JobContext, JobStopped, Progress
from comodo_app.jobs.dataset import PairedWindows, choose_roles, paired_windows
from comodo_app.jobs.models import BUILTIN_TEACHER, make_teacher
from comodo_app.jobs.student_files import CHECKPOINT, RunSettings, save_student
from comodo_app.project.files import write_atomic
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec
from comodo_app.teachers.base import Teacher

if TYPE_CHECKING:
    from comodo_app.distillation.objective import CrossModal, HeldOut
    from comodo_app.distillation.recipes import Recipe
    from comodo_app.distillation.targets import TeacherSpace
    from comodo_app.distillation.training import Trainer

TRUSTWORTHY_MINUTES = 10.0
TRUSTWORTHY_RECORDINGS = 4


@dataclass(frozen=True, slots=True)
class DistillRequest:
    """Distil one student. `resume_run` goes on with an interrupted or stopped run instead.

    `checkpoint_every_s` is the most work that a killed process loses, in seconds.
    """

    project: Path
    grid: WindowGrid = WindowGrid()
    recipe: Recipe | None = None
    student: StudentSpec = StudentSpec()
    teacher: str = BUILTIN_TEACHER
    seed: int = 0
    resume_run: int | None = None
    checkpoint_every_s: float = 10.0


@dataclass(frozen=True, slots=True)
class DistillResult:
    """What a distillation came to. `held_out` is measured on the validation recordings."""

    run_id: int
    status: str
    n_steps: int
    n_steps_planned: int
    best_step: int
    losses: tuple[float, ...]
    held_out: HeldOut | None
    n_train_windows: int
    n_validation_windows: int
    train_minutes: float
    warnings: tuple[str, ...]


def distill(request: DistillRequest, context: JobContext) -> DistillResult:
    """Train the student on the windows of the project's training recordings.

    `JobContext.stop` ends early and keeps the student so far; cancelling discards the run; a
    killed process leaves a checkpoint from which `resume_run` goes on to the same result.

    Raises
    ------
    NotEnoughData
        With fewer than 16 training windows.
    UsageError
        If an interrupted run is waiting and `resume_run` does not say what to do with it.
    """
    from comodo_app.distillation.recipes import COMODO_PLUS
    from comodo_app.students.encoder import require_architecture, single_threaded

    require_architecture(request.student)
    teacher = make_teacher(request.teacher)
    with Project.open(request.project) as project, project.lock_for_writing():
        if request.resume_run is not None:
            run = project.resume_run(request.resume_run)
            settings = RunSettings.from_json(run.settings_json)
        else:
            _refuse_if_waiting(project)
            rows = project.recordings()
            settings = RunSettings(
                recipe=request.recipe or COMODO_PLUS,
                student=replace(request.student, window_s=request.grid.window_s),
                teacher=teacher.key,
                teacher_revision=teacher.revision,
                grid=request.grid,
                seed=request.seed,
                roles=choose_roles(rows, seed=request.seed),
            )
            data = _windows(project, settings, teacher, context)  # refuse before a run exists
            settings.recipe.fitted_batch_size(len(data.of(settings.roles.train)))
            run = project.create_run(
                settings.to_json(),
                recipe=settings.recipe.name,
                teacher=f"{teacher.key}@{teacher.revision}",
                student=settings.student.architecture,
            )
        try:
            with single_threaded():
                return _train(project, run, settings, teacher, context, request.checkpoint_every_s)
        except JobStopped:  # before the first step: the run waits to be resumed
            raise
        except JobCancelled:
            project.discard_run(run.id)
            raise
        except Exception:
            project.finish_run(run.id, "failed")
            raise


def _refuse_if_waiting(project: Project) -> None:
    waiting = project.unfinished_run()
    if waiting is not None:
        raise UsageError(
            f"Run {waiting.id} was interrupted and waits.",
            where=str(project.folder),
            hint=f"Go on with it (--resume {waiting.id}) or discard it (--discard {waiting.id}).",
        )


def _windows(
    project: Project, settings: RunSettings, teacher: Teacher, context: JobContext
) -> PairedWindows:
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


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    trainer: Trainer
    space: TeacherSpace
    fingerprint: str
    train: PairedWindows
    validation: PairedWindows


def _prepare(settings: RunSettings, data: PairedWindows, teacher: Teacher) -> _Prepared:
    from comodo_app.activities.discovery import default_n_clusters
    from comodo_app.distillation.checkpoints import fingerprint
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
    overlap = settings.grid.stride_s / settings.grid.window_s
    n_clusters = default_n_clusters(len(train), stride_share=overlap)
    objective = make_objective(settings.recipe, space, train, validation, n_clusters, settings.seed)
    trainer = Trainer(
        settings.recipe,
        settings.student,
        TrainingWindows(train.imu, validation.imu),
        objective,
        seed=settings.seed,
    )
    digest = fingerprint(train.imu, train.embeddings, validation.imu, validation.embeddings)
    return _Prepared(trainer, space, digest, train, validation)


def make_objective(
    recipe: Recipe,
    space: TeacherSpace,
    train: PairedWindows,
    validation: PairedWindows,
    n_clusters: int,
    seed: int,
) -> CrossModal:
    """The recipe's targets for training and validation windows, ready to train towards."""
    from comodo_app.distillation.objective import CrossModal
    from comodo_app.distillation.targets import random_mlp_targets

    if recipe.targets == "random-mlp":
        targets, held_out = (
            random_mlp_targets(
                space.base(part.embeddings),
                hidden=recipe.head_hidden,
                dim=recipe.head_dim,
                seed=seed,
            )
            for part in (train, validation)
        )
    else:
        targets, held_out = (
            space.transform(part.embeddings, part.recordings).astype(np.float32)
            for part in (train, validation)
        )
    return CrossModal(
        recipe, targets=targets, held_out_targets=held_out, n_clusters=n_clusters, seed=seed
    )


def _train(
    project: Project,
    run: RunRow,
    settings: RunSettings,
    teacher: Teacher,
    context: JobContext,
    checkpoint_every_s: float,
) -> DistillResult:
    from comodo_app.distillation.checkpoints import checkpoint_bytes, resume

    data = _windows(project, settings, teacher, context)
    context.step(Progress(0, None, "fitting the teacher space"))
    prepared = _prepare(settings, data, teacher)
    trainer = prepared.trainer
    path = project.checkpoints_folder(run.id) / CHECKPOINT
    losses = resume(trainer, path, data=prepared.fingerprint) if path.exists() else []

    def save() -> None:
        content = checkpoint_bytes(trainer, data=prepared.fingerprint, losses=losses)
        write_atomic(path, content)

    saved_at = time.monotonic()
    note = ""
    with context.stops_by_itself():
        for report in trainer.run():
            losses.append(report.loss)
            if report.held_out is not None:
                note = f", held-out agreement {report.held_out.agreement:.0%}"
            context.step(Progress(report.step, report.n_steps, f"loss {report.loss:.3f}{note}"))
            if time.monotonic() - saved_at > checkpoint_every_s:
                save()
                saved_at = time.monotonic()
            if context.stopping():
                break
    save()
    result = _result(project, run, settings, prepared, losses)
    save_student(
        project,
        run,
        trainer.result(),
        prepared.space,
        settings=settings,
        facts={"best_step": result.best_step, "n_steps": result.n_steps},
    )
    metrics = asdict(replace(result, losses=())) | {"losses": [round(x, 5) for x in losses]}
    project.finish_run(
        run.id, "stopped" if result.status == "stopped" else "finished", json.dumps(metrics)
    )
    return result


def _result(
    project: Project,
    run: RunRow,
    settings: RunSettings,
    prepared: _Prepared,
    losses: list[float],
) -> DistillResult:
    trainer, train, validation = prepared.trainer, prepared.train, prepared.validation
    rows = [row for row in project.recordings() if row.id in settings.roles.train]
    minutes = sum(row.duration_s for row in rows) / 60.0
    return DistillResult(
        run_id=run.id,
        status="finished" if trainer.step == trainer.n_steps else "stopped",
        n_steps=trainer.step,
        n_steps_planned=trainer.n_steps,
        best_step=trainer.best_step,
        losses=tuple(losses),
        held_out=trainer.evaluate(),
        n_train_windows=len(train),
        n_validation_windows=len(validation),
        train_minutes=minutes,
        warnings=_warnings(settings, prepared, n_recordings=len(rows), minutes=minutes),
    )


def _warnings(
    settings: RunSettings, prepared: _Prepared, *, n_recordings: int, minutes: float
) -> tuple[str, ...]:
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

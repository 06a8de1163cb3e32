"""Distil: the teacher's embeddings teach an IMU encoder; resumable, stoppable, cancellable."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobCancelled, JobContext, JobStopped, Progress
from comodo_app.jobs.dataset import choose_roles
from comodo_app.jobs.models import BUILTIN_TEACHER, facts_of_run, lasting_name, teacher_facts
from comodo_app.jobs.neighbours import save_sight
from comodo_app.jobs.prepare import Prepared, learning_windows, prepare, warnings_of
from comodo_app.jobs.speeds import remember_speed, steps_key
from comodo_app.jobs.student_files import CHECKPOINT, RunSettings, save_student
from comodo_app.jobs.watching import Watcher
from comodo_app.project.files import write_atomic
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec
from comodo_app.teachers.base import Identity, TeacherFacts

if TYPE_CHECKING:
    from comodo_app.distillation.objective import HeldOut
    from comodo_app.distillation.recipes import Recipe


FIRST_CHECKPOINT_S = 1.5


@dataclass(frozen=True, slots=True)
class DistillRequest:
    """Distil one student. `resume_run` goes on with an interrupted or stopped run instead.

    `teacher` and `device` are as in `jobs.models.open_teacher`; `facts` says under which names
    the teacher's rows are cached (None: as it would be used here now).
    `checkpoint_every_s` is the most work that a killed process loses, in seconds.
    """

    project: Path
    grid: WindowGrid = WindowGrid()
    recipe: Recipe | None = None
    student: StudentSpec = StudentSpec()
    teacher: str = BUILTIN_TEACHER
    device: str = "auto"
    facts: TeacherFacts | None = None
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
    killed or suspended job leaves a checkpoint from which `resume_run` goes on to the same result.
    What goes on is published as values of `jobs.watch`.

    Raises
    ------
    NotEnoughData
        With fewer than 16 training windows.
    UsageError
        If an interrupted run is waiting and `resume_run` does not say what to do with it.
    """
    from comodo_app.students.encoder import threads_for

    with Project.open(request.project) as project, project.lock_for_writing():
        if request.resume_run is not None:
            run = project.resume_run(request.resume_run)
            settings = RunSettings.from_json(run.settings_json)
            teacher = facts_of_run(settings)
        else:
            refuse_if_waiting(project)
            settings = settings_of(project, request)
            teacher = facts_of_run(settings)
            # Refuse before a run exists.
            data = learning_windows(project, settings, teacher, context)
            settings.recipe.fitted_batch_size(len(data.of(settings.roles.train)))
            run = create_run(project, settings)
        try:
            with threads_for(settings.student):
                return _train(project, run, settings, teacher, context, request.checkpoint_every_s)
        except JobStopped:  # before the first step, or suspended: the run waits to be resumed
            raise
        except JobCancelled:
            project.discard_run(run.id)
            raise
        except Exception:
            project.finish_run(run.id, "failed")
            raise


def settings_of(project: Project, request: DistillRequest) -> RunSettings:
    """All settings of the run that `request` asks for, with the roles of the recordings now.

    Raises
    ------
    UsageError
        If there is no such teacher or student.
    """
    from comodo_app.distillation.recipes import COMODO_PLUS
    from comodo_app.students.encoder import require_architecture
    from comodo_app.students.named import with_digest

    require_architecture(request.student)
    facts = request.facts or teacher_facts(request.teacher, request.device)
    return RunSettings(
        recipe=request.recipe or COMODO_PLUS,
        student=with_digest(replace(request.student, window_s=request.grid.window_s)),
        teacher=lasting_name(request.teacher),
        teacher_revision=facts.revision,
        grid=request.grid,
        seed=request.seed,
        roles=choose_roles(
            [row for row in project.recordings() if not row.missing_media], seed=request.seed
        ),
        facts=facts,
        device=request.device,
    )


def create_run(project: Project, settings: RunSettings) -> RunRow:
    """A new row for a run of these settings."""
    return project.create_run(
        settings.to_json(),
        recipe=settings.recipe.name,
        teacher=f"{settings.teacher_key}@{settings.teacher_revision}",
        student=settings.student.architecture,
    )


def refuse_if_waiting(project: Project) -> None:
    """Raise a `UsageError` if a run was cut off and nobody said what to do with it."""
    waiting = project.unfinished_run()
    if waiting is not None:
        raise UsageError(
            f"Run {waiting.id} was interrupted and waits.",
            where=str(project.folder),
            hint=f"Go on with it (--resume {waiting.id}) or discard it (--discard {waiting.id}).",
        )


def _train(
    project: Project,
    run: RunRow,
    settings: RunSettings,
    teacher: Identity,
    context: JobContext,
    checkpoint_every_s: float,
) -> DistillResult:
    from comodo_app.distillation.checkpoints import checkpoint_bytes, resume

    data = learning_windows(project, settings, teacher, context)
    context.step(Progress(0, None, "fitting the teacher space"))
    path = project.checkpoints_folder(run.id) / CHECKPOINT
    prepared = prepare(settings, data, teacher, from_checkpoint=path.exists())
    trainer = prepared.trainer
    losses = resume(trainer, path, data=prepared.fingerprint) if path.exists() else []
    if trainer.step == 0:
        trainer.evaluate()  # what the student knew before: the curve starts there
    watcher = Watcher(run.id, settings, prepared, context, losses)

    def save() -> None:
        content = checkpoint_bytes(trainer, data=prepared.fingerprint, losses=losses)
        write_atomic(path, content)
        watcher.saved()

    # The first one soon: whoever is cut off early loses a second or two, not all of it.
    saved_at = time.monotonic() - max(0.0, checkpoint_every_s - FIRST_CHECKPOINT_S)
    note = ""
    with context.stops_by_itself():
        for report in trainer.run():
            losses.append(report.loss)
            watcher.stepped(report)
            if report.held_out is not None:
                note = f", held-out agreement {report.held_out.agreement:.0%}"
            waits = context.pausing()
            if waits or context.suspending():
                save()
            context.step(Progress(report.step, report.n_steps, f"loss {report.loss:.3f}{note}"))
            if waits:
                watcher.woke_up()
            elif time.monotonic() - saved_at > checkpoint_every_s:
                save()
                saved_at = time.monotonic()
            if context.stopping():
                break
    save()
    watcher.ended()
    result = _result(project, run, settings, prepared, losses)
    save_student(
        project,
        run,
        trainer.result(),
        prepared.space,
        settings=settings,
        facts={"best_step": result.best_step, "n_steps": result.n_steps},
    )
    if watcher.sight is not None:
        save_sight(project, run.id, watcher.sight)
    if watcher.steps_per_s > 0:
        key = steps_key(settings.student, trainer.batch_size)
        remember_speed(project, key, watcher.steps_per_s)
    metrics = asdict(replace(result, losses=())) | {
        "losses": [round(x, 5) for x in losses],
        "evaluations": [asdict(evaluation) for evaluation in trainer.history],
        "batch_size": trainer.batch_size,
        "n_epochs": trainer.n_epochs,
    }
    project.finish_run(
        run.id, "stopped" if result.status == "stopped" else "finished", json.dumps(metrics)
    )
    return result


def _result(
    project: Project,
    run: RunRow,
    settings: RunSettings,
    prepared: Prepared,
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
        warnings=warnings_of(settings, prepared, n_recordings=len(rows), minutes=minutes),
    )

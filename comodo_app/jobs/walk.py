"""The walk that the window starts: read, teacher, distil, discover, predict, as one job."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from comodo_app.jobs.core import JobCancelled, JobContext, JobStopped
from comodo_app.jobs.dataset import Roles
from comodo_app.jobs.discover import DiscoverRequest, discover
from comodo_app.jobs.distill import (
    DistillRequest,
    create_run,
    distill,
    refuse_if_waiting,
    settings_of,
)
from comodo_app.jobs.embed import EmbedRequest, EmbedResult, embed
from comodo_app.jobs.embed_recording import EmbeddedRecording
from comodo_app.jobs.plan import Plan, make_plan
from comodo_app.jobs.predict import PredictRequest, predict
from comodo_app.jobs.student_files import CHECKPOINT, RunSettings
from comodo_app.jobs.watch import (
    STAGES,
    ActivitiesFound,
    LeftOut,
    RunBegun,
    StageBegun,
    StageEnded,
)
from comodo_app.project.store import Project
from comodo_app.teachers.base import TeacherFacts

_STAGES_KEY = "walk/"
_CLUSTERS_KEY = "clusters/"


@dataclass(frozen=True, slots=True)
class WalkRequest:
    """Distil a student and let it say what it sees in every recording.

    `distill.resume_run` goes on with a run instead of starting one; then `start_at`, one of
    `STAGES`, may leave out what is done. `n_clusters` None chooses by itself.
    """

    distill: DistillRequest
    n_clusters: int | None = None
    start_at: str = STAGES[0]


@dataclass(frozen=True, slots=True)
class WalkResult:
    """The run, how its distillation ended, and how many activities and timelines there are."""

    run_id: int
    status: str
    n_activities: int
    n_recordings: int


def walk(request: WalkRequest, context: JobContext) -> WalkResult:
    """Make all stages of one run; `jobs.watch` tells what is published meanwhile.

    A stop ends the training early and goes on with the student so far. A suspended or killed walk
    leaves a run with status "running", which goes on through `resume_run`. Cancelling discards
    the run. After a failure the run stays, marked as failed.
    """
    project = request.distill.project
    with Project.open(project) as opened, opened.lock_for_writing():
        run_id = _begin(opened, request)
        context.publish(RunBegun(run_id))
        try:
            return _walk(opened, run_id, request, context)
        except JobStopped:
            raise
        except JobCancelled:
            if run_id in {run.id for run in opened.runs()}:
                opened.discard_run(run_id)
            raise
        except Exception:
            if opened.run(run_id).status == "running":
                opened.finish_run(run_id, "failed")
            raise


def stages_done(project: Project, run_id: int) -> tuple[StageEnded, ...]:
    """The stages that a run has behind it, with their facts."""
    kept = project.get_meta(f"{_STAGES_KEY}{run_id}")
    return tuple(StageEnded(**values) for values in json.loads(kept or "[]"))


def _begin(project: Project, request: WalkRequest) -> int:
    wish = request.distill
    if wish.resume_run is not None:
        if request.start_at in STAGES[:3]:
            project.resume_run(wish.resume_run)
        return wish.resume_run
    refuse_if_waiting(project)
    settings = settings_of(project, wish)
    # Before a run exists: what cannot work should leave none behind.
    make_plan(project, settings.grid, settings.seed).require_enough(settings.recipe)
    run = create_run(project, settings)
    if request.n_clusters is not None:
        project.set_meta(f"{_CLUSTERS_KEY}{run.id}", str(request.n_clusters))
    return run.id


def _walk(project: Project, run_id: int, request: WalkRequest, context: JobContext) -> WalkResult:
    settings = RunSettings.from_json(project.run(run_id).settings_json)
    todo = STAGES[STAGES.index(request.start_at) :]
    stages = _Stages(project, run_id, context)
    if "read" in todo:
        with stages.stage("read") as here:
            here.fact = _read_fact(make_plan(project, settings.grid, settings.seed))
    if "teacher" in todo:
        wanted = (*settings.roles.train, *settings.roles.validation, *settings.roles.test)
        with stages.stage("teacher") as here:
            embedded = embed(
                EmbedRequest(
                    project.folder,
                    settings.grid,
                    (settings.teacher,),
                    wanted,
                    settings.device,
                    known=(settings.facts,),
                ),
                here.context,
            )
            here.fact = _teacher_fact(embedded)
            settings = _as_seen(project, run_id, settings, embedded.teachers[0].facts)
            settings = _without_unseen(project, run_id, settings, embedded.recordings, context)
    if "distil" in todo:
        with stages.stage("distil") as here:
            done = distill(_resumed(request.distill, settings, run_id), here.context)
            here.fact = f"{done.n_steps} steps"
    # Whoever stopped the training wants to see what the student can do: a stop ends here.
    n_activities = 0
    if "discover" in todo:
        kept = project.get_meta(f"{_CLUSTERS_KEY}{run_id}")
        with stages.stage("discover") as here, here.context.stops_by_itself():
            wish = DiscoverRequest(
                project.folder, run_id, int(kept) if kept else None, settings.seed
            )
            n_activities = len(discover(wish, here.context).activities)
            here.fact = f"{n_activities} activities"
        context.publish(ActivitiesFound(n_activities))
    with stages.stage("predict") as here, here.context.stops_by_itself():
        said = predict(PredictRequest(project.folder, run_id), here.context).recordings
        n_said = sum(not it.error for it in said)
        here.fact = f"{n_said} recordings"
    return WalkResult(run_id, project.run(run_id).status, n_activities, n_said)


def _as_seen(
    project: Project, run_id: int, settings: RunSettings, facts: TeacherFacts
) -> RunSettings:
    """Keep under which names the rows were cached: known only once the teacher has run here."""
    started = (project.checkpoints_folder(run_id) / CHECKPOINT).exists()
    if settings.facts == facts or started:
        return settings
    changed = replace(settings, facts=facts, teacher_revision=facts.revision)
    project.change_run_settings(run_id, changed.to_json())
    return changed


def _without_unseen(
    project: Project,
    run_id: int,
    settings: RunSettings,
    embedded: tuple[EmbeddedRecording, ...],
    context: JobContext,
) -> RunSettings:
    """Leave out recordings whose video the teacher could not see, and say so."""
    bad = {
        it.recording_id: it for it in embedded if it.n_windows and not it.n_cached + it.n_encoded
    }
    roles = settings.roles
    if not bad or (project.checkpoints_folder(run_id) / CHECKPOINT).exists():
        return settings
    for it in bad.values():
        context.publish(LeftOut(it.name, it.error or "the teacher could not use its video"))
    left = [
        tuple(i for i in part if i not in bad)
        for part in (roles.train, roles.validation, roles.test)
    ]
    changed = replace(settings, roles=Roles(*left))
    project.change_run_settings(run_id, changed.to_json())
    return changed


def _resumed(wish: DistillRequest, settings: RunSettings, run_id: int) -> DistillRequest:
    return DistillRequest(
        wish.project,
        grid=settings.grid,
        student=settings.student,
        teacher=settings.teacher,
        device=settings.device,
        facts=settings.facts,
        seed=settings.seed,
        resume_run=run_id,
        checkpoint_every_s=wish.checkpoint_every_s,
    )


def _teacher_fact(embedded: EmbedResult) -> str:
    """How many windows are new, what the teacher ran on, and what was odd with the machine."""
    new = sum(it.n_encoded for it in embedded.recordings)
    said = [f"{new} windows" if new else "all cached"]
    said += [teacher.backend for teacher in embedded.teachers if new and teacher.backend]
    notes = (note for it in embedded.recordings for note in it.notes)
    said += [note.text for note in notes if note.code in ("out_of_memory", "teacher_absent")]
    return ", ".join(dict.fromkeys(said))


def _read_fact(plan: Plan) -> str:
    n = plan.n_recordings
    return f"{n} recording{'' if n == 1 else 's'}"


class _Stage:
    """One stage while it goes on; `fact` is what it will have come to."""

    def __init__(self, context: JobContext) -> None:
        self.context = context
        self.fact = ""


class _Stages:
    """Publishes where the walk is, and keeps what is done with the run."""

    def __init__(self, project: Project, run_id: int, context: JobContext) -> None:
        self._project, self._run_id, self._context = project, run_id, context

    @contextmanager
    def stage(self, name: str) -> Iterator[_Stage]:
        """Run one stage within this; it counts as done if nothing is raised."""
        self._context.publish(StageBegun(name))
        begun = time.monotonic()
        here = _Stage(self._context.within(name))
        yield here
        ended = StageEnded(name, here.fact, round(time.monotonic() - begun, 2))
        later = STAGES[STAGES.index(name) :]
        kept = [e for e in stages_done(self._project, self._run_id) if e.stage not in later]
        text = json.dumps([asdict(e) for e in (*kept, ended)])
        self._project.set_meta(f"{_STAGES_KEY}{self._run_id}", text)
        self._context.publish(ended)

"""The whole walk in one job: add, embed, distil, discover, predict, export."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from comodo_app.errors import UsageError
from comodo_app.jobs.add import AddRequest, AddResult, add_recordings
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.dataset import choose_roles
from comodo_app.jobs.discover import DiscoverRequest, DiscoverResult, discover
from comodo_app.jobs.distill import DistillRequest, DistillResult, distill
from comodo_app.jobs.embed import EmbedRequest, EmbedResult, embed
from comodo_app.jobs.export import ExportRequest, ExportResult, export
from comodo_app.jobs.models import lasting_name
from comodo_app.jobs.predict import PredictRequest, PredictResult, predict
from comodo_app.jobs.student_files import RunSettings
from comodo_app.project.store import Project
from comodo_app.recordings.sources import ReadOptions
from comodo_app.students.named import with_digest
from comodo_app.teachers.base import TeacherFacts

STAGES = ("read", "teacher", "distil", "discover", "predict", "export")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Everything of the single stages; `distill.project` is the project of all.

    `hold_out` names recordings that only test: nothing is learned from them.
    """

    distill: DistillRequest
    paths: tuple[Path, ...]
    options: ReadOptions = ReadOptions()
    hold_out: tuple[str, ...] = ()
    n_clusters: int | None = None
    export_folder: Path | None = None
    export: bool = True


@dataclass(frozen=True, slots=True)
class RunResult:
    """What each stage returned; stages after a stopped distillation are None."""

    added: AddResult
    embedded: EmbedResult | None = None
    distilled: DistillResult | None = None
    discovered: DiscoverResult | None = None
    predicted: PredictResult | None = None
    exported: ExportResult | None = None


def run_all(request: RunRequest, context: JobContext) -> RunResult:
    """Walk from files to timelines; an interrupted walk goes on where it was when run again.

    What is cached is not encoded again, a distillation with the same settings and recordings
    resumes where it was (a finished one has no step left), and a stop keeps what is done and
    leaves out the remaining stages.
    """
    project, wish = request.distill.project, request.distill
    if wish.resume_run is None:
        with_digest(wish.student)  # missing weights are said before hours of work, not after
    added = add_recordings(
        AddRequest(project, request.paths, request.options), context.within(STAGES[0])
    )
    result = RunResult(added)
    if added.n_usable == 0:
        return result
    if request.hold_out:
        with Project.open(project) as opened:
            for name in request.hold_out:
                opened.set_use_for_training(opened.find_recording(name).id, False)
    embedded = embed(
        EmbedRequest(
            project,
            wish.grid,
            (wish.teacher,),
            device=wish.device,
            known=(_known_facts(wish),),
        ),
        context.within(STAGES[1]),
    )
    result = replace(result, embedded=embedded)
    facts = embedded.teachers[0].facts
    wish = replace(wish, facts=facts, resume_run=wish.resume_run or _resumable(wish, facts))
    distilled = distill(wish, context.within(STAGES[2]))
    result = replace(result, distilled=distilled)
    if distilled.status == "stopped":
        return result
    discovered = discover(
        DiscoverRequest(project, distilled.run_id, request.n_clusters, wish.seed),
        context.within(STAGES[3]),
    )
    predicted = predict(PredictRequest(project, distilled.run_id), context.within(STAGES[4]))
    result = replace(result, discovered=discovered, predicted=predicted)
    if not request.export:
        return result
    exported = export(
        ExportRequest(project, request.export_folder, distilled.run_id), context.within(STAGES[5])
    )
    return replace(result, exported=exported)


def _known_facts(wish: DistillRequest) -> TeacherFacts | None:
    """What earlier runs know of the teacher, in case it is not on this computer any more."""
    with Project.open(wish.project) as project:
        for run in reversed(project.runs()):
            settings = RunSettings.from_json(run.settings_json)
            if settings.teacher == lasting_name(wish.teacher):
                return settings.facts
    return None


def _resumable(wish: DistillRequest, facts: TeacherFacts) -> int | None:
    """The latest run, if this wish would only repeat it; None otherwise.

    Raises
    ------
    UsageError
        If one waits that was started with other settings.
    """
    from comodo_app.distillation.recipes import COMODO_PLUS

    with Project.open(wish.project) as project:
        waiting = project.latest_run(None)
        if waiting is None or waiting.status not in ("running", "stopped", "finished"):
            return None
        settings = RunSettings.from_json(waiting.settings_json)
        same = (
            settings.recipe == (wish.recipe or COMODO_PLUS)
            and replace(settings.student, pretrained_digest="")
            == replace(wish.student, window_s=wish.grid.window_s)
            and settings.grid == wish.grid
            and settings.seed == wish.seed
            and _same_teacher(settings, facts)
        )
        if waiting.status == "finished":  # killed after distilling, or called again: nothing to do
            same = same and settings.roles == choose_roles(project.recordings(), seed=wish.seed)
        if same:
            return waiting.id
        if waiting.status != "running":
            return None
    raise UsageError(
        f"Run {waiting.id} was interrupted, and it had other settings.",
        where=str(wish.project),
        hint=f"`comodo distill {wish.project} --resume {waiting.id}` goes on with it, "
        f"`--discard {waiting.id}` throws it away.",
    )


def _same_teacher(settings: RunSettings, facts: TeacherFacts) -> bool:
    if settings.facts is not None:
        return settings.facts == facts
    return (settings.teacher, settings.teacher_revision) == (facts.key, facts.revision)

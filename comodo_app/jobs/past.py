"""A run of the past, or one that was cut off: its curves and facts, read without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.discover import Agreement
from comodo_app.jobs.neighbours import load_sight
from comodo_app.jobs.student_files import CHECKPOINT
from comodo_app.jobs.walk import stages_done
from comodo_app.jobs.watch import Evaluated, Sight, StageEnded
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project


@dataclass(frozen=True, slots=True)
class PastRequest:
    """Read one run of a project."""

    project: Path
    run_id: int


@dataclass(frozen=True, slots=True)
class PastRun:
    """What is known of a run.

    `best_step` and `n_steps_planned` are 0 where a run never got that far; `agreement` is None
    until activities were discovered on held-out windows.
    """

    row: RunRow
    name: str
    losses: tuple[float, ...]
    evaluations: tuple[Evaluated, ...]
    stages: tuple[StageEnded, ...]
    n_steps_planned: int
    n_epochs: int
    batch_size: int
    best_step: int
    n_train_windows: int
    n_held_out_windows: int
    agreement: Agreement | None
    warnings: tuple[str, ...]
    n_bytes: int
    sight: Sight | None = None

    @property
    def complete(self) -> bool:
        """Whether its walk went to the end; runs of the terminal count as complete."""
        if self.row.status in ("running", "failed"):
            return False
        return not self.stages or self.stages[-1].stage == "predict"


@dataclass(frozen=True, slots=True)
class PastsRequest:
    """Read several runs of a project."""

    project: Path
    run_ids: tuple[int, ...]


def read_past(request: PastRequest, context: JobContext) -> PastRun:
    """Read a run's metrics, or its checkpoint where it has not ended."""
    context.step(Progress(0, None))
    with Project(request.project) as project:  # the window has opened and checked it
        return _read(project, request.run_id)


def read_pasts(request: PastsRequest, context: JobContext) -> tuple[PastRun, ...]:
    """Read several runs; one that was deleted meanwhile is left out."""
    found = []
    with Project(request.project) as project:
        there = {run.id for run in project.runs()}
        for index, run_id in enumerate(request.run_ids):
            context.step(Progress(index, len(request.run_ids)))
            if run_id in there:
                found.append(_read(project, run_id))
    return tuple(found)


def _read(project: Project, run_id: int) -> PastRun:
    row = project.run(run_id)
    metrics: dict[str, Any] = json.loads(row.metrics_json)
    if "losses" not in metrics:
        metrics = _of_checkpoint(project.folder / "checkpoints" / str(row.id) / CHECKPOINT)
    return PastRun(
        row=row,
        name=run_name(project, row.id),
        losses=tuple(metrics.get("losses", ())),
        evaluations=tuple(_evaluated(values) for values in metrics.get("evaluations", ())),
        stages=stages_done(project, row.id),
        n_steps_planned=metrics.get("n_steps_planned", 0),
        n_epochs=metrics.get("n_epochs", 0),
        batch_size=metrics.get("batch_size", 0),
        best_step=metrics.get("best_step", 0),
        n_train_windows=metrics.get("n_train_windows", 0),
        n_held_out_windows=metrics.get("n_validation_windows", 0),
        agreement=kept_agreement(project, row.id),
        warnings=tuple(metrics.get("warnings", ())),
        n_bytes=project.run_bytes(row.id),
        sight=load_sight(project, row.id),
    )


def run_name(project: Project, run_id: int) -> str:
    """What a person calls the run; "Run 3" by itself."""
    return project.get_meta(f"run-name/{run_id}") or f"Run {run_id}"


def rename_run(project: Project, run_id: int, name: str) -> None:
    """Call a run something; an empty name takes its own back."""
    project.set_meta(f"run-name/{run_id}", name.strip())


def kept_agreement(project: Project, run_id: int) -> Agreement | None:
    """What `discover` measured for a run; None if it could not, or has not yet."""
    kept = project.get_meta(f"agreement/{run_id}")
    return None if kept is None else Agreement(**json.loads(kept))


def _evaluated(values: dict[str, Any]) -> Evaluated:
    return Evaluated(**{field.name: values[field.name] for field in fields(Evaluated)})


def _of_checkpoint(path: Path) -> dict[str, Any]:
    """The same figures from the header of a checkpoint: eight bytes of length, then JSON."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        meta = json.loads(header["__metadata__"]["checkpoint"])
    except (OSError, ValueError, KeyError):
        return {}  # there is none yet, or it is damaged: resuming says so
    return {
        "losses": meta["losses"],
        "evaluations": meta.get("history", []),
        "n_steps_planned": meta.get("n_steps", 0),
        "best_step": meta["best_step"],
    }


def discard(request: PastRequest, context: JobContext) -> int:
    """Remove a run with its student, its checkpoints and what it said; returns its id."""
    context.step(Progress(0, None))
    with Project.open(request.project) as project, project.lock_for_writing():
        project.discard_run(request.run_id)
    return request.run_id

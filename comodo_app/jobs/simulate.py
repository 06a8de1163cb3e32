"""Write simulated recordings as real files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.simulation.plan import RecordingPlan
from comodo_app.simulation.write import write_recording


@dataclass(frozen=True, slots=True)
class SimulateRequest:
    """Write `plans` into `folder`, made if it is not there."""

    folder: Path
    plans: tuple[RecordingPlan, ...]


def simulate(request: SimulateRequest, context: JobContext) -> tuple[Path, ...]:
    """Write every plan's files; cancelled in between, no half-written file stays."""
    request.folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    total_s = sum(plan.duration_s for plan in request.plans)
    before_s = 0.0
    for plan in request.plans:
        start_s = before_s

        def report(share: float, plan: RecordingPlan = plan, start_s: float = start_s) -> None:
            context.step(Progress(start_s + share * plan.duration_s, total_s, plan.name))

        report(0.0)
        written += write_recording(plan, request.folder, report)
        before_s += plan.duration_s
    context.step(Progress(total_s, total_s))
    return tuple(written)

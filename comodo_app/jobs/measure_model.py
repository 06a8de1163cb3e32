"""How fast a teacher is on this computer: measured before a project is given to it."""

from __future__ import annotations

from dataclasses import dataclass

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.model_cards import ModelCard, model_card
from comodo_app.weights.catalog import Kind


@dataclass(frozen=True, slots=True)
class MeasureModelRequest:
    """Measure the installed teacher `model_id` on the demo's windows; `device` as in jobs.compute.

    `again` forgets what was decided before, for instance after a driver was changed.
    """

    model_id: str
    device: str = "auto"
    again: bool = False


def measure_model(request: MeasureModelRequest, context: JobContext) -> ModelCard:
    """Find the fastest verified way to run a teacher here; its card then says how fast that is.

    Raises
    ------
    UsageError
        If it is not on this computer, or is a student: those cost what `comodo distill` shows.
    UnreadableFile
        If its files cannot be read.
    """
    card = model_card(request.model_id)
    if card.entry.kind is Kind.STUDENT:
        raise UsageError(
            f"{request.model_id} is a student; only teachers are measured by themselves.",
            hint="The Distill page and `comodo distill` show what a student costs here.",
        )
    from comodo_app.jobs.device_choice import forget_choice
    from comodo_app.jobs.fast_path import forget_fast_path
    from comodo_app.jobs.models import open_teacher

    if request.again and card.installed is not None:
        forget_choice(card.entry.id, card.installed.digest)
        forget_fast_path(card.installed.digest)
    open_teacher(request.model_id, device=request.device, context=context)
    return model_card(request.model_id)

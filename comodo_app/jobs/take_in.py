"""Add scanned recordings to a project; light to import, the readers load in the job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from comodo_app.jobs.core import JobContext
from comodo_app.jobs.scan import Scanned

if TYPE_CHECKING:
    from comodo_app.jobs.add import AddResult


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Recordings that a scan has found ready, and the project that gets them."""

    project: Path
    items: tuple[Scanned, ...]


def take_in(request: TakeIn, context: JobContext) -> AddResult:
    """`jobs.add.add_scanned`."""
    from comodo_app.jobs.add import AddScannedRequest, add_scanned

    return add_scanned(AddScannedRequest(request.project, request.items), context)

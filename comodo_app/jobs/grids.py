"""The window grid that a project was last used with: what the next run starts from."""

from __future__ import annotations

import json
from dataclasses import asdict

from comodo_app.errors import ComodoError
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid

_KEY = "grid"


def keep_grid(project: Project, grid: WindowGrid) -> None:
    """Remember a grid."""
    project.set_meta(_KEY, json.dumps(asdict(grid)))


def kept_grid(project: Project) -> WindowGrid | None:
    """The grid that was remembered last; None if there is none that can be used."""
    kept = project.get_meta(_KEY)
    try:
        return None if kept is None else WindowGrid(**json.loads(kept))
    except (ValueError, TypeError, ComodoError):
        return None  # written by another version: the settings decide

"""Which weights a run's recognizer was fitted to: resuming a run changes the student under it."""

from __future__ import annotations

import hashlib

from comodo_app.project.files import load_arrays
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project


def weights_digest(project: Project, run: RunRow) -> str:
    """SHA-256 of the run's weights as they are now."""
    content = (project.students_folder(run.id) / "weights.safetensors").read_bytes()
    return hashlib.sha256(content).hexdigest()


def recognizer_is_current(project: Project, run: RunRow) -> bool:
    """Whether the recognizer belongs to the weights; True for one that does not say."""
    arrays = load_arrays(project.students_folder(run.id) / "recognizer.npz")
    return "student" not in arrays or str(arrays["student"]) == weights_digest(project, run)

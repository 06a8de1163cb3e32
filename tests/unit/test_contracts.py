"""The import contracts hold, and each of them bites when it is broken on purpose."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Where an import is planted, what it is, and the contract that must notice.
BREACHES = {
    "upwards": ("recordings/model.py", "import comodo_app.jobs.core", "Floors"),
    "sideways": ("exports/palette.py", "import comodo_app.project.files", "Floors"),
    "session knows the ui": ("session/edits.py", "import comodo_app.ui.actions", "Floors"),
    "teacher knows students": (
        "teachers/base.py", "import comodo_app.students.spec", "Floor 3 imports only",
    ),
    "export reads recordings": (
        "exports/palette.py", "import comodo_app.recordings.model", "Evaluation and exports",
    ),
    "distillation names activities": (
        "distillation/queue.py", "import comodo_app.activities.model", "Distillation knows",
    ),
    "project trains": ("project/files.py", "import comodo_app.students.spec", "The project stores"),
    "Qt in a job": ("jobs/core.py", "import PySide6.QtCore", "Qt lives"),
    "Qt in the command line": (
        "cli/tables.py", "import PySide6.QtCore", "The command line",
    ),
    "torch in a page": ("ui/pages/base.py", "import torch", "The window"),
    "torch in activities": ("activities/model.py", "import torch", "Activities and project"),
}  # fmt: skip


def lint(folder):
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": "", "PYTHONPATH": str(folder), "COLUMNS": "200"},
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(
        ROOT / "comodo_app", tmp_path / "comodo_app", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_are_kept(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_planted_import_breaks_its_contract(copy, breach):
    place, line, contract = BREACHES[breach]
    path = copy / "comodo_app" / place
    path.write_text(path.read_text() + f"\n\ndef _planted():\n    {line}\n")
    done = lint(copy)
    assert done.returncode == 1
    broken = [row for row in done.stdout.splitlines() if row.strip().endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken), done.stdout

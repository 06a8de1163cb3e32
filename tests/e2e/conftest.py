"""A small set of simulated recordings, rendered once, and the terminal to use it from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording

ROOT = Path(__file__).parents[2]
QUICK = [
    "--stride", "1", "--rate", "25", "--set", "min_steps=0", "--set", "epochs=6",
    "--set", "batch_size=16", "--set", "head_hidden=64",
]  # fmt: skip


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Four people, 24 s each, of four activities; pictures as small as they can be."""
    folder = tmp_path_factory.mktemp("recordings")
    plans = plan_recordings(
        people=4, minutes=0.4, seed=11, activities=("walk", "type", "jump"), width_px=96,
        height_px=72, frame_rate_hz=12,
    )  # fmt: skip
    for plan in plans:
        write_recording(plan, folder, None)
    return folder


def environment():
    return os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}


def start(*words):
    """`comodo WORDS` as a process of its own."""
    code = "from comodo_app.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip


@pytest.fixture
def comodo():
    """Run `comodo WORDS` to its end; gives exit code, standard output and standard error."""

    def run(*words):
        process = start(*words)
        out, err = process.communicate(timeout=240)
        return process.returncode, out, err

    return run

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

import comodo_app
from comodo_app.cli.options import app

COMMANDS = (
    "add", "info", "embed", "distill", "discover", "name", "predict", "export", "run", "simulate",
    "demo", "remove", "restore",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    import comodo_app.cli  # noqa: F401  registers the commands

    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_help_answers_without_loading_torch_or_a_video_library():
    code = (
        "import sys; from comodo_app.cli import main; sys.argv = ['comodo', '--version']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'cv2', 'av', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["comodo", comodo_app.__version__, "[]"]


def test_wrong_picture_sizes_and_unknown_activities_are_refused_with_the_known_ones(tmp_path):
    import comodo_app.cli  # noqa: F401

    runner = CliRunner()
    assert runner.invoke(app, ["simulate", str(tmp_path), "--size", "big"]).exit_code == 2
    result = runner.invoke(app, ["simulate", str(tmp_path), "--activities", "walk,levitate"])
    assert result.exit_code == 2
    assert "levitate" in result.output
    assert "climb stairs" in result.output
    assert not list(tmp_path.iterdir())

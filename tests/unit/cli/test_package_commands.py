"""`comodo package` and `comodo check`: words, JSON and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import comodo_app.cli  # noqa: F401  registers the commands
from comodo_app.cli.options import app
from tests.unit.jobs.packaged import make_project


def comodo(*words):
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    return result.exit_code, " ".join(result.stdout.split()), " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    make_project(folder, "transformer", names=("sit [down]", "walk")).close()
    return folder / "made.comodo"


@pytest.fixture(scope="module")
def packed(project):
    """What `comodo package` said, and where it is."""
    out = project.parent / "out"
    code, said, err = comodo("package", project, "--out", out, "--zip", "--run", 1)
    assert code == 0, err
    return out, said


def test_package_says_what_it_made_and_how_int8_does(packed):
    out, said = packed
    assert "Run 1: 4 activities (sit [down], walk, activity 3, activity 4)" in said
    assert "int8: says the same as fp32 on" in said
    assert "28 held-out windows" in said
    assert str(out) in said and f"{out}.zip" in said


def test_package_as_json(project, tmp_path):
    code, said, _ = comodo("package", project, "--out", tmp_path / "p", "--no-int8", "--json")
    result = json.loads(said)
    assert code == 0
    assert result["folder"] == str(tmp_path / "p") and result["zip"] is None
    assert result["int8"]["included"] is False
    assert result["activities"][0] == "sit [down]"


@pytest.mark.parametrize("ending", ["", ".zip"])
def test_a_whole_package_is_proven_with_exit_code_0(packed, ending):
    code, said, _ = comodo("check", f"{packed[0]}{ending}")
    assert code == 0
    assert said.endswith("The package is whole.")
    assert "ms per window on one thread" in said


def test_a_damaged_one_ends_with_exit_code_2_and_one_without_its_int8_with_1(packed, tmp_path):
    copy = Path(shutil.copytree(packed[0], tmp_path / "copy"))
    (copy / "student.int8.onnx").write_bytes(b"x")
    code, said, _ = comodo("check", copy)
    assert code == 1, said
    assert "student.int8.onnx: 1 bytes instead of" in said
    assert said.endswith("Use it without its int8 model.")
    (copy / "student.onnx").write_bytes(b"x")
    code, said, _ = comodo("check", copy)
    assert code == 2
    assert "Do not use this package" in said
    code, said, _ = comodo("check", copy, "--json")
    result = json.loads(said)
    assert code == 2
    assert result["usable"] is False and result["ms_per_window"] is None
    assert any(check["problems"] for check in result["checks"])
    assert comodo("check", tmp_path / "nothing")[0] == 2


def test_a_wrong_wish_ends_with_exit_code_2_and_what_to_do(project, tmp_path):
    for words, said in [
        (("package", project, "--run", 99), "Known"),
        (("package", tmp_path / "no.comodo"), "no.comodo"),
        (("package", project, "--out", project), "something else"),
    ]:
        code, _, err = comodo(*words)
        assert code == 2
        assert said in err

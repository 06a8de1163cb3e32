"""A video transformer of one's own folder as teacher, from files to timelines, in a terminal."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from comodo_app.activities.model import Lane
from comodo_app.jobs.student_files import RunSettings, load_space
from comodo_app.project.store import Project
from tests.e2e.conftest import QUICK, start
from tests.unit.teachers.checkpoints import videomae

DIM = 32


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A VideoMAE in the published format, as small as it can be, its weights at random."""
    folder = tmp_path_factory.mktemp("models") / "small-videomae"
    videomae(folder, hidden_size=DIM)
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Settings that the processes of all tests here share: what was measured stays measured."""
    return tmp_path_factory.mktemp("config")


@pytest.fixture(autouse=True)
def shared_settings(elsewhere, own_settings, monkeypatch):
    monkeypatch.setenv("COMODO_CONFIG_DIR", str(elsewhere))


@pytest.fixture(scope="module")
def walked(recordings, folder, elsewhere, tmp_path_factory):
    """One finished `comodo run` with that teacher."""
    project = tmp_path_factory.mktemp("walk") / "p.comodo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMODO_CONFIG_DIR", str(elsewhere))
        process = start(
            "run",
            project,
            recordings,
            "--teacher",
            folder,
            *QUICK,
            "--hold-out",
            "p04-s1",
            "--json",
        )
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return project, json.loads(out)


@pytest.fixture
def project(walked, tmp_path):
    return shutil.copytree(walked[0], tmp_path / "copy.comodo")


def test_every_window_is_seen_and_every_recording_gets_both_timelines(walked):
    project, result = walked
    assert all(r["n_encoded"] == r["n_windows"] > 0 for r in result["embedded"]["recordings"])
    assert result["exported"]["summary"]
    run_id = result["distilled"]["run_id"]
    with Project.open(project) as opened:
        for row in opened.recordings():
            for lane in (Lane.STUDENT, Lane.TEACHER):
                timeline = opened.timeline(run_id, lane, row.id)
                assert timeline.segments[0].start_s == pytest.approx(0.0)
                assert timeline.segments[-1].end_s == pytest.approx(row.duration_s)


def test_the_run_keeps_who_taught_it_and_how_it_ran(walked, folder):
    project, result = walked
    (used,) = result["embedded"]["teachers"]
    assert used["facts"]["key"] == "folder:small-videomae"
    assert used["backend"]
    assert used["reason"]
    with Project.open(project) as opened:
        run = opened.run(result["distilled"]["run_id"])
        settings = RunSettings.from_json(run.settings_json)
        assert settings.teacher == str(folder)
        assert settings.facts.dim == DIM
        assert settings.facts.key == "folder:small-videomae"
        assert run.teacher == f"folder:small-videomae@{settings.facts.revision}"
        assert str(folder) not in (opened.students_folder(run.id) / "contract.json").read_text()


def test_the_space_of_one_block_is_the_rows_themselves_corrected(walked):
    project, result = walked
    with Project.open(project) as opened:
        space = load_space(opened, opened.run(result["distilled"]["run_id"]))
    assert space.blocks == ()
    assert space.corrected
    assert 2 <= space.dim <= DIM
    rows = np.random.default_rng(0).normal(size=(20, DIM)).astype(np.float32)
    targets = space.transform(rows, np.repeat([1, 2], 10))
    np.testing.assert_allclose(np.linalg.norm(targets, axis=1), 1.0, rtol=1e-6)


def test_the_same_command_again_encodes_nothing(project, recordings, folder, comodo, walked):
    code, out, err = comodo("run", project, recordings, "--teacher", folder, *QUICK, "--json")
    assert code == 0, err
    again = json.loads(out)
    assert sum(r["n_encoded"] for r in again["embedded"]["recordings"]) == 0
    assert again["embedded"]["teachers"][0]["backend"] == ""  # not even loaded
    assert again["distilled"]["run_id"] == walked[1]["distilled"]["run_id"]


def test_without_the_teacher_everything_cached_still_works(
    project, recordings, folder, comodo, tmp_path
):
    hidden = folder.rename(tmp_path / "gone")
    try:
        for words in (
            ("discover", project, "--json"),
            ("predict", project, "--json"),
            ("run", project, recordings, "--teacher", folder, *QUICK, "--json"),
        ):
            code, _, err = comodo(*words)
            assert code == 0, (words, err)
        code, _, err = comodo("embed", project, "--teacher", folder, "--stride", "2")
        assert code == 2
        assert "no such teacher" in err
    finally:
        hidden.rename(folder)


def test_two_teachers_watch_together_and_info_tells_both(project, folder, comodo):
    code, out, err = comodo(
        "embed", project, "--teacher", "builtin", "--teacher", folder, "--stride", "2", "--json"
    )
    assert code == 0, err
    found = json.loads(out)["recordings"]
    assert {r["teacher"] for r in found} == {"builtin", "folder:small-videomae"}
    assert all(r["n_encoded"] for r in found)
    code, out, _ = comodo("info", project, "--json")
    assert code == 0
    features = {(f["teacher"], f["stride_s"]): f for f in json.loads(out)["features"]}
    assert features["folder:small-videomae", 2.0]["dim"] == DIM
    assert features["folder:small-videomae", 1.0]["n_windows"] > 0
    assert features["builtin", 2.0]["n_directions"] > 1


@pytest.mark.parametrize(("window", "said"), [("0.1", "wants 4"), ("0.3", "some are shown twice")])
def test_windows_that_hold_too_few_frames_say_so(project, folder, comodo, window, said):
    _, out, err = comodo(
        "embed", project, "--teacher", folder, "--window", window, "--stride", "3", "--json"
    )
    (first, *_) = json.loads(out)["recordings"]
    assert said in (first["error"] or " ".join(note["text"] for note in first["notes"])), err


def test_a_teacher_or_device_that_is_not_here_says_what_to_do(project, comodo):
    code, _, err = comodo("embed", project, "--teacher", "videomae-b")
    assert code == 2
    assert "comodo models get videomae-b" in err
    code, _, err = comodo("embed", project, "--device", "abacus")
    assert code == 2
    assert "auto, cpu, cuda, mps" in err

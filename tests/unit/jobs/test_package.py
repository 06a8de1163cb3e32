"""Packaging: honest figures, nothing half written, nothing of a half-done run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from comodo_app.activities.naming import Naming
from comodo_app.errors import NotEnoughData, ProjectError, StorageError, UsageError
from comodo_app.jobs import package as package_module
from comodo_app.jobs import package_answers
from comodo_app.jobs.core import End, JobContext, run_job
from comodo_app.jobs.package import PackageRequest, package
from comodo_app.jobs.package_answers import answer, int8_facts, recognizer_of
from comodo_app.jobs.package_facts import licence_note
from comodo_app.jobs.package_windows import package_windows
from comodo_app.jobs.predict import load_recognizer
from comodo_app.jobs.student_files import RunSettings, load_run_student
from comodo_app.project.store import Project
from comodo_app.recordings.windows import cut_imu
from comodo_app.students.encoder import embed
from comodo_app.students.package import MEMBERS, SelfTest, read_contract, read_package
from tests.unit.jobs.packaged import GRID, RATE_HZ, imu_of, make_project, quiet

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "run_a_student.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A transformer's project, its package, and what packaging said."""
    folder = tmp_path_factory.mktemp("made")
    make_project(folder, "transformer", names=("sit", "walk", "run", "Walk")).close()
    return folder, package(PackageRequest(folder / "made.comodo", as_zip=True), quiet())


@pytest.fixture
def copy(made, tmp_path):
    """A copy of the project, to be changed."""
    return Path(shutil.copytree(made[0] / "made.comodo", tmp_path / "made.comodo"))


def contract_of(result):
    return read_contract(read_package(result.folder))


def test_a_package_says_what_the_projects_own_student_says(made):
    contract = contract_of(made[1])
    with Project.open(made[0] / "made.comodo") as project:
        run = project.runs()[0]
        student, settings = load_run_student(project, run)
        windows = package_windows(project, run, settings, quiet())
        own = load_recognizer(project, run).predict(
            embed(student, windows.imu), Naming(project.activities()).groups
        )
    model = (made[1].folder / "student.onnx").read_bytes()
    said = answer(model, windows.imu, contract).prediction
    np.testing.assert_allclose(said.probabilities, own.probabilities, atol=1e-4)
    assert np.array_equal(said.activity_ids, own.activity_ids)
    assert np.array_equal(said.group_ids, [a.id for a in contract.activities])
    assert np.array_equal(said.unknown, own.unknown)


def test_equal_names_are_one_activity_with_all_their_ids_and_time(made):
    contract = contract_of(made[1])
    walk = contract.activities[1]
    assert [a.label for a in contract.activities] == ["sit", "walk", "run"]
    assert (walk.id, walk.member_ids) == (2, (2, 4))
    assert contract.groups == {1: 1, 2: 2, 3: 3, 4: 2}
    with Project.open(made[0] / "made.comodo") as project:
        learned = [e.activity_id.tolist() for e in project.assignments(1) if e.recording_id != 3]
    n_walk = sum(i in (2, 4) for ids in learned for i in ids)
    assert walk.minutes == pytest.approx(n_walk * GRID.stride_s / 60, abs=0.006)
    assert all(a.colour.startswith("#") for a in contract.activities)


def test_the_self_test_shows_every_activity_in_real_windows(made):
    contract = contract_of(made[1])
    selftest = SelfTest.read((made[1].folder / "selftest.npz").read_bytes(), contract=contract)
    assert len(selftest.windows) == made[1].n_selftest == 8
    assert set(selftest.activity_ids) == {1, 2, 3}
    with Project.open(made[0] / "made.comodo") as project:
        tracks = [project.load_recording(i) for i in (1, 2, 3)]
    real = np.concatenate(
        [
            cut_imu(t, GRID.starts(t.span_s), window_s=GRID.window_s, sample_rate_hz=RATE_HZ)
            for t in tracks
        ]
    )
    for window in selftest.windows:
        assert np.abs(real - window).max(axis=(1, 2)).min() == 0.0


def test_card_and_contract_carry_the_figures_and_no_path(made):
    result = made[1]
    card = (result.folder / "card.md").read_text("utf-8")
    contract = (result.folder / "contract.json").read_text("utf-8")
    for said in ("29 windows", "75%", "chance 25%", "2 min in 2 recordings", "sit", "| 2, 4 |"):
        assert said in card, said
    facts = result.int8
    assert f"{facts.same_answer:.1%} of {facts.n_windows}" in card
    assert f"{facts.teacher_int8:.1%}" in card
    for text in (card, contract):
        assert str(made[0]) not in text


def test_held_out_windows_are_judged_by_a_head_that_has_not_seen_them(made, copy):
    with Project.open(copy) as project:
        run = project.runs()[0]
        settings = RunSettings.from_json(run.settings_json)
        assert contract_of(made[1]).int8.n_held_out == 28  # the recording that only tests
        windows = package_windows(project, run, settings, quiet())
        # As if recording 3 had chosen the checkpoint, with nonsense said of it: a head that had
        # learned from it would know the nonsense.
        windows = replace(windows, head_knows_them=True)
    contract = contract_of(made[1])
    fp32 = answer((made[1].folder / "student.onnx").read_bytes(), windows.imu, contract)
    honest = package_answers.honest_recognizer(fp32, windows, contract)
    assert honest.head.n_windows == int((~windows.held_out).sum())
    learned = fp32.embeddings[~windows.held_out].astype(np.float64)
    np.testing.assert_allclose(honest.head.mean, learned.mean(axis=0), rtol=1e-6)


def test_int8_that_changes_what_is_said_is_left_out_and_that_is_told(copy, monkeypatch, tmp_path):
    from comodo_app.students import onnx_export

    with Project.open(copy) as project:
        run = project.runs()[0]
        student, settings = load_run_student(project, run)
    windows = np.zeros((2, settings.student.n_samples, 6), np.float32) + 1.0
    for parameter in student.parameters():
        parameter.data.neg_()  # another student altogether
    other = onnx_export.export_onnx(student, settings.student, windows)
    monkeypatch.setattr(onnx_export, "quantise_onnx", lambda model: other)
    result = package(PackageRequest(copy, out=tmp_path / "out"), quiet())
    assert not result.int8.included
    assert "changes what is said of" in result.int8.reason
    assert "fewer of 28 held-out windows" in result.int8.reason
    assert result.int8.same_answer < 0.95
    assert result.int8.teacher_int8 < result.int8.teacher_fp32
    assert not (result.folder / "student.int8.onnx").exists()
    assert result.int8.reason in (result.folder / "card.md").read_text("utf-8")


def test_two_of_forty_windows_may_change_and_three_may_not(made):
    contract = contract_of(made[1])
    with Project.open(made[0] / "made.comodo") as project:
        run = project.runs()[0]
        settings = RunSettings.from_json(run.settings_json)
        windows = package_windows(project, run, settings, quiet())
    model = (made[1].folder / "student.onnx").read_bytes()
    forty = np.flatnonzero(~windows.held_out)[:40]
    windows = replace(
        windows, imu=windows.imu[forty], said=windows.said[forty], held_out=windows.held_out[forty]
    )
    fp32 = answer(model, windows.imu, contract)
    for n_changed, included in ((0, True), (2, True), (3, False)):
        ids = fp32.prediction.activity_ids.copy()
        clear = np.flatnonzero(~fp32.prediction.unknown)[:n_changed]
        ids[clear] = np.where(ids[clear] == 1, 2, 1)
        other = replace(fp32, prediction=replace(fp32.prediction, activity_ids=ids))
        assert int8_facts(fp32, other, windows, contract).included is included


def test_convolutions_get_no_pretended_int8(tmp_path):
    make_project(tmp_path, "tcn").close()
    result = package(PackageRequest(tmp_path / "made.comodo"), quiet())
    assert "convolutions" in result.int8.reason
    assert not (result.folder / "student.int8.onnx").exists()
    assert result.int8.teacher_fp32 > 0.5  # measured all the same
    assert contract_of(result).activities[0].label == "activity 1"


def test_int8_is_not_made_if_not_wanted(copy, tmp_path):
    result = package(PackageRequest(copy, out=tmp_path / "out", int8=False), quiet())
    assert result.int8.reason == "int8 was not asked for"
    assert not (result.folder / "student.int8.onnx").exists()


@pytest.mark.parametrize("status, advice", [("running", "--resume 1"), ("failed", "distil again")])
def test_a_half_done_run_is_refused_with_what_to_do(copy, tmp_path, status, advice):
    with Project.open(copy) as project:
        if status == "running":
            project.resume_run(1)
        else:
            project.resume_run(1)
            project.finish_run(1, status)
    with pytest.raises(UsageError) as caught:
        package(PackageRequest(copy, 1, tmp_path / "out"), quiet())
    assert status in str(caught.value) and advice in str(caught.value)
    with pytest.raises(UsageError, match="Distil first"):  # nothing else to choose
        package(PackageRequest(copy, None, tmp_path / "out"), quiet())
    assert list(tmp_path.iterdir()) == [copy]


def test_a_student_that_learned_more_after_its_activities_is_refused(copy, tmp_path):
    weights = copy / "students" / "1" / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(UsageError, match=r"discover made\.comodo --run 1"):
        package(PackageRequest(copy, out=tmp_path / "out"), quiet())


def test_runs_without_student_activities_or_recordings_are_refused(copy, tmp_path):
    request = PackageRequest(copy, out=tmp_path / "out")
    with Project.open(copy) as project, project.lock_for_writing():
        for row in project.recordings():
            project.remove_recording(row.id)
    with pytest.raises(NotEnoughData, match="real windows"):
        package(request, quiet())
    (copy / "students" / "1" / "contract.json").unlink()
    with pytest.raises(ProjectError, match="has no student"):
        package(request, quiet())
    assert not (tmp_path / "out").exists()


def test_cancelling_leaves_nothing_and_an_old_package_as_it_was(copy, tmp_path):
    out = tmp_path / "out"
    package(PackageRequest(copy, out=out, int8=False), quiet())
    before = (out / "contract.json").read_bytes()
    stages = []

    def watch(progress):
        stages.append(progress.note)
        if progress.note.startswith("writing"):
            context.cancel()

    context = JobContext(watch)
    assert run_job(package, PackageRequest(copy, out=out), context).end is End.CANCELLED
    assert "exporting" in stages
    assert (out / "contract.json").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["made.comodo", "out"]


def test_a_full_disk_leaves_the_old_package_in_its_place(copy, tmp_path, monkeypatch):
    out = tmp_path / "out"
    package(PackageRequest(copy, out=out, int8=False), quiet())
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    real, calls = os.replace, []

    def full(source, target):
        calls.append(Path(target).name)
        if len(calls) == 2:  # the old one is aside, the new one does not get its name
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(package_module.os, "replace", full)
    with pytest.raises(StorageError, match="full"):
        package(PackageRequest(copy, out=out), quiet())
    assert len(calls) == 3
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["made.comodo", "out"]


def test_only_an_empty_folder_or_an_older_package_is_replaced(copy, tmp_path):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    request = PackageRequest(copy, out=thesis, int8=False)
    package(request, quiet())  # empty
    package(request, quiet())  # a package
    (thesis / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="something else than a student package"):
        package(request, quiet())
    assert (thesis / "chapter.txt").read_text() == "years of work"
    with pytest.raises(UsageError, match="something else"):
        package(PackageRequest(copy, out=thesis / "chapter.txt"), quiet())


def test_the_zip_holds_the_same_files_and_nothing_that_leaves_it(made):
    result = made[1]
    with zipfile.ZipFile(result.zip) as archive:
        assert sorted(archive.namelist()) == sorted(MEMBERS)
        for name in archive.namelist():
            assert archive.read(name) == (result.folder / name).read_bytes()


def test_licences_of_teachers_are_passed_on():
    assert "no weights of others" in licence_note("builtin")
    note = licence_note("videomae-b")
    assert "CC-BY-NC" in note and "non-commercial" in note
    assert "yours to know" in licence_note("folder:mine")


# --- the example in docs/ -------------------------------------------------------------------------

ALONE = """
import importlib.abc, json, sys
class Alone(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top not in ("numpy", "onnxruntime", "example"):
            raise ImportError(f"{top} is not there")
        return None
sys.meta_path.insert(0, Alone())
sys.path.insert(0, sys.argv[2])
"""


def alone(code, *arguments, stdin=""):
    """Run code in a process that has numpy and onnxruntime and nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE + code, *map(str, arguments)], input=stdin,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_has_forty_lines_of_code():
    lines = [line for line in EXAMPLE.read_text("utf-8").splitlines() if line.strip()]
    assert lines[0].startswith('"""') and lines[0].endswith('"""')  # its docstring
    assert len(lines[1:]) <= 40


@pytest.mark.parametrize("kind", ["prototype", "logistic"])
def test_the_example_says_what_comodo_says_with_numpy_and_onnxruntime_alone(made, tmp_path, kind):
    from comodo_app.activities.heads import Head
    from comodo_app.activities.recognizer import fit_recognizer
    from comodo_app.project.files import save_arrays

    copy = Path(shutil.copytree(made[0] / "made.comodo", tmp_path / "made.comodo"))
    with Project.open(copy) as project:
        run = project.runs()[0]
        student, settings = load_run_student(project, run)
        windows = package_windows(project, run, settings, quiet())
        features = embed(student, windows.imu)
        fitted = fit_recognizer(features, windows.said, head=Head(kind), abstain_share=0.2)
        save_arrays(copy / "students" / "1" / "recognizer.npz", **fitted.to_arrays())
    result = package(PackageRequest(copy, int8=False), quiet())
    contract = contract_of(result)
    own = recognizer_of(contract).predict(features, contract.groups)
    assert own.unknown.any() and not own.unknown.all()
    shutil.copy(EXAMPLE, tmp_path / "example.py")
    np.save(tmp_path / "windows.npy", windows.imu)
    code = (
        "import numpy as np, example\n"
        "student = example.Student(sys.argv[1])\n"
        "windows = np.load(sys.argv[2] + '/windows.npy')\n"
        "print(json.dumps([student.say(window) for window in windows]))\n"
    )
    said = json.loads(alone(code, result.folder, tmp_path))
    labels = {a.id: a.label for a in contract.activities}
    expected = [
        "unknown" if unknown else labels[int(i)]
        for i, unknown in zip(own.activity_ids, own.unknown, strict=True)
    ]
    assert [label for label, _ in said] == expected
    np.testing.assert_allclose([p for _, p in said], own.confidence, atol=1e-4)


def test_the_example_cuts_live_samples_of_any_rate_as_comodo_cuts_recordings(made, tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "example.py")
    from comodo_app.recordings.model import ImuTrack, Recording

    track, _ = imu_of(7)
    rng = np.random.default_rng(0)
    for rate_hz in (100.0, 31.0, 20.0):  # above, about and below the student's 25 Hz
        times = np.arange(round(12 * rate_hz)) / rate_hz + rng.uniform(0, 0.1 / rate_hz)
        times += rng.uniform(-0.1, 0.1, len(times)) / rate_hz
        columns = [np.interp(times, track.times_s, c) for c in track.samples.T]
        samples = np.stack(columns, axis=1).astype(np.float32)
        recording = Recording("live", None, ImuTrack(times, samples, rate_hz))
        own = cut_imu(recording, np.array([4.0]), window_s=4.0, sample_rate_hz=RATE_HZ)[0]
        np.save(tmp_path / "live.npy", np.column_stack([times, samples]))
        code = (
            "import numpy as np, example\n"
            "live = np.load(sys.argv[2] + '/live.npy')\n"
            "student = example.Student(sys.argv[1])\n"
            "np.save(sys.argv[2] + '/cut.npy', student.window(live, 4.0))\n"
            "hole = live[(live[:, 0] < 5.0) | (live[:, 0] > 5.5)]\n"
            "print(student.window(hole, 4.0) is None, student.window(hole, 7.0) is None)\n"
        )
        assert alone(code, made[1].folder, tmp_path).split() == ["True", "False"]
        cut = np.load(tmp_path / "cut.npy")
        assert cut.shape == own.shape
        spread = np.sqrt(np.mean((own - own.mean(axis=0)) ** 2))
        assert np.sqrt(np.mean((cut - own) ** 2)) < 0.08 * spread, rate_hz


def test_the_example_runs_on_a_stream_of_lines_and_says_where_there_is_no_data(made, tmp_path):
    track, _ = imu_of(7)
    rows = np.column_stack([track.times_s, track.samples])[:2000]
    rows = rows[(rows[:, 0] < 12.0) | (rows[:, 0] > 13.0)]
    stdin = "\n".join(",".join(f"{value:.5f}" for value in row) for row in rows)
    code = (
        "import runpy; example = sys.argv[3]; sys.argv = ['run', sys.argv[1]]\n"
        "runpy.run_path(example, run_name='__main__')\n"
    )
    lines = alone(code, made[1].folder, tmp_path, EXAMPLE, stdin=stdin).splitlines()
    assert lines[0].startswith("5.0 (")
    assert any("no data" in line for line in lines)
    assert sum(name in line for line in lines for name in ("'sit'", "'walk'", "'run'")) >= 5

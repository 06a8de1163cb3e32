"""The fast path is exported, measured and verified once, and used only where it says the same."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from comodo_app.errors import StorageError
from comodo_app.jobs import fast_path
from comodo_app.jobs.core import JobCancelled, JobContext
from comodo_app.jobs.fast_path import (
    REFERENCE,
    FastPathRequest,
    fast_folder,
    find_fast_path,
    forget_fast_path,
    known_fast_path,
    open_fast_path,
)
from comodo_app.teachers.backends import TorchBackend
from comodo_app.teachers.comparing import Compared, cosines
from comodo_app.teachers.video_model import load_video_model
from tests.unit.teachers.checkpoints import videomae


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small"
    videomae(folder, hidden_size=32)
    return folder


@pytest.fixture
def request_(checkpoint):
    return FastPathRequest(checkpoint, "abc123")


def context():
    return JobContext(lambda progress: None)


def test_it_is_decided_once_on_real_windows_and_remembered(request_):
    decided = find_fast_path(request_, context())
    assert decided.n_windows == fast_path.N_WINDOWS
    assert decided.tried[0].backend == REFERENCE
    assert {"onnx-fp32", "onnx-int8"} <= {one.backend for one in decided.tried}
    assert decided.reason
    known = known_fast_path("abc123")
    assert known.backend == decided.backend
    assert find_fast_path(request_, JobContext(pytest.fail)) == known  # nothing is done again


def test_what_is_chosen_says_the_same_as_the_reference(request_, checkpoint, monkeypatch):
    monkeypatch.setattr(fast_path, "_WORTH_IT", 0.0)  # whatever the speed of this small one
    decided = find_fast_path(request_, context())
    assert decided.backend != REFERENCE
    model = load_video_model(checkpoint)
    clip = model.clip
    shape = 3, clip.n_frames, 3, clip.height_px, clip.width_px
    clips = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    rows = open_fast_path(decided).embed(clips)
    assert cosines(TorchBackend(model).embed(clips), rows).min() >= 0.99
    kept = {file.name for file in fast_folder("abc123").iterdir()}
    assert len(kept) == 2  # the decision and the one graph that is used


def compared(backend, seconds, refused=""):
    return Compared(backend, backend.split("-")[-1], seconds, 0.999, 0.95, refused)


def choice(request_, *others):
    tried = (compared(REFERENCE, 1.0), *others)
    return fast_path._choice(request_, tried, 32, [])


def test_the_fastest_that_says_the_same_is_chosen(request_):
    chosen = choice(request_, compared("onnx-fp32", 0.8), compared("onnx-int8", 0.5))
    assert chosen.backend == "onnx-int8"
    assert chosen.speedup == pytest.approx(2.0)
    assert "2.0 times as fast" in chosen.reason


def test_a_faster_one_that_says_something_else_is_not_used_and_the_reason_is_shown(request_):
    chosen = choice(request_, compared("onnx-int8", 0.1, "embeddings differ: cosine 0.7"))
    assert chosen.backend == REFERENCE
    assert "onnx-int8: embeddings differ: cosine 0.7" in chosen.reason


def test_a_gain_within_the_noise_is_no_reason_to_leave_full_precision(request_):
    assert choice(request_, compared("onnx-int8", 0.95)).backend == REFERENCE


def test_a_decision_of_another_computer_does_not_hold(request_, monkeypatch):
    find_fast_path(request_, context())
    monkeypatch.setattr(fast_path, "this_machine", lambda: "another")
    assert known_fast_path("abc123") is None


def test_a_missing_graph_is_made_again(request_, monkeypatch):
    monkeypatch.setattr(fast_path, "_WORTH_IT", 0.0)
    find_fast_path(request_, context())
    for graph in fast_folder("abc123").glob("*.onnx"):
        graph.unlink()
    assert known_fast_path("abc123") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 99}', '{"schema": 1}'])
def test_a_damaged_decision_is_made_again(text, request_):
    folder = fast_folder("abc123")
    folder.mkdir(parents=True)
    (folder / "decision.json").write_text(text)
    assert known_fast_path("abc123") is None


def test_cancelling_leaves_no_decision(request_):
    def send(progress):
        if progress.note.startswith("comparing"):
            running.cancel()

    running = JobContext(send)
    with pytest.raises(JobCancelled):
        find_fast_path(request_, running)
    assert known_fast_path("abc123") is None


def test_an_export_that_fails_leaves_full_precision_and_says_why(request_, monkeypatch):
    def fail(model, path):
        raise RuntimeError("Exporting the operator 'aten::odd' is not supported\nmore")

    monkeypatch.setattr("comodo_app.teachers.onnx_export.export_onnx", fail)
    decided = find_fast_path(request_, context())
    assert decided.backend == REFERENCE
    assert "cannot be exported (Exporting the operator 'aten::odd'" in decided.reason
    assert open_fast_path(decided) is None


def test_a_full_disk_is_said_before_anything_is_written(request_, monkeypatch):
    usage = fast_path.shutil.disk_usage("/")
    full = lambda folder: usage._replace(free=10)  # noqa: E731
    monkeypatch.setattr(fast_path.shutil, "disk_usage", full)
    with pytest.raises(StorageError, match="need"):
        find_fast_path(request_, context())
    assert not list(fast_folder("abc123").glob("*"))


def test_forgetting_frees_the_graphs(request_):
    find_fast_path(request_, context())
    size = sum(file.stat().st_size for file in fast_folder("abc123").iterdir())
    assert forget_fast_path("abc123") == size
    assert known_fast_path("abc123") is None


def test_a_decision_survives_its_file(request_):
    decided = find_fast_path(request_, context())
    stored = json.loads((fast_folder("abc123") / "decision.json").read_text())
    assert stored["backend"] == decided.backend
    again = known_fast_path("abc123")
    assert dataclasses.replace(again, tried=()) == dataclasses.replace(decided, tried=())

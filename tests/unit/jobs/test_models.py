"""Teachers that others trained, opened by name: their facts without torch, their way to run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.jobs import backend_choice, fast_path
from comodo_app.jobs.dataset import Roles
from comodo_app.jobs.models import (
    facts_of_run,
    make_teacher,
    open_teacher,
    teacher_backend,
    teacher_facts,
)
from comodo_app.jobs.student_files import RunSettings
from comodo_app.recordings.video import probe_video
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec
from comodo_app.teachers.base import TeacherFacts
from tests.unit.recordings.videos import textured_frames, write_video
from tests.unit.teachers.checkpoints import videomae

STARTS = np.arange(0.0, 6.0, 1.5)
WINDOW_S = 2.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "mine"
    videomae(folder)
    return folder


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return probe_video(write_video(path, textured_frames(240, width_px=96, height_px=64)))


@pytest.fixture
def plain(monkeypatch):
    """No comparison of ways to run a model: torch, in full precision."""

    def decided(request, context):
        return fast_path.FastPath(
            request.digest, fast_path.REFERENCE, "fp32", "Full precision in torch.", 0.1, 0.1, 32
        )

    monkeypatch.setattr(fast_path, "find_fast_path", decided)


def rows(teacher, video):
    out = np.zeros((len(STARTS), teacher.dim), np.float32)
    for piece in teacher.encode(video, STARTS, WINDOW_S):
        out[piece.indexes] = piece.embeddings
    return out


def test_the_facts_are_those_of_the_teacher_itself(folder, video, plain):
    assert teacher_backend(str(folder)) == "unknown"
    opened = open_teacher(str(folder), video=video, window_s=WINDOW_S)
    assert TeacherFacts.of(opened.teacher) == teacher_facts(str(folder))
    assert opened.backend == teacher_backend(str(folder)) == "torch-cpu-fp32"
    assert opened.reason == "Full precision in torch."
    assert opened.teacher.key == "folder:mine"
    assert [b.stop for b in opened.teacher.blocks] == [opened.teacher.dim]


def test_the_facts_need_neither_torch_nor_transformers(folder):
    code = (
        "import sys; from comodo_app.jobs.models import teacher_facts\n"
        f"print(teacher_facts({str(folder)!r}).dim)\n"
        "print([m for m in ('torch', 'transformers', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    dim, loaded = done.stdout.splitlines()
    assert int(dim) == json.loads((folder / "config.json").read_text())["hidden_size"]
    assert loaded == "[]"


def test_what_was_measured_once_is_not_measured_again(folder, video, plain, monkeypatch):
    first = make_teacher(str(folder))

    def never(*args, **more):
        raise AssertionError("measured again")

    monkeypatch.setattr(fast_path, "find_fast_path", never)
    monkeypatch.setattr(backend_choice, "choose", never)
    again = make_teacher(str(folder))
    np.testing.assert_array_equal(rows(first, video), rows(again, video))


def test_a_choice_whose_graph_is_gone_is_made_again(folder, video, plain, monkeypatch):
    make_teacher(str(folder))
    source = backend_choice.known_choice
    kept = source("folder:mine", teacher_facts(str(folder)).revision)
    backend_choice.remember_choice(
        "folder:mine",
        teacher_facts(str(folder)).revision,
        "auto",
        replace(kept, backend="onnx-int8", precision="int8"),
    )
    assert open_teacher(str(folder), video=video).backend == "torch-cpu-fp32"
    assert teacher_facts(str(folder)).preprocessing.endswith("fp32")


def test_a_graph_says_what_its_folder_says(folder, video, plain, tmp_path):
    from comodo_app.teachers.onnx_export import export_onnx
    from comodo_app.teachers.video_model import load_video_model

    model = load_video_model(folder)
    export_onnx(model, tmp_path / "mine.onnx")
    about = {"dim": model.dim, "clip": model.clip.to_json()}
    (tmp_path / "mine.json").write_text(json.dumps(about))
    graph = open_teacher(str(tmp_path / "mine.onnx"), video=video, window_s=WINDOW_S)
    assert graph.teacher.key == "onnx:mine"
    assert graph.backend == "onnx-fp32"
    expected = rows(make_teacher(str(folder)), video)
    np.testing.assert_allclose(rows(graph.teacher, video), expected, atol=1e-5)


def test_a_graph_of_other_clips_or_size_is_refused(folder, video, tmp_path):
    from comodo_app.teachers.onnx_export import export_onnx
    from comodo_app.teachers.video_model import load_video_model

    model = load_video_model(folder)
    path = tmp_path / "mine.onnx"
    export_onnx(model, path)
    with pytest.raises(UnreadableFile, match=r"mine\.json is missing"):
        make_teacher(str(path))
    other = replace(model.clip, n_frames=model.clip.n_frames * 2)
    path.with_suffix(".json").write_text(json.dumps({"dim": model.dim, "clip": other.to_json()}))
    with pytest.raises(UnreadableFile, match="the file beside it says"):
        open_teacher(str(path), video=video, window_s=WINDOW_S)
    path.with_suffix(".json").write_text(json.dumps({"dim": 7, "clip": model.clip.to_json()}))
    with pytest.raises(UnreadableFile, match="says 7"):
        open_teacher(str(path), video=video, window_s=WINDOW_S)


def test_a_device_that_is_not_here_is_refused(folder):
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="cuda"):
            make_teacher(str(folder), device="cuda")
    with pytest.raises(UsageError, match="abacus"):
        teacher_facts(str(folder), "abacus")


def test_a_run_finds_its_rows_without_its_teacher(folder):
    facts = teacher_facts(str(folder))
    settings = RunSettings(
        COMODO_PLUS, StudentSpec(), "/gone/mine", facts.revision, WindowGrid(), 0,
        Roles((1,), (), ()), facts, "cpu",
    )  # fmt: skip
    back = RunSettings.from_json(settings.to_json())
    assert back == settings
    assert facts_of_run(back) == facts
    assert back.teacher_key == "folder:mine"


def test_runs_of_older_versions_have_the_built_in_teacher():
    settings = RunSettings(
        COMODO_PLUS, StudentSpec(), "builtin", "1", WindowGrid(), 0, Roles((1,), (), ())
    )
    values = json.loads(settings.to_json())
    del values["teacher_facts"], values["device"]
    old = RunSettings.from_json(json.dumps(values))
    assert old.facts is None
    assert asdict(facts_of_run(old)) == asdict(teacher_facts("builtin"))
    assert old.device == "auto"
    assert old.teacher_key == "builtin"

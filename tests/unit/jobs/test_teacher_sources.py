from __future__ import annotations

from pathlib import Path

import pytest

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.jobs.teacher_sources import find_source, is_path, lasting_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch):
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))


def test_a_model_that_is_not_here_says_how_to_get_it():
    with pytest.raises(UsageError, match="comodo models get videomae-b"):
        find_source("videomae-b")


def test_an_unknown_name_lists_the_known():
    with pytest.raises(UsageError, match=r"Known: builtin, .*videomae-b"):
        find_source("nonsense")


def test_a_student_is_no_teacher():
    with pytest.raises(UsageError, match="is a student"):
        find_source("mantis-v2")


def test_a_folder_is_known_by_its_name_and_what_it_holds(folder, tmp_path):
    source = find_source(str(folder))
    assert source.key == "folder:my-model"
    assert source.path == folder
    moved = folder.rename(tmp_path / "elsewhere")
    assert find_source(str(moved)).revision == source.revision
    (moved / "model.safetensors").write_bytes(b"others!!")
    assert find_source(str(moved)).revision != source.revision


def test_the_configuration_belongs_to_the_version(folder):
    before = find_source(str(folder)).revision
    (folder / "preprocessor_config.json").write_text('{"do_resize": false}')
    assert find_source(str(folder)).revision != before


def test_folders_that_hold_no_model_say_what_is_missing(folder, tmp_path):
    with pytest.raises(UsageError, match="no such teacher"):
        find_source(str(tmp_path / "nowhere"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UnreadableFile, match="safetensors"):
        find_source(str(folder))
    (folder / "config.json").unlink()
    with pytest.raises(UnreadableFile, match=r"config\.json is missing"):
        find_source(str(folder))
    with pytest.raises(UsageError, match=r"\.onnx"):
        find_source(str(tmp_path / "a.onnx"))


def test_a_place_is_told_from_a_name(folder, monkeypatch):
    assert is_path(str(folder))
    assert is_path("./videomae-b")
    assert is_path("model.onnx")
    assert not is_path("videomae-b")
    assert not is_path("builtin")
    monkeypatch.chdir(folder.parent)
    assert lasting_name("my-model") == str(folder)
    assert lasting_name("builtin") == "builtin"

"""Folders in the published format come into the store whole; others are refused with a reason."""

from __future__ import annotations

import shutil
from collections import namedtuple

import numpy as np
import pytest
from safetensors.numpy import save

from comodo_app.errors import StorageError, UnreadableFile
from comodo_app.weights import store
from comodo_app.weights.catalog import entry
from comodo_app.weights.importing import import_folder
from tests.unit.weights.conftest import videomae_files, videomae_weights


def nothing(*_):
    """Nobody watches."""


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "My Model (v2)"
    folder.mkdir()
    for name, data in videomae_files().items():
        if "/" not in name:
            (folder / name).write_bytes(data)
    return folder


def test_a_published_folder_becomes_the_model_of_the_catalogue(published, videomae):
    seen = []
    model = import_folder(published, videomae, seen.append, accepted_at="2026-01-01")
    assert store.find("videomae-b") == model
    assert model.source == "folder"
    assert model.revision == f"folder-{model.digest}"
    assert (model.licence, model.accepted_at) == ("CC-BY-NC-4.0", "2026-01-01")
    names = sorted(path.name for path in model.folder.iterdir())
    assert names == [
        "config.json", "manifest.json", "model.safetensors", "preprocessor_config.json",
    ]  # fmt: skip
    assert store.verify(model) == ()
    assert seen[-1].done_bytes == seen[-1].total_bytes


def test_equal_weights_have_the_same_digest_from_wherever_they_came(published, videomae):
    as_entry = import_folder(published, videomae, nothing)
    as_own = import_folder(published, None, nothing)
    assert as_entry.digest == as_own.digest


def test_a_folder_of_ones_own_gets_a_name_of_its_own(published):
    model = import_folder(published, None, nothing)
    assert model.id == "local-my-model-v2"
    manifest = store.read_manifest(model.folder)
    assert manifest.architecture == "videomae"
    assert dict(manifest.about) == {
        "kind": "teacher",
        "title": "my-model-v2",
        "embedding_dim": 768,
        "n_parameters": 200_000,
        "naming": "1 labels",
    }


def test_the_cache_of_the_hub_is_accepted_as_it_lies(published, videomae, tmp_path):
    cache = tmp_path / "models--MCG-NJU--videomae"
    shutil.copytree(published, cache / "snapshots" / "abc")
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("abc")
    assert import_folder(cache, videomae, nothing).source == "folder"


def test_a_student_without_model_type_is_recognised_by_its_tensors(tmp_path):
    folder = tmp_path / "student"
    folder.mkdir()
    names = ("tokgen_unit.convs.0.conv.weight", "vit_unit.transformer.layers.0.0.fn.to_qkv.weight")
    zeros = {name: np.zeros(3, np.float32) for name in names}
    (folder / "model.safetensors").write_bytes(save(zeros))
    (folder / "config.json").write_text('{"hidden_dim": 256}')
    model = import_folder(folder, None, nothing)
    assert store.read_manifest(model.folder).architecture == "mantis-v1"
    assert import_folder(folder, entry("mantis-plus"), nothing).id == "mantis-plus"


def refused(folder, wanted):
    with pytest.raises(UnreadableFile) as caught:
        import_folder(folder, wanted, nothing)
    assert store.installed() == ()
    assert not [p for p in store.models_folder().rglob("*") if p.suffix == store.PARTIAL]
    return str(caught.value)


def test_what_is_no_folder_of_a_model_is_refused_with_what_is_missing(
    published, videomae, tmp_path
):
    assert "no such folder" in refused(tmp_path / "nowhere", videomae)
    assert "a file, not a folder" in refused(published / "config.json", videomae)
    (tmp_path / "empty").mkdir()
    assert "no config.json" in refused(tmp_path / "empty", videomae)
    assert "no .safetensors file" in refused(tmp_path / "empty", None)
    (published / "config.json").write_text("{")
    assert "not JSON" in refused(published, videomae)
    (published / "config.json").unlink()
    assert "no config.json" in refused(published, videomae)


def test_another_architecture_is_refused_by_name(published, videomae):
    (published / "config.json").write_text('{"model_type": "vivit"}')
    said = refused(published, videomae)
    assert "config.json says 'vivit', but VideoMAE-B (Kinetics-400) is videomae" in said
    said = refused(published, None)
    assert "no architecture for this model (model_type 'vivit')" in said
    assert "timesformer" in said


def test_another_size_of_the_same_model_is_refused(published):
    assert "have 768 numbers, those of VideoMAE-S (Kinetics-400) 384" in refused(
        published, entry("videomae-s")
    )


def test_weights_of_another_model_are_refused(published, videomae):
    other = save({"vivit.encoder.layer.0.weight": np.zeros(3, np.float32)})
    (published / "model.safetensors").write_bytes(other)
    assert "no tensor is called *videomae.encoder" in refused(published, videomae)


def test_a_pickle_alone_is_refused(published, videomae):
    (published / "model.safetensors").unlink()
    assert "only as a pickle (pytorch_model.bin)" in refused(published, videomae)


def test_a_cut_off_file_is_refused(published, videomae):
    path = published / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert "100 bytes are missing" in refused(published, videomae)


def test_room_is_made_sure_of_before_copying(published, videomae, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(StorageError, match="the disk has 0 MB left"):
        import_folder(published, videomae, nothing)
    assert store.installed() == ()
    assert store.partial_bytes("videomae-b") == 0


def test_a_cancelled_import_leaves_nothing(published, videomae):
    class Cancelled(Exception):
        pass

    def report(transfer):
        if transfer.done_bytes:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_folder(published, videomae, report)
    assert store.installed() == ()
    assert store.partial_bytes("videomae-b") == 0


def test_an_import_takes_the_place_of_the_one_before(published, videomae):
    first = import_folder(published, videomae, nothing)
    (published / "model.safetensors").write_bytes(videomae_weights(seed=3))
    second = import_folder(published, videomae, nothing)
    assert first.digest != second.digest
    assert store.find("videomae-b") == second
    assert store.partial_bytes("videomae-b") > 0  # the older copy, which nobody uses

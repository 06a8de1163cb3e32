"""A model on this disk is whole, or it is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from comodo_app.errors import StorageError, UsageError
from comodo_app.weights import store
from comodo_app.weights.files import hash_file
from comodo_app.weights.store import FileRecord, Manifest


def put(model_id="m", revision="r1", text="weights", fetched_at="2026-01-01T00:00:00+00:00"):
    partial = store.partial_folder(model_id, revision)
    partial.mkdir(parents=True)
    for name in ("model.safetensors", "config.json"):
        (partial / name).write_text(text + name)
    records = {
        path.name: FileRecord(path.stat().st_size, hash_file(path)) for path in partial.iterdir()
    }
    (partial / "model.safetensors.part").write_text("left over")
    manifest = Manifest(model_id, revision, "hub", fetched_at, "MIT", fetched_at, records)
    return store.publish(partial, manifest)


def test_the_folder_is_chosen_by_environment_then_beside_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "chosen"))
    assert store.models_folder() == tmp_path / "chosen"
    monkeypatch.delenv("COMODO_MODELS")
    monkeypatch.setenv("COMODO_CONFIG_DIR", str(tmp_path / "config"))
    assert store.models_folder() == tmp_path / "config" / "data" / "models"
    monkeypatch.delenv("COMODO_CONFIG_DIR")
    assert store.models_folder().name == "models"


def test_the_app_and_the_store_mean_the_same_data_folder(monkeypatch):
    from comodo_app.jobs.resources import data_folder

    monkeypatch.delenv("COMODO_MODELS")
    assert store.models_folder() == data_folder() / "models"


def test_nothing_is_installed_where_there_is_no_folder():
    assert store.installed() == ()
    assert store.find("m") is None
    assert store.partial_bytes("m") == 0


def test_a_published_folder_is_found_with_what_its_manifest_says():
    model = put()
    assert store.installed() == (model,)
    assert store.find("m") == model
    assert model.folder == store.models_folder() / "m" / "r1"
    assert model.size_bytes == len("weightsmodel.safetensors" + "weightsconfig.json")
    assert sorted(p.name for p in model.folder.iterdir()) == [
        "config.json", "manifest.json", "model.safetensors",
    ]  # fmt: skip


def test_of_several_revisions_the_latest_is_found():
    put(revision="r1", fetched_at="2026-01-02T00:00:00+00:00")
    put(revision="r2", fetched_at="2026-01-01T00:00:00+00:00")
    assert store.find("m").revision == "r1"
    assert store.find_revision("m", "r2").revision == "r2"
    assert store.find_revision("m", "r3") is None


def lose(folder):
    (folder / "config.json").unlink()


def shorten(folder):
    (folder / "model.safetensors").write_text("wei")


def spoil(folder):
    (folder / "manifest.json").write_text("{")


def other_schema(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "schema": 99}))


def escape(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../x"] = {"size": 1, "sha256": ""}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def no_manifest(folder):
    (folder / "manifest.json").unlink()


def list_instead(folder):
    (folder / "manifest.json").write_text("[]")


@pytest.mark.parametrize(
    "damage", [lose, shorten, spoil, other_schema, escape, no_manifest, list_instead]
)
def test_a_damaged_folder_is_not_used_and_counts_as_left_over(damage):
    model = put()
    damage(model.folder)
    assert store.installed() == ()
    assert store.partial_bytes("m") > 0


def test_a_folder_of_an_interrupted_download_is_not_used_even_with_a_manifest():
    model = put()
    model.folder.rename(store.partial_folder("m", "r1"))
    assert store.installed() == ()


def test_verifying_finds_the_file_that_changed_without_changing_its_size():
    model = put()
    assert store.verify(model) == ()
    (model.folder / "config.json").write_text("WEIGHTSconfig.json")
    assert store.verify(model) == ("config.json is not as it was when it was fetched",)


def test_verifying_tells_how_many_bytes_it_has_read():
    seen = []
    model = put()
    store.verify(model, seen.append)
    assert sum(seen) == model.size_bytes


def test_a_damaged_model_is_taken_out_of_use():
    model = put()
    store.set_aside(model)
    assert store.find("m") is None
    assert store.partial_bytes("m") == model.size_bytes


def test_removing_frees_everything_of_the_model_and_nothing_else():
    put("m", "r1")
    put("m", "r2")
    put("other")
    partial = store.partial_folder("m", "r3")
    partial.mkdir()
    (partial / "model.safetensors.part").write_bytes(bytes(1000))
    freed = store.remove("m")
    assert freed > 1000
    assert [model.id for model in store.installed()] == ["other"]
    assert not (store.models_folder() / "m").exists()


def test_removing_leftovers_keeps_the_model():
    model = put()
    partial = store.partial_folder("m", "r3")
    partial.mkdir()
    (partial / "model.safetensors.part").write_bytes(bytes(1000))
    assert store.partial_bytes("m") == 1000
    assert store.remove_partial("m") == 1000
    assert store.find("m") == model


def test_what_is_not_here_cannot_be_removed():
    with pytest.raises(UsageError, match="m is not on this disk"):
        store.remove("m")


@pytest.mark.parametrize("model_id", ["../m", "/etc", "", ".locks", "a/b", "a\\b"])
def test_an_id_cannot_lead_out_of_the_folder(model_id):
    with pytest.raises(UsageError, match="is no model's id"):
        store.remove(model_id)


def test_a_model_that_is_being_fetched_is_not_removed():
    put()
    with store.changing("m"), pytest.raises(UsageError, match="being fetched or changed"):
        store.remove("m")
    assert store.find("m") is not None


def test_a_refused_write_names_the_place(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "manifest.json")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError, match=r"manifest.json: No permission.*COMODO_MODELS"):
        put()
    assert store.installed() == ()


def test_equal_weights_have_equal_digests_whatever_lies_beside_them():
    one = {"a.safetensors": FileRecord(1, "11"), "config.json": FileRecord(1, "22")}
    two = {"b.safetensors": FileRecord(1, "11"), "config.json": FileRecord(1, "33")}
    three = {"a.safetensors": FileRecord(1, "12")}
    assert store.weights_digest(one) == store.weights_digest(two) != store.weights_digest(three)

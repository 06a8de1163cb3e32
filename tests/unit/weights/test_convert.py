"""A published .bin becomes safetensors in a process of its own, or is refused and never run."""

from __future__ import annotations

import json
import pickle
import time
from dataclasses import replace

import pytest
import torch

from comodo_app.errors import DownloadFailed, UnreadableFile
from comodo_app.weights import convert as converting
from comodo_app.weights import convert_process, store
from comodo_app.weights.catalog import entry
from comodo_app.weights.convert import convert_bin
from comodo_app.weights.download import fetch
from comodo_app.weights.hub import Connection
from comodo_app.weights.importing import import_folder
from comodo_app.weights.reading import read_safetensors
from tests.unit.weights.hub_server import FakeHub, served


class Hostile:
    """A pickle that writes a file when it is opened carelessly."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return (open, (self.trace, "w"))


def timesformer_state():
    key = "timesformer.encoder.layer.0.temporal_dense"
    shared = torch.arange(12.0).reshape(3, 4)
    return {f"{key}.weight": shared, f"{key}.bias": torch.ones(3), "view": shared.t()}


@pytest.fixture
def timesformer(tmp_path):
    """A repository as TimeSformer's: a pickle and no safetensors."""
    path = tmp_path / "state.bin"
    torch.save(timesformer_state(), path)
    return {
        "config.json": json.dumps({"model_type": "timesformer", "hidden_size": 768}).encode(),
        "preprocessor_config.json": b"{}",
        "pytorch_model.bin": path.read_bytes(),
    }


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "published"
    folder.mkdir()
    return folder


def nothing(*_):
    """Nobody watches."""


def test_tensors_are_the_same_after_conversion(tmp_path, timesformer):
    source, target = tmp_path / "in.bin", tmp_path / "out.safetensors"
    source.write_bytes(timesformer["pytorch_model.bin"])
    convert_bin(source, target, nothing)
    found = read_safetensors(target)
    wanted = timesformer_state()
    assert set(found) == set(wanted)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_a_fetched_bin_is_converted_once_and_the_pickle_is_gone(timesformer):
    wanted = entry("timesformer-b")
    hub = FakeHub(wanted.repo, timesformer)
    doing = []
    with served(hub) as address:
        model = fetch(
            wanted, Connection(endpoint=address), lambda t: doing.append(t.doing), accepted_at=""
        )
    assert sorted(p.name for p in model.folder.iterdir()) == [
        "config.json", "manifest.json", "model.safetensors", "preprocessor_config.json",
    ]  # fmt: skip
    assert "converting to safetensors" in doing
    manifest = store.read_manifest(model.folder)
    assert len(manifest.converted_from) == 64
    assert set(read_safetensors(model.folder)) == set(timesformer_state())


def test_a_bin_without_a_listed_checksum_is_not_converted(timesformer):
    wanted = entry("timesformer-b")
    hub = FakeHub(wanted.repo, timesformer)
    hub.without_checksums = True
    with served(hub) as address, pytest.raises(DownloadFailed, match="cannot be checked"):
        fetch(wanted, Connection(endpoint=address), nothing, accepted_at="")
    assert store.installed() == ()


def test_an_imported_bin_is_converted_for_an_entry_that_is_published_so(source, timesformer):
    for name, data in timesformer.items():
        (source / name).write_bytes(data)
    model = import_folder(source, entry("timesformer-b"), nothing)
    assert set(read_safetensors(model.folder)) == set(timesformer_state())
    assert not (model.folder / "pytorch_model.bin").exists()


def test_a_bin_is_not_converted_for_a_model_that_is_published_as_safetensors(source, timesformer):
    for name, data in timesformer.items():
        (source / name).write_bytes(data)
    config = json.dumps({"model_type": "videomae", "hidden_size": 768})
    (source / "config.json").write_text(config)
    with pytest.raises(UnreadableFile, match="only as a pickle"):
        import_folder(source, entry("videomae-b"), nothing)
    with pytest.raises(UnreadableFile, match="only as a pickle"):
        import_folder(source, None, nothing)


@pytest.mark.parametrize(("wrapped", "archive"), [(False, False), (True, True)])
def test_a_hostile_pickle_is_refused_and_not_executed(tmp_path, wrapped, archive):
    source, target, trace = tmp_path / "in.bin", tmp_path / "out.safetensors", tmp_path / "trace"
    hostile = {"a": torch.ones(2), "b": Hostile(trace)} if wrapped else Hostile(trace)
    if archive:
        torch.save(hostile, source)
    else:
        source.write_bytes(pickle.dumps(hostile, protocol=2))
    with pytest.raises(UnreadableFile, match=r"refused, nothing in it was run.*save_pretrained"):
        convert_bin(source, target, nothing)
    assert not trace.exists()
    assert not target.exists()


def test_a_hostile_published_bin_leaves_nothing_usable(tmp_path, timesformer):
    trace = tmp_path / "trace"
    torch.save({"a": Hostile(trace)}, tmp_path / "bad.bin")
    wanted = entry("timesformer-b")
    files = {**timesformer, "pytorch_model.bin": (tmp_path / "bad.bin").read_bytes()}
    refused = pytest.raises(UnreadableFile, match="nothing in it was run")
    with served(FakeHub(wanted.repo, files)) as address, refused:
        fetch(wanted, Connection(endpoint=address), nothing, accepted_at="")
    assert not trace.exists()
    assert store.installed() == ()


@pytest.mark.parametrize("value", [[torch.ones(2)], {"a": 3}, {}, {"state_dict": {"a": "text"}}])
def test_what_holds_no_named_tensors_is_refused(tmp_path, value, capsys, monkeypatch):
    monkeypatch.setattr(convert_process, "limit", nothing)  # not for the tests' own process
    source, target = tmp_path / "in.bin", tmp_path / "out.safetensors"
    torch.save(value, source)
    assert convert_process.main(str(source), str(target)) == convert_process.REFUSED
    assert "named tensor" in capsys.readouterr().err.replace("table of tensors", "named tensor")
    assert not target.exists()


def test_a_conversion_that_takes_too_long_is_ended(tmp_path, timesformer, monkeypatch):
    source = tmp_path / "in.bin"
    source.write_bytes(timesformer["pytorch_model.bin"])
    with pytest.raises(UnreadableFile, match="not be converted within 0 s"):
        convert_bin(source, tmp_path / "out.safetensors", nothing, timeout_s=0.0)
    assert not (tmp_path / "out.safetensors").exists()


def test_a_cancelled_conversion_ends_its_process_at_once(tmp_path, timesformer, monkeypatch):
    class Cancelled(Exception):
        pass

    started = []
    real = converting.subprocess.Popen

    def popen(*args, **kwargs):
        started.append(real(*args, **kwargs))
        return started[-1]

    def cancel():
        raise Cancelled

    monkeypatch.setattr(converting.subprocess, "Popen", popen)
    source = tmp_path / "in.bin"
    source.write_bytes(timesformer["pytorch_model.bin"])
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        convert_bin(source, tmp_path / "out.safetensors", cancel)
    assert started[0].poll() is not None
    assert time.monotonic() - begin < 5.0


def test_the_process_gets_no_secrets_of_the_environment(tmp_path, timesformer, monkeypatch):
    given = {}
    real = converting.subprocess.Popen

    def popen(*args, **kwargs):
        given.update(kwargs["env"])
        return real(*args, **kwargs)

    monkeypatch.setattr(converting.subprocess, "Popen", popen)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    source = tmp_path / "in.bin"
    source.write_bytes(timesformer["pytorch_model.bin"])
    with pytest.raises(UnreadableFile):
        convert_bin(source, tmp_path / "out.safetensors", nothing, timeout_s=0.0)
    assert "HF_TOKEN" not in given
    assert "PATH" in given


def test_an_entry_must_name_the_bin_for_it_to_be_fetched(timesformer):
    wanted = replace(entry("timesformer-b"), files=("config.json", "*.safetensors"))
    hub = FakeHub(wanted.repo, timesformer)
    with served(hub) as address, pytest.raises(DownloadFailed, match="holds no safetensors"):
        fetch(wanted, Connection(endpoint=address), nothing, accepted_at="")

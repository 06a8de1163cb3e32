"""Safetensors are read; everything else is refused with words that help."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from comodo_app.errors import UnreadableFile
from comodo_app.weights.reading import (
    account_for_keys,
    is_pickle,
    read_header,
    read_safetensors,
    read_shapes,
)


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(2.0).half()}, path)
    return path


def test_tensors_come_back_as_they_were_written(good):
    tensors = read_safetensors(good)
    assert torch.equal(tensors["a.weight"], torch.arange(6.0).reshape(2, 3))
    assert tensors["b"].dtype == torch.float16


def test_shapes_are_read_from_the_header_alone(good, monkeypatch):
    monkeypatch.setattr("safetensors.torch.load_file", None)
    assert read_shapes(good) == {"a.weight": (2, 3), "b": ()}
    assert read_header(good)["b"].dtype == "F16"


def test_a_folder_of_several_files_is_read_as_one_model(good):
    save_file({"c": torch.ones(4)}, good.with_name("model-2.safetensors"))
    assert set(read_safetensors(good.parent)) == {"a.weight", "b", "c"}


def test_a_tensor_that_is_in_two_files_is_refused(good):
    save_file({"b": torch.ones(4)}, good.with_name("model-2.safetensors"))
    with pytest.raises(UnreadableFile, match="b is in two files"):
        read_safetensors(good.parent)


def as_archive(path):
    torch.save({"a": torch.ones(2)}, path)


def as_old_archive(path):
    torch.save({"a": torch.ones(2)}, path, _use_new_zipfile_serialization=False)


def as_plain_pickle(path):
    path.write_bytes(pickle.dumps({"a": np.ones(2)}))


@pytest.mark.parametrize("write", [as_archive, as_old_archive, as_plain_pickle])
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_pickle_is_refused_whatever_it_is_called_and_never_opened(
    tmp_path, write, name, monkeypatch
):
    path = tmp_path / name
    write(path)
    monkeypatch.setattr(torch, "load", None)
    monkeypatch.setattr(pickle, "load", None)
    with pytest.raises(UnreadableFile, match=r"is a pickle.*could run code.*Fetch the model from"):
        read_safetensors(path)


def test_a_folder_with_pickles_only_says_so(tmp_path):
    as_archive(tmp_path / "pytorch_model.bin")
    with pytest.raises(UnreadableFile, match=r"only as a pickle \(pytorch_model.bin\)"):
        read_safetensors(tmp_path)


def test_a_folder_without_weights_says_which_one_to_choose(tmp_path):
    with pytest.raises(UnreadableFile, match=r"no .safetensors file.*Choose the folder"):
        read_safetensors(tmp_path)


def test_a_safetensors_header_that_looks_like_a_pickle_is_none():
    assert not is_pickle(struct.pack("<Q", 0x0280) + b'{"a":')
    assert not is_pickle(struct.pack("<Q", 0x04034B50) + b'{"a":')
    assert is_pickle(b"\x80\x02}q\x00.")
    assert is_pickle(b"PK\x03\x04" + bytes(20))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\1\2\3", "is cut off"),
        (b"<!DOCTYPE html><html>Not found</html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "pointer of Git LFS"),
        (struct.pack("<Q", 500) + b'{"a": 1}', "header is incomplete"),
        (struct.pack("<Q", 1 << 60) + b'{"a": 1}', "is no safetensors file"),
        (struct.pack("<Q", 8) + b"{'a': 1}", "header is not JSON"),
        (struct.pack("<Q", 8) + b"[1, 2,3]", "header is not a table"),
        (struct.pack("<Q", 8) + b'{"a": 1}', "entry for a is damaged"),
        (struct.pack("<Q", 2) + b"{}", "holds no tensors"),
        (b"just some words about weights", "is no safetensors file"),
    ],
)
def test_everything_else_is_refused_by_what_it_is(tmp_path, data, said):
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=said) as caught:
        read_safetensors(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("change", "said"), [(-5, "5 bytes are missing"), (3, "3 bytes too many")])
def test_a_file_of_another_length_is_refused(good, change, said):
    data = good.read_bytes()
    good.write_bytes(data[:change] if change < 0 else data + bytes(change))
    with pytest.raises(UnreadableFile, match=said):
        read_safetensors(good)


def test_a_header_whose_shape_and_bytes_disagree_is_refused(good):
    good.write_bytes(good.read_bytes().replace(b"[2,3]", b"[2,4]"))
    with pytest.raises(UnreadableFile, match=r"a.weight has other bytes"):
        read_safetensors(good)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read: No such file"):
        read_safetensors(tmp_path / "model.safetensors")


WANTED = {"a": (2, 3), "b": (4,), "c": ()}
HERE = Path("model.safetensors")


def test_exactly_the_wanted_tensors_are_accepted():
    account_for_keys(WANTED, dict(WANTED), where=HERE)


def test_what_may_be_dropped_is_dropped_by_pattern():
    found = {**WANTED, "head.weight": (9,), "head.bias": (1,)}
    account_for_keys(WANTED, found, ignore=("head.*",), where=HERE)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"a": (2, 3), "c": ()}, "1 tensors are missing: b"),
        ({**WANTED, "d": (1,)}, "1 tensors are not known: d"),
        ({**WANTED, "a": (3, 2)}, "a is 3×2 instead of 2×3"),
        ({**WANTED, "c": (1,)}, "c is 1 instead of a number"),
        ({}, "3 tensors are missing: a, b, c"),
        ({**WANTED, **{f"x{i}": (1,) for i in range(5)}}, "5 tensors are not known: x0, x1, x2, …"),
    ],
)
def test_every_key_is_accounted_for(found, said):
    with pytest.raises(UnreadableFile) as caught:
        account_for_keys(WANTED, found, where=HERE)
    assert said in str(caught.value)
    assert str(HERE) in str(caught.value)

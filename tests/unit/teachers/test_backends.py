"""Torch as a backend: what goes in and comes out, in each precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from comodo_app.errors import UsageError
from comodo_app.teachers.backends import TorchBackend
from comodo_app.teachers.video_model import VideoModel, load_video_model
from tests.unit.teachers import checkpoints


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> VideoModel:
    folder = tmp_path_factory.mktemp("videomae")
    checkpoints.videomae(folder)
    return load_video_model(folder)


@pytest.fixture(scope="module")
def clips():
    return np.random.default_rng(0).normal(size=(3, 4, 3, 32, 32)).astype(np.float32)


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_full_precision_gives_the_modules_own_numbers(model, clips):
    backend = TorchBackend(model)
    with torch.inference_mode():
        expected = model.module(torch.from_numpy(clips)).numpy()
    rows = backend.embed(clips)
    np.testing.assert_array_equal(rows, expected)
    assert (backend.name, backend.precision, backend.dim) == ("torch-cpu-fp32", "fp32", 32)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_is_close_float32_outside_and_leaves_the_model_alone(
    model, clips, precision
):
    full = TorchBackend(model).embed(clips)
    backend = TorchBackend(model, precision=precision)
    rows = backend.embed(clips)
    assert rows.dtype == np.float32
    assert cosines(rows, full).min() > 0.999
    assert not np.array_equal(rows, full)
    assert {p.dtype for p in model.module.parameters()} == {torch.float32}
    assert backend.name == f"torch-cpu-{precision}"


def test_numbers_that_overflow_are_refused_not_handed_on(model, clips):
    backend = TorchBackend(model, precision="fp16")
    with pytest.raises(UsageError, match=r"not finite \(torch-cpu-fp16\)"):
        backend.embed(clips * np.float32(1e30))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_here_is_refused(model):
    with pytest.raises(UsageError, match="no cuda device"):
        TorchBackend(model, device="cuda")


def test_unknown_ways_are_mistakes(model):
    with pytest.raises(ValueError, match="fp8"):
        TorchBackend(model, precision="fp8")


def test_a_full_memory_comes_through(model, clips, monkeypatch):
    def full(_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    backend = TorchBackend(model)
    monkeypatch.setattr(backend._module, "forward", full)
    with pytest.raises(torch.OutOfMemoryError):
        backend.embed(clips)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_gpu_says_what_the_processor_says(model, clips, precision):
    full = TorchBackend(model).embed(clips)
    rows = TorchBackend(model, device="cuda", precision=precision).embed(clips)
    assert cosines(rows, full).min() > (0.99999 if precision == "fp32" else 0.999)

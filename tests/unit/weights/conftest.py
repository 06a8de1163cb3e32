from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

from comodo_app.weights.catalog import entry
from comodo_app.weights.hub import Connection
from tests.unit.weights.hub_server import FakeHub, served


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    for name in (
        "HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
        "http_proxy", "https_proxy", "all_proxy",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))


def videomae_weights(seed=0, n_numbers=200_000):
    """Safetensors with VideoMAE's names, large enough to be cut in the middle."""
    random = np.random.default_rng(seed)
    key = "videomae.encoder.layer.0.attention.attention.query.weight"
    return save({key: random.standard_normal(n_numbers).astype(np.float32)})


def videomae_files(seed=0):
    """A repository as it is published, with files that are not wanted."""
    config = {"model_type": "videomae", "hidden_size": 768, "id2label": {"0": "juggling balls"}}
    return {
        "config.json": json.dumps(config).encode(),
        "preprocessor_config.json": b'{"size": {"shortest_edge": 224}}',
        "model.safetensors": videomae_weights(seed),
        "README.md": b"# VideoMAE",
        "pytorch_model.bin": b"PK\3\4 not wanted",
        "modeling_videomae.py": b"raise SystemExit",
        "onnx/model.safetensors": b"in a folder",
    }


@pytest.fixture
def videomae():
    return entry("videomae-b")


@pytest.fixture
def hub(videomae):
    return FakeHub(videomae.repo, videomae_files())


@pytest.fixture
def connection(hub):
    """How to reach the fake hub: fast to give up, fast to try again."""
    with ExitStack() as stack:
        address = stack.enter_context(served(hub))
        yield replace(Connection(), endpoint=address, stall_s=0.6, n_tries=3, backoff_s=0.01)

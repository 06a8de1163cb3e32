"""Models for tests of the window: a hub on this computer, and folders in the published format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from comodo_app.session.session import Session
from tests.unit.weights.conftest import videomae_files
from tests.unit.weights.hub_server import FakeHub, served

VIDEOMAE = "MCG-NJU/videomae-base-finetuned-kinetics"
WEIGHTS = "model.safetensors"


@contextmanager
def hub_of(session: Session, repo: str = VIDEOMAE) -> Iterator[FakeHub]:
    """A hub with one repository that the session's settings lead to."""
    hub = FakeHub(repo, videomae_files())
    with served(hub) as address:
        session.change_settings(hub_endpoint=address)
        yield hub


def published_folder(folder: Path) -> Path:
    """A folder as a person would copy it from a computer with a network."""
    folder.mkdir(parents=True)
    for name, data in videomae_files().items():
        if "/" not in name:
            (folder / name).write_bytes(data)
    return folder


def mantis_folder(folder: Path) -> Path:
    """A folder that is recognised as MantisV2 by the names of its tensors."""
    folder.mkdir(parents=True)
    one = np.ones((2, 2), np.float32)
    names = ("tokgen_unit.convs.0.conv.weight", "vit_unit.layers.0.wQKV.weight")
    (folder / WEIGHTS).write_bytes(save(dict.fromkeys(names, one)))
    (folder / "config.json").write_text(json.dumps({}))
    return folder

"""A fresh project for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comodo_app.project.store import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "study.comodo"


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with Project.create(folder) as opened:
        yield opened

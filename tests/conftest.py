"""Every test: its own settings folder, and afterwards no job thread that is still alive.

Two test machines' cores are busy enough with one thread per library; more only fight each other.
"""

from __future__ import annotations

import os
import threading

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import pytest  # noqa: E402  after the thread counts, which libraries read when they load
from hypothesis import settings  # noqa: E402

# No deadlines: a busy machine is no broken promise. In CI the same examples every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("COMODO_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def no_job_left_behind():
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("job")]
    assert not left, f"job threads still alive: {left}"

"""The README's first command: the bundled demo, from files to named timelines."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from comodo_app.jobs.resources import demo_recordings
from tests.e2e.conftest import ROOT, environment


def test_the_demo_names_held_out_recordings_from_imu_alone(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--demo", str(tmp_path), "--json"],
        capture_output=True, text=True, check=False, env=environment(), timeout=290,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len(result["checks"]) == 8
    held_out = [check for check in result["checks"] if check["held_out"]]
    assert [check["recording"] for check in held_out] == ["p07-s1", "p08-s1"]
    # Eight activities, one seed; the mean over seeds stands in the README. 0.125 would be chance.
    assert sum(check["right"] for check in held_out) / 2 > 0.45
    agreement = result["walk"]["discovered"]["agreement"]
    assert agreement["agreement"] > 2 * agreement["chance"]
    assert agreement["agreement"] > agreement["untrained"]
    assert len(list((tmp_path / "demo.comodo" / "exports").glob("*.png"))) == 8
    assert (tmp_path / "demo.comodo" / "exports" / "segments.csv").exists()


def test_the_bundled_recordings_are_complete_and_small():
    folder = demo_recordings()
    stems = sorted(path.stem for path in folder.glob("*.mp4"))
    assert len(stems) == 8
    for stem in stems:
        assert (folder / f"{stem}.csv").exists()
        assert (folder / f"{stem}.truth.json").exists()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 12_000_000


def test_a_demo_without_its_recordings_says_how_to_make_them(tmp_path):
    from comodo_app.errors import UsageError
    from comodo_app.jobs.core import JobContext
    from comodo_app.jobs.demo import DemoRequest, demo

    with pytest.raises(UsageError, match="README"):
        demo(DemoRequest(tmp_path / "none", tmp_path), JobContext(lambda progress: None))

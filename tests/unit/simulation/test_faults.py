"""Each kind of damage does what its name says, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from comodo_app.recordings.model import GRAVITY_MPS2
from comodo_app.simulation.faults import FAULTS
from comodo_app.simulation.plan import RecordingPlan, plan_recordings
from comodo_app.simulation.truth import read_truth, truth_path
from comodo_app.simulation.write import write_recording

PLAN = plan_recordings(
    people=1, minutes=0.1, seed=3, activities=["chop"], width_px=96, height_px=64,
    frame_rate_hz=5.0,
)[0]  # fmt: skip


def made(folder: Path, *faults: str, plan: RecordingPlan = PLAN) -> tuple[list[str], np.ndarray]:
    """Header and numbers of a damaged table (text becomes NaN)."""
    table = next(
        p
        for p in write_recording(replace(plan, faults=faults, video=False), folder)
        if p.suffix == ".csv"
    )
    header, *lines = table.read_text("utf-8").splitlines()

    def number(cell: str) -> float:
        try:
            return float(cell)
        except ValueError:
            return np.nan

    rows = [[number(cell) for cell in line.split(",")] for line in lines]
    return header.split(","), np.array(rows)


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> tuple[list[str], np.ndarray]:
    return made(tmp_path_factory.mktemp("sound"))


def test_duplicate_times_repeat_and_keep_all_rows(tmp_path, sound):
    _, data = made(tmp_path, "duplicate times")
    assert (np.diff(data[:, 0]) == 0).sum() >= 10
    assert np.array_equal(data[:, 1:], sound[1][:, 1:])


def test_backward_times_go_back(tmp_path):
    _, data = made(tmp_path, "backward times")
    assert (np.diff(data[:, 0]) < -0.2).sum() >= 1


def test_nan_bursts_are_runs(tmp_path):
    _, data = made(tmp_path, "nan bursts")
    empty = np.isnan(data[:, 1:]).all(axis=1)
    assert 15 <= empty.sum() <= 45 and np.isfinite(data[:, 0]).all()


def test_text_cells_are_text(tmp_path):
    write_recording(replace(PLAN, faults=("text cells",), video=False), tmp_path)
    assert (tmp_path / "p01-s1.csv").read_text("utf-8").count("sensor error") == 3


def test_units_are_converted_and_stated(tmp_path, sound):
    header, data = made(tmp_path, "acceleration in g", "gyro in deg/s")
    assert header[1] == "acc_x (g)" and header[6] == "gyro_z (deg/s)"
    assert np.allclose(data[:, 1:4] * GRAVITY_MPS2, sound[1][:, 1:4], atol=0.01)
    assert np.allclose(np.deg2rad(data[:, 4:]), sound[1][:, 4:], atol=0.001)


def test_unstated_units_leave_bare_names(tmp_path):
    header, data = made(tmp_path, "unstated units")
    assert header == ["timestamp_s", "acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
    assert np.linalg.norm(data[:, 1:4], axis=1).mean() == pytest.approx(1.0, abs=0.06)


def test_no_overlap_moves_the_clock_by_an_hour(tmp_path, sound):
    _, data = made(tmp_path, "no overlap")
    assert np.allclose(data[:, 0] - sound[1][:, 0], 3600.0)


def test_empty_tables_are_empty(tmp_path):
    write_recording(replace(PLAN, faults=("empty table",), video=False), tmp_path / "a")
    assert (tmp_path / "a" / "p01-s1.csv").stat().st_size == 0
    write_recording(replace(PLAN, faults=("header only",), video=False), tmp_path / "b")
    assert len((tmp_path / "b" / "p01-s1.csv").read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize("fault", ["truncated video", "zero-length video"])
def test_damaged_videos_cannot_be_opened(tmp_path, fault):
    video = write_recording(replace(PLAN, faults=(fault,)), tmp_path)[0]
    with pytest.raises(av.error.FFmpegError):
        av.open(str(video)).close()


def test_damage_is_repeatable_and_told_by_the_truth(tmp_path):
    plan = replace(PLAN, faults=tuple(FAULTS)[:4], video=False)
    a, b = (write_recording(plan, tmp_path / name)[0] for name in "ab")
    assert a.read_bytes() == b.read_bytes()
    assert read_truth(truth_path(a)).faults == plan.faults


def test_video_damage_without_video_does_nothing(tmp_path, sound):
    _, data = made(tmp_path, "truncated video", "zero-length video")
    assert np.array_equal(data, sound[1])

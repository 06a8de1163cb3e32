"""Files: readable by others, repeatable, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from comodo_app.errors import StorageError
from comodo_app.simulation.plan import RecordingPlan, plan_recordings
from comodo_app.simulation.truth import read_truth, truth_path
from comodo_app.simulation.write import COLUMNS, write_recording


@pytest.fixture(scope="module")
def plan() -> RecordingPlan:
    return plan_recordings(
        people=1, minutes=0.07, seed=3, activities=["type"], width_px=160, height_px=120
    )[0]


@pytest.fixture(scope="module")
def shares() -> list[float]:
    return []


@pytest.fixture(scope="module")
def files(plan: RecordingPlan, shares: list[float], tmp_path_factory) -> tuple[Path, ...]:
    return write_recording(plan, tmp_path_factory.mktemp("made"), shares.append)


def test_a_recording_is_three_files(files):
    assert [f.name for f in files] == ["p01-s1.mp4", "p01-s1.csv", "p01-s1.truth.json"]
    assert {f.name for f in files[0].parent.iterdir()} == {f.name for f in files}


def test_the_video_has_the_planned_frames_size_and_times(plan, files):
    with av.open(str(files[0])) as container:
        stream = container.streams.video[0]
        times = [frame.time for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (160, 120)
    assert len(times) == plan.n_frames == 63
    assert np.allclose(times, np.arange(63) / 15.0, atol=1e-4)


def test_the_table_has_named_columns_with_units_and_steady_times(files):
    assert files[1].read_text("utf-8").splitlines()[0] == ",".join(COLUMNS)
    data = np.loadtxt(files[1], delimiter=",", skiprows=1)
    assert data.shape == (421, 7)
    assert (np.diff(data[:, 0]) > 0).all()
    assert np.linalg.norm(data[:, 1:4], axis=1).mean() == pytest.approx(9.8, abs=0.5)


def test_the_truth_says_what_was_planned(plan, files):
    truth = read_truth(truth_path(files[0]))
    assert truth.segments == plan.schedule
    assert (truth.wearer, truth.session, truth.seed) == ("p01", "s1", 3)


def test_the_same_plan_gives_the_same_bytes(plan, files, tmp_path: Path):
    again = write_recording(plan, tmp_path)
    for a, b in zip(files, again, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name


def test_without_video_only_table_and_truth_are_written(plan, files, tmp_path: Path):
    made = write_recording(replace(plan, video=False), tmp_path)
    assert [f.name for f in made] == ["p01-s1.csv", "p01-s1.truth.json"]
    assert made[0].read_bytes() == files[1].read_bytes()


def test_progress_rises_to_one(plan, files, shares):
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > plan.n_frames


def test_a_stop_in_the_middle_leaves_the_folder_as_it_was(plan, tmp_path: Path):
    old = tmp_path / "p01-s1.csv"
    old.write_text("old", "utf-8")

    def stop(share: float) -> None:
        if share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recording(plan, tmp_path, stop)
    assert [p.name for p in tmp_path.iterdir()] == ["p01-s1.csv"]
    assert old.read_text("utf-8") == "old"


def test_a_folder_that_cannot_be_made_is_a_storage_problem(plan, tmp_path: Path):
    blocker = tmp_path / "file"
    blocker.write_text("", "utf-8")
    with pytest.raises(StorageError, match="could not be written"):
        write_recording(replace(plan, video=False), blocker / "inside")

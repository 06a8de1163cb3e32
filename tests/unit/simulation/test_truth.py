"""Truth: written, read back, and turned into labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.simulation.truth import Truth, TruthSegment, read_truth, truth_path, truth_text

TRUTH = Truth(
    "p01-s1", "p01", "s1", 3,
    (TruthSegment(0.0, 10.0, "walk"), TruthSegment(10.0, 22.5, "run"),
     TruthSegment(22.5, 30.0, "walk")),
    offset_s=1.5, skew_ppm=-20.0, mounting_deg=(1.0, 2.0, 3.0), gaps=((4.0, 5.0),),
    faults=("nan bursts",),
)  # fmt: skip


def test_truth_is_read_back_as_written(tmp_path: Path):
    path = truth_path(tmp_path / "p01-s1.mp4")
    assert path.name == "p01-s1.truth.json"
    path.write_text(truth_text(TRUTH), "utf-8")
    assert read_truth(path) == TRUTH
    assert read_truth(truth_path(tmp_path / "p01-s1.csv")) == TRUTH


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1}', '{"version": 99}', '{"version": 1, "moon": 2}']
)
def test_what_is_no_truth_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "x.truth.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UnreadableFile):
        read_truth(path)


def test_a_missing_truth_says_so(tmp_path: Path):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_truth(tmp_path / "none.truth.json")


def test_labels_follow_the_segments_and_continue_beyond_the_ends():
    times = np.array([-1.0, 0.0, 9.99, 10.0, 22.4, 22.5, 99.0])
    assert TRUTH.label_at(times).tolist() == ["walk", "walk", "walk", "run", "run", "walk", "walk"]


def test_windows_get_the_activity_that_fills_enough_of_them():
    assert TRUTH.label_windows([0.0, 7.0, 7.5, 8.5, 25.0, 40.0], 5.0) == [
        "walk", "walk", None, "run", "walk", None
    ]  # fmt: skip


def test_pieces_of_one_activity_in_a_window_add_up():
    assert TRUTH.label_windows([8.0], 22.0, min_share=0.5) == ["run"]
    assert TRUTH.label_windows(np.array([0.0]), 30.0, min_share=0.58) == ["walk"]

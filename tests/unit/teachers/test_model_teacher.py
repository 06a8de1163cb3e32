"""A video transformer as teacher, on real video files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from comodo_app.recordings.video import frames, probe_video
from comodo_app.teachers.backends import TorchBackend
from comodo_app.teachers.base import Teacher
from comodo_app.teachers.builtin import BuiltinTeacher
from comodo_app.teachers.clip import preprocess_frame
from comodo_app.teachers.model_teacher import ModelTeacher, preprocessing_name
from comodo_app.teachers.passes import encode_together
from comodo_app.teachers.video_model import VideoModel, load_video_model
from tests.unit.recordings.videos import textured_frames, write_video
from tests.unit.teachers import checkpoints

WINDOW_S = 1.0
STARTS = np.array([2.0, 0.0, 0.5, 1.5, 1.0])  # in any order


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> VideoModel:
    folder = tmp_path_factory.mktemp("videomae")
    checkpoints.videomae(folder)
    return load_video_model(folder)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory) -> Path:
    """96 frames whose distances change all the time, as a phone's do."""
    rng = np.random.default_rng(2)
    times = np.concatenate([[0.0], np.cumsum(rng.choice([0.02, 0.033, 0.05, 0.09], 95))])
    path = tmp_path_factory.mktemp("video") / "uneven.mp4"
    return write_video(path, textured_frames(96, width_px=96, height_px=64), times_s=times.tolist())


def teacher_of(model: VideoModel, max_batch: int = 2) -> ModelTeacher:
    return ModelTeacher("tiny", "1", model.clip, TorchBackend(model), max_batch=max_batch)


def encoded(teacher: Teacher, path: Path, starts: NDArray[np.float64]) -> tuple[dict, list[int]]:
    rows, unusable = {}, []
    for piece in teacher.encode(probe_video(path), starts, WINDOW_S):
        rows |= {int(i): row for i, row in zip(piece.indexes, piece.embeddings, strict=True)}
        unusable += piece.unusable.tolist()
    return rows, unusable


def by_hand(model: VideoModel, path: Path, start_s: float) -> NDArray[np.float32]:
    """All frames decoded, the shown ones taken, prepared, through the module."""
    pictures = list(frames(path))
    times = np.array([picture.time_s for picture in pictures])
    n = model.clip.n_frames
    targets = start_s + (np.arange(n) + 0.5) * WINDOW_S / n
    numbers = np.searchsorted(times, targets, side="right") - 1
    clip = np.stack([preprocess_frame(pictures[i].image, model.clip) for i in numbers])
    with torch.inference_mode():
        row: NDArray[np.float32] = model.module(torch.from_numpy(clip[None])).numpy()[0]
    return row


def test_rows_are_the_models_own_for_the_frames_that_are_shown(model, uneven):
    rows, unusable = encoded(teacher_of(model), uneven, STARTS)
    assert sorted(rows) == [0, 1, 2, 3, 4] and unusable == []
    for index, start_s in enumerate(STARTS):
        expected = by_hand(model, uneven, float(start_s))
        np.testing.assert_allclose(rows[index], expected, atol=1e-5, rtol=0)


def test_a_window_alone_gives_the_same_row_as_among_others(model, uneven):
    rows, _ = encoded(teacher_of(model), uneven, STARTS)
    alone, _ = encoded(teacher_of(model, max_batch=1), uneven, STARTS[:1])
    np.testing.assert_allclose(alone[0], rows[0], atol=1e-5, rtol=0)


def test_windows_beyond_the_video_or_in_a_hole_are_unusable(model, tmp_path):
    times = [*(np.arange(45) / 30), *(4.0 + np.arange(45) / 30)]
    path = write_video(tmp_path / "hole.mp4", textured_frames(90), times_s=times)
    starts = np.array([-0.5, 0.0, 0.5, 2.0, 4.0, 5.2, 60.0])
    rows, unusable = encoded(teacher_of(model), path, starts)
    assert sorted(rows) == [1, 2, 4]
    assert sorted(unusable) == [0, 3, 5, 6]


def test_far_windows_are_found_by_seeking(model, tmp_path):
    images = textured_frames(4 * 45, width_px=96, height_px=64, rate_hz=4.0)
    path = write_video(tmp_path / "long.mp4", images, rate_hz=4)
    starts = np.array([1.0, 40.0])
    rows, unusable = encoded(teacher_of(model), path, starts)
    assert unusable == []
    for index, start_s in enumerate(starts):
        expected = by_hand(model, path, float(start_s))
        np.testing.assert_allclose(rows[index], expected, atol=1e-5, rtol=0)


def test_fewer_frames_than_the_model_wants_are_shown_twice(model, tmp_path):
    images = textured_frames(20, width_px=96, height_px=64)
    path = write_video(tmp_path / "slow.mp4", images, rate_hz=3)
    rows, unusable = encoded(teacher_of(model), path, np.array([1.0]))
    assert unusable == []
    np.testing.assert_allclose(rows[0], by_hand(model, path, 1.0), atol=1e-5, rtol=0)


def test_it_shares_a_pass_with_another_teacher(model, uneven):
    starts = np.sort(STARTS)
    teachers: list[Teacher] = [teacher_of(model), BuiltinTeacher()]
    together: dict[int, dict[int, NDArray[np.float32]]] = {0: {}, 1: {}}
    for which, piece in encode_together(teachers, probe_video(uneven), [starts, starts], WINDOW_S):
        together[which] |= dict(zip(piece.indexes.tolist(), piece.embeddings, strict=True))
    for which, teacher in enumerate(teachers):
        alone, _ = encoded(teacher, uneven, starts)
        assert sorted(alone) == sorted(together[which])
        for index, row in alone.items():
            np.testing.assert_allclose(together[which][index], row, atol=1e-5, rtol=0)


def test_names_tell_apart_whatever_changes_a_row(model):
    teacher = teacher_of(model)
    half = ModelTeacher("tiny", "1", model.clip, TorchBackend(model, precision="bf16"))
    assert teacher.preprocessing == preprocessing_name(model.clip, "fp32")
    assert teacher.preprocessing != half.preprocessing
    assert [(b.start, b.stop) for b in teacher.blocks] == [(0, teacher.dim)]


def test_a_batch_holds_at_least_one_clip(model):
    with pytest.raises(ValueError, match="max_batch"):
        teacher_of(model, max_batch=0)

from __future__ import annotations

import gc
from pathlib import Path

import cv2
import numpy as np
import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.model import VideoTrack
from comodo_app.recordings.video import probe_video
from comodo_app.teachers import builtin, passes
from comodo_app.teachers.appearance import Look
from comodo_app.teachers.base import Encoded, Teacher
from comodo_app.teachers.builtin import (
    BuiltinTeacher,
    BuiltinWatcher,
    analysis_step_s,
    analysis_width_px,
)
from tests.unit.recordings.videos import textured_frames, write_video

WINDOW_S = 2.0


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> VideoTrack:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return probe_video(write_video(path, textured_frames(300, width_px=128, height_px=96)))


def rows_of(pieces: list[Encoded]) -> dict[int, np.ndarray]:
    return {
        int(index): row
        for piece in pieces
        for index, row in zip(piece.indexes, piece.embeddings, strict=True)
    }


def unusable_of(pieces: list[Encoded]) -> list[int]:
    return [int(index) for piece in pieces for index in piece.unusable]


def encode(video: VideoTrack, starts: list[float], window_s: float = WINDOW_S) -> list[Encoded]:
    return list(BuiltinTeacher().encode(video, np.asarray(starts, np.float64), window_s))


def test_it_is_a_teacher():
    teacher: Teacher = BuiltinTeacher()
    assert teacher.key == "builtin"
    assert teacher.dim == teacher.blocks[-1].stop


def test_every_window_comes_exactly_once_in_time_order(video):
    starts = [4.0, 0.0, 0.5, 7.25, 0.5, 3.0]
    pieces = encode(video, starts)
    order = [int(i) for piece in pieces for i in piece.indexes]
    assert sorted(order) == list(range(len(starts)))
    assert [starts[i] for i in order] == sorted(starts)
    rows = rows_of(pieces)
    assert all(row.dtype == np.float32 and np.isfinite(row).all() for row in rows.values())
    np.testing.assert_array_equal(rows[2], rows[4])


def test_rows_do_not_depend_on_which_windows_are_asked_together(video):
    starts = [0.0, 0.37, 1.0, 2.55, 4.0, 6.1, 7.9]
    together = rows_of(encode(video, starts))
    for index, start in enumerate(starts):
        alone = rows_of(encode(video, [start]))[0]
        np.testing.assert_allclose(alone, together[index], rtol=1e-5, atol=1e-6)


def test_resuming_in_the_middle_gives_the_same_rows(video):
    starts = list(np.arange(0.0, 8.0, 0.5))
    whole = rows_of(encode(video, starts))
    resumed = rows_of(encode(video, starts[9:]))
    for index, row in resumed.items():
        np.testing.assert_allclose(row, whole[index + 9], rtol=1e-5, atol=1e-6)


def test_rows_do_not_depend_on_opencvs_threads(video):
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(4)
        many = rows_of(encode(video, [1.0]))[0]
        assert cv2.getNumThreads() == 4
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(many, rows_of(encode(video, [1.0]))[0])


def test_irregular_frame_times_are_handled_by_real_time(tmp_path, video):
    rng = np.random.default_rng(0)
    keep = np.flatnonzero(rng.random(300) < 0.75)
    keep = keep[keep < 180]
    keep[0] = 0
    images = textured_frames(300, width_px=128, height_px=96)
    path = write_video(
        tmp_path / "irregular.mp4",
        [images[k] for k in keep],
        times_s=(keep / 30.0).tolist(),
    )
    uneven = rows_of(encode(probe_video(path), [1.0, 3.0]))
    even = rows_of(encode(video, [1.0, 3.0]))
    other = rows_of(encode(video, [5.0]))[0]
    motion = slice(0, BuiltinTeacher().blocks[0].stop)
    for index, row in even.items():
        near = np.linalg.norm(uneven[index][motion] - row[motion])
        assert near < 0.5 * np.linalg.norm(other[motion] - row[motion]) or near < 2.0
        assert np.corrcoef(uneven[index], row)[0, 1] > 0.97


@pytest.mark.parametrize("kind", ["black", "still", "slow", "tiny"])
def test_dull_videos_give_finite_rows(tmp_path, kind):
    images = {
        "black": lambda: [np.zeros((96, 128, 3), np.uint8)] * 90,
        "still": lambda: textured_frames(1, width_px=128, height_px=96) * 90,
        "slow": lambda: textured_frames(16, width_px=128, height_px=96, rate_hz=4.0),
        "tiny": lambda: textured_frames(90, width_px=16, height_px=16),
    }[kind]()
    rate_hz = 4.0 if kind == "slow" else 30.0
    path = write_video(tmp_path / "dull.mp4", images, rate_hz=rate_hz)
    rows = rows_of(encode(probe_video(path), [0.0, 0.5]))
    assert len(rows) == 2
    assert all(np.isfinite(row).all() for row in rows.values())


def test_motion_and_stillness_differ(tmp_path, video):
    still = textured_frames(1, width_px=128, height_px=96) * 90
    path = write_video(tmp_path / "still.mp4", still)
    rest = rows_of(encode(probe_video(path), [0.0]))[0]
    moving = rows_of(encode(video, [0.0]))[0]
    log_sd = slice(0, 3)
    assert (moving[log_sd] - rest[log_sd]).max() > 1.5


def test_windows_with_too_few_frames_are_reported_not_invented(tmp_path):
    times = np.concatenate([np.arange(60) / 30, 6 + np.arange(60) / 30])  # 4 s are missing
    images = textured_frames(120, width_px=64, height_px=48)
    path = write_video(tmp_path / "hole.mp4", images, times_s=times.tolist())
    starts = [0.0, 1.5, 3.0, 6.0, 7.5, 50.0]
    pieces = encode(probe_video(path), starts)
    assert sorted(rows_of(pieces)) == [0, 3]
    assert unusable_of(pieces) == [1, 2, 4, 5]


def test_file_cut_in_the_middle_gives_rows_up_to_the_cut(tmp_path):
    images = textured_frames(300, width_px=128, height_px=96)
    whole = write_video(tmp_path / "whole.mp4", images, container_options={"movflags": "faststart"})
    track = probe_video(whole)
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) // 2])  # after it was probed
    pieces = encode(track, list(np.arange(0.0, 8.0, 1.0)))
    n_rows = len(rows_of(pieces))
    assert 1 <= n_rows <= 5
    assert sorted(rows_of(pieces)) == list(range(n_rows))
    assert unusable_of(pieces) == list(range(n_rows, 8))


def test_damage_is_reported_in_notes(tmp_path):
    images = textured_frames(200, width_px=128, height_px=96)
    path = write_video(tmp_path / "a.mp4", images, options={"bf": "0"})
    content = bytearray(path.read_bytes())
    middle, length = len(content) // 2, len(content) // 12
    content[middle : middle + length] = np.random.default_rng(0).bytes(length)
    path.write_bytes(bytes(content))
    pieces = encode(probe_video(path), [0.0, 4.5])
    assert [note.code for piece in pieces for note in piece.notes] == ["damaged_frames"]


def test_missing_file_is_a_readable_error(video, tmp_path):
    gone = VideoTrack(tmp_path / "gone.mp4", 128, 96, 300, 30.0, 10.0, "h264")
    with pytest.raises(UnreadableFile):
        encode(gone, [0.0])


def test_long_stretches_without_a_window_are_not_decoded(video, monkeypatch):
    monkeypatch.setattr(passes, "SKIP_S", 1.0)
    seen: list[float] = []
    original = BuiltinWatcher.see

    def counted(self, picture, before):
        seen.append(picture.time_s)
        yield from original(self, picture, before)

    monkeypatch.setattr(BuiltinWatcher, "see", counted)
    assert len(rows_of(encode(video, [0.0, 7.0]))) == 2
    # Whole groups of pictures are decoded; the first that follows a jump is a keyframe.
    assert not [t for t in seen if 2.2 < t < 5.9]


def test_large_video_without_its_b_frames_gives_nearly_the_same_rows(tmp_path, monkeypatch):
    path = write_video(
        tmp_path / "large.mp4",
        textured_frames(150, width_px=320, height_px=240),
        options={"bf": "3"},
    )
    track = probe_video(path)
    whole = rows_of(encode(track, [0.0, 1.0, 2.5]))
    monkeypatch.setattr(builtin, "_LARGE_PX", 1)
    assert builtin.references_suffice(track)
    fewer = rows_of(encode(track, [0.0, 1.0, 2.5]))
    again = rows_of(encode(track, [1.0]))[0]
    np.testing.assert_allclose(again, fewer[1], rtol=1e-5, atol=1e-6)
    for index, row in whole.items():
        assert np.corrcoef(fewer[index], row)[0, 1] > 0.98


def test_all_frames_are_decoded_where_nearly_all_are_b_frames(tmp_path, monkeypatch):
    monkeypatch.setattr(builtin, "_LARGE_PX", 1)
    still = [np.zeros((48, 64, 3), np.uint8)] * 90
    options = {"bf": "12", "b_strategy": "0", "g": "60", "x264-params": "b-pyramid=none"}
    path = write_video(tmp_path / "b.mp4", still, options=options)
    track = probe_video(path)
    assert not builtin.references_suffice(track)
    assert len(rows_of(encode(track, [0.0]))) == 1


def test_memory_does_not_grow_with_the_video(video):
    starts = np.arange(0.0, 8.0, 0.25)
    most = 0
    for _ in BuiltinTeacher().encode(video, starts, WINDOW_S):
        most = max(most, sum(type(o) is Look for o in gc.get_objects()))
    assert most <= WINDOW_S / analysis_step_s(video.frame_rate_hz) + 6


def test_stopping_early_closes_the_video(video):
    pieces = BuiltinTeacher().encode(video, np.arange(0.0, 8.0, 0.5), WINDOW_S)
    next(pieces)
    threads = cv2.getNumThreads()
    pieces.close()  # type: ignore[attr-defined]
    assert cv2.getNumThreads() >= threads


def test_no_windows_is_no_work():
    nowhere = VideoTrack(Path("nowhere.mp4"), 128, 96, 300, 30.0, 10.0, "h264")
    assert encode(nowhere, []) == []


def test_window_length_must_be_positive(video):
    with pytest.raises(ValueError, match="window_s"):
        encode(video, [0.0], 0.0)


@pytest.mark.parametrize("rate_hz", [12, 15, 23.976, 25, 29.97, 30, 50, 59.94, 120, 240])
def test_analysis_rate_is_near_ten_for_usual_cameras(rate_hz):
    assert 9 <= 1 / analysis_step_s(rate_hz) <= 15


def test_analysed_area_is_the_same_for_every_shape():
    for width, height in ((1920, 1080), (1080, 1920), (640, 480)):
        small = analysis_width_px(width, height)
        assert small * small * height / width == pytest.approx(12_288, rel=0.03)
    assert analysis_width_px(64, 48) == 64

from __future__ import annotations

import weakref
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.video import frame_times, frames, probe_video, probe_video_notes
from tests.unit.recordings.videos import textured_frames, write_sound, write_video

_GOPRO = Path(__file__).parents[4] / "shared" / "data" / "gopro"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", textured_frames(90))


@pytest.fixture(scope="module")
def irregular(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    rng = np.random.default_rng(3)
    times = np.concatenate([[0.0], np.cumsum(rng.uniform(0.012, 0.09, 79))])
    times[40:] += 0.7  # the camera paused
    path = tmp_path_factory.mktemp("clip") / "irregular.mp4"
    return write_video(path, textured_frames(80), times_s=times.tolist()), times


# --- probing -------------------------------------------------------------------------------


def test_probe_measures_size_frames_rate_and_duration(clip):
    track = probe_video(clip)
    assert (track.width_px, track.height_px, track.n_frames) == (160, 120, 90)
    assert track.frame_rate_hz == pytest.approx(30.0, abs=1e-6)
    assert track.duration_s == pytest.approx(3.0, abs=1e-6)
    assert track.codec == "h264"


def test_probe_measures_the_real_rate_not_the_written_one(tmp_path):
    times = [k / 23.5 for k in range(40)]
    path = write_video(tmp_path / "a.mp4", textured_frames(40), times_s=times, rate_hz=30)
    assert probe_video(path).frame_rate_hz == pytest.approx(23.5, rel=1e-4)


def test_frame_times_are_the_written_ones_and_start_at_zero(irregular):
    path, times = irregular
    np.testing.assert_allclose(frame_times(path), times, atol=1e-4)


def test_times_start_at_zero_when_the_first_written_time_does_not(tmp_path):
    times = [12.5 + k / 30 for k in range(30)]
    path = write_video(tmp_path / "late.mkv", textured_frames(30), times_s=times)
    assert frame_times(path)[0] == 0.0
    assert next(frames(path)).time_s == 0.0
    assert next(frames(path, from_s=0.5)).time_s == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("suffix", ["mkv", "mov", "avi", "ts", "mp4"])
def test_every_container_gives_the_same_frames(tmp_path, suffix):
    codec = "mpeg4" if suffix == "avi" else "libx264"
    path = write_video(tmp_path / f"a.{suffix}", textured_frames(45), codec=codec)
    track, notes = probe_video_notes(path)
    assert notes == ()
    assert track.n_frames == 45
    assert track.frame_rate_hz == pytest.approx(30.0, rel=2e-3)
    np.testing.assert_allclose([f.time_s for f in frames(path)], frame_times(path), atol=1e-3)
    from_one = [f.time_s for f in frames(path, from_s=1.0 - 1e-3)]
    np.testing.assert_allclose(from_one, np.arange(30, 45) / 30, atol=2e-3)


@pytest.mark.parametrize("rotation_deg", [90, -90, 180])
def test_rotated_video_is_upright(tmp_path, rotation_deg):
    upright = np.zeros((96, 128, 3), np.uint8)
    upright[:32, :32] = 255  # a white corner, top left
    k = rotation_deg // 90
    stored = np.ascontiguousarray(np.rot90(upright, -k))
    path = write_video(tmp_path / "r.mp4", [stored] * 8, rotation_deg=rotation_deg)
    track = probe_video(path)
    assert (track.width_px, track.height_px) == (128, 96)
    image = next(frames(path, width_px=64)).image
    assert image.shape == (48, 64, 3)
    assert image[4, 4].min() > 200
    assert image[-4:, -4:].max() < 50
    assert image[4, -4].max() < 50


@pytest.mark.parametrize("case", ["missing", "empty", "text", "picture", "sound", "no index"])
def test_unusable_files_say_what_where_and_what_to_do(tmp_path, clip, case):
    path = tmp_path / "file.mp4"
    if case == "empty":
        path.touch()
    elif case == "text":
        path.write_text("time,ax,ay,az\n" * 50)
    elif case == "picture":
        path = tmp_path / "p.png"
        cv2.imwrite(str(path), np.zeros((20, 20, 3), np.uint8))
    elif case == "sound":
        path = write_sound(tmp_path / "s.wav")
    elif case == "no index":  # the camera lost power: the index at the end was never written
        path.write_bytes(clip.read_bytes()[:-4000])
    with pytest.raises(UnreadableFile) as caught:
        probe_video(path)
    assert caught.value.where == str(path)
    assert caught.value.what and caught.value.hint


def test_file_cut_in_the_middle_is_measured_and_read_up_to_the_cut(tmp_path, clip):
    whole = write_video(
        tmp_path / "whole.mp4",
        textured_frames(90),
        container_options={"movflags": "faststart"},
    )
    cut = tmp_path / "cut.mp4"
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) * 6 // 10])
    track, notes = probe_video_notes(cut)
    assert 30 < track.n_frames < 75
    assert [n.count for n in notes if n.code == "missing_frames"] == [90 - track.n_frames]
    seen = [f.time_s for f in frames(cut)]
    assert abs(len(seen) - track.n_frames) <= 3
    assert max(seen) <= track.duration_s


def test_damage_in_the_middle_is_skipped_and_counted(tmp_path):
    path = write_video(tmp_path / "a.mp4", textured_frames(120), options={"bf": "0"})
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    middle = len(content) * 45 // 100
    # Whole packets of noise: lengths of the NAL units included.
    content[middle : middle + len(content) // 8] = rng.bytes(len(content) // 8)
    path.write_bytes(bytes(content))
    reading = frames(path, width_px=80)
    times = [f.time_s for f in reading]
    assert min(times) == 0.0
    assert max(times) == pytest.approx(119 / 30, abs=1e-3)
    assert 60 < len(times) < 120
    codes = {n.code: n.count for n in reading.notes}
    assert codes["damaged_frames"] >= 5


# --- decoding ------------------------------------------------------------------------------


def test_frames_show_what_was_written(tmp_path):
    written = textured_frames(30)
    path = write_video(tmp_path / "a.mp4", written, options={"crf": "4"})
    read = list(frames(path))
    assert len(read) == 30
    for k, frame in enumerate(read):
        assert frame.image.dtype == np.uint8
        assert np.abs(frame.image.astype(int) - written[k]).mean() < 12  # chroma is halved


def test_small_frames_are_averages_not_samples(tmp_path):
    checker = np.indices((120, 160)).sum(axis=0) % 2 * 255
    image = np.repeat(checker[..., None], 3, axis=2).astype(np.uint8)
    path = write_video(tmp_path / "a.mp4", [image] * 4, options={"crf": "4"})
    small = next(frames(path, width_px=20)).image
    assert small.shape == (15, 20, 3)
    assert abs(float(small.mean()) - 127) < 12
    assert small.std() < 10


@settings(max_examples=25, deadline=None)
@given(
    every_s=st.one_of(st.none(), st.floats(0.02, 0.8)),
    from_s=st.floats(0.0, 4.5),
    length_s=st.floats(0.0, 3.0),
)
def test_chosen_frames_are_the_first_of_each_grid_slot(irregular, every_s, from_s, length_s):
    path, _ = irregular
    times = frame_times(path)
    expected = []
    if every_s is None:
        expected = [t for t in times if from_s - 1e-9 <= t < from_s + length_s]
    else:
        slots: dict[int, float] = {}
        for t in times:
            slots.setdefault(int(np.floor((t + 0.002) / every_s)), t)
        expected = [
            t for k, t in slots.items() if k * every_s >= from_s - 1e-9 and t < from_s + length_s
        ]
    chosen = frames(path, from_s=from_s, to_s=from_s + length_s, every_s=every_s, width_px=32)
    np.testing.assert_allclose([f.time_s for f in chosen], expected, atol=1e-9)


def test_start_in_the_middle_gives_the_same_pictures(clip):
    whole = {round(f.time_s, 4): f.image for f in frames(clip, width_px=80)}
    for from_s in (0.3, 0.97, 1.0, 1.51, 2.9):
        for frame in frames(clip, from_s=from_s, width_px=80):
            assert np.array_equal(frame.image, whole[round(frame.time_s, 4)])


def test_memory_is_constant_while_iterating(clip):
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0
    for frame in frames(clip, width_px=80):
        alive.append(weakref.ref(frame.image))
        most = max(most, sum(r() is not None for r in alive))
    assert len(alive) == 90
    assert most <= 2


def test_closing_early_ends_the_iteration(clip):
    with frames(clip) as reading:
        next(reading)
    assert list(reading) == []


def test_width_beyond_the_video_keeps_its_size(clip):
    assert next(frames(clip, width_px=5000)).image.shape == (120, 160, 3)


def test_resolution_change_keeps_the_first_frames_size(tmp_path):
    first = write_video(tmp_path / "1.ts", textured_frames(30))
    second = write_video(
        tmp_path / "2.ts",
        textured_frames(30, width_px=320, height_px=240),
        times_s=[1 + k / 30 for k in range(30)],
    )
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    shapes = {f.image.shape for f in frames(both, width_px=80)}
    assert shapes == {(60, 80, 3)}


def test_reference_frames_alone_are_fewer_and_unchanged(clip):
    whole = {round(f.time_s, 4): f.image for f in frames(clip, width_px=80)}
    few = list(frames(clip, width_px=80, reference_only=True))
    assert 15 < len(few) < 70
    assert all(np.array_equal(f.image, whole[round(f.time_s, 4)]) for f in few)


def test_skipping_the_loop_filter_hardly_shows_in_small_frames(clip):
    pairs = zip(
        frames(clip, width_px=32), frames(clip, width_px=32, loop_filter=False), strict=True
    )
    assert max(np.abs(a.image.astype(int) - b.image).mean() for a, b in pairs) < 3


def test_step_must_be_positive(clip):
    with pytest.raises(ValueError, match="every_s"):
        frames(clip, every_s=0.0)


@pytest.mark.skipif(not _GOPRO.is_dir(), reason="no real recordings beside the repository")
@pytest.mark.parametrize(
    ("name", "size", "n_frames"), [("karma", (854, 480), 362), ("max-heromode", (848, 480), 315)]
)
def test_real_gopro_files_are_measured(name, size, n_frames):
    track, notes = probe_video_notes(_GOPRO / f"{name}.mp4")
    assert (track.width_px, track.height_px) == size
    assert track.n_frames == n_frames
    assert track.frame_rate_hz == pytest.approx(30000 / 1001, rel=1e-6)
    assert notes == ()

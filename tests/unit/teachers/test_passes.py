from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.recordings import decoding
from comodo_app.recordings.decoding import Picture, Pictures
from comodo_app.recordings.model import VideoTrack
from comodo_app.recordings.video import frame_times, frames, probe_video
from comodo_app.teachers.base import Decoding, Encoded, nothing_new
from comodo_app.teachers.builtin import BuiltinTeacher
from comodo_app.teachers.passes import encode_together, joined, show, stretches_of
from tests.unit.recordings.videos import textured_frames, write_video

WHOLE = Decoding()


class Onlooker:
    """Remembers what it was shown; answers each window when its end has been seen."""

    dim = 1

    def __init__(
        self,
        stretches: Sequence[tuple[float, float]],
        looks_at: Sequence[float] = (),
        how: Decoding = WHOLE,
    ) -> None:
        self.decoding, self.stretches = how, stretches
        self._looks_at = list(looks_at)
        self.seen: list[tuple[float, float | None]] = []
        self.rests: list[tuple[float | None, float]] = []
        self.shown_at: dict[float, float] = {}
        self.sizes: set[tuple[int, ...]] = set()

    def see(self, picture: Picture, before: Picture | None) -> Iterable[Encoded]:
        self.seen.append((picture.time_s, before.time_s if before else None))
        while self._looks_at and picture.time_s > self._looks_at[0]:
            assert before is not None
            self.shown_at[self._looks_at.pop(0)] = before.time_s
            self.sizes.add(before.rgb().shape)
        return ()

    def rest(self, last: Picture | None, until_s: float) -> Iterable[Encoded]:
        self.rests.append((last.time_s if last else None, until_s))
        return (nothing_new(until_s, self.dim),)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> VideoTrack:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    images = textured_frames(300, width_px=96, height_px=64)
    return probe_video(write_video(path, images, options={"g": "30"}))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """From where each decoding pass started."""
    starts: list[float] = []
    original = decoding.packets_from

    def counted(path, first, from_s, damage, stack):
        starts.append(from_s)
        return original(path, first, from_s, damage, stack)

    monkeypatch.setattr(decoding, "packets_from", counted)
    return starts


def test_watchers_with_equal_decoding_share_one_pass(video, opened):
    first, second = Onlooker([(0.0, 4.0)]), Onlooker([(2.0, 6.0)])
    list(show(video.path, [first, second]))
    assert opened == [0.0]
    assert first.seen == second.seen
    assert first.seen[-1][0] == pytest.approx(6.0, abs=0.05)


def test_watchers_with_other_decoding_have_their_own_pass(video, opened):
    first = Onlooker([(0.0, 1.0)])
    second = Onlooker([(0.0, 2.0)], how=Decoding(loop_filter=False))
    list(show(video.path, [first, second]))
    assert len(opened) == 2
    assert len(second.seen) > 1.9 * len(first.seen)


def test_the_picture_shown_until_then_is_handed_over(video):
    times = frame_times(video.path)
    targets = [0.01, 0.5, 0.99, 3.333, 7.0]
    onlooker = Onlooker([(0.0, 8.0)], targets)
    list(show(video.path, [onlooker]))
    for target, shown in onlooker.shown_at.items():
        assert shown == pytest.approx(times[times <= target][-1])
    assert onlooker.sizes == {(64, 96, 3)}
    assert [before for _, before in onlooker.seen] == [None, *(t for t, _ in onlooker.seen[:-1])]


def test_a_stretch_begins_with_the_picture_shown_at_its_start(video):
    onlooker = Onlooker([(5.017, 6.0)], [5.017])
    list(show(video.path, [onlooker]))
    times = frame_times(video.path)
    assert onlooker.shown_at[5.017] == pytest.approx(times[times <= 5.017][-1])


def test_far_stretches_are_decoded_apart_and_end_with_a_rest(video, opened, monkeypatch):
    monkeypatch.setattr("comodo_app.teachers.passes.SKIP_S", 1.0)
    onlooker = Onlooker([(0.0, 1.0), (7.0, 8.0)])
    list(show(video.path, [onlooker]))
    assert opened == [0.0, 7.0]
    assert [until for _, until in onlooker.rests] == [1.0, math.inf]
    jump = [t for t, before in onlooker.seen if before is None]
    assert len(jump) == 2
    assert jump[1] > 5.0


def test_a_video_that_ends_early_still_ends_with_a_rest(video):
    onlooker = Onlooker([(8.0, 50.0)])
    list(show(video.path, [onlooker]))
    last, until = onlooker.rests[-1]
    assert until == math.inf
    assert last == pytest.approx(frame_times(video.path)[-1])


def test_a_picture_is_only_converted_for_those_who_look(video, monkeypatch):
    converted = []
    original = decoding.Scaler.__call__

    def counted(self, raw):
        converted.append(raw.pts)
        return original(self, raw)

    monkeypatch.setattr(decoding.Scaler, "__call__", counted)
    onlookers = [Onlooker([(0.0, 8.0)], [1.0, 4.0]) for _ in range(3)]
    list(show(video.path, onlookers))
    assert len(converted) == 2


def test_a_native_picture_is_the_frame_and_read_only(video):
    whole = [frame.image for frame in frames(video.path, to_s=0.2)]
    with Pictures(video.path, to_s=0.2) as pictures:
        seen = [picture.rgb() for picture in pictures]
    np.testing.assert_array_equal(np.stack(seen), np.stack(whole))
    with pytest.raises(ValueError, match="read-only"):
        seen[0][0, 0] = 0


def test_teachers_together_say_what_each_says_alone(video):
    starts = np.arange(0.0, 8.0, 0.5)
    asked = [starts, starts[3:9], np.zeros(0)]
    rows: list[dict[int, np.ndarray]] = [{}, {}, {}]
    for index, piece in encode_together([BuiltinTeacher()] * 3, video, asked, 2.0):
        rows[index].update(zip(piece.indexes.tolist(), piece.embeddings, strict=True))
    assert [len(found) for found in rows] == [16, 6, 0]
    for windows, found in zip(asked, rows, strict=True):
        for piece in BuiltinTeacher().encode(video, windows, 2.0):
            for index, row in zip(piece.indexes.tolist(), piece.embeddings, strict=True):
                np.testing.assert_array_equal(found[index], row)


def test_damage_is_told_to_every_watcher(tmp_path):
    path = write_video(
        tmp_path / "a.mp4", textured_frames(200, width_px=128, height_px=96), options={"bf": "0"}
    )
    content = bytearray(path.read_bytes())
    middle, length = len(content) // 2, len(content) // 12
    content[middle : middle + length] = np.random.default_rng(0).bytes(length)
    path.write_bytes(bytes(content))
    told = [
        index
        for index, piece in show(path, [Onlooker([(0.0, 6.0)]), Onlooker([(0.0, 1.0)])])
        for note in piece.notes
        if note.code == "damaged_frames"
    ]
    assert sorted(told) == [0, 1]


def test_nobody_to_show_it_to_opens_nothing():
    assert list(show(Path("nowhere.mp4"), [])) == []
    assert list(show(Path("nowhere.mp4"), [Onlooker([])])) == []
    with pytest.raises(UnreadableFile):
        list(show(Path("nowhere.mp4"), [Onlooker([(0.0, 1.0)])]))


def test_near_windows_are_one_stretch():
    assert stretches_of(np.array([30.0, 0.0, 10.0]), 5.0) == [(0.0, 15.0), (30.0, 35.0)]
    assert joined([(3.0, 4.0), (0.0, 9.0), (9.5, 10.0)]) == [(0.0, 10.0)]
    assert stretches_of(np.zeros(0), 5.0) == []

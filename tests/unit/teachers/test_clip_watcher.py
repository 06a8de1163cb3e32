"""Which frame of a video a model sees, and when: by timestamps, each picture prepared once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from comodo_app.recordings.decoding import Picture
from comodo_app.recordings.model import VideoTrack
from comodo_app.teachers.base import Encoded
from comodo_app.teachers.clip import ClipSpec
from comodo_app.teachers.clip_watcher import ClipWatcher, target_times

WINDOW_S = 2.0


def clip_of(n_frames: int) -> ClipSpec:
    nothing = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return ClipSpec(n_frames, 2, 2, "exact", 0, "bilinear", "pillow", 1.0, *nothing)


class Numbered:
    """A picture that shows its own number, and counts how often it is asked to."""

    def __init__(self, number: int, time_s: float) -> None:
        self.number, self.time_s = number, time_s
        self.n_looks = 0

    def rgb(self) -> NDArray[np.uint8]:
        self.n_looks += 1
        low, high = self.number % 256, self.number // 256
        return np.full((2, 2, 3), (low, high, 0), np.uint8)


class WhichFrames:
    """A backend whose embedding is the numbers of the pictures in the clip."""

    name, precision = "which", "fp32"

    def __init__(self, n_frames: int) -> None:
        self.dim = n_frames
        self.batches: list[int] = []

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        self.batches.append(len(clips))
        rows: NDArray[np.float32] = clips[:, :, 0, 0, 0] + 256 * clips[:, :, 1, 0, 0]
        return rows


def track(times_s: Sequence[float]) -> VideoTrack:
    rate_hz = (len(times_s) - 1) / (times_s[-1] - times_s[0])
    duration_s = times_s[-1] + 1 / rate_hz
    return VideoTrack(Path("made"), 2, 2, len(times_s), rate_hz, duration_s, "none")


def shown(
    times_s: Sequence[float],
    starts_s: Sequence[float],
    *,
    n_frames: int = 4,
    max_batch: int = 3,
    backend: Any = None,
) -> tuple[dict[int, list[int]], list[int], list[Numbered], list[Encoded]]:
    """Numbers of the pictures per window, unusable windows, the pictures, the pieces."""
    video = track(times_s)
    watcher = ClipWatcher(
        clip_of(n_frames),
        backend or WhichFrames(n_frames),
        video,
        np.array(starts_s, np.float64),
        WINDOW_S,
        max_batch=max_batch,
    )
    pictures = [Numbered(i, t) for i, t in enumerate(times_s)]
    pieces: list[Encoded] = []
    before: Numbered | None = None
    for picture in pictures:
        pieces += watcher.see(cast(Picture, picture), cast(Picture, before) if before else None)
        before = picture
    pieces += watcher.rest(cast(Picture, before), math.inf)
    rows = {
        int(i): row.astype(int).tolist()
        for piece in pieces
        for i, row in zip(piece.indexes, piece.embeddings, strict=True)
    }
    unusable = [int(i) for piece in pieces for i in piece.unusable]
    return rows, unusable, pictures, pieces


steps = st.lists(
    st.sampled_from([1 / 60, 1 / 30, 1 / 24, 0.04, 0.1, 0.25, 0.6, 1.4]), min_size=2, max_size=60
)


@given(
    steps=steps,
    starts=st.lists(st.floats(-1.0, 12.0), max_size=12),
    n_frames=st.integers(1, 9),
    max_batch=st.integers(1, 5),
)
def test_every_frame_is_the_one_shown_at_its_time_at_any_frame_rate(
    steps, starts, n_frames, max_batch
):
    times = np.concatenate([[0.0], np.cumsum(steps)])
    rows, unusable, pictures, _ = shown(
        times.tolist(), starts, n_frames=n_frames, max_batch=max_batch
    )
    assert sorted([*rows, *unusable]) == list(range(len(starts)))  # each exactly once
    video = track(times.tolist())
    max_age_s = max(0.5, 2.5 / video.frame_rate_hz)
    for index, start_s in enumerate(starts):
        targets = [start_s + (i + 0.5) * WINDOW_S / n_frames for i in range(n_frames)]
        latest = [int(np.searchsorted(times, t + 1e-6, side="right")) - 1 for t in targets]
        fits = all(
            number >= 0 and t - times[number] <= max_age_s and t < video.duration_s + 1e-6
            for t, number in zip(targets, latest, strict=True)
        )
        if fits:
            assert rows[index] == latest
        else:
            assert index in unusable
    assert max(picture.n_looks for picture in pictures) <= 1


def test_windows_on_the_half_stride_grid_share_their_pictures():
    times = (np.arange(300) / 30).tolist()
    starts = np.arange(0.0, 8.0, WINDOW_S / 2)
    _, _, pictures, _ = shown(times, starts.tolist(), n_frames=8)
    # Eight per window, half of them shared with the next one.
    assert sum(picture.n_looks for picture in pictures) == 4 * (len(starts) + 1)


def test_targets_are_the_middles_of_equal_parts():
    np.testing.assert_allclose(target_times(10.0, 2.0, 4), [10.25, 10.75, 11.25, 11.75])


def test_a_frame_at_its_time_is_shown_then_despite_rounding():
    times = [(k * 0.1) + (3e-7 if k == 5 else 0.0) for k in range(40)]
    rows, _, _, _ = shown(times, [0.0], n_frames=2)  # targets at 0.5 and 1.5
    assert rows[0] == [5, 15]


def test_windows_come_in_batches_and_the_rest_at_the_end():
    times = (np.arange(400) / 30).tolist()
    backend = WhichFrames(4)
    starts = np.arange(0.0, 11.0, 1.0)
    rows, _, _, pieces = shown(times, starts.tolist(), max_batch=4, backend=backend)
    assert backend.batches == [4, 4, 3]
    positions = [piece.position_s for piece in pieces]
    assert positions == sorted(positions) and positions[0] < 6.0  # not all at the end
    assert len(rows) == len(starts)


def test_a_slide_show_is_a_hole_only_where_it_is_older_than_its_own_rate_allows():
    # A picture every 1.45 s on average: one may be shown for 3.6 s.
    times = [0.0, 1.0, 2.0, 3.0, *np.arange(9.0, 17.0)]
    rows, unusable, _, _ = shown(times, [0.5, 4.0, 6.5, 8.8], n_frames=2)
    assert unusable == [2]
    assert rows[1] == [3, 3]


def test_pictures_that_are_not_needed_any_more_are_let_go():
    import weakref

    watcher = ClipWatcher(
        clip_of(4),
        WhichFrames(4),
        track([0.0, 600.0]),
        np.arange(0.0, 500.0),
        WINDOW_S,
        max_batch=2,
    )
    alive: list[weakref.ref[Numbered]] = []
    most, before = 0, None
    for number in range(3000):
        picture = Numbered(number, number / 10)
        alive.append(weakref.ref(picture))
        for _ in watcher.see(cast(Picture, picture), cast(Picture, before) if before else None):
            pass
        before = picture
        most = max(most, sum(len(c.frames) for c in watcher._gatherer._open.values()))
        most = max(most, sum(len(frames) for _, frames in watcher._ready))
    assert most <= 4 * 4  # frames of the windows that are open, however long the video
    assert sum(ref() is not None for ref in alive) <= 3


def test_a_window_that_is_lost_keeps_no_frames():
    times = [*(np.arange(10) / 10), *(5 + np.arange(40) / 10)]
    rows, unusable, _, _ = shown(times, [0.0, 5.0], n_frames=8)
    assert unusable == [0] and list(rows) == [1]


def test_after_a_jump_nothing_from_before_it_is_taken():
    watcher = ClipWatcher(
        clip_of(2), WhichFrames(2), track([0.0, 100.0]), np.array([10.0]), WINDOW_S, max_batch=1
    )
    assert watcher.stretches == [pytest.approx((10.5, 11.5), abs=1e-5)]
    late = Numbered(0, 10.8)  # the first picture after the jump is later than the first target
    assert list(watcher.see(cast(Picture, late), None)) == []
    pieces = list(watcher.rest(cast(Picture, late), math.inf))
    assert [piece.unusable.tolist() for piece in pieces] == [[0]]


def test_no_windows_need_no_picture():
    rows, unusable, pictures, pieces = shown([0.0, 0.1, 0.2], [])
    assert (rows, unusable, pieces) == ({}, [], [])
    assert all(picture.n_looks == 0 for picture in pictures)


def test_a_window_without_length_is_a_mistake():
    with pytest.raises(ValueError, match="window_s"):
        ClipWatcher(
            clip_of(2), WhichFrames(2), track([0.0, 1.0]), np.array([0.0]), 0.0, max_batch=1
        )

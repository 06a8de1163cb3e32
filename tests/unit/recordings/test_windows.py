"""Windows: where they start, what they miss, and that their samples lie at the exact times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.errors import UsageError
from comodo_app.recordings.model import Gap, ImuTrack, Recording, VideoTrack, Window
from comodo_app.recordings.windows import (
    MAX_MISSING_SHARE,
    WindowGrid,
    cut_imu,
    missing_shares,
    usable,
    windows_of,
)


def video(duration_s: float) -> VideoTrack:
    return VideoTrack(Path("v.mp4"), 640, 360, round(duration_s * 30), 30.0, duration_s, "h264")


def imu(first_s: float, last_s: float, hz: float, gaps: tuple[Gap, ...] = ()) -> ImuTrack:
    times = np.arange(first_s, last_s + 0.5 / hz, 1 / hz)
    for gap in gaps:
        times = times[(times <= gap.start_s) | (times >= gap.end_s)]
    angle = 2 * np.pi * 1.3 * times[:, None] + np.arange(6)
    return ImuTrack(times, np.sin(angle).astype(np.float32), hz, gaps)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_lengths_must_be_positive(bad):
    with pytest.raises(UsageError, match="window"):
        WindowGrid(window_s=bad)
    with pytest.raises(UsageError, match="stride"):
        WindowGrid(stride_s=bad)


@given(
    window_s=st.floats(0.05, 20.0),
    stride_s=st.floats(0.05, 20.0),
    first_s=st.floats(-1000.0, 1000.0),
    length_s=st.floats(0.0, 200.0),
)
def test_starts_are_all_multiples_of_the_stride_that_fit(window_s, stride_s, first_s, length_s):
    grid = WindowGrid(window_s, stride_s)
    starts = grid.starts((first_s, first_s + length_s))
    expected, k = [], 0
    while first_s + k * stride_s + window_s <= first_s + length_s + 1e-9:
        expected.append(first_s + k * stride_s)
        k += 1
    assert abs(len(starts) - len(expected)) <= 1  # float rounding exactly at the border
    shared = min(len(starts), len(expected))
    assert np.allclose(starts[:shared], expected[:shared], atol=1e-9)
    if len(starts):
        assert starts[-1] + window_s <= first_s + length_s + 2e-9


def test_a_window_that_fits_exactly_counts():
    assert WindowGrid(5.0, 2.5).starts((0.0, 10.0)).tolist() == [0.0, 2.5, 5.0]
    assert WindowGrid(0.1, 0.1).starts((0.0, 0.3)).size == 3
    assert WindowGrid(5.0, 2.5).starts((0.0, 4.99)).size == 0
    assert WindowGrid(5.0, 2.5).starts((0.0, 0.0)).size == 0


@settings(max_examples=60, deadline=None)
@given(
    first_s=st.floats(-8.0, 8.0),
    length_s=st.floats(1.0, 30.0),
    holes=st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.15, 4.0)), max_size=4),
    offset_s=st.floats(-5.0, 5.0),
    skew_ppm=st.floats(-2000.0, 2000.0),
)
def test_the_missing_share_equals_a_count_on_a_fine_grid(
    first_s, length_s, holes, offset_s, skew_ppm
):
    gaps = tuple(
        Gap(first_s + place * length_s, first_s + place * length_s + hole)
        for place, hole in sorted(holes)
    )
    times = np.arange(first_s, first_s + length_s, 0.01)
    for gap in gaps:
        times = times[(times <= gap.start_s) | (times >= gap.end_s)]
    track = ImuTrack(times, np.zeros((len(times), 6), np.float32), 100.0, gaps)
    recording = Recording("r", video(25.0), track, offset_s, skew_ppm)
    starts = WindowGrid(5.0, 2.5).starts(recording.span_s)
    shares = missing_shares(recording, starts, window_s=5.0)

    fine = (np.arange(25_000) + 0.5) * 0.001
    inside = np.zeros(len(fine), bool)
    if len(times):
        sensor = (fine - offset_s) / (1 + skew_ppm * 1e-6)
        inside = (sensor >= times[0]) & (sensor <= times[-1])
        for gap in gaps:
            inside &= ~((sensor > gap.start_s) & (sensor < gap.end_s))
    for start, share in zip(starts, shares, strict=True):
        here = (fine >= start) & (fine < start + 5.0)
        # A gap's border falls between two samples: up to a period is lost on either side.
        assert share == pytest.approx(1 - inside[here].mean(), abs=0.003 + 0.02 / 5 * len(gaps))


def test_without_an_imu_everything_is_missing():
    windows = windows_of(Recording("r", video(10.0), None), WindowGrid())
    assert [w.missing_share for w in windows] == [1.0, 1.0, 1.0]
    assert not usable(windows).any()


def test_windows_cover_the_video_not_the_imu():
    windows = windows_of(Recording("r", video(20.0), imu(3.0, 30.0, 100.0)), WindowGrid())
    assert [w.start_s for w in windows] == [0.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0]
    assert windows[0].missing_share == pytest.approx(0.6)
    assert windows[1].missing_share == pytest.approx(0.1)
    assert windows[2].missing_share == 0.0


def test_without_a_video_windows_cover_the_imu_on_the_recording_clock():
    recording = Recording("r", None, imu(100.0, 112.0, 50.0), offset_s=-100.0)
    windows = windows_of(recording, WindowGrid())
    assert [round(w.start_s, 6) for w in windows] == [0.0, 2.5, 5.0]
    assert all(w.missing_share == 0.0 for w in windows)


def test_a_recording_shorter_than_a_window_has_none():
    assert windows_of(Recording("r", video(4.0), imu(0.0, 4.0, 50.0)), WindowGrid()) == ()


def test_usable_keeps_exactly_the_allowed_share():
    windows = [Window(i, 0.0, 5.0, s) for i, s in enumerate((0.0, MAX_MISSING_SHARE, 0.0501, 1.0))]
    assert usable(windows).tolist() == [True, True, False, False]


@pytest.mark.parametrize("native_hz", [50.0, 102.4, 197.53])
def test_samples_lie_at_the_exact_times_through_offset_and_skew(native_hz):
    offset_s, skew_ppm = 3.3, 400.0
    sensor = np.arange(int(60 * native_hz)) / native_hz + 500.0
    clock = sensor * (1 + skew_ppm * 1e-6) - 500.0 + offset_s
    frequencies = np.array([0.5, 1.0, 2.0, 4.0, 6.0, 8.0])
    samples = np.sin(2 * np.pi * clock[:, None] * frequencies).astype(np.float32)
    track = ImuTrack(sensor, samples, native_hz)
    recording = Recording("r", None, track, -500.0 + offset_s, skew_ppm)
    starts = np.array([17.123, 8.0, 40.00071])
    cut = cut_imu(recording, starts, window_s=5.0, sample_rate_hz=50.0)
    assert cut.shape == (3, 250, 6)
    assert cut.dtype == np.float32
    at = starts[:, None] + np.arange(250) / 50.0
    assert np.abs(cut - np.sin(2 * np.pi * at[..., None] * frequencies)).max() < 0.02


def test_a_short_hole_is_bridged_linearly():
    gap = Gap(10.0, 10.2)
    recording = Recording("r", None, imu(0.0, 20.0, 100.0, (gap,)))
    cut = cut_imu(recording, np.array([8.0]), window_s=5.0, sample_rate_hz=50.0)[0]
    at = 8.0 + np.arange(250) / 50.0
    ends = np.searchsorted(at, [gap.start_s, gap.end_s])
    line = np.interp(at[ends[0] : ends[1]], at[[ends[0], ends[1]]], cut[[ends[0], ends[1]], 0])
    assert np.allclose(cut[ends[0] : ends[1], 0], line, atol=1e-4)
    assert np.isfinite(cut).all()


def test_no_windows_give_an_empty_array_of_the_right_shape():
    cut = cut_imu(
        Recording("r", None, imu(0.0, 9.0, 50.0)), np.empty(0), window_s=5.0, sample_rate_hz=50.0
    )
    assert cut.shape == (0, 250, 6)


def test_cutting_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no IMU"):
        cut_imu(Recording("r", video(9.0), None), np.zeros(1), window_s=5.0, sample_rate_hz=50.0)
    with pytest.raises(ValueError, match="no sample"):
        cut_imu(
            Recording("r", None, imu(0.0, 9.0, 50.0)),
            np.zeros(1),
            window_s=0.001,
            sample_rate_hz=50.0,
        )

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.live.ring import Ring
from comodo_app.live.rolling import RollingWindows
from comodo_app.recordings.windows import WindowGrid, cut_imu, missing_shares
from tests.unit.live.signals import motion, recording


def roll(times, samples, *, size=17, **options):
    windows = RollingWindows(**{"window_s": 5.0, "sample_rate_hz": 50.0, "stride_s": 1.0} | options)
    out = []
    for i in range(0, len(times), size):
        out += windows.push(times[i : i + size], samples[i : i + size])
    return out


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 199.3, 200.0, 400.0, 1000.0])
def test_settled_windows_are_those_of_the_recording(rate_hz):
    times, samples = motion(30.0, rate_hz=rate_hz)
    whole = recording(times, samples)
    windows = roll(times, samples, settle=True)
    starts = np.array([w.start_s for w in windows])
    expected = cut_imu(whole, starts, window_s=5.0, sample_rate_hz=50.0)
    grid = WindowGrid(5.0, 1.0).starts(whole.span_s)
    np.testing.assert_allclose(starts, grid[: len(starts)])
    assert len(starts) >= len(grid) - 1  # the last one waits for samples that never come
    # 1e-5 m/s² is the rounding of float32 at 1 g; nothing else differs.
    np.testing.assert_allclose(np.stack([w.imu for w in windows]), expected, atol=2e-5)


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 200.0])
def test_a_window_at_once_is_the_last_one_of_a_recording_that_ends_there(rate_hz):
    times, samples = motion(12.0, rate_hz=rate_hz)
    for window in roll(times, samples)[::3]:
        so_far = times <= window.end_s
        expected = cut_imu(
            recording(times[so_far], samples[so_far]),
            np.array([window.start_s]),
            window_s=5.0,
            sample_rate_hz=50.0,
        )
        np.testing.assert_allclose(window.imu, expected[0], atol=2e-5)


@settings(max_examples=10)
@given(size=st.integers(1, 900), stride_s=st.sampled_from([0.2, 1.0]))
def test_windows_do_not_depend_on_how_samples_came(size, stride_s):
    times, samples = motion(9.0)
    one_by_one = roll(times, samples, size=1, stride_s=stride_s)
    in_chunks = roll(times, samples, size=size, stride_s=stride_s)
    assert len(one_by_one) == len(in_chunks) > 3
    for a, b in zip(one_by_one, in_chunks, strict=True):
        np.testing.assert_array_equal(a.imu, b.imu)


def test_a_window_with_too_much_missing_is_no_data_and_the_share_is_the_offline_one():
    times, samples = motion(20.0)
    keep = (times < 8.0) | (times >= 9.0)
    windows = roll(times[keep], samples[keep])
    starts = np.array([w.start_s for w in windows])
    whole = recording(times[keep], samples[keep])
    shares = missing_shares(whole, starts, window_s=5.0)
    for window, share in zip(windows, shares, strict=True):
        if window.end_s > 8.0:  # before that nobody could know
            assert window.missing_share == pytest.approx(share, abs=1e-9)
        assert (window.imu is None) == (window.missing_share > 0.05)
    assert sum(w.imu is None for w in windows) == 5


def test_windows_after_a_gap_are_those_of_the_recording():
    times, samples = motion(30.0, rate_hz=200.0)
    keep = (times < 8.003) | (times >= 9.017)
    windows = [w for w in roll(times[keep], samples[keep], settle=True) if w.imu is not None]
    starts = np.array([w.start_s for w in windows])
    whole = recording(times[keep], samples[keep])
    expected = cut_imu(whole, starts, window_s=5.0, sample_rate_hz=50.0)
    np.testing.assert_allclose(np.stack([w.imu for w in windows]), expected, atol=2e-5)


def test_an_hour_without_data_is_skipped_and_counted():
    times, samples = motion(20.0)
    times = np.where(times >= 10.0, times + 3600.0, times)
    windows = roll(times, samples)
    assert len(windows) < 30
    assert [w.index for w in windows] == sorted({w.index for w in windows})
    assert sum(w.n_skipped for w in windows) + len(windows) == windows[-1].index + 1
    assert sum(w.imu is not None for w in windows) == 11


def test_it_says_how_much_it_has():
    times, samples = motion(3.0)
    windows = RollingWindows(window_s=5.0, sample_rate_hz=50.0, stride_s=1.0)
    assert windows.have_s == 0.0
    windows.push(times[:241], samples[:241])
    assert windows.have_s == pytest.approx(2.4)


@given(st.lists(st.integers(0, 25), max_size=20))
def test_a_ring_gives_its_newest_rows_in_one_piece(sizes):
    ring, seen = Ring(16), 0
    for size in sizes:
        times = np.arange(seen, seen + size, dtype=float)
        ring.append(times, np.repeat(times[:, None], 6, axis=1).astype(np.float32))
        seen += size
        kept, samples = ring.rows(ring.first)
        assert kept.tolist() == list(range(max(0, seen - 16), seen))
        assert samples[:, 3].tolist() == kept.tolist()
        assert ring.n_seen == seen

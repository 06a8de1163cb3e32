"""Repair of clocks: what goes in comes out in order, finite, counted; good data unchanged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.clocks import in_order
from comodo_app.recordings.timestamps import DROPPING_CODES, repair
from tests.unit.recordings.imu_files import motion, times

N = 1000


def data(n=N, *, rate_hz=100.0):
    return np.arange(n) / rate_hz, motion(n).astype(np.float32)


def counts(notes):
    return {note.code: note.count for note in notes}


def assert_sound(track, notes, n_read):
    assert (np.diff(track.times_s) > 0).all()
    assert np.isfinite(track.times_s).all() and np.isfinite(track.samples).all()
    dropped = sum(note.count for note in notes if note.code in DROPPING_CODES)
    assert len(track.times_s) + dropped == n_read
    assert all(a.end_s <= b.start_s for a, b in zip(track.gaps, track.gaps[1:], strict=False))
    assert track.sample_rate_hz > 0
    assert len({note.code for note in notes}) == len(notes)


def test_good_data_pass_bit_for_bit_without_a_note():
    t, samples = data()
    track, notes = repair(t, samples)
    assert np.array_equal(track.times_s, t) and np.array_equal(track.samples, samples)
    assert (track.gaps, notes) == ((), ())
    assert track.sample_rate_hz == pytest.approx(100.0, rel=1e-12)


def test_jittered_times_are_left_as_they_are():
    t, samples = data()
    t = t + np.random.default_rng(0).uniform(-0.004, 0.004, N)
    track, notes = repair(t, samples)
    assert np.array_equal(track.times_s, t) and notes == ()


def test_rows_that_are_not_finite_are_dropped_and_a_burst_becomes_a_gap():
    t, samples = data()
    samples[200:230, 3] = np.nan
    samples[500, 0] = np.inf
    t[700] = np.nan
    track, notes = repair(t, samples)
    assert_sound(track, notes, N)
    assert counts(notes) == {"nonfinite_rows": 32, "gaps": 1}
    assert [(g.start_s, g.end_s) for g in track.gaps] == [(t[199], t[230])]


def test_values_too_large_for_float32_count_as_not_finite():
    t, samples = data()
    wide = samples.astype(np.float64)
    wide[10, 2] = 1e300
    track, notes = repair(t, wide)
    assert_sound(track, notes, N)
    assert counts(notes) == {"nonfinite_rows": 1}


def test_holes_over_a_tenth_of_a_second_are_gaps_and_do_not_count_for_the_rate():
    t, samples = data()
    t[300:] += 0.05
    t[600:] += 5.0
    track, notes = repair(t, samples)
    assert [(g.start_s, g.end_s) for g in track.gaps] == [(t[599], t[600])]
    assert track.sample_rate_hz == pytest.approx(998 / (t[-1] - t[0] - 5.01))
    assert counts(notes) == {"gaps": 1}


def test_slow_tracks_have_gaps_only_over_three_periods():
    t, samples = data(200, rate_hz=10.0)
    t[50:] += 0.15
    t[100:] += 0.3
    track, notes = repair(t, samples)
    assert [(g.start_s, g.end_s) for g in track.gaps] == [(t[99], t[100])]
    assert counts(notes) == {"gaps": 1, "low_rate": 200}


def test_a_few_late_rows_are_sorted_in():
    t, samples = data()
    order = np.arange(N)
    order[[300, 301]] = [301, 300]
    order[[600, 604]] = [604, 600]
    track, notes = repair(t[order], samples[order])
    assert np.array_equal(track.times_s, t) and np.array_equal(track.samples, samples)
    late = [i for i in range(1, N) if t[order][i] < t[order][:i].max()]
    assert counts(notes) == {"out_of_order": len(late)}


def test_a_packet_that_comes_late_fills_its_hole():
    t, samples = data()
    order = np.r_[0:500, 520:600, 500:520, 600:N]
    track, notes = repair(t[order], samples[order])
    assert np.array_equal(track.samples, samples)
    assert counts(notes) == {"out_of_order": 20}


def test_a_reversed_log_is_turned_round():
    t, samples = data()
    track, notes = repair(t[::-1], samples[::-1])
    assert np.array_equal(track.samples, samples)
    assert counts(notes) == {"out_of_order": N - 1}


def test_the_stretch_that_a_clock_repeats_after_jumping_back_is_cut_out():
    t, samples = data()
    t[600:] -= 1.005
    track, notes = repair(t, samples)
    assert_sound(track, notes, N)
    assert counts(notes) == {"repeated_rows": 100}
    assert np.array_equal(track.samples, np.delete(samples, np.r_[600:700], axis=0))


@pytest.mark.parametrize("wrong", [-0.5, -1e9, 1e9, 5.0, 1e5, 1e300])
@pytest.mark.parametrize("row", [0, 333, N - 1])
def test_a_single_wrong_time_costs_a_row_not_the_track(wrong, row):
    t, samples = data()
    t[row] = wrong
    track, notes = repair(t, samples)
    assert_sound(track, notes, N)
    assert len(track.times_s) >= N - 1
    assert track.duration_s < 11


def test_a_burst_of_wrong_times_costs_only_the_burst():
    t, samples = data()
    t[700:720] += 1.003
    track, notes = repair(t, samples)
    assert counts(notes) == {"repeated_rows": 20, "gaps": 1}
    assert np.array_equal(track.samples, np.delete(samples, np.r_[700:720], axis=0))


def test_copied_rows_are_dropped():
    t, samples = data()
    rows = np.sort(np.r_[0:N, 100:110])
    track, notes = repair(t[rows], samples[rows])
    assert np.array_equal(track.times_s, t) and np.array_equal(track.samples, samples)
    assert counts(notes) == {"duplicate_rows": 10}


def test_surplus_rows_of_the_same_time_are_dropped_and_the_first_stays():
    t, samples = data()
    rows = np.sort(np.r_[0:N, 100:110])
    values = samples[rows].copy()
    values[101:121:2] += 1
    track, notes = repair(t[rows], values)
    assert np.array_equal(track.samples, samples)
    assert counts(notes) == {"duplicate_rows": 10}


@pytest.mark.parametrize("tick_s", [1.0, 0.1, 0.04, 0.02])
def test_samples_on_a_coarse_clock_are_spread_back_to_where_they_were(tick_s):
    t, samples = data()
    t = t + 0.003
    track, notes = repair(np.floor(t / tick_s + 1e-9) * tick_s, samples)
    assert_sound(track, notes, N)
    assert set(counts(notes)) == {"duplicate_times"}
    assert np.array_equal(track.samples, samples)
    assert track.sample_rate_hz == pytest.approx(100.0, rel=0.005)
    assert np.abs(track.times_s - t).max() < 0.02


def test_equal_milliseconds_of_a_jittery_logger_are_spread():
    rng = np.random.default_rng(1)
    t = np.sort(np.arange(N) * 0.00975 + rng.exponential(0.008, N))
    stamps = np.round(t, 3)
    track, notes = repair(stamps, motion(N))
    n_equal = int((np.diff(stamps) == 0).sum())
    assert n_equal > 20
    assert counts(notes)["duplicate_times"] == n_equal
    assert_sound(track, notes, N)
    assert len(track.times_s) == N
    assert np.abs(track.times_s - stamps).max() < 0.03


def test_a_run_of_equal_times_before_a_hole_does_not_reach_over_it():
    t, samples = data()
    t = np.floor(t / 0.02 + 1e-9) * 0.02
    t[500:] += 2.0
    track, notes = repair(t, samples)
    assert_sound(track, notes, N)
    (gap,) = track.gaps
    assert gap.start_s == pytest.approx(4.99) and gap.end_s == pytest.approx(7.0)


def test_constant_channels_and_clipping_are_noted():
    t, samples = data()
    samples[:, 4] = 0.0
    samples[100:110, 0] = 39.2
    samples[300:302, 1] = -39.2
    _, notes = repair(t, samples)
    assert counts(notes) == {"constant_channel": 1, "clipped": 10}
    assert "gyro_y" in notes[0].text and "acc_x" in notes[1].text


def test_a_still_sensor_is_not_clipped():
    t, samples = data()
    _, notes = repair(t, np.round(samples, 0))
    assert counts(notes) == {}


@pytest.mark.parametrize(
    "rows",
    [np.r_[0:0], np.r_[0:1], np.r_[0:90], np.r_[np.zeros(500, int)], np.tile(np.arange(500), 2)],
)
def test_too_little_is_refused_in_words(rows):
    t, samples = data()
    with pytest.raises(UnreadableFile, match=r"x\.csv: Too few usable samples"):
        repair(t[rows], samples[rows], where="x.csv")


def test_mostly_nan_is_refused_with_the_reason():
    t, samples = data()
    samples[::2] = np.nan
    with pytest.raises(UnreadableFile, match="not finite: 500 of 1000"):
        repair(t, samples)


def test_a_column_that_is_no_clock_is_refused():
    t = np.random.default_rng(0).permutation(np.arange(20_000) / 100)
    with pytest.raises(UnreadableFile, match=r"not a clock|Too few usable"):
        repair(t, motion(20_000))


def test_two_times_for_one_sample_is_a_bug_not_a_repair():
    with pytest.raises(ValueError, match="samples"):
        repair(times(), motion(3))


@given(
    st.data(),
    st.integers(150, 400),
    st.sampled_from([20.0, 50.0, 100.0, 200.0]),
    st.sampled_from([0.0, -3.0, 500.0]),
)
@settings(max_examples=150, deadline=None)
def test_whatever_goes_in_comes_out_sound_or_is_refused(draw, n, rate_hz, start_s):
    """Swap, shift, repeat, spoil and coarsen a good track at random places."""
    t, samples = np.arange(n) / rate_hz + start_s, motion(n)
    place = st.integers(0, n - 1)
    for _ in range(draw.draw(st.integers(0, 4))):
        i, j = sorted((draw.draw(place), draw.draw(place)))
        kind = draw.draw(
            st.sampled_from(["swap", "shift", "equal", "nan", "wild", "coarse", "same"])
        )
        if kind == "swap":
            t[[i, j]] = t[[j, i]]
        elif kind == "shift":
            t[i:] += draw.draw(st.floats(-3, 3))
        elif kind == "equal":
            t[i:j] = t[i]
        elif kind == "nan":
            samples[i:j, draw.draw(st.integers(0, 5))] = np.nan
        elif kind == "wild":
            t[i] = draw.draw(st.floats(allow_nan=True, allow_infinity=True))
        elif kind == "coarse":
            t = np.floor(t * 5) / 5
        else:
            t[i:j], samples[i:j] = t[i], samples[i]
    try:
        track, notes = repair(t, samples)
    except UnreadableFile as error:
        assert error.hint
        return
    assert_sound(track, notes, n)
    known = {row.tobytes() for row in samples.astype(np.float32)}
    assert all(row.tobytes() in known for row in track.samples)  # no sample is made up


@given(
    hnp.arrays(
        np.float64, st.integers(0, 60), elements=st.floats() | st.sampled_from([0.0, 1.0, 5e-324])
    ),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=100, deadline=None)
def test_any_floats_at_all_as_times_are_sound_or_refused(t, seed):
    samples = np.random.default_rng(seed).normal(size=(len(t), 6))
    try:
        track, notes = repair(t, samples)
    except UnreadableFile:
        return
    assert_sound(track, notes, len(t))


@given(
    st.integers(150, 500),
    st.floats(10.0, 500.0),
    st.floats(-100.0, 100.0),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_good_data_of_any_rate_pass_unchanged(n, rate_hz, start_s, seed):
    rng = np.random.default_rng(seed)
    n = max(n, int(1.2 * rate_hz))
    t = start_s + (np.arange(n) + rng.uniform(-0.3, 0.3, n)) / rate_hz
    samples = rng.normal(size=(n, 6)).astype(np.float32)
    track, notes = repair(t, samples)
    assert np.array_equal(track.times_s, t) and np.array_equal(track.samples, samples)
    assert {note.code for note in notes} <= {"low_rate"} and track.gaps == ()


@given(
    hnp.arrays(np.float64, st.integers(2, 80), elements=st.floats(-50, 50)), st.floats(0.05, 1.0)
)
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_never_decreases_and_takes_each_row_once(t, gap_s):
    order, notes = in_order(t, gap_s=gap_s)
    if order is None:
        assert (np.diff(t) >= 0).all() and notes == ()
        return
    assert (np.diff(t[order]) >= 0).all()
    assert len(set(order.tolist())) == len(order)
    dropped = sum(note.count for note in notes if note.code in DROPPING_CODES)
    assert len(order) + dropped == len(t)

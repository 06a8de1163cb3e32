import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.live.model import Chunk
from comodo_app.live.repair import MAX_PENDING, Repair
from tests.unit.live.signals import chunks, motion, run


@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 60),
    hold_s=st.sampled_from([0.05, 0.3, 1.0]),
    jitter=st.sampled_from([0.0, 0.3]),
    doubled=st.floats(0.0, 0.3),
)
def test_any_shuffling_within_the_bound_gives_the_sent_signal_exactly(
    seed, size, hold_s, jitter, doubled
):
    rng = np.random.default_rng(seed)
    times, samples = motion(4.0, jitter=jitter, seed=seed)
    # A sample delayed by less than hold_s is never overtaken by one more than hold_s younger.
    order = np.argsort(times + rng.uniform(0, hold_s, len(times)), kind="stable")
    rows = np.sort(
        np.concatenate((np.arange(len(order)), np.flatnonzero(rng.random(len(order)) < doubled)))
    )
    sent = order[rows]
    repair = Repair(hold_s=hold_s)
    got = run(repair, chunks(times[sent], samples[sent], size))
    np.testing.assert_array_equal(got.times_s, times)
    np.testing.assert_array_equal(got.samples, samples)
    assert repair.counts.duplicated == len(sent) - len(times)
    assert repair.counts.received == len(sent)
    assert repair.counts.late == repair.counts.stray == repair.counts.clock_jumps == 0


@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), max_size=8),
            st.floats(0.0, 3.0),
            st.booleans(),
            st.sampled_from([0.0, 1.0, np.nan, np.inf]),
        ),
        max_size=30,
    )
)
def test_whatever_comes_what_is_released_rises_and_every_sample_is_accounted_for(parts):
    repair, now, last, n_waiting = Repair(hold_s=0.1), 0.0, -np.inf, 0
    for times, passed, restarted, value in parts:
        now += passed
        samples = np.full((len(times), 6), value, np.float32)
        batch = repair.push(Chunk(np.array(times, float), samples, now, restarted))
        assert (np.diff(batch.times_s, prepend=last) > 0).all()
        assert np.isfinite(batch.times_s).all() and np.isfinite(batch.samples).all()
        last = batch.times_s[-1] if len(batch) else last
        n_waiting = repair.n_waiting
    c = repair.counts
    dropped = c.duplicated + c.late + c.not_finite + c.stray
    assert c.received == c.released + n_waiting + dropped
    assert c.received == sum(len(times) for times, *_ in parts)


def test_in_order_samples_pass_at_once_and_as_they_are():
    times, samples = motion(2.0)
    repair = Repair()
    for part in chunks(times, samples, 7):
        batch = repair.push(part)
        assert batch.times_s.tolist() == part.times_s.tolist()
        assert batch.samples.tolist() == part.samples.tolist()
    assert repair.counts.out_of_order == repair.n_waiting == 0


def test_a_sample_after_its_time_is_late_not_sorted_in():
    times, samples = motion(3.0)
    order = np.concatenate((np.arange(50), np.arange(51, 150), [50], np.arange(150, 300)))
    repair = Repair(hold_s=0.2)
    got = run(repair, chunks(times[order], samples[order], 10))
    assert repair.counts.late == 1
    assert 50 / 100 not in got.times_s
    assert len(got) == 299


def test_rows_that_are_no_numbers_are_dropped_and_counted():
    times, samples = motion(2.0)
    samples[10, 3] = np.nan
    times = times.copy()
    times[20] = np.inf
    repair = Repair()
    got = run(repair, [Chunk(times, samples, 2.0)])
    assert repair.counts.not_finite == 2
    assert len(got) == 198


def test_missing_samples_are_counted_by_the_holes():
    times, samples = motion(10.0)
    keep = np.ones(len(times), bool)
    keep[[300, 301, 302, 500]] = False
    repair = Repair(nominal_rate_hz=100.0)
    run(repair, chunks(times[keep], samples[keep], 10))
    assert repair.counts.missing == 4


@pytest.mark.parametrize("set_by_s", [-3600.0, -30.0, 3600.0])
def test_a_clock_that_is_set_goes_on_without_a_jump(set_by_s):
    times, samples = motion(10.0)
    moved = times + np.where(times >= 5.0, set_by_s, 0.0)
    repair = Repair()
    parts = [
        Chunk(moved[i : i + 10], samples[i : i + 10], float(times[i + 9]))
        for i in range(0, 1000, 10)
    ]
    got = run(repair, parts)
    assert repair.counts.clock_jumps == 1
    assert repair.counts.stray == repair.counts.late == 0
    np.testing.assert_array_equal(got.samples, samples)
    np.testing.assert_allclose(got.times_s, times, atol=0.1)


def test_one_wild_time_is_stray_and_moves_nothing():
    times, samples = motion(10.0)
    moved = times.copy()
    moved[500] = 1e6
    repair = Repair()
    got = run(
        repair,
        chunks(times, samples, 10)[:50]
        + [
            Chunk(moved[i : i + 10], samples[i : i + 10], float(times[i + 9]))
            for i in range(500, 1000, 10)
        ],
    )
    assert repair.counts.stray == 1
    assert repair.counts.clock_jumps == 0
    assert len(got) == 999


def test_an_old_message_that_comes_again_is_no_other_clock():
    times, samples = motion(10.0)
    parts = chunks(times, samples, 50)
    parts.insert(12, Chunk(times[50:150], samples[50:150], 6.0))
    repair = Repair()
    got = run(repair, parts)
    assert repair.counts.duplicated == 100
    assert repair.counts.clock_jumps == 0
    np.testing.assert_array_equal(got.times_s, times)


def test_a_restart_that_the_source_announces_counts_at_once():
    times, samples = motion(4.0)
    parts = chunks(times, samples, 100)
    again = [Chunk(times[:100], samples[:100], 5.0, restarted=True)]
    repair = Repair()
    got = run(repair, parts + again)
    assert repair.counts.clock_jumps == 1
    assert len(got) == 500
    assert (np.diff(got.times_s) > 0).all()


def test_a_rate_that_becomes_another_is_counted_once():
    times, samples = motion(4.0)
    slower = 4.0 + np.arange(200) / 50.0
    repair = Repair(nominal_rate_hz=100.0)
    run(repair, [*chunks(times, samples, 20), *chunks(slower, samples[:200], 20)])
    assert repair.counts.rate_changes == 1


def test_what_waits_is_bounded():
    repair = Repair(hold_s=1e6)
    for i in range(40):
        times = np.arange(4000) / 1e3 + 4 * i
        repair.push(Chunk(times, np.zeros((4000, 6), np.float32), 4.0 * i))
        assert repair.n_waiting <= MAX_PENDING


def test_a_pause_is_flushed_after_the_hold():
    times, samples = motion(1.0)
    repair = Repair(hold_s=0.5)
    assert len(repair.push(Chunk(times, samples, 10.0))) < 100
    assert len(repair.flush(10.4)) == 0
    repair.flush(10.6)
    assert repair.n_waiting == 0

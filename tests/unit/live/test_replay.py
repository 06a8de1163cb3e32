import numpy as np
import pytest

from comodo_app.errors import UsageError
from comodo_app.live.model import SourceState
from comodo_app.live.repair import Repair
from comodo_app.live.replay import AS_FAST_AS_POSSIBLE, ReplaySource
from comodo_app.recordings.model import Recording
from tests.unit.live.signals import motion, recording, run


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def play(source, clock, seconds, step_s=0.05):
    out = []
    for _ in range(round(seconds / step_s)):
        clock.now += step_s
        out += source.poll(0.0)
    return out


@pytest.fixture
def walk():
    return recording(*motion(20.0))


@pytest.mark.parametrize("speed", [0.5, 1.0, 20.0])
def test_it_plays_as_fast_as_it_is_told(walk, speed):
    clock = Clock()
    source = ReplaySource(walk, speed=speed, clock=clock)
    source.open()
    parts = play(source, clock, 10.0 / speed)
    times = np.concatenate([p.times_s for p in parts])
    assert times[-1] == pytest.approx(10.0, abs=0.05 * speed + 0.01)
    np.testing.assert_array_equal(times, walk.imu_times_s()[: len(times)])
    assert all(-0.001 <= p.arrival_s - p.times_s[-1] < 0.011 for p in parts)
    assert source.now_s() == pytest.approx(10.0, abs=1e-6)


def test_as_fast_as_possible_gives_every_sample_and_ends(walk):
    source = ReplaySource(walk, speed=AS_FAST_AS_POSSIBLE)
    source.open()
    parts = []
    while source.status.state is not SourceState.ENDED:
        parts += source.poll(0.0)
    got = run(Repair(), parts)
    np.testing.assert_array_equal(got.samples, walk.imu.samples)
    assert source.poll(0.0) == ()


def test_a_seek_and_a_loop_restart_the_clock_and_live_time_goes_on(walk):
    clock = Clock()
    source = ReplaySource(walk, speed=10.0, loop=True, clock=clock)
    source.open()
    parts = play(source, clock, 1.0)
    source.seek(2.0)
    parts += play(source, clock, 2.0)
    assert [p.restarted for p in parts].count(True) == 2
    assert next(p for p in parts if p.restarted).times_s[0] == pytest.approx(2.0)
    repair = Repair()
    got = run(repair, parts)
    assert repair.counts.clock_jumps == 2
    assert len(got) == repair.counts.received
    assert np.diff(got.times_s).max() < 0.6


def test_what_cannot_be_replayed_is_said(walk):
    with pytest.raises(UsageError, match="20 times"):
        ReplaySource(walk, speed=100.0)
    with pytest.raises(UsageError, match="no motion data"):
        ReplaySource(Recording("film", None, None))

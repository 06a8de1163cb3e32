import numpy as np
import pytest

from comodo_app.live.health import HealthMeter
from comodo_app.live.model import Chip, Chunk
from comodo_app.live.repair import Repair
from tests.unit.live.signals import motion


def feed(meter, repair, times, samples, arrivals):
    for moment, rows in zip(arrivals, np.split(np.arange(len(times)), len(arrivals)), strict=True):
        chunk = Chunk(times[rows], samples[rows], float(moment))
        meter.feed(chunk, repair.push(chunk), repair.counts)


def test_before_anything_came_it_waits():
    health = HealthMeter().read(5.0)
    assert health.chip is Chip.WAITING
    assert health.last_data_ago_s is None


def test_a_steady_stream_is_healthy_and_its_rate_is_measured():
    times, samples = motion(20.0)
    meter, repair = HealthMeter(), Repair()
    feed(meter, repair, times, samples, np.arange(1, 401) * 0.05)
    health = meter.read(20.0)
    assert health.chip is Chip.HEALTHY
    assert health.rate_hz == pytest.approx(100.0, rel=0.01)
    assert health.lost_share == 0.0
    assert health.delay_s < 0.02


def test_a_stream_that_stops_is_lost_within_a_second_and_returns():
    times, samples = motion(20.0)
    meter, repair = HealthMeter(), Repair()
    feed(meter, repair, times[:1000], samples[:1000], np.arange(1, 201) * 0.05)
    assert meter.read(10.5).chip is Chip.HEALTHY
    lost = meter.read(10.95)
    assert lost.chip is Chip.LOST
    assert lost.last_data_ago_s == pytest.approx(0.95)
    feed(meter, repair, times[1000:], samples[1000:], 5.0 + np.arange(201, 401) * 0.05)
    assert meter.read(25.0).chip is not Chip.LOST


def test_a_phone_that_sends_once_a_second_is_not_lost_in_between():
    times, samples = motion(20.0)
    meter, repair = HealthMeter(), Repair()
    feed(meter, repair, times, samples, np.arange(1, 21) * 1.0)
    assert meter.read(20.95).chip is Chip.HEALTHY
    assert meter.read(23.0).chip is Chip.LOST


def test_over_two_percent_lost_is_unsteady():
    times, samples = motion(40.0)
    keep = np.arange(len(times)) % 25 != 0
    keep[-1000:] = True
    n = int(keep.sum()) // 10 * 10
    rows = np.flatnonzero(keep)[:n]
    meter, repair = HealthMeter(), Repair(nominal_rate_hz=100.0)
    feed(meter, repair, times[rows], samples[rows], np.linspace(0.1, 40.0, n // 10))
    health = meter.read(40.0)
    assert health.chip is Chip.UNSTEADY
    assert health.lost_share == pytest.approx(0.03, abs=0.005)


def test_a_delay_over_half_a_second_is_unsteady():
    times, samples = motion(20.0)
    arrivals = np.arange(1, 201) * 0.1
    arrivals[100:] += 0.9
    meter, repair = HealthMeter(), Repair()
    feed(meter, repair, times, samples, arrivals)
    health = meter.read(arrivals[-1])
    assert health.chip is Chip.UNSTEADY
    assert health.delay_s == pytest.approx(0.9, abs=0.1)

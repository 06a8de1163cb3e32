import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from comodo_app.live.health import HealthMeter
from comodo_app.live.model import Chip, SourceState
from comodo_app.live.repair import Repair

pytest.importorskip("pylsl", reason="pylsl is not installed: pip install comodo-app[live]")

from comodo_app.live.lsl import LslSource, lsl_streams

SENDER = Path(__file__).with_name("lsl_sender.py")


@contextmanager
def sender(name, *, source_id="", rate_hz=200.0, described="g"):
    command = [sys.executable, str(SENDER), name, source_id, str(rate_hz), described]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Listener:
    def __init__(self, name):
        self.source = LslSource(name)
        self.source.open()
        self.repair, self.meter = Repair(), HealthMeter(synchronised=True)
        self.times, self.samples = [], []

    def listen(self, until, timeout_s=15.0):
        end = time.monotonic() + timeout_s
        while not until() and time.monotonic() < end:
            for chunk in self.source.poll(0.02):
                batch = self.repair.push(chunk)
                self.meter.feed(chunk, batch, self.repair.counts)
                self.times.append(batch.times_s)
                self.samples.append(batch.samples)
        assert until()

    @property
    def n(self):
        return sum(map(len, self.times))

    @property
    def chip(self):
        return self.meter.read(self.source.now_s()).chip


@pytest.fixture
def name():
    return f"head {uuid.uuid4().hex[:8]}"


@pytest.fixture
def listener(name):
    made = Listener(name)
    yield made
    made.source.close()


def test_an_outlet_of_another_process_is_found_and_read_in_its_units(name, listener):
    with sender(name, source_id=name):
        listener.listen(lambda: listener.n > 400)
    times, samples = np.concatenate(listener.times), np.concatenate(listener.samples)
    assert listener.source.info.units == ("g",) * 3 + ("deg/s",) * 3
    assert listener.source.info.notes == ()
    np.testing.assert_allclose(samples[:, 2], 9.80665, rtol=1e-6)
    counted = np.rint(np.rad2deg(samples[:, 5]) * 10) % 1000
    assert (np.diff(counted) % 1000 == 1).all()  # each sample once, in order
    assert np.abs(np.diff(times)[100:] - 0.005).max() < 0.002  # no jitter left
    health = listener.meter.read(listener.source.now_s())
    assert health.delay_s < 0.2
    assert listener.repair.counts.missing == 0


def test_an_outlet_that_is_killed_is_noticed_and_read_again_after_a_restart(name, listener):
    with sender(name, source_id=name):
        listener.listen(lambda: listener.n > 200)
        assert listener.chip is Chip.HEALTHY
    killed = time.monotonic()
    listener.listen(lambda: listener.chip is Chip.LOST, timeout_s=1.0)
    assert time.monotonic() - killed < 1.0
    listener.listen(lambda: listener.source.status.state is SourceState.SILENT, timeout_s=5.0)
    before = listener.n
    with sender(name, source_id=name):
        listener.listen(lambda: listener.n > before + 200)
        assert listener.source.status.state is SourceState.LIVE
    times = np.concatenate(listener.times)
    assert (np.diff(times) > 0).all()
    assert listener.repair.counts.clock_jumps == 0  # one LSL clock: the hole is as long as it was
    assert np.diff(times).max() > 0.3


def test_channels_without_names_or_units_are_read_and_the_guess_is_said(name, listener):
    with sender(name, source_id=name, described="-"):
        listener.listen(lambda: listener.n > 300)
    codes = {note.code for note in listener.source.info.notes}
    assert codes == {"assumed_channels", "assumed_acc_unit", "assumed_gyro_unit"}
    samples = np.concatenate(listener.samples)
    np.testing.assert_allclose(samples[:, 2], 9.80665, rtol=1e-6)


def test_the_picker_lists_streams_of_numbers(name):
    with sender(name, source_id="belt"):
        end = time.monotonic() + 10
        found = ()
        while not found and time.monotonic() < end:
            found = [s for s in lsl_streams(0.5) if s.name == name]
    assert found[0].source_id == "belt"
    assert found[0].nominal_rate_hz == 200.0

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.errors import StorageError, UnreadableFile
from comodo_app.live.model import StreamInfo
from comodo_app.live.predictions import LivePrediction, Say
from comodo_app.live.recorder import Recorder, stream_header
from comodo_app.recordings.formats.imu_log import ImuLogImporter, read_log
from comodo_app.recordings.importers import gather, read_source
from comodo_app.recordings.sources import ReadOptions
from tests.unit.live.signals import motion

ROOT = Path(__file__).resolve().parents[3]


def prediction(end_s):
    return LivePrediction(
        3, end_s - 5, end_s, Say.ACTIVITY, 4, 0.9, "", (0.1, 0.9), (0.05, 0.95), 4, False, 0.01
    )


def record(path, times, samples, *, size=50, close=True):
    now = [0.0]
    recorder = Recorder(path, stream_header(StreamInfo("head", "x")), clock=lambda: now[0])
    for i in range(0, len(times), size):
        recorder.add(times[i : i + size], samples[i : i + size])
        now[0] += size / 100
        recorder.tick()
    if close:
        recorder.close()
    return recorder


@pytest.fixture
def path(tmp_path):
    return tmp_path / "walk.imulog"


def test_what_was_recorded_is_read_as_it_was(path):
    times, samples = motion(10.0)
    recorder = Recorder(path, stream_header(StreamInfo("head", "x"), student="demo"))
    recorder.add(times, samples)
    recorder.say([prediction(5.0), prediction(6.0)])
    recorder.mark(7.5, "fell over")
    recorder.note(8.0, "stream lost")
    recorder.describe({"student": "another"})
    state = recorder.close()
    assert state == recorder.close()
    log = read_log(path)
    np.testing.assert_array_equal(log.times_s, times)
    np.testing.assert_array_equal(log.samples, samples)
    assert log.header["stream"]["name"] == "head"
    assert log.header["student"] == "another"
    assert [p["end_s"] for p in log.said] == [5.0, 6.0]
    assert log.said[0]["say"] == "activity"
    assert log.moments == ((7.5, "fell over"),)
    assert log.events == ((8.0, "stream lost"),)
    assert log.is_ended
    assert log.n_damaged_bytes == 0
    assert state.n_bytes == path.stat().st_size
    assert state.duration_s == pytest.approx(9.99)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "whole.imulog"
    times, samples = motion(6.0)
    record(path, times, samples)
    return path.read_bytes(), times, samples


@given(share=st.floats(0.0, 1.0))
def test_cut_at_any_byte_everything_before_the_last_block_is_there(whole, tmp_path_factory, share):
    content, _, samples = whole
    path = tmp_path_factory.getbasetemp() / "cut.imulog"
    cut = round(share * len(content))
    path.write_bytes(content[:cut])
    try:
        log = read_log(path)
    except UnreadableFile:
        assert cut < 300  # not even the header is whole
        return
    n = len(log.times_s)
    np.testing.assert_array_equal(log.samples, samples[:n])
    # Not more than the block that was being written, 50 samples of 32 bytes, is missing.
    assert n >= (cut - 300) / 33 - 50
    assert log.is_ended == (cut == len(content))


@given(st.lists(st.tuples(st.floats(0.1, 0.999), st.integers(1, 255)), min_size=1, max_size=3))
def test_a_damaged_byte_costs_its_own_block(whole, tmp_path_factory, damage):
    content, times, samples = whole
    path = tmp_path_factory.getbasetemp() / "damaged.imulog"
    broken = bytearray(content)
    for share, change in damage:
        broken[int(share * len(content))] ^= change
    path.write_bytes(broken)
    log = read_log(path)
    assert len(log.times_s) >= len(times) - 50 * len(damage)
    there = np.isin(times, log.times_s)
    np.testing.assert_array_equal(log.samples, samples[there])


def test_a_killed_process_loses_at_most_the_last_second(path):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.live.recording_process", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    said = 0.0
    while said < 2.5:
        said = float(process.stdout.readline())
    process.kill()
    rest = process.stdout.read().split()
    process.wait()
    process.stdout.close()
    said = float(rest[-1]) if rest and rest[-1].count(b".") == 1 else said
    log = read_log(path)
    assert not log.is_ended
    assert log.times_s[-1] > said - 1.0
    _, samples = motion(60.0, rate_hz=200.0)
    np.testing.assert_array_equal(log.samples, samples[: len(log.samples)])


def test_a_log_becomes_an_ordinary_recording_with_its_gaps(path):
    times, samples = motion(20.0)
    keep = (times < 8.0) | (times > 11.0)
    record(path, times[keep] + 500.0, samples[keep], close=False)
    gathered = gather([path])
    assert gathered.problems == ()
    read = read_source(gathered.sources[0], ReadOptions())
    assert read.recording.name == "walk"
    assert read.recording.imu.times_s[0] == 0.0
    assert [(g.start_s, g.end_s) for g in read.recording.imu.gaps] == [
        (pytest.approx(7.99), pytest.approx(11.01))
    ]
    assert {note.code for note in read.notes} == {"broken_off", "gaps"}


@pytest.mark.parametrize("content", [b"", b"time,acc_x\n1,2\n", b"\xc9IML" * 50])
def test_what_is_no_log_is_said(path, content):
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        ImuLogImporter().read(ImuLogImporter().claims([path])[0], ReadOptions())


def test_nothing_is_overwritten(path):
    path.write_text("precious")
    with pytest.raises(StorageError, match="no recording is overwritten"):
        Recorder(path, {})
    assert path.read_text() == "precious"


def test_a_full_disk_is_said_and_goes_on_when_there_is_room(path, monkeypatch):
    times, samples = motion(4.0)
    now, full = [0.0], [False]
    write = os.write

    def sometimes(file, content):
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, content)

    monkeypatch.setattr(os, "write", sometimes)
    recorder = Recorder(path, {}, clock=lambda: now[0])
    for i in range(0, 400, 50):
        full[0] = 100 <= i < 300
        recorder.add(times[i : i + 50], samples[i : i + 50])
        now[0] += 0.5
        recorder.tick()
        assert bool(recorder.state.trouble) == full[0]
    recorder.close()
    np.testing.assert_array_equal(read_log(path).samples, samples)


def test_samples_reach_the_disk_every_second(path, monkeypatch):
    synced = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda file: synced.set())
    recorder = Recorder(path, {})
    start = time.monotonic()
    assert synced.wait(3.0)
    assert time.monotonic() - start < 2.0
    recorder.close()

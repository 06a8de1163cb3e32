import queue
import socket
import threading
import time

import numpy as np
import pytest

from comodo_app.jobs.core import End, JobContext, run_job
from comodo_app.jobs.live import (
    LiveBegun,
    LiveRequest,
    LiveUpdate,
    Mark,
    Record,
    SourceWish,
    StopRecording,
    Stride,
    StudentWish,
    Threshold,
    live,
)
from comodo_app.live.model import Chip, SourceState
from comodo_app.live.predictions import Say
from comodo_app.live.student import load_student
from comodo_app.recordings.formats.imu_log import read_log
from comodo_app.recordings.importers import gather, read_source
from comodo_app.recordings.sources import ReadOptions
from comodo_app.recordings.windows import WindowGrid, cut_imu
from tests.unit.live.packages import day, write_package
from tests.unit.recordings.imu_files import write_table

FAST = float("inf")


class Running:
    """The job on a thread, with what it published."""

    def __init__(self, request):
        self.published = []
        self.context = JobContext(lambda progress: None, self.published.append)
        self.outcome = None
        self.thread = threading.Thread(target=self._run, args=(request,))
        self.thread.start()

    def _run(self, request):
        self.outcome = run_job(live, request, self.context)

    @property
    def updates(self):
        return [v for v in tuple(self.published) if isinstance(v, LiveUpdate)]

    @property
    def predictions(self):
        return [p for update in self.updates for p in update.predictions]

    def wait(self, until, timeout_s=15.0):
        end = time.monotonic() + timeout_s
        while not until() and time.monotonic() < end and self.thread.is_alive():
            time.sleep(0.01)
        assert until(), self.outcome

    def end(self, wish="stop"):
        getattr(self.context, wish)()
        self.thread.join(10)
        assert not self.thread.is_alive()
        return self.outcome


def play(request):
    running = Running(request)
    running.thread.join(60)
    assert running.outcome.end is End.SUCCEEDED, running.outcome.details
    return running


@pytest.fixture
def package(tmp_path):
    return write_package(tmp_path / "small")


@pytest.fixture
def table(tmp_path):
    times, samples = day((0, 12), (1, 12), (2, 12))
    return write_table(tmp_path / "day.csv", time=times, samples=samples.astype(float))


def test_a_replay_gives_exactly_the_predictions_of_the_offline_path(package, table):
    request = LiveRequest(
        SourceWish(f"replay:{table}", speed=FAST), StudentWish(package), settle=True
    )
    said = play(request).predictions
    recording = read_source(gather([table]).sources[0], ReadOptions()).recording
    student = load_student(package)
    starts = WindowGrid(5.0, 1.0).starts(recording.span_s)[: len(said)]
    imu = cut_imu(recording, starts, window_s=5.0, sample_rate_hz=50.0)
    offline = student.recognizer.predict(student.embed(imu), student.contract.groups)
    assert len(said) == 31
    np.testing.assert_allclose([p.start_s for p in said], starts)
    assert [p.window_id for p in said] == offline.activity_ids.tolist()
    assert [p.window_unknown for p in said] == offline.unknown.tolist()
    np.testing.assert_allclose([p.probabilities for p in said], offline.probabilities, atol=1e-5)


def test_everything_that_came_is_handed_out_once_and_in_order(package, table):
    running = play(LiveRequest(SourceWish(f"replay:{table}", speed=FAST), StudentWish(package)))
    begun = running.published[0]
    assert isinstance(begun, LiveBegun)
    assert [a.label for a in begun.activities] == ["still", "walk", "shake"]
    times = np.concatenate([u.times_s for u in running.updates])
    recording = read_source(gather([table]).sources[0], ReadOptions()).recording
    np.testing.assert_array_equal(times, recording.imu.times_s)
    samples = np.concatenate([u.samples for u in running.updates])
    np.testing.assert_array_equal(samples, recording.imu.samples)
    last = running.updates[-1]
    assert last.status.state is SourceState.ENDED
    assert (last.now.say, last.now.activity_id) == (Say.ACTIVITY, 3)
    assert last.now.before_id == 2
    assert running.outcome.result.latency.n == 31


def test_what_is_missing_is_said_before_the_first_window(package, table):
    running = Running(LiveRequest(SourceWish(f"replay:{table}", speed=2.0), StudentWish(package)))
    running.wait(lambda: any(u.have_s > 2.0 for u in running.updates))
    assert running.updates[-1].now is None
    assert running.published[0].window_s == 5.0
    assert running.end().end is End.SUCCEEDED


def test_without_a_student_traces_and_recording_work(table, tmp_path):
    path = tmp_path / "new" / "walk.imulog"
    running = play(LiveRequest(SourceWish(f"replay:{table}", speed=FAST), record_to=path))
    assert running.predictions == []
    assert running.published[0].activities == ()
    recording = read_source(gather([table]).sources[0], ReadOptions()).recording
    again = read_source(gather([path]).sources[0], ReadOptions()).recording
    np.testing.assert_array_equal(again.imu.samples, recording.imu.samples)
    np.testing.assert_allclose(again.imu.times_s, recording.imu.times_s, atol=1e-9)


@pytest.mark.parametrize("wish", ["stop", "cancel"])
def test_orders_are_followed_and_what_was_recorded_is_kept(package, table, tmp_path, wish):
    orders = queue.SimpleQueue()
    request = LiveRequest(
        SourceWish(f"replay:{table}", speed=20.0, loop=True), StudentWish(package), orders=orders
    )
    running = Running(request)
    first, second = tmp_path / "first.imulog", tmp_path / "second.imulog"
    orders.put(Record(first))
    running.wait(lambda: len(running.predictions) > 3)
    orders.put(Mark("here"))
    running.wait(lambda: any(u.moments for u in running.updates))
    orders.put(StopRecording())
    running.wait(lambda: any(u.recorded for u in running.updates))
    orders.put(Record(first))
    running.wait(lambda: any(u.trouble for u in running.updates))
    assert "no recording is overwritten" in next(u.trouble for u in running.updates if u.trouble)
    orders.put(Record(second))
    orders.put(Stride(0.2))
    orders.put(Threshold(1.1))
    running.wait(lambda: any(p.why == "unsure" for p in running.predictions))
    assert np.diff([p.start_s for p in running.predictions])[-1] == pytest.approx(0.2)
    outcome = running.end(wish)
    assert outcome.end is (End.SUCCEEDED if wish == "stop" else End.CANCELLED)
    log = read_log(first)
    assert [text for _, text in log.moments] == ["here"]
    assert log.header["student"] == "small"
    assert log.said
    assert log.is_ended
    assert read_log(second).is_ended


def test_a_stream_that_stops_is_lost_within_a_second_and_goes_on_when_it_returns(package):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    times, samples = day((1, 14))
    running = Running(LiveRequest(SourceWish(f"udp:{port}"), StudentWish(package), stride_s=0.2))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        running.wait(lambda: running.published)
        header = "t (s),ax (m/s2),ay (m/s2),az (m/s2),gx (rad/s),gy (rad/s),gz (rad/s)\n"

        def send(rows, shift_s=0.0):
            """Faster than it was: half a minute of test would be too long."""
            for i in rows:
                row = [times[i] + shift_s, *samples[i]]
                sender.sendto(",".join(repr(float(v)) for v in row).encode(), ("127.0.0.1", port))
                if i % 50 == 0:
                    time.sleep(0.02)

        sender.sendto(header.encode(), ("127.0.0.1", port))
        send(range(700))
        running.wait(lambda: len(running.predictions) > 5)
        stopped = time.monotonic()
        running.wait(lambda: running.updates[-1].health.chip is Chip.LOST, timeout_s=3.0)
        assert time.monotonic() - stopped < 1.3
        quiet = [u for u in running.updates if u.health.chip is Chip.LOST]
        assert quiet[0].health.last_data_ago_s >= 0.8
        before = len(running.predictions)
        send(range(700, 1400), 3.0)
        running.wait(lambda: len(running.predictions) > before + 5)
        running.wait(lambda: running.updates[-1].health.chip is not Chip.LOST)
    finally:
        sender.close()
        outcome = running.end()
    assert outcome.end is End.SUCCEEDED
    assert outcome.result.latency.p95_s < 0.5


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (LiveRequest(SourceWish("replay:/no/such/file.csv")), "no such file|does not exist"),
        (LiveRequest(SourceWish("radio:1")), "no source"),
        (LiveRequest(SourceWish("lsl"), stride_s=0.0), "prediction every"),
        (LiveRequest(SourceWish("lsl"), StudentWish()), "No student"),
    ],
)
def test_what_cannot_begin_is_an_error_with_words(request_, text):
    outcome = run_job(live, request_, JobContext(lambda progress: None))
    assert outcome.end is End.FAILED
    assert not outcome.bug
    assert any(part.lower() in outcome.error.lower() for part in text.split("|")), outcome.error

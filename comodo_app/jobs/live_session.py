"""One listening: samples from a source to repair, windows, student, recorder and updates."""

from __future__ import annotations

import queue
import time
from array import array
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import comodo_app
from comodo_app.errors import ComodoError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.live_values import (
    PUBLISH_HZ,
    Hold,
    Latency,
    LiveBegun,
    LiveRequest,
    LiveResult,
    LiveUpdate,
    Mark,
    Order,
    Record,
    Speed,
    StopRecording,
    Stride,
    Threshold,
    checked_stride,
)
from comodo_app.live.health import HealthMeter
from comodo_app.live.model import Chip, Chunk, Source, SourceState, StreamInfo
from comodo_app.live.now import NowLine
from comodo_app.live.predictions import LivePrediction
from comodo_app.live.recognizer import LiveRecognizer
from comodo_app.live.recorder import Recorder, RecordingState, stream_header
from comodo_app.live.repair import Batch, Repair
from comodo_app.live.replay import ReplaySource
from comodo_app.live.rolling import RollingWindows
from comodo_app.live.signal_check import SignalCheck, mismatch
from comodo_app.live.student import LiveStudent

_POLL_S = 0.02
_STEP_EVERY_S = 0.1
_LOOK_EVERY_S = 0.25


class LiveSession:
    """Everything that lives as long as one listening."""

    def __init__(self, request: LiveRequest, source: Source, student: LiveStudent | None) -> None:
        self._request, self._source, self._student = request, source, student
        self._repair: Repair | None = None
        self._meter = HealthMeter()
        self._checker = SignalCheck(None if student is None else student.reference)
        self._line = NowLine(request.hold_s)
        self._windows: RollingWindows | None = None
        self._recognizer: LiveRecognizer | None = None
        if student is not None:
            self._windows = RollingWindows(
                window_s=student.contract.window_s,
                sample_rate_hz=student.contract.sample_rate_hz,
                stride_s=request.stride_s,
                settle=request.settle,
            )
            self._recognizer = LiveRecognizer(
                student, stride_s=request.stride_s, threshold=request.threshold
            )
        self._recorder: Recorder | None = None
        self._described: StreamInfo | None = None
        self._all_recorded: list[RecordingState] = []
        self._latencies = array("f")  # eight hours at five per second are half a megabyte
        self._recent_ms: deque[float] = deque(maxlen=50)
        self._arrived_s = self._last_arrival_s = 0.0
        self._first_s: float | None = None
        self._last_s = 0.0
        self._was_lost = False
        self._health = self._meter.read(0.0)
        self._checks = self._checker.read(0.0)
        self._looked_s = self._published_s = self._stepped_s = -np.inf
        # Since the last update:
        self._batches: list[Batch] = []
        self._said: list[LivePrediction] = []
        self._moments: list[tuple[float, str]] = []
        self._recorded: RecordingState | None = None
        self._trouble = ""

    def begun(self) -> LiveBegun:
        """What is known at the beginning."""
        address, stride_s = self._source.status.address, self._request.stride_s
        if self._student is None:
            return LiveBegun((), 0.0, stride_s, 0.0, 0.0, "", "", address)
        contract = self._student.contract
        return LiveBegun(
            activities=contract.activities,
            window_s=contract.window_s,
            stride_s=stride_s,
            sample_rate_hz=contract.sample_rate_hz,
            threshold=contract.threshold,
            student_name=self._student.name,
            runs_on="CPU, fp32",
            address=address,
        )

    def run(self, context: JobContext) -> None:
        """Listen until stopped or nothing will come any more."""
        for_s = np.inf if self._request.for_s is None else self._request.for_s
        until_s = time.monotonic() + for_s
        while not context.stopping() and time.monotonic() < until_s:
            now_s = time.monotonic()
            if now_s - self._stepped_s >= _STEP_EVERY_S:
                self._stepped_s = now_s
                self._follow_orders()
                duration_s = self._last_s - (self._first_s or 0.0)
                context.step(Progress(duration_s, None, self._source.status.text))
            chunks = self._source.poll(_POLL_S)
            polled_s, source_now_s = time.monotonic(), self._source.now_s()
            for chunk in chunks:
                self._take(chunk, waited_s=source_now_s - chunk.arrival_s, polled_s=polled_s)
            if self._repair is not None:
                self._pass_on(self._repair.flush(source_now_s), 0.0, polled_s)
            if self._recorder is not None:
                self._recorder.tick()
            self._look(source_now_s)
            if self._said or time.monotonic() - self._published_s >= 1.0 / PUBLISH_HZ:
                context.publish(self.update())
            if not chunks and self._source.status.state is SourceState.ENDED:
                return

    def record(self, path: Path) -> None:
        """Begin a recording; raises `StorageError`."""
        self.stop_recording()
        facts = {
            "began": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "app_version": comodo_app.__version__,
            "student": "" if self._student is None else self._student.name,
            "source": self._request.source.kind,
        }
        self._described = self._source.info
        self._recorder = Recorder(path, stream_header(self._described, **facts))

    def stop_recording(self) -> None:
        """End the recording if there is one."""
        if self._recorder is not None:
            self._recorded = self._recorder.close()
            self._all_recorded.append(self._recorded)
            self._recorder = None

    def end(self) -> None:
        """Let go of what must not be lost, whatever happened."""
        if self._repair is not None and self._recorder is not None:
            self._pass_on(self._repair.flush(np.inf), 0.0, time.monotonic())
        self.stop_recording()
        self._looked_s = -np.inf
        self._look(self._source.now_s())

    def update(self) -> LiveUpdate:
        """What is new since the last call."""
        self._published_s = time.monotonic()
        batches, self._batches = self._batches, []
        said, self._said = tuple(self._said), []
        moments, self._moments = tuple(self._moments), []
        recorded, self._recorded = self._recorded, None
        trouble, self._trouble = self._trouble, ""
        return LiveUpdate(
            times_s=np.concatenate([np.zeros(0), *(b.times_s for b in batches)]),
            samples=np.concatenate([np.zeros((0, 6), np.float32), *(b.samples for b in batches)]),
            live_s=self._last_s + max(0.0, self._source.now_s() - self._last_arrival_s),
            arrived_s=self._arrived_s,
            predictions=said,
            now=self._line.now,
            have_s=0.0 if self._windows is None else self._windows.have_s,
            predict_ms=self._usual_ms(),
            health=self._health,
            status=self._source.status,
            stream=self._source.info,
            checks=self._checks,
            differs=mismatch(self._checks),
            recording=None if self._recorder is None else self._recorder.state,
            recorded=recorded,
            moments=moments,
            trouble=trouble,
        )

    def result(self) -> LiveResult:
        """How it was."""
        delays = np.array(self._latencies if len(self._latencies) else [0.0])
        return LiveResult(
            duration_s=self._last_s - (self._first_s or 0.0),
            latency=Latency(
                len(self._latencies),
                float(np.median(delays)),
                float(np.quantile(delays, 0.95)),
                float(delays.max()),
            ),
            recorded=tuple(self._all_recorded),
            health=self._health,
            status=self._source.status,
        )

    def _take(self, chunk: Chunk, *, waited_s: float, polled_s: float) -> None:
        if self._repair is None:
            info = self._source.info
            self._repair = Repair(
                hold_s=0.0 if info is None else info.hold_s,
                nominal_rate_hz=0.0 if info is None else info.nominal_rate_hz,
            )
            self._meter = HealthMeter(synchronised=info is not None and info.synchronised)
        jumps = self._repair.counts.clock_jumps
        batch = self._repair.push(chunk)
        self._meter.feed(chunk, batch, self._repair.counts)
        if self._repair.counts.clock_jumps > jumps and self._recorder is not None:
            self._recorder.note(self._last_s, "the source's clock was set")
        self._pass_on(batch, waited_s, polled_s)

    def _pass_on(self, batch: Batch, waited_s: float, polled_s: float) -> None:
        """Repaired samples to whoever wants them."""
        if len(batch) == 0:
            return
        if self._first_s is None:
            self._first_s = float(batch.times_s[0])
        self._last_s = float(batch.times_s[-1])
        self._arrived_s, self._last_arrival_s = polled_s, batch.arrival_s
        self._batches.append(batch)
        self._checker.feed(batch.times_s, batch.samples)
        if self._recorder is not None:
            if self._described != self._source.info:  # a stream is known once something came
                self._described = self._source.info
                self._recorder.describe(stream_header(self._described))
            self._recorder.add(batch.times_s, batch.samples)
        if self._windows is None or self._recognizer is None:
            return
        said = []
        begun_s = time.monotonic()
        for window in self._windows.push(batch.times_s, batch.samples):
            answer = self._recognizer.predict(window, differs=mismatch(self._checks))
            done_s = time.monotonic()
            self._recent_ms.append(1e3 * (done_s - begun_s))
            begun_s = done_s
            latency_s = max(0.0, waited_s) + done_s - polled_s
            self._latencies.append(latency_s)
            said.append(replace(answer, latency_s=latency_s))
            self._line.follow(said[-1])
        self._said += said
        if self._recorder is not None:
            self._recorder.say(said)

    def _look(self, source_now_s: float) -> None:
        """Health and signal check, four times a second."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        self._health = self._meter.read(source_now_s)
        self._checks = self._checker.read(self._health.rate_hz)
        is_lost = self._health.chip is Chip.LOST
        if is_lost != self._was_lost and self._recorder is not None:
            self._recorder.note(self._last_s, "no data any more" if is_lost else "data again")
        self._was_lost = is_lost

    def _usual_ms(self) -> float:
        return float(np.median(self._recent_ms)) if self._recent_ms else 0.0

    def _follow_orders(self) -> None:
        while True:
            try:
                order = self._request.orders.get_nowait()
            except queue.Empty:
                return
            try:
                self._follow(order)
            except ComodoError as error:  # live goes on, whatever an order asked for
                self._trouble = str(error)

    def _follow(self, order: Order) -> None:
        if isinstance(order, Record):
            self.record(order.path)
        elif isinstance(order, StopRecording):
            self.stop_recording()
        elif isinstance(order, Mark):
            self._moments.append((self._last_s, order.text))
            if self._recorder is not None:
                self._recorder.mark(self._last_s, order.text)
        elif isinstance(order, Hold):
            self._line.hold_s = order.hold_s
        elif isinstance(order, Threshold):
            if self._recognizer is not None:
                self._recognizer.threshold = order.value
        elif isinstance(order, Stride):
            stride_s = checked_stride(order.stride_s)
            if self._recognizer is not None and self._windows is not None:
                self._recognizer.set_stride(stride_s)
                self._windows.set_stride(stride_s)
        elif isinstance(self._source, ReplaySource):
            if isinstance(order, Speed):
                self._source.set_speed(order.speed)
            else:
                self._source.seek(order.time_s)

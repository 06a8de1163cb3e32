"""What the Live page is drawn from: clock, scales, spans, silence."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID
from comodo_app.live.predictions import LivePrediction, Say
from comodo_app.session.live_said import Said
from comodo_app.session.live_silence import Silence
from comodo_app.ui.pages.live.clock import DisplayClock
from comodo_app.ui.pages.live.scale import Scale
from comodo_app.ui.pages.live.trace_picture import TracePicture


def prediction(end_s: float, say: Say = Say.ACTIVITY, activity_id: int = 1) -> LivePrediction:
    return LivePrediction(
        0, end_s - 5.0, end_s, say, activity_id, 0.8, "", (0.8, 0.2), (0.9, 0.1), 1, False
    )


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_the_clock_moves_evenly_though_data_comes_in_bursts(speed: float) -> None:
    clock, ends = DisplayClock(speed), []
    for frame in range(1200):
        now_s = frame / 60
        if frame % 12 == 0:  # five times a second
            clock.feed(speed * now_s, now_s)
        ends.append(clock.end_s(now_s))
    steps = np.diff(ends[300:])
    assert steps.min() > 0
    assert steps.max() < 1.6 * speed / 60
    newest = speed * (np.arange(300, 1200) // 12 * 12) / 60
    assert (np.asarray(ends[300:]) <= newest + 0.02 * speed).all()  # the right edge is never empty


def test_the_clock_finds_out_the_speed_of_a_replay_that_runs_as_fast_as_it_can() -> None:
    clock = DisplayClock(None)
    for frame in range(600):
        clock.feed(40.0 * frame / 60, frame / 60)
    assert clock.end_s(10.0) == pytest.approx(400.0, abs=8.0)


def test_the_clock_goes_on_while_nothing_comes() -> None:
    clock = DisplayClock()
    for frame in range(60):
        clock.feed(frame / 60, frame / 60)
    assert clock.end_s(6.0) == pytest.approx(5.95, abs=0.1)


def test_a_scale_holds_the_whole_signal_and_does_not_tremble() -> None:
    rng, scale = np.random.default_rng(0), Scale()
    changes = 0
    for _ in range(40):
        samples = rng.normal(0, 1, (500, 6)).astype(np.float32)
        samples[:, 2] += 9.8
        changes += scale.fit(samples)
        assert (np.abs(samples - scale.centre) <= scale.reach * 1.001).all()
    assert changes <= 3


def test_a_scale_shrinks_after_a_jolt_but_not_at_once() -> None:
    scale = Scale()
    quiet = np.zeros((500, 6), np.float32)
    quiet[::2] = 0.5
    jolt = quiet.copy()
    jolt[0] = 60.0
    scale.fit(jolt)
    high = scale.reach.copy()
    scale.fit(quiet)
    assert (scale.reach == high).all()
    for _ in range(10):
        scale.fit(quiet)
    assert (scale.reach < 0.2 * high).all()


def test_drawing_piece_by_piece_gives_the_same_columns_as_drawing_at_once(
    qapp: QApplication,
) -> None:
    times = np.arange(2400) / 100.0
    samples = np.sin(times[:, None] * np.arange(1, 7)).astype(np.float32)
    scale = Scale()
    scale.fit(samples)
    rows = [(i * 40.0, 40.0) for i in range(6)]
    pictures = []
    for size in (2400, 7):
        picture = TracePicture(scale)
        picture.resize(400, rows, 20.0, 1.0)
        picture.begin(0.0)
        for start in range(0, 2400, size):
            picture.add(times[start : start + size], samples[start : start + size])
        shown = QImage(400, 240, QImage.Format.Format_ARGB32_Premultiplied)
        shown.fill(0)
        painter = QPainter(shown)
        picture.draw(painter, 0, 0, 24.0)
        painter.end()
        bits = np.frombuffer(shown.constBits(), np.uint32).reshape(240, 400)
        pictures.append(bits != 0)
    assert pictures[0].any(axis=0)[4:-2].all()
    differ = pictures[0] != pictures[1]
    assert differ.mean() < 0.02  # soft edges of joints


def test_what_no_window_covers_is_without_data() -> None:
    said = Said()
    for end_s in (5.0, 6.0, 7.0):
        said.add(prediction(end_s), 1.0)
    said.add(prediction(20.0, activity_id=2), 1.0)
    said.add(prediction(21.0, Say.UNKNOWN), 1.0)
    assert [(s.start_s, s.end_s, s.code) for s in said.spans] == [
        (4.0, 7.0, 1),
        (7.0, 19.0, NO_DATA_ID),
        (19.0, 20.0, 2),
        (20.0, 21.0, UNKNOWN_ID),
    ]
    assert said.seconds == {1: 3.0, NO_DATA_ID: 12.0, 2: 1.0, UNKNOWN_ID: 1.0}
    assert [s.code for s in said.between(6.5, 8.0)] == [1, NO_DATA_ID]


def test_a_stream_that_comes_often_is_lost_within_a_second_and_a_slow_one_later() -> None:
    now = [0.0]
    for pause_s, lost_after_s in ((0.02, 0.8), (1.0, 2.6)):
        silence = Silence(lambda: now[0])
        for _ in range(30):
            now[0] += pause_s
            silence.came(now[0])
            assert not silence.look()
        last_s = now[0]
        now[0] = last_s + lost_after_s - 0.2
        assert not silence.look()
        now[0] = last_s + lost_after_s
        assert silence.look()
        assert silence.since is not None
        silence.came(now[0])
        assert not silence.look()
        assert silence.since is None


def test_the_window_opens_without_what_live_needs_once_it_runs() -> None:
    code = (
        "import sys, comodo_app.session.session, comodo_app.ui.pages.live\n"
        "heavy = ('torch', 'onnxruntime', 'onnx', 'pylsl', 'serial', 'segno', 'scipy', 'sklearn')\n"
        "sys.exit(' '.join(name for name in heavy if name in sys.modules) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr

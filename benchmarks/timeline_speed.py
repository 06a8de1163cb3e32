"""How long the timeline of a long recording takes to paint, beside plain pyqtgraph in the same run.

    python benchmarks/timeline_speed.py [--hours 10] [--frames 60] [--seed 0]

The whole `TimelineView` (overview, ruler, two lanes, agreement, confidence, six traces) against six
linked plots with peak downsampling and clipping to the view, which draw the six curves alone. Both
show the same samples at 1600 × 900, offscreen unless QT_QPA_PLATFORM says otherwise. A frame runs
from the change of what is shown until everything is painted; CPU is the process's own time, which
other work on the machine does not lengthen.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from comodo_app.activities.agreement import compare
from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.recordings.pyramid import Pyramid, build_pyramid
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline import LaneModel, TimelineModel, TimelineView

RATE_HZ, SIZE_PX = 200.0, (1600, 900)
FIRST_PAINT_S, FRAME_MS = 0.3, 16.0
SPANS_S = (60, 300, 600, 1800, 3600, 7200, 18000, 36000)


class Painted(QObject):
    """Counts the paint events of some widgets, so that no frame is timed that was not painted."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.count = 0
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count."""
        self.count += event.type() == QEvent.Type.Paint
        return False


class Curve:
    """Confidence of windows two seconds apart."""

    threshold = 0.4

    def __init__(self, hours: float, rng: np.random.Generator) -> None:
        self.times_s = np.arange(1.0, hours * 3600.0, 2.0)
        self.values = np.clip(0.8 + 0.15 * rng.standard_normal(len(self.times_s)), 0.0, 1.0)


def recording(hours: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Uneven times, gait-like samples with bursts and noise, (T,) and (T, 6)."""
    n = round(hours * 3600.0 * RATE_HZ)
    times_s = (np.arange(n) + 0.3 * rng.random(n)) / RATE_HZ
    samples = rng.standard_normal((n, 6), dtype=np.float32)
    samples *= (1.0 + 4.0 * (np.sin(times_s / 37.0) > 0.3)).astype(np.float32)[:, None]
    samples[:, 0] += 9.81
    return times_s, samples


def lane(hours: float, rng: np.random.Generator, mean_s: float) -> Timeline:
    """Random segments without holes."""
    segments, start_s, end_s = [], 0.0, hours * 3600.0
    while start_s < end_s:
        stop_s = min(start_s + float(rng.gamma(2.0, mean_s / 2.0)) + 0.5, end_s)
        if rng.random() < 0.08:
            segments.append(Segment(start_s, stop_s, State.UNKNOWN, None, 0.3))
        else:
            sure = float(rng.uniform(0.45, 1.0))
            number = int(rng.integers(1, 15))
            segments.append(Segment(start_s, stop_s, State.ACTIVITY, number, sure))
        start_s = stop_s
    return Timeline(tuple(segments))


def model(hours: float, pyramid: Pyramid, rng: np.random.Generator) -> TimelineModel:
    """A student that differs from the teacher in many places."""
    teacher, student = lane(hours, rng, 10.0), lane(hours, rng, 8.0)
    lanes = (
        LaneModel("teacher", "Teacher", teacher, "video", "film", "teacher"),
        LaneModel("student", "Student", student, "IMU only", "wave", "student", editable=True),
    )
    return TimelineModel(
        (0.0, hours * 3600.0),
        lanes,
        {number: f"Some activity {number}" for number in range(1, 12)},
        pyramid=pyramid,
        agreement=compare(teacher, student),
        confidence=Curve(hours, rng),
    )


def plain(
    times_s: np.ndarray, samples: np.ndarray
) -> tuple[QWidget, Callable[[float, float], None]]:
    """Six linked plots of pyqtgraph."""
    stack = pg.GraphicsLayoutWidget()
    plots = []
    for channel in range(6):
        plot = stack.addPlot(row=channel, col=0)
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.plot(times_s, np.ascontiguousarray(samples[:, channel]), pen=pg.mkPen("c", width=1))
        if plots:
            plot.setXLink(plots[0])
        plots.append(plot)
    return stack, lambda from_s, to_s: plots[0].setXRange(from_s, to_s, padding=0)


def frames(
    app: QApplication, show: Callable[[float, float], None], painted: Painted, views: list[tuple]
) -> Iterator[tuple[float, float]]:
    """Milliseconds of each view: elapsed, and of the process."""
    for from_s, to_s in views:
        before = painted.count
        start, start_cpu = time.perf_counter(), time.process_time()
        show(from_s, to_s)
        app.processEvents()
        yield (time.perf_counter() - start) * 1e3, (time.process_time() - start_cpu) * 1e3
        if painted.count == before:
            raise RuntimeError("a frame was not painted")


def views_of(span_s: float, whole_s: float, n: int, rng: np.random.Generator) -> list[tuple]:
    """Half of them pan by a twentieth, half zoom in and out by a tenth at a cursor."""
    span_s = min(span_s, whole_s * 0.98)  # at the whole there is nothing to pan
    views, from_s, width_s = [], float(rng.uniform(0.0, (whole_s - span_s) / 2)), span_s
    for i in range(n):
        if i % 2:
            from_s += 0.05 * span_s
        else:
            before_s, width_s = width_s, span_s * (0.9 if width_s >= span_s else 1.0)
            from_s += 0.3 * (before_s - width_s)
        if not 0.0 <= from_s <= whole_s - width_s:
            from_s = 0.001 * span_s * rng.random()
        views.append((from_s, from_s + width_s))
    return views


def first_paint(app: QApplication, widget: QWidget, painted: Painted, fill: Callable) -> float:
    """Seconds from data in memory to pixels."""
    start = time.perf_counter()
    fill()
    widget.resize(*SIZE_PX)
    widget.show()
    while not painted.count:
        app.processEvents()
    app.processEvents()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    wish = parser.parse_args()
    rng = np.random.default_rng(wish.seed)
    app = QApplication([])
    themes().apply("dark")
    times_s, samples = recording(wish.hours, rng)
    start = time.perf_counter()
    pyramid = build_pyramid(times_s, samples)
    built_s = time.perf_counter() - start
    content = model(wish.hours, pyramid, rng)
    view = TimelineView()
    ours = Painted(view.lanes, view.traces.viewport())
    ours_s = first_paint(app, view, ours, lambda: view.set_model(content))
    start = time.perf_counter()
    stack, set_range = plain(times_s, samples)
    plain_s = time.perf_counter() - start
    theirs = Painted(stack.viewport())
    plain_s += first_paint(app, stack, theirs, lambda: None)

    n_segments = sum(len(one.timeline) for one in content.lanes)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {SIZE_PX[0]} × {SIZE_PX[1]}")
    print(
        f"{len(times_s):,} samples × 6, {n_segments} segments; pyramid built in {built_s:.2f} s, "
    )
    print(f"{pyramid.n_bytes / samples.nbytes:.0%} of the samples' memory\n")
    print(
        "| shown | COMODO median | p95 | CPU p95 | pyqtgraph median | p95 | CPU p95 | p95 | limit |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    print(
        f"| first paint | {ours_s * 1e3:.0f} ms | – | – | {plain_s * 1e3:.0f} ms | – | – "
        f"| ×{ours_s / plain_s:.2f} | ≤ {FIRST_PAINT_S * 1e3:.0f} ms |"
    )
    for span_s in SPANS_S:
        views = views_of(span_s, wish.hours * 3600.0, wish.frames, rng)
        took = list(frames(app, view.axis.show, ours, views))
        plain_took = list(frames(app, set_range, theirs, views))
        (middle, p95, cpu), (plain_middle, plain_p95, plain_cpu) = (
            (*np.percentile(t[2:], [50, 95], axis=0)[:, 0], np.percentile(t[2:], 95, axis=0)[1])
            for t in (took, plain_took)
        )
        name = f"{span_s} s" if span_s < 3600 else f"{span_s // 3600} h"
        print(
            f"| pan and zoom, {name} | {middle:.1f} ms | {p95:.1f} ms | {cpu:.1f} ms "
            f"| {plain_middle:.1f} ms | {plain_p95:.1f} ms | {plain_cpu:.1f} ms "
            f"| ×{p95 / plain_p95:.2f} | ≤ {FRAME_MS:.0f} ms |",
            flush=True,
        )
    view.axis.show(1000.0, 1060.0)
    app.processEvents()
    ticks = []
    for i in range(wish.frames):
        start = time.perf_counter()
        view.set_playhead(1000.0 + i * 0.04)
        app.processEvents()
        ticks.append((time.perf_counter() - start) * 1e3)
    middle, p95 = np.percentile(ticks, [50, 95])
    print(f"| tick of the playhead | {middle:.1f} ms | {p95:.1f} ms | – | – | – | – | – | – |")


if __name__ == "__main__":
    main()

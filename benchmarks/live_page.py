"""The Live page: frame times, from a sample's arrival to its prediction on the screen, 8 hours.

    python benchmarks/live_page.py [--seconds 20] [--hours 8] [--rate 200] [--student PACKAGE]
                                   [--lsl] [--plots FOLDER]

The real window is shown offscreen (unless QT_QPA_PLATFORM is set) with a simulated sensor of
`--rate`. First it is listened to at its own speed with 20 s, 60 s and 5 min shown; then hours are
replayed as fast as possible while the page is drawn, with the resident memory looked at each
simulated hour. `interval` is the time between two paints of the moving picture, `paint` how long
one took. `--lsl` takes the delays from an LSL outlet in another process (needs pylsl): from the
LSL time of the sample that ended a window to the paint that showed its prediction.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

_LOOP_S = 600.0
_OUTLET = Path(__file__).with_name("lsl_outlet.py")


class Frames:
    """Paints of the moving picture: when each began and how long it took."""

    def __init__(self, view: Any) -> None:
        self.begun_s: list[float] = []
        self.took_s: list[float] = []
        self._paint = type(view).paintEvent

        def timed(this: Any, event: Any) -> None:
            begun_s = time.perf_counter()
            self._paint(this, event)
            self.begun_s.append(begun_s)
            self.took_s.append(time.perf_counter() - begun_s)

        type(view).paintEvent = timed

    def forget(self) -> None:
        """Begin anew."""
        self.begun_s, self.took_s = [], []

    def row(self) -> list[str]:
        """fps, then p50, p95, p99 and the longest interval, then p50 and p99 of a paint, ms."""
        steps = 1000 * np.diff(self.begun_s)
        took = 1000 * np.array(self.took_s)
        if len(steps) < 2:
            return ["–"] * 7
        fps = 1000 * len(steps) / steps.sum()
        parts = [*np.quantile(steps, (0.5, 0.95, 0.99)), steps.max()]
        return [f"{v:.1f}" for v in (fps, *parts, *np.quantile(took, (0.5, 0.99)))]


def day_file(folder: Path, rate_hz: float) -> Path:
    """Ten minutes of three ways to move, as a live recording would write them."""
    from comodo_app.live.recorder import Recorder

    rng = np.random.default_rng(0)
    times = np.arange(round(_LOOP_S * rate_hz)) / rate_hz
    part = (times // 40).astype(int) % 3
    size, pace = np.array([0.1, 3.0, 9.0])[part], np.array([1.0, 1.8, 3.1])[part]
    swing = (size * np.sin(2 * np.pi * pace * times))[:, None]
    samples = rng.normal(0, 0.15, (len(times), 6)) + swing * [1, 0.5, 0.7, 0.2, 0.1, 0.3]
    samples[:, 2] += 9.80665
    path = folder / "day.imulog"
    recorder = Recorder(path, {})
    recorder.add(times, samples.astype(np.float32))
    recorder.close()
    return path


def run_until(done: Callable[[], bool], limit_s: float) -> None:
    """Let Qt's own loop run until something is so."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, watch, end = QEventLoop(), QTimer(), time.monotonic() + limit_s

    def look() -> None:
        if done() or time.monotonic() > end:
            loop.quit()

    watch.timeout.connect(look)
    watch.start(20)
    loop.exec()


def resident_mb() -> float:
    """This process's memory, where the system tells it (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print as Markdown."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()


def spans(window: Any, frames: Frames, seconds: float) -> None:
    """Listen at the sensor's own speed with each span shown."""
    page, live = window.pages["live"], window.session.live
    rows, cpu = [], []
    for key, name in (("20", "20 s"), ("60", "60 s"), ("300", "5 min")):
        page.sensor.spans.choose(key)
        run_until(lambda: False, 1.0)
        frames.forget()
        begun, used = time.monotonic(), time.process_time()
        run_until(lambda: False, seconds)
        cpu.append((time.process_time() - used) / (time.monotonic() - begun))
        rows.append([name, *frames.row(), f"{100 * cpu[-1]:.0f} %"])
    head = ["shown", "fps", "interval p50", "p95", "p99", "most", "paint p50", "p99", "one core"]
    table("Frames in ms, the sensor at its own speed", head, rows)
    delays = 1000 * np.array(live.heard.shown_after_s)
    if len(delays):
        row = [f"{v:.0f}" for v in (*np.quantile(delays, (0.5, 0.95, 0.99)), delays.max())]
        head = ["predictions", "p50", "p95", "p99", "most"]
        title = "From a window's last sample (read from the source) to its paint, ms"
        table(title, head, [[f"{len(delays)}", *row]])


def lsl(window: Any, seconds: float, rate_hz: float) -> None:
    """Delays on one clock across processes."""
    import pylsl

    from comodo_app.session.live_heard import Heard

    live, waiting, delays = window.session.live, list[float](), list[float]()
    live.said_more.connect(lambda p: waiting.append(p.end_s))
    note = Heard.note_shown

    def shown(heard: Heard) -> None:
        note(heard)
        now_s = pylsl.local_clock()
        delays.extend(now_s - end_s for end_s in waiting)
        waiting.clear()

    Heard.note_shown = shown  # type: ignore[method-assign]
    sender = subprocess.Popen([sys.executable, str(_OUTLET), str(rate_hz), "comodo-bench-page"])
    try:
        live.sources.add("lsl:comodo-bench-page")
        live.start()
        run_until(lambda: len(live.heard.said.spans) > 0, 30)
        run_until(lambda: False, 2.0)
        delays.clear()
        run_until(lambda: False, seconds)
    finally:
        live.stop()
        sender.kill()
        sender.wait()
        Heard.note_shown = note  # type: ignore[method-assign]
    if delays:
        found = 1000 * np.array(delays)
        row = [f"{v:.0f}" for v in (*np.quantile(found, (0.5, 0.95, 0.99)), found.max())]
        title = "From the LSL time of a window's last sample, another process, to its paint, ms"
        table(title, ["predictions", "p50", "p95", "p99", "most"], [[f"{len(found)}", *row]])
    else:
        print("\nNo prediction came over LSL.")


def soak(window: Any, frames: Frames, hours: float, plots: Path | None) -> None:
    """Hours as fast as possible; the page is drawn meanwhile."""
    live, rows, marks = window.session.live, [], []
    live.sources.set_loop(True)
    live.sources.set_speed(float("inf"))
    window.pages["live"].sensor.spans.choose("20")
    live.start()
    run_until(lambda: live.heard.newest_s is not None, 30)
    begun = time.monotonic()
    frames.forget()
    rows.append(["0", *["–"] * 7, f"{resident_mb():.0f}"])
    hour = 0.0
    step = min(1.0, hours)
    while hour < hours and live.running:
        hour += step
        run_until(lambda until=hour: (live.heard.newest_s or 0.0) >= 3600 * until, 3600)
        marks.append((hour, resident_mb(), np.diff(frames.begun_s)))
        rows.append([f"{hour:g}", *frames.row(), f"{marks[-1][1]:.0f}"])
        frames.forget()
    live.stop()
    took_s = time.monotonic() - begun
    head = ["hour", "fps", "interval p50", "p95", "p99", "most", "paint p50", "p99", "MB resident"]
    table(f"{hours:g} simulated hours in {took_s:.0f} s, frames in ms", head, rows)
    if plots is not None:
        draw(plots, marks)


def draw(folder: Path, marks: list[tuple[float, float, Any]]) -> None:
    """Memory and frame intervals over the hours, as PNG."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    figure, (memory, interval) = pyplot.subplots(2, 1, figsize=(8, 6), sharex=True)
    at = [hour for hour, _, _ in marks]
    memory.plot(at, [mb for _, mb, _ in marks], marker="o")
    memory.set(ylabel="MB resident", ylim=(0, None))
    for share in (0.5, 0.95, 0.99):
        values = [1000 * np.quantile(steps, share) for _, _, steps in marks]
        interval.plot(at, values, marker="o", label=f"p{100 * share:.0f}")
    interval.axhline(33, color="grey", linewidth=0.8)
    interval.set(xlabel="simulated hours", ylabel="ms between frames", ylim=(0, None))
    interval.legend()
    figure.tight_layout()
    figure.savefig(folder / "live_soak.png", dpi=120)
    print(f"\n{folder / 'live_soak.png'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each span shown")
    parser.add_argument("--hours", type=float, default=8.0, help="of the soak; 0 leaves it out")
    parser.add_argument("--rate", type=float, default=200.0, help="samples per second")
    parser.add_argument("--student", type=Path, help="a package; else the bundled one")
    parser.add_argument("--lsl", action="store_true", help="also over LSL")
    parser.add_argument("--plots", type=Path, help="write PNG plots into this folder")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["COMODO_CONFIG_DIR"] = str(Path(temporary) / "config")
        from comodo_app.app import make_application, make_window

        window = make_window(make_application())
        window.resize(1440, 900)
        window.show()
        window.go("live")
        run_until(lambda: False, 1.0)
        frames, live = Frames(window.pages["live"].sensor.view), window.session.live
        if wish.student is not None:
            live.students.add_package(wish.student)
        print(f"student: {live.students.choice.title}, {wish.rate:g} Hz, every {live.stride_s} s")
        live.sources.add(f"replay:{day_file(Path(temporary), wish.rate)}")
        live.start()
        run_until(lambda: len(live.heard.said.spans) > 0, 60)
        spans(window, frames, wish.seconds)
        live.stop()
        if wish.lsl:
            lsl(window, 3 * wish.seconds, wish.rate)
            live.sources.choose("replay")
        if wish.hours > 0:
            soak(window, frames, wish.hours, wish.plots)
        window.close()


if __name__ == "__main__":
    main()

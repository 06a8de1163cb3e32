"""How late a 10 ms timer of the window fires, idle and while a distillation of the demo runs.

    python benchmarks/gui_tick.py [--seconds 20] [--plain]

The Distill page is shown offscreen (in the real window unless `--plain`) and draws its live curves.
A tick is the time between two calls of the timer, less the 10 ms that were asked for: what a
click or a key may have to wait.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

LIMIT_MS = 50.0
_TICK_MS = 10


def prepare(folder: Path) -> Path:
    """A project with the demo's recordings, embedded by nobody yet."""
    from comodo_app.jobs.add import AddRequest, add_recordings
    from comodo_app.jobs.core import JobContext
    from comodo_app.jobs.resources import demo_recordings

    shutil.copytree(demo_recordings(), folder / "recordings")
    project = folder / "tick.comodo"
    add_recordings(AddRequest(project, (folder / "recordings",)), JobContext(lambda _: None))
    return project


class Ticks:
    """Lateness in milliseconds of a timer, by the phase that was going on."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.late_ms: dict[str, list[float]] = {}
        self.phase = ""
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    def _tick(self) -> None:
        now = time.perf_counter()
        if self.phase:
            late = 1000.0 * (now - self._last) - _TICK_MS
            self.late_ms.setdefault(self.phase, []).append(max(0.0, late))
        self._last = now


def run_until(done: Callable[[], bool], limit_s: float = 300.0) -> None:
    """Let Qt's own loop run until something is so."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, watch, end = QEventLoop(), QTimer(), time.monotonic() + limit_s

    def look() -> None:
        if done() or time.monotonic() > end:
            loop.quit()

    watch.timeout.connect(look)
    watch.start(50)
    loop.exec()


def measure(project: Path, *, seconds: float, plain: bool) -> dict[str, list[float]]:
    """Ticks of the idle page and of each stage of a run."""
    from PySide6.QtWidgets import QMainWindow

    from comodo_app.app import make_application
    from comodo_app.session.session import Session
    from comodo_app.ui.actions import Actions
    from comodo_app.ui.pages.distill import DistillPage
    from comodo_app.ui.theme import themes

    make_application()
    themes().apply("dark")
    session = Session()
    if plain:
        window = QMainWindow()
        page = DistillPage(session, Actions(window))
        window.setCentralWidget(page)
    else:
        from comodo_app.ui.shell.main_window import MainWindow

        window = MainWindow(session)
        made = window.page("distill")
        assert isinstance(made, DistillPage)
        page = made
    window.resize(1440, 900)
    window.show()
    session.open_project(project)
    run_until(lambda: session.project is not None)
    if not plain:
        window.go("distill")
    page.came_into_view()
    run_until(page.area.start.start.isEnabled)
    run_until(lambda: session.learning.reads.facts is not None)
    end = time.monotonic() + 1.0
    run_until(lambda: time.monotonic() > end)
    ticks = Ticks()
    ticks.phase = "idle"
    idle_until = time.monotonic() + seconds
    run_until(lambda: time.monotonic() > idle_until)
    page.area.start.start.click()
    learning = session.learning

    def follow() -> bool:
        live = learning.live
        if live is not None and live.stage and live.state.live:
            ticks.phase = {"distil": "distil"}.get(live.stage, live.stage)
        return not learning.busy

    run_until(follow)
    ticks.phase = ""
    session.shut_down()
    window.close()
    return ticks.late_ms


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of the idle phase")
    parser.add_argument("--plain", action="store_true", help="the page alone in a bare window")
    parser.add_argument("--switch-ms", type=float, help="try another interpreter switch interval")
    wish = parser.parse_args()
    if wish.switch_ms:
        sys.setswitchinterval(wish.switch_ms / 1000.0)
    with tempfile.TemporaryDirectory() as config, tempfile.TemporaryDirectory() as folder:
        os.environ["COMODO_CONFIG_DIR"] = config
        late = measure(prepare(Path(folder)), seconds=wish.seconds, plain=wish.plain)
    during = [tick for phase, values in late.items() if phase != "idle" for tick in values]
    rows = {**late, "whole run": during}
    interval = sys.getswitchinterval() * 1000
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, switch interval {interval:g} ms\n"
    )
    print("| lateness of a 10 ms timer | ticks | p50 | p99 | max | limit of p99 |")
    print("|---|---:|---:|---:|---:|---:|")
    for phase, values in rows.items():
        p50, p99, worst = np.percentile(values, [50, 99, 100])
        limit = "–" if phase == "idle" else f"≤ {LIMIT_MS:.0f} ms"
        print(
            f"| {phase} | {len(values)} | {p50:.1f} ms | {p99:.1f} ms | {worst:.0f} ms | {limit} |"
        )


if __name__ == "__main__":
    main()

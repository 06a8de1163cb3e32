"""How long until the first window is painted, beside a bare PySide6 + pyqtgraph window.

    python benchmarks/startup.py [--repeat 7]

Each start is a process of its own, timed from before Python starts until the first paint event
was handled; the two kinds alternate, after one warm-up of each. Offscreen, unless QT_QPA_PLATFORM
says otherwise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT_S = 1.2

_COMMON = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not done:
            done.append(1)
            QTimer.singleShot(0, tell)
        return False
done = []
def tell():
    torch = [name for name in ("torch", "cv2", "av", "sklearn") if name in sys.modules]
    print(time.time() - float(os.environ["STARTED_AT"]), *torch, flush=True)
    os._exit(0)
"""
_BARE = (
    _COMMON
    + """
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
app = QApplication([])
watch = FirstPaint()
app.installEventFilter(watch)
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1440, 900)
window.show()
app.exec()
"""
)
_COMODO = (
    _COMMON
    + """
from comodo_app.app import make_application, make_window
app = make_application()
watch = FirstPaint()
app.installEventFilter(watch)
window = make_window(app)
window.show()
app.exec()
"""
)


def seconds(script: str, config: str) -> tuple[float, list[str]]:
    """Start to first paint, and which heavy libraries were loaded by then."""
    environment = {**os.environ, "COMODO_CONFIG_DIR": config, "STARTED_AT": str(time.time())}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    first, *loaded = done.stdout.split()
    return float(first), loaded


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7)
    wish = parser.parse_args()
    kinds = {"bare PySide6 + pyqtgraph": _BARE, "COMODO": _COMODO}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    heavy: list[str] = []
    with tempfile.TemporaryDirectory() as config:
        for turn in range(wish.repeat + 1):
            for name, script in kinds.items():
                took, loaded = seconds(script, config)
                if turn:  # the first is the warm-up
                    times[name].append(took)
                if name == "COMODO":
                    heavy += loaded
    bare = statistics.median(times["bare PySide6 + pyqtgraph"])
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| first window, warm | median | worst | ratio | limit |")
    print("|---|---:|---:|---:|---:|")
    for name, taken in times.items():
        middle = statistics.median(taken)
        limit = f"≤ {LIMIT_S} s" if name == "COMODO" else "–"
        print(f"| {name} | {middle:.2f} s | {max(taken):.2f} s | {middle / bare:.2f} | {limit} |")
    print(f"\nheavy libraries loaded before the first paint: {', '.join(set(heavy)) or 'none'}")


if __name__ == "__main__":
    main()

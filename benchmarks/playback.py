"""Playback of 1080p30 at 1x in the Review page's video view: how many frames are dropped?

    python benchmarks/playback.py [--seconds 10] [--cores 2]

A made H.264 video (1920 x 1080, 30 frames/s, two B-frames, noise that moves) is played offscreen
through the app's own player and video view; every frame is painted. Three rounds: alone, beside a
thread that keeps a core busy as a distillation does, and at 4x, where dropping is the plan.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import av
import numpy as np
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from comodo_app.project.settings import Settings
from comodo_app.session.session import Session
from comodo_app.ui.pages.review.video_view import VideoView
from comodo_app.ui.theme import themes

SIZE = (1920, 1080)
RATE_HZ = 30
BIT_RATE = 16_000_000
LIMIT = 0.02
SHOWN_PX = (556, 312)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of playback gave."""

    name: str
    speed: float
    n_shown: int
    n_dropped: int
    late_ms: tuple[float, ...]  # of each frame: painted after it was due
    cpu_share: float  # of one core, of the whole process

    def line(self) -> str:
        """A row of the table."""
        total = self.n_shown + self.n_dropped
        p99 = statistics.quantiles(self.late_ms, n=100)[98]
        return (
            f"| {self.name} | {self.speed:g}× | {self.n_shown} | {self.n_dropped} | "
            f"{self.n_dropped / total:.1%} | {statistics.median(self.late_ms):.1f} | {p99:.1f} | "
            f"{self.cpu_share:.0%} |"
        )


def main() -> None:
    """Make the video, play it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--cores", type=int, default=2)
    wish = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: wish.cores])
    app = QApplication([])
    themes().apply("dark")
    session = Session(Settings())
    view = VideoView(session)
    view.resize(*SHOWN_PX)
    view.show()
    with tempfile.TemporaryDirectory() as folder:
        video = write_video(Path(folder) / "made.mp4", wish.seconds)
        rounds = [play(app, session, view, video, wish.seconds, name="alone")]
        with busy_core():
            rounds.append(
                play(app, session, view, video, wish.seconds, name="beside a busy thread")
            )
        rounds.append(play(app, session, view, video, wish.seconds, name="fast", speed=4.0))
        session.shut_down()
    print(
        f"\n1080p{RATE_HZ} H.264, {wish.seconds:g} s, {wish.cores} cores, shown at "
        f"{SHOWN_PX[0]} × {SHOWN_PX[1]}; budget: < {LIMIT:.0%} dropped at 1×\n"
    )
    print("| round | speed | shown | dropped | share | late, median ms | late, p99 ms | CPU |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for one in rounds:
        print(one.line())


def play(
    app: QApplication,
    session: Session,
    view: VideoView,
    video: Path,
    length_s: float,
    *,
    name: str,
    speed: float = 1.0,
) -> Round:
    """Play a video once from start to end and count."""
    player = session.player
    player.open((0.0, length_s), video)
    player.set_speed(speed)
    while player.frame is None:
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    late_ms: list[float] = []

    def painted(frame: object) -> None:
        view.repaint()  # every frame is really drawn, offscreen too
        if player.frame is not None and player.playing:
            elapsed_s = time.monotonic() - began
            late_ms.append((elapsed_s - player.frame.time_s / speed) * 1000.0)

    player.frame_changed.connect(painted)
    ended = QEventLoop()
    cpu_s, began = time.process_time(), time.monotonic()
    player.play()
    player.playing_changed.connect(ended.quit)
    ended.exec()
    wall_s = time.monotonic() - began
    player.playing_changed.disconnect(ended.quit)
    player.frame_changed.disconnect(painted)
    return Round(
        name,
        speed,
        player.n_shown,
        player.n_dropped,
        tuple(late_ms),
        (time.process_time() - cpu_s) / wall_s,
    )


class busy_core:
    """A thread that multiplies matrices as a distillation on one thread does."""

    def __enter__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def __exit__(self, *reason: object) -> None:
        self._ending.set()
        self._thread.join()

    def _work(self) -> None:
        matrix = np.random.default_rng(0).normal(size=(300, 300))
        while not self._ending.is_set():
            np.tanh(matrix @ matrix)


def write_video(path: Path, length_s: float) -> Path:
    """A noisy picture that moves sideways with grain over it, at a camera's bit rate."""
    width, height = SIZE
    n_frames = round(length_s * RATE_HZ)
    random = np.random.default_rng(0)
    noise = random.integers(40, 215, (height // 8, width // 8 + n_frames, 3), dtype=np.uint8)
    grain = random.integers(0, 24, (height + 64, width, 1), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = BIT_RATE
        stream.options = {"preset": "veryfast", "g": "60", "bf": "2"}
        for number in range(n_frames):
            part = noise[:, number : number + width // 8]
            blocks = part.repeat(8, axis=0).repeat(8, axis=1)
            shift = number * 7 % 64
            image = blocks + grain[shift : shift + height]
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    size_mb = path.stat().st_size / 1e6
    print(f"made {n_frames} frames, {size_mb:.1f} MB ({size_mb * 8 / length_s:.0f} Mbit/s)")
    return path


if __name__ == "__main__":
    main()

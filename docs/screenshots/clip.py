"""A short animation of the app at work: drop, distil, review.

    python docs/screenshots/clip.py

Pictures of the real window, taken while it works, put together as a GIF by FFmpeg (through PyAV).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage, Qt

sys.path.insert(0, str(Path(__file__).resolve().parent))

from make import HERE, application, dropped, wait, wait_until

from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.jobs.resources import demo_recordings
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.run_values import Wish
from comodo_app.ui.shell.main_window import MainWindow

WIDTH_PX, RATE = 800, 6


class Film:
    """Takes a picture of the window now and then."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.frames: list[NDArray[np.uint8]] = []
        self._timer = QTimer()
        self._timer.timeout.connect(self.take)

    def take(self) -> None:
        """One picture, small."""
        picture = self._window.grab().toImage()
        small = picture.scaledToWidth(WIDTH_PX, Qt.TransformationMode.SmoothTransformation)
        small = small.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(small.constBits(), np.uint8).reshape(small.height(), -1)
        pixels = rows[:, : 3 * small.width()].reshape(small.height(), small.width(), 3)
        self.frames.append(pixels.copy())

    def roll(self, every_s: float, until: Callable[[], bool], limit_s: float = 120.0) -> None:
        """Film until something has happened."""
        self._timer.start(round(1000 * every_s))
        wait_until(until, limit_s)
        self._timer.stop()

    def hold(self, seconds: float) -> None:
        """Show what is there for a while."""
        self.take()
        self.frames += [self.frames[-1]] * round(seconds * RATE)


def write_gif(path: Path, frames: list[NDArray[np.uint8]]) -> None:
    """Write (H, W, 3) RGB pictures with one palette for all."""
    height, width, _ = frames[0].shape
    tick = Fraction(1, RATE)
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=tick)
    split, sink = graph.add("split"), graph.add("buffersink")
    palette = graph.add("palettegen", "stats_mode=full:max_colors=128")
    use = graph.add("paletteuse", "dither=none:diff_mode=rectangle")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    with av.open(str(path), "w", format="gif") as out:
        stream = out.add_stream("gif", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, tick
            graph.push(frame)
        graph.push(None)
        for index in range(len(frames)):
            frame = graph.pull()
            frame.pts = index
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> None:
    """Drop the demo's files, distil, look at the timeline."""
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["COMODO_CONFIG_DIR"] = str(Path(temporary) / "config")
        with application((1440, 900)) as window:
            session, film = window.session, Film(window)
            session.change_settings(theme="dark")
            session.open_project(Path(temporary) / "walks.comodo", create=True)
            wait_until(lambda: session.project is not None)
            wait(0.5)
            film.hold(0.8)
            with dropped(window, sorted(demo_recordings().glob("p0*"))):
                film.hold(0.8)
            session.library.add([demo_recordings()])
            film.roll(0.25, lambda: len(session.library.rows) == 8)
            wait(2.0)
            film.hold(1.2)
            window.go("distill")
            wait(1.0)
            film.hold(0.8)
            session.learning.start(Wish(COMODO_PLUS, grid=WindowGrid(5.0, 1.0)))
            film.roll(1.2, lambda: not session.learning.busy)
            film.hold(1.2)
            session.review.open(session.library.rows[1].id)
            window.go("review")
            wait(1.5)
            film.hold(0.8)
            session.player.play()
            film.roll(0.2, lambda: session.player.position_s > 4.0)
            session.player.pause()
            film.hold(1.2)
            path = HERE / "walk.gif"
            write_gif(path, film.frames)
            size = path.stat().st_size / 1e6
            print(f"{path.name}: {len(film.frames)} pictures, {size:.2f} MB")


if __name__ == "__main__":
    main()

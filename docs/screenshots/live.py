"""Pictures of the Live page: a replay, a recording, a sensor worn another way, a lost one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from comodo_app.session.live import Live
from comodo_app.ui.pages.live import LivePage
from comodo_app.ui.pages.live.words import Face
from comodo_app.ui.shell.main_window import MainWindow

_PORT = 47_331
_HEADER = (
    b"time (s),acc_x (m/s^2),acc_y (m/s^2),acc_z (m/s^2),"
    b"gyro_x (rad/s),gyro_y (rad/s),gyro_z (rad/s)\n"
)


class Camera(Protocol):
    """What `make.py` takes pictures with."""

    window: MainWindow

    def wants(self, name: str) -> bool:
        """Whether a picture was asked for."""

    def take(self, name: str, settle_s: float = 0.4) -> None:
        """One picture in each theme."""


class Turned(threading.Thread):
    """Sends a table's samples with the axes turned, as lines over UDP, until told to stop."""

    def __init__(self, table: Path) -> None:
        super().__init__(daemon=True)
        rows = np.loadtxt(table, delimiter=",", skiprows=1)
        self._rows = rows[:, [0, 3, 1, 2, 4, 5, 6]] * [1, -1, 1, 1, 1, 1, 1]
        self.go = True

    def run(self) -> None:
        """Send what is due."""
        began_s, sent = time.monotonic(), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(_HEADER, ("127.0.0.1", _PORT))
            while self.go and sent < len(self._rows):
                due_s = self._rows[0, 0] + time.monotonic() - began_s
                stop = int(np.searchsorted(self._rows[:, 0], due_s))
                lines = "".join(
                    ",".join(f"{v:.5f}" for v in r) + "\n" for r in self._rows[sent:stop]
                )
                if lines:
                    out.sendto(lines.encode(), ("127.0.0.1", _PORT))
                sent = stop
                time.sleep(0.02)


def live_pages(
    camera: Camera,
    table: Path,
    wait: Callable[[float], None],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    """The page in its states; the project is the demo."""
    if not camera.wants("live"):
        return
    window, live = camera.window, camera.window.session.live
    window.go("live")
    page = window.page("live")
    assert isinstance(page, LivePage)
    _replayed(camera, live, page, wait, wait_until)
    live.sources.allow("phone", True)
    window.actions_.run("live.phone")
    wait_until(lambda: live.heard.begun is not None)
    camera.take("live_pairing", 0.6)
    live.stop()
    live.sources.allow("udp", False)
    live.sources.add(f"udp:{_PORT}")
    live.start()
    wait_until(lambda: live.heard.begun is not None)
    sender = Turned(table)
    sender.start()
    wait_until(lambda: page.now.view.words.face is Face.UNKNOWN)
    wait(6.0)
    camera.take("live_unknown")
    sender.go = False
    wait_until(lambda: live.lost)
    wait(2.0)
    camera.take("live_lost")
    live.stop()


def _replayed(
    camera: Camera,
    live: Live,
    page: LivePage,
    wait: Callable[[float], None],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    address, title = live.sources.demos[0]
    live.sources.set_replay(address, title)
    live.sources.set_loop(True)
    live.sources.set_speed(20.0)
    live.start()
    wait_until(lambda: (live.heard.newest_s or 0.0) > 150.0)
    live.mark()
    wait_until(lambda: (live.heard.newest_s or 0.0) > 270.0)
    live.mark()
    live.sources.set_speed(1.0)
    wait(3.0)
    wait_until(lambda: page.now.view.words.face is Face.ACTIVITY)
    camera.take("live")
    live.recordings.start()
    wait(4.0)
    camera.take("live_recording")
    live.recordings.stop()
    wait(1.0)
    live.stop()

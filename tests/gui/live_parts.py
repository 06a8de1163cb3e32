"""A Live page with a student package and a short simulated day to replay, and a phone."""

from __future__ import annotations

import http.client
import json
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from comodo_app.session.live import Live
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.live import LivePage
from tests.gui.parts import bare_window
from tests.unit.live.packages import day, write_package
from tests.unit.recordings.imu_files import write_table

RATE_HZ = 100.0


def day_table(path: Path, *parts: tuple[int, float]) -> Path:
    """A table of activities, (which, seconds) each."""
    times, samples = day(*(parts or ((0, 12), (1, 20), (2, 12))), rate_hz=RATE_HZ)
    return write_table(path, time=times, samples=samples.astype(float))


def ready_page(session: Session, qtbot: QtBot, folder: Path, speed: float = 10.0) -> LivePage:
    """The page in a window, with a student and a replay chosen, not started."""
    session.live.students.add_package(write_package(folder / "small"))
    session.live.sources.add(f"replay:{day_table(folder / 'day.csv')}")
    session.live.sources.set_speed(speed)
    return shown_page(session, qtbot)


def shown_page(session: Session, qtbot: QtBot) -> LivePage:
    """The page in a window."""
    host = QWidget()
    page = LivePage(session, Actions(host))
    header = QWidget()
    for widget in page.header_widgets():
        widget.setParent(header)
    bare_window(qtbot, header, page, host)
    qtbot.waitUntil(page.window().isActiveWindow)  # keys work in the active window only
    page.setFocus()
    page.header.refresh()
    return page


def recorded_s(live: Live) -> float:
    """Seconds that have been recorded so far."""
    state = live.recordings.state
    return 0.0 if state is None else state.duration_s


class Phone(threading.Thread):
    """Pushes as Sensor Logger does, in batches of 0.1 s, until told to stop."""

    def __init__(self, address: str, *, which: int = 1, device: str = "phone") -> None:
        super().__init__(daemon=True)
        self._place, _, self._token = address.removeprefix("http://").partition("/")
        self._times, self._samples = day((which, 60.0), rate_hz=RATE_HZ)
        self._device = device
        self.go = threading.Event()
        self.go.set()
        self.statuses: list[int] = []

    def run(self) -> None:
        """Send what has been measured since the last message."""
        began_s, sent, number = time.monotonic(), 0, 0
        zero_ns = time.time_ns()
        while self.go.is_set():
            stop = min(int((time.monotonic() - began_s) * RATE_HZ), len(self._times))
            if stop > sent:
                rows = slice(sent, stop)
                self._post(number, zero_ns, self._times[rows], self._samples[rows])
                sent, number = stop, number + 1
            time.sleep(0.05)

    def stop(self) -> None:
        """Send nothing more."""
        self.go.clear()
        self.join(5)

    def _post(
        self, number: int, zero_ns: int, times: NDArray[np.float64], samples: NDArray[np.float32]
    ) -> None:
        payload = [
            {
                "name": name,
                "time": zero_ns + int(t * 1e9),
                "values": dict(zip("xyz", v, strict=True)),
            }
            for t, row in zip(times.tolist(), samples.tolist(), strict=True)
            for name, v in (("totalacceleration", row[:3]), ("gyroscope", row[3:]))
        ]
        said = {
            "messageId": number,
            "sessionId": "s",
            "deviceId": self._device,
            "payload": payload,
        }
        connection = http.client.HTTPConnection(self._place, timeout=5)
        try:
            connection.request("POST", f"/{self._token}", json.dumps(said).encode())
            self.statuses.append(connection.getresponse().status)
        except OSError:  # it has stopped listening
            self.statuses.append(0)
        finally:
            connection.close()

"""A phone that pushes its sensors over HTTP."""

from __future__ import annotations

import time
from collections import Counter

from comodo_app.live.http_push import PushServer
from comodo_app.live.model import Chunk, SourceState, SourceStatus, StreamInfo
from comodo_app.live.sensor_logger import Message, MessageOrder, read_message
from comodo_app.live.six_axes import SixAxes
from comodo_app.live.wires import TAKE_OVER_S
from comodo_app.recordings.model import CHANNEL_UNITS, Note

_SILENT_S = 2.5
_COUNTED = {
    "malformed": "messages that are not Sensor Logger's",
    "wrong_token": "requests with a wrong token",
    "wrong_method": "requests that are no push",
    "too_large": "messages over 2 MiB",
    "too_many": "requests turned away because there were too many",
    "broken": "requests that broke off",
    "other_device": "messages of other devices",
    "broken_readings": "readings without time or numbers",
    "duplicated": "messages that came twice",
    "late": "messages that came too late",
    "out_of_order": "messages that came out of order, sorted in",
    "missing": "messages that never came",
    "late_readings": "readings that came after their time",
}


class PhoneSource:
    """Sensor Logger's HTTP push, one device at a time: the first that sends, until it is silent
    for 10 s.

    Parameters
    ----------
    host, port : str, int
        Listens on this computer alone unless another host is given.
    token : str, optional
        Part of the address; a new one for each session unless given.
    negate : bool
        For an iPhone without "Standardise Units & Frames", see `SixAxes`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        negate: bool = False,
    ) -> None:
        self._server = PushServer(read_message, host=host, port=port, token=token)
        self._negate = negate
        self._device: tuple[str, str] | None = None
        self._order, self._axes = MessageOrder(), SixAxes(negate=negate)
        self._counted: Counter[str] = Counter()
        self._restarted = False
        self._heard_s = self._last_s = -float("inf")

    @property
    def server(self) -> PushServer:
        """The server behind it."""
        return self._server

    @property
    def info(self) -> StreamInfo | None:
        if self._device is None or self._last_s < 0:
            return None
        return StreamInfo(
            name=f"Sensor Logger {self._device[0]}".strip(),
            source_id=self._device[0] or "sensor-logger",
            units=CHANNEL_UNITS,
            clock="the phone's",
            notes=self._axes.notes,
        )

    @property
    def status(self) -> SourceStatus:
        counted = self._counted + self._order.counted + self._server.counted
        counted["late_readings"] += self._axes.n_late
        counted = +counted
        notes = tuple(Note(code, n, _COUNTED[code]) for code, n in sorted(counted.items()))
        state, text = SourceState.LIVE, ""
        if self._axes.trouble:
            state, text = SourceState.WRONG_FORMAT, self._axes.trouble
        elif self._last_s < 0:
            state, text = SourceState.CONNECTING, "waiting for a phone to push"
        elif self.now_s() - self._last_s > _SILENT_S:
            state = SourceState.SILENT
        return SourceStatus(state, text, self._server.address, notes)

    def open(self) -> None:
        self._server.open()

    def close(self) -> None:
        self._server.close()

    def now_s(self) -> float:
        return time.monotonic()

    def poll(self, timeout_s: float) -> tuple[Chunk, ...]:
        chunks: list[Chunk | None] = []
        for pushed in self._server.take(timeout_s):
            message: Message = pushed.message
            self._counted["broken_readings"] += message.n_broken
            if self._is_ours(message, pushed.arrival_s):
                for due in self._order.add(message, pushed.arrival_s):
                    chunks.append(self._read(due, pushed.arrival_s))
        now_s = self.now_s()
        for due in self._order.due(now_s):
            chunks.append(self._read(due, now_s))
        came = tuple(chunk for chunk in chunks if chunk is not None)
        if came:
            self._last_s = now_s
        return came

    def _is_ours(self, message: Message, now_s: float) -> bool:
        """Whether a message is of the device that is listened to; a new session begins anew."""
        sender = (message.device, message.session)
        if sender != self._device:
            if not message.readings:  # nothing of use: no reason to listen to another one
                return False
            if (
                self._device is not None
                and message.device != self._device[0]
                and now_s - self._heard_s < TAKE_OVER_S
            ):
                self._counted["other_device"] += 1
                return False
            self._restarted = self._device is not None
            self._device = sender
            self._counted += self._order.counted
            self._counted["late_readings"] += self._axes.n_late
            self._order, self._axes = MessageOrder(), SixAxes(negate=self._negate)
        self._heard_s = now_s
        return True

    def _read(self, message: Message, arrival_s: float) -> Chunk | None:
        chunk = self._axes.add(message, arrival_s, restarted=self._restarted)
        self._restarted = self._restarted and chunk is None
        return chunk

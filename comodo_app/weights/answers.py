"""An answer of a server that arrives on a thread of its own, so that nobody is blocked by it.

Whoever waits can be told to pause or to cancel within a moment, even while the server is silent.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

_TICK_S = 0.1


class Answer:
    """One GET request with an HTTP client; used in a ``with`` block, which ends the transfer.

    While something is waited for, the `tick` that is given is called every 0.1 s; what it raises
    ends the wait. What goes wrong on the way is raised where it is waited for.
    """

    def __init__(self, client: Any, url: str, headers: dict[str, str]) -> None:
        self._client = client
        self._arrived: queue.Queue[Any] = queue.Queue(maxsize=32)
        self._given_up = threading.Event()
        self._response: Any = None
        self._thread = threading.Thread(
            target=self._run, args=(url, headers), name="hub-answer", daemon=True
        )

    def __enter__(self) -> Answer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()
        if self._thread.is_alive():
            stream = getattr(self._response, "extensions", {}).get("network_stream")
            raw = stream.get_extra_info("socket") if stream is not None else None
            if isinstance(raw, socket.socket):
                with contextlib.suppress(OSError):  # the other side has closed it first
                    raw.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for bytes
        self._thread.join(timeout=2.0)  # one that still connects ends by its own timeout

    def response(self, tick: Callable[[], None]) -> Any:
        """The answer's head; its body is still on the way, except that of an error."""
        return self._next(tick)

    def chunks(self, tick: Callable[[], None]) -> Iterator[bytes]:
        """The body, as it comes."""
        while (chunk := self._next(tick)) is not None:
            yield chunk

    def _next(self, tick: Callable[[], None]) -> Any:
        while True:
            try:
                value = self._arrived.get(timeout=_TICK_S)
            except queue.Empty:
                tick()
                continue
            if isinstance(value, Exception):
                raise value
            return value

    def _run(self, url: str, headers: dict[str, str]) -> None:
        try:
            self._put_all(url, headers)
        except Exception as error:  # noqa: BLE001 - raised again on the thread that waits
            self._put(error)

    def _put_all(self, url: str, headers: dict[str, str]) -> None:
        with self._client.stream("GET", url, headers=headers) as response:
            self._response = response
            if response.status_code >= 400:
                response.read()  # the reason
            self._put(response)
            if response.status_code < 400:
                for chunk in response.iter_bytes():
                    if not self._put(chunk):
                        return
        self._put(None)

    def _put(self, value: Any) -> bool:
        """Hand a value over; False once nobody waits for it any more."""
        while not self._given_up.is_set():
            try:
                self._arrived.put(value, timeout=_TICK_S)
            except queue.Full:
                continue
            return True
        return False

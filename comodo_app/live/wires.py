"""Ways that bytes come by: UDP, TCP, a serial port. After opening nothing here raises."""

from __future__ import annotations

import errno
import importlib
import ipaddress
import select
import socket
import time
from collections import Counter
from typing import Any, Protocol

import numpy as np

from comodo_app.errors import UsageError

CUT = b"\x18\n"  # ends what came before: the sender is gone, half a line of it is no sample
_MAX_READ = 1 << 16
_RETRY_S = 1.0
TAKE_OVER_S = 10.0  # after this much silence of one sender another one may send
_UDP_HOLD_S = 0.05  # datagrams may overtake each other


class Wire(Protocol):
    """Where bytes come from; never raises after `open`."""

    name: str
    hold_s: float  # how long pieces may overtake each other
    counted: Counter[str]

    def open(self) -> None: ...

    def read(self, timeout_s: float) -> tuple[bytes, ...]:
        """Pieces that came, waiting at most `timeout_s`; each datagram is one piece."""

    @property
    def is_connected(self) -> bool: ...

    def close(self) -> None: ...


class UdpWire:
    """Datagrams to a port of this computer, from the first sender until it is silent for 10 s."""

    hold_s = _UDP_HOLD_S

    def __init__(self, host: str, port: int) -> None:
        self.name = f"udp:{host}:{port}"
        self._place = (host, port)
        self._socket: socket.socket | None = None
        self._sender: object = None
        self._heard_s = 0.0
        self.counted: Counter[str] = Counter()

    @property
    def is_connected(self) -> bool:
        return self._socket is not None

    @property
    def port(self) -> int:
        """The port that is listened to; another than asked for if that was 0."""
        return self._place[1] if self._socket is None else int(self._socket.getsockname()[1])

    def open(self) -> None:
        self._socket = _bound(socket.SOCK_DGRAM, *self._place)

    def read(self, timeout_s: float) -> tuple[bytes, ...]:
        if self._socket is None or not select.select([self._socket], [], [], timeout_s)[0]:
            return ()
        pieces, n_bytes = [], 0
        while n_bytes < _MAX_READ:
            try:
                piece, sender = self._socket.recvfrom(_MAX_READ)
            except OSError:  # nothing more, or the sender's port is gone: the next poll looks again
                break
            n_bytes += len(piece) + 1
            now_s = time.monotonic()
            if sender != self._sender:
                if self._sender is not None and now_s - self._heard_s < TAKE_OVER_S:
                    self.counted["refused"] += 1
                    continue
                self._sender = sender
            self._heard_s = now_s
            pieces.append(piece if piece.endswith(b"\n") else piece + b"\n")
        return tuple(pieces)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class TcpWire:
    """Connects to a sender, again and again if need be, or listens for one (`listen`)."""

    hold_s = 0.0

    def __init__(self, host: str, port: int, *, listen: bool = False) -> None:
        self.name = f"tcp:{host}:{port}"
        self._place, self._listens = (host, port), listen
        self._server: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._next_try_s = -np.inf
        self._is_open = False
        self.counted: Counter[str] = Counter()

    @property
    def is_connected(self) -> bool:
        return self._peer is not None

    @property
    def port(self) -> int:
        """The port that is listened to; another than asked for if that was 0."""
        return self._place[1] if self._server is None else int(self._server.getsockname()[1])

    def open(self) -> None:
        self._is_open = True
        if self._listens:
            self._server = _bound(socket.SOCK_STREAM, *self._place)
            self._server.listen(8)

    def read(self, timeout_s: float) -> tuple[bytes, ...]:
        if self._server is None and self._peer is None:
            self._connect(timeout_s)
        waiting = [s for s in (self._server, self._peer) if s is not None]
        if not waiting:
            return ()
        ready = select.select(waiting, [], [], timeout_s)[0]
        if self._server in ready:
            self._accept()
        if self._peer is None or self._peer not in ready:
            return ()
        try:
            content = self._peer.recv(_MAX_READ)
        except BlockingIOError:
            return ()
        except OSError:
            content = b""
        if not content:  # the sender is gone; a half line of it is no sample
            self._peer.close()
            self._peer = None
            return (CUT,)
        return (content,)

    def close(self) -> None:
        self._is_open = False
        for each in (self._peer, self._server):
            if each is not None:
                each.close()
        self._peer = self._server = None

    def _accept(self) -> None:
        if self._server is None:
            return
        try:
            peer, _ = self._server.accept()
        except OSError:  # it has gone again
            return
        if self._peer is not None:
            self.counted["refused"] += 1
            peer.close()
            return
        peer.setblocking(False)
        self._peer = peer

    def _connect(self, timeout_s: float) -> None:
        now_s = time.monotonic()
        if not self._is_open:
            return
        if now_s < self._next_try_s:
            time.sleep(min(timeout_s, self._next_try_s - now_s))
            return
        self._next_try_s = now_s + _RETRY_S
        try:
            self._peer = socket.create_connection(self._place, timeout=max(timeout_s, 0.2))
        except OSError:  # nobody listens there yet
            return
        self._peer.setblocking(False)


class SerialWire:
    """A serial or USB port; needs pyserial."""

    hold_s = 0.0

    def __init__(self, port: str, baud: int = 115_200) -> None:
        self.name = f"serial:{port}"
        self._port, self._baud = port, baud
        self._device: Any = None
        self._next_try_s = -np.inf
        self.counted: Counter[str] = Counter()

    @property
    def is_connected(self) -> bool:
        return self._device is not None

    def open(self) -> None:
        serial = serial_module()
        try:
            self._device = serial.serial_for_url(self._port, self._baud, timeout=0)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise UsageError(
                f"The serial port cannot be opened ({error}).",
                where=self._port,
                hint="Plug the sensor in, close other programs that use it, check the rights.",
            ) from error

    def read(self, timeout_s: float) -> tuple[bytes, ...]:
        if self._device is None:
            self._reopen(timeout_s)
            return ()
        try:
            self._device.timeout = timeout_s
            content = self._device.read(1)
            self._device.timeout = 0
            content += self._device.read(_MAX_READ)
        except OSError:  # unplugged
            self.close()
            return (CUT,)
        return (content,) if content else ()

    def close(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None

    def _reopen(self, timeout_s: float) -> None:
        now_s = time.monotonic()
        if now_s < self._next_try_s:
            time.sleep(timeout_s)
            return
        self._next_try_s = now_s + _RETRY_S
        try:
            self.open()
        except UsageError:  # not plugged in again yet
            return


def serial_module() -> Any:
    """pyserial.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    try:
        return importlib.import_module("serial")
    except ImportError as error:
        raise UsageError(
            "Serial ports need the package pyserial.", hint="pip install pyserial"
        ) from error


def serial_ports() -> tuple[tuple[str, str], ...]:
    """Ports of this computer and what is plugged in, sorted; raises as `serial_module`."""
    serial_module()
    ports = importlib.import_module("serial.tools.list_ports").comports()
    return tuple(sorted((port.device, port.description) for port in ports))


def is_this_computer(host: str) -> bool:
    """Whether only programs of this computer can reach a listening address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(kind: int, host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        taken = error.errno == errno.EADDRINUSE
        raise UsageError(
            "Another program listens there already." if taken else f"Cannot listen: {error}.",
            where=f"{host}:{port}",
            hint="Choose another port." if taken else "Check the address and the port.",
        ) from error
    made.setblocking(False)
    return made

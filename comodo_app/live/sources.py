"""From an address in words to a source: ``replay:walk.csv``, ``lsl:head``, ``phone:8765`` …

==============================  =============================================================
``replay:FILE``                 any recording's IMU
``project:ID``                  a recording of the wish's project
``lsl:NAME``                    an LSL stream by name or source id; ``lsl`` takes the first IMU
``phone:[HOST:]PORT[/TOKEN]``   listens for Sensor Logger's HTTP push; also ``http:``
``udp:[HOST:]PORT``             listens for lines in datagrams
``tcp:HOST:PORT``               connects to a sender of lines
``tcp-listen:[HOST:]PORT``      listens for one; also ``tcp:PORT``
``serial:PORT[@BAUD]``          lines from a serial port
==============================  =============================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from comodo_app.errors import UsageError
from comodo_app.live.model import Source
from comodo_app.recordings.model import Recording
from comodo_app.recordings.sources import ReadOptions

KINDS = ("replay", "project", "lsl", "phone", "udp", "tcp", "tcp-listen", "serial")
PHONE_PORT = 8765
_LOOPBACK, _EVERYWHERE = "127.0.0.1", "0.0.0.0"
_EXAMPLES = (
    "replay:FILE, lsl:NAME, phone:PORT, udp:PORT, tcp:HOST:PORT, tcp-listen:PORT, serial:PORT@BAUD"
)


@dataclass(frozen=True, slots=True)
class SourceWish:
    """Which source, and how.

    Attributes
    ----------
    address : str
        See the module.
    project : Path or None
        For ``project:ID``.
    speed, loop : float, bool
        Of a replay; infinity is as fast as possible.
    allow_network : bool
        Whether the user allows other devices to send: without a host a source then listens on all
        addresses of this computer, else on none that others can reach.
    options : ReadOptions
        What the user says about channels and units.
    rate_hz : float
        Of lines without times; 0 if unknown.
    negate : bool
        A phone whose acceleration has the other sign, see `SixAxes`.
    """

    address: str
    project: Path | None = None
    speed: float = 1.0
    loop: bool = False
    allow_network: bool = False
    options: ReadOptions = field(default_factory=ReadOptions)
    rate_hz: float = 0.0
    negate: bool = False

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self._split()[0]

    @property
    def place(self) -> str:
        """What follows the kind."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        kind, _, place = self.address.strip().partition(":")
        kind = {"http": "phone"}.get(kind.lower(), kind.lower())
        if kind == "tcp" and ":" not in place:
            kind = "tcp-listen"
        return kind, place

    def check(self) -> SourceWish:
        """Itself.

        Raises
        ------
        UsageError
            If the kind is unknown, the place cannot be one, or it is beyond this computer and that
            is not allowed.
        """
        kind, place = self._split()
        if kind not in KINDS or (not place and kind not in ("lsl", "phone")):
            raise UsageError(
                f"'{self.address}' is no source.", where="source", hint=f"Known: {_EXAMPLES}."
            )
        if kind == "project" and not (place.isascii() and place.isdigit() and self.project):
            raise UsageError(f"'{place}' is no recording of a project.", where="source")
        if kind in ("phone", "udp", "tcp", "tcp-listen"):
            host_and_port(self)
        return self


def make_source(wish: SourceWish, recording: Recording | None = None) -> Source:
    """A source that is not opened yet; `recording` is what ``project:`` plays.

    Raises
    ------
    UsageError, InputError
        If the wish cannot be fulfilled.
    """
    # Each source's modules are loaded when it is wanted: the window opens without them.
    wish.check()
    kind = wish.kind
    if kind in ("replay", "project"):
        from comodo_app.live.replay import ReplaySource

        played = recording if recording is not None else _read(Path(wish.place), wish.options)
        return ReplaySource(played, speed=wish.speed, loop=wish.loop)
    if kind == "lsl":
        from comodo_app.live.lsl import LslSource

        return LslSource(wish.place, options=wish.options)
    if kind == "phone":
        from comodo_app.live.phone import PhoneSource

        host, port = host_and_port(wish)
        token = wish.place.partition("/")[2] or None
        return PhoneSource(host=host, port=port, token=token, negate=wish.negate)
    from comodo_app.live.lines import LineSource
    from comodo_app.live.wires import SerialWire, TcpWire, UdpWire

    if kind == "serial":
        port_name, _, baud = wish.place.rpartition("@")
        wire = (
            SerialWire(port_name, _number(baud, wish, 1 << 24)) if port_name else SerialWire(baud)
        )
        return LineSource(wire, options=wish.options, rate_hz=wish.rate_hz)
    host, port = host_and_port(wish)
    if kind == "udp":
        return LineSource(UdpWire(host, port), options=wish.options, rate_hz=wish.rate_hz)
    tcp = TcpWire(host, port, listen=kind == "tcp-listen")
    return LineSource(tcp, options=wish.options, rate_hz=wish.rate_hz)


def host_and_port(wish: SourceWish) -> tuple[str, int]:
    """Where to listen, or to connect to.

    Raises
    ------
    UsageError
        If that is no address, or one that lets others send without the user's leave.
    """
    from comodo_app.live.wires import is_this_computer

    host, _, number = wish.place.partition("/")[0].rpartition(":")
    host = host.strip("[]")
    port = PHONE_PORT if wish.kind == "phone" and not number else _number(number, wish, 65_535)
    if wish.kind == "tcp":
        return host, port
    if not host:
        return _EVERYWHERE if wish.allow_network else _LOOPBACK, port
    if not is_this_computer(host) and not wish.allow_network:
        raise UsageError(
            f"Listening on {host} lets other devices send.",
            where="source",
            hint="Allow devices on this network (--allow-network), or leave the address out.",
        )
    return host, port


def _number(text: str, wish: SourceWish, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= most:
        return int(text)
    raise UsageError(
        f"'{text}' in '{wish.address}' is no number that is possible there.",
        where="source",
        hint=f"Known: {_EXAMPLES}.",
    )


def _read(path: Path, options: ReadOptions) -> Recording:
    from comodo_app.recordings.importers import gather, read_source

    found = gather([path])
    if found.sources:
        return read_source(found.sources[0], options).recording
    raise (
        found.problems[0][1]
        if found.problems
        else UsageError("There is no recording.", where=str(path))
    )

"""Where live samples can come from: what is always there, what was found, what was typed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.errors import ComodoError, UsageError
from comodo_app.jobs.core import End, Outcome
from comodo_app.jobs.intake import DEMO_HELD_OUT
from comodo_app.jobs.live import SourceWish
from comodo_app.jobs.live_find import FindRequest, FoundSources, find_sources
from comodo_app.jobs.resources import demo_recordings

if TYPE_CHECKING:
    from comodo_app.session.session import Session

REPLAY, PHONE = "replay", "phone"
LISTENING = ("phone", "udp", "tcp-listen")  # kinds that others may send to
SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_ICONS = {"lsl": "network", "serial": "usb", "phone": "phone", "replay": "replay"}
_NAMES = {  # title with the place in it, and detail
    "udp": ("UDP {}", "lines in datagrams, listening"),
    "tcp": ("TCP {}", "lines, connecting"),
    "tcp-listen": ("TCP {}", "lines, listening"),
    "phone": ("Phone, port {}", "HTTP push"),
    "serial": ("{}", "serial lines"),
}


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A row of the source list; `key` is its address, "replay" for what is replayed."""

    key: str
    title: str
    detail: str
    icon: str
    kind: str
    by_hand: bool = False

    @property
    def listens(self) -> bool:
        """Whether others send to this computer."""
        return self.kind in LISTENING


@dataclass(frozen=True, slots=True)
class Replay:
    """What is replayed: `address` of a wish, "" if nothing was chosen yet."""

    address: str = ""
    title: str = ""
    speed: float = 1.0
    loop: bool = False


def _demos() -> tuple[tuple[str, str], ...]:
    """Addresses and titles of the demo's recordings that no student learned from, if it is here."""
    try:
        tables = sorted(demo_recordings().glob("*.csv"))
    except UsageError:
        return ()
    return tuple(
        (f"replay:{path}", f"demo {path.stem}")
        for path in tables
        if path.stem.startswith(tuple(DEMO_HELD_OUT))
    )


class LiveSources(QObject):
    """The list, and what is chosen of it.

    Attributes
    ----------
    chosen : str
        Key of the chosen source, "" at first.
    replay : Replay
    allowed : dict of str to bool
        By kind of source: whether devices of the network may send; missing while nobody was asked.
    demos : tuple of (address, title)
        Recordings that come with the app.
    notes : tuple of str
        Why a kind of source could not be looked for.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.chosen = ""
        self._replay_by_hand = False
        self.replay = Replay()
        self.allowed: dict[str, bool] = {}
        self.notes: tuple[str, ...] = ()
        self._found: tuple[LiveSource, ...] = ()
        self._added: tuple[LiveSource, ...] = ()
        self.demos = _demos()
        self._scan_job = 0
        session.jobs.ended.connect(self._ended)
        session.project_changed.connect(self._project_changed)
        session.library.changed.connect(self._library_changed)
        self._offer_replay()

    @property
    def rows(self) -> tuple[LiveSource, ...]:
        """Replay and phone, then what was found, then what was typed in."""
        replay = self.replay
        what = f"{replay.title} at {replay.speed:g} ×" if replay.address else "choose a recording"
        fixed = (
            LiveSource(REPLAY, "Replay a recording", what, "replay", "replay"),
            LiveSource(PHONE, "Phone, Sensor Logger", "HTTP push", "phone", "phone"),
        )
        known = {row.key for row in self._found}
        return (*fixed, *self._found, *(row for row in self._added if row.key not in known))

    @property
    def scanning(self) -> bool:
        """Whether streams and ports are being looked for."""
        return self._scan_job != 0

    @property
    def source(self) -> LiveSource | None:
        """The chosen row."""
        return next((row for row in self.rows if row.key == self.chosen), None)

    def choose(self, key: str) -> None:
        """Choose a row; a running live goes over to it."""
        if key != self.chosen and any(row.key == key for row in self.rows):
            self.chosen = key
            self.changed.emit()

    def scan(self) -> None:
        """Look for LSL streams and serial ports, about a second."""
        if not self._scan_job:
            self._scan_job = self._session.jobs.start(
                find_sources,
                FindRequest(),
                kind="search",
                title="Look for live sources",
                lane="fetch",
                quiet=True,
            )
            self.changed.emit()

    def add(self, address: str) -> str:
        """Add and choose a source by its address; the reason if that is none, else ""."""
        wish = SourceWish(address.strip())
        try:
            replace(wish, allow_network=True).check()
            if wish.kind == "project":
                raise ValueError("Choose a recording of the project under Replay.")
        except (ComodoError, ValueError) as error:
            return str(error)
        if wish.kind == "replay":
            path = Path(wish.place).expanduser()
            self.set_replay(f"replay:{path}", path.stem)
            return ""
        title, detail = _NAMES.get(wish.kind, ("{}", wish.kind.upper()))
        title = title.format(wish.place.partition("/")[0])
        icon = _ICONS.get(wish.kind, "network")
        row = LiveSource(wish.address, title, detail, icon, wish.kind, True)
        self._added = (*(r for r in self._added if r.key != row.key), row)
        self.chosen = row.key
        self.changed.emit()
        return ""

    def set_replay(self, address: str, title: str) -> None:
        """Replay something else, and choose that."""
        self._replay_by_hand = True
        self.replay = replace(self.replay, address=address, title=title)
        self.chosen = REPLAY
        self.changed.emit()

    def replay_recording(self, recording_id: int) -> None:
        """Replay a recording of the project."""
        row = self._session.library.row(recording_id)
        if row is not None:
            self.set_replay(f"project:{recording_id}", row.name)

    def set_speed(self, speed: float) -> None:
        """How fast a replay runs."""
        self.replay = replace(self.replay, speed=speed)
        self.changed.emit()

    def set_loop(self, loop: bool) -> None:
        """Whether a replay begins again at its end."""
        self.replay = replace(self.replay, loop=loop)
        self.changed.emit()

    def allow(self, kind: str, allowed: bool) -> None:
        """Let devices of the network send to a kind of source, or this computer alone."""
        self.allowed[kind] = allowed
        self.changed.emit()

    def must_ask(self) -> bool:
        """Whether the chosen source listens and nobody has said yet who may send."""
        source = self.source
        return source is not None and source.listens and source.kind not in self.allowed

    def why_not(self) -> str:
        """Why the chosen source cannot be listened to; empty if it can."""
        source = self.source
        if source is None:
            return "Choose a source."
        if source.key == REPLAY and not self.replay.address:
            return "Choose a recording to replay."
        return ""

    def wish(self) -> SourceWish | None:
        """The chosen source as the job wants it."""
        source, project = self.source, self._session.project
        if source is None or self.why_not():
            return None
        if source.key == REPLAY:
            return SourceWish(
                self.replay.address,
                project=None if project is None else project.folder,
                speed=self.replay.speed,
                loop=self.replay.loop,
            )
        return SourceWish(source.key, allow_network=self.allowed.get(source.kind, False))

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if not self._scan_job or job_id != self._scan_job:
            return
        self._scan_job = 0
        if outcome.end is End.SUCCEEDED:
            found: FoundSources = outcome.result
            streams = tuple(
                LiveSource(
                    f"lsl:{stream.source_id}",
                    stream.name,
                    f"LSL · {stream.nominal_rate_hz:g} Hz" if stream.nominal_rate_hz else "LSL",
                    "network",
                    "lsl",
                )
                for stream in found.lsl
            )
            ports = tuple(
                LiveSource(f"serial:{port}", what or "Serial", port, "usb", "serial")
                for port, what in found.serial
            )
            self._found, self.notes = (*streams, *ports), found.notes
        elif outcome.end is End.FAILED:
            self.notes = (outcome.error,)
        if self.chosen and self.source is None:
            self._keep_chosen()
        self.changed.emit()

    def _keep_chosen(self) -> None:
        """A stream that is not announced now is still the one that is waited for."""
        kind, _, place = self.chosen.partition(":")
        row = LiveSource(self.chosen, place, kind.upper(), _ICONS.get(kind, "network"), kind)
        self._found = (*self._found, row)

    def _project_changed(self) -> None:
        if self.replay.address.startswith("project:"):
            self.replay = replace(self.replay, address="", title="")
        self._offer_replay()
        self.changed.emit()

    def _library_changed(self) -> None:
        kind, _, place = self.replay.address.partition(":")
        if kind == "project" and self._session.library.row(int(place)) is None:
            self.replay = replace(self.replay, address="", title="")
        self._offer_replay()
        self.changed.emit()

    def _offer_replay(self) -> None:
        """The project's first recording, else one of the demo, until another is chosen."""
        if self.replay.address and self._replay_by_hand:
            return
        row = next((r for r in self._session.library.rows if r.imu is not None), None)
        self._replay_by_hand = False
        if row is not None:
            self.replay = replace(self.replay, address=f"project:{row.id}", title=row.name)
        elif self.demos:
            address, title = self.demos[0]
            self.replay = replace(self.replay, address=address, title=title)

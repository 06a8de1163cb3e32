"""Lines of numbers over TCP, UDP or a serial port: one line, one sample."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np

from comodo_app.errors import AmbiguousColumns
from comodo_app.live.arrival_clock import ArrivalClock
from comodo_app.live.channels import ChannelReader
from comodo_app.live.model import Chunk, SourceState, SourceStatus, StreamInfo
from comodo_app.live.wires import CUT, Wire
from comodo_app.recordings.column_names import read_time
from comodo_app.recordings.model import CHANNELS, Note
from comodo_app.recordings.sources import ReadOptions

MAX_LINE = 4096  # bytes; six numbers and a time take a hundred
_SILENT_S = 0.8
_DEFAULT = ReadOptions()
_COUNTED = {
    "malformed": "lines that are no sample",
    "long": "lines over 4096 bytes",
    "refused": "senders or datagrams turned away: another one sends",
}


class LineReader:
    """Bytes to chunks. The first line may name the columns; a new header line starts anew."""

    def __init__(self, *, options: ReadOptions, where: str, rate_hz: float = 0.0) -> None:
        self._options, self._where, self._rate_hz = options, where, rate_hz
        self._rest, self._skipping = b"", False
        self._reader: ChannelReader | None = None
        self._header: tuple[str, ...] = ()
        self._n_columns, self._restarted = 0, False
        self.has_clock = False  # whether the lines carry times
        self._clock = ArrivalClock(rate_hz)
        self.trouble = ""
        self.counted: Counter[str] = Counter()

    @property
    def notes(self) -> tuple[Note, ...]:
        return () if self._reader is None else self._reader.notes

    def feed(self, content: bytes, arrival_s: float) -> tuple[Chunk, ...]:
        """What came; a line may come in pieces."""
        *lines, self._rest = (self._rest + content).split(b"\n")
        if len(self._rest) > MAX_LINE:  # nobody's sample: wait for the next line without keeping it
            self._rest, self._skipping = b"", True
        chunks: list[Chunk] = []
        rows: list[list[float]] = []
        for line in lines:
            if self._skipping or len(line) > MAX_LINE:
                self._skipping = False
                self.counted["long"] += 1
                continue
            if line.endswith(CUT[:-1]):
                self.counted["malformed"] += int(len(line) > 1)
                continue
            cells = _cells(line)
            if not cells:
                continue
            values = _numbers(cells)
            if values is None and not any(map(_is_number, cells)):
                chunks += self._read(rows, arrival_s)
                rows = []
                self._name(tuple(cells))
            elif values is None or len(values) != (self._n_columns or len(values)):
                self.counted["malformed"] += 1
            elif self._reader is not None or self._name(("",) * len(values)):
                rows.append(values)
        return (*chunks, *self._read(rows, arrival_s))

    def _name(self, header: tuple[str, ...]) -> bool:
        """Use these names, "" each if there is no header; whether they can be used."""
        if self._reader is not None and header == self._header:
            return True
        named = any(header)
        # Without names the number of columns says whether there is a clock.
        has_clock = (
            any(read_time(i, name) for i, name in enumerate(header)) or bool(self._options.columns)
            if named
            else len(header) > len(CHANNELS)
        )
        try:
            reader = ChannelReader(
                header, has_clock=has_clock, options=self._options, where=self._where
            )
        except AmbiguousColumns as error:
            self.trouble = str(error)
            self.counted["malformed"] += 1
            return False
        self._restarted = self._reader is not None
        self.trouble, self._reader, self.has_clock = "", reader, has_clock
        self._header, self._n_columns = header, len(header)
        self._clock = ArrivalClock(self._rate_hz)
        return True

    def _read(self, rows: list[list[float]], arrival_s: float) -> tuple[Chunk, ...]:
        if not rows or self._reader is None:
            return ()
        times = None if self.has_clock else self._clock.stamp(len(rows), arrival_s)
        chunks = self._reader.add(np.array(rows), arrival_s, times, restarted=self._restarted)
        self._restarted = self._restarted and not chunks
        self.trouble = self._reader.trouble
        return chunks


class LineSource:
    """Lines of numbers from a `Wire`.

    Parameters
    ----------
    wire : Wire
    options : ReadOptions
        What the user says about columns and units.
    rate_hz : float
        Of lines that carry no time; 0 if unknown.
    """

    def __init__(
        self, wire: Wire, *, options: ReadOptions = _DEFAULT, rate_hz: float = 0.0
    ) -> None:
        self._wire, self._rate_hz = wire, rate_hz
        self._lines = LineReader(options=options, where=wire.name, rate_hz=rate_hz)
        self._last_s: float | None = None

    @property
    def info(self) -> StreamInfo | None:
        if self._last_s is None:
            return None
        has_clock = self._lines.has_clock
        return StreamInfo(
            name=self._wire.name,
            source_id=self._wire.name,
            nominal_rate_hz=self._rate_hz,
            clock="the sensor's" if has_clock else "this computer's, at arrival",
            synchronised=not has_clock,
            hold_s=self._wire.hold_s if has_clock else 0.0,
            notes=self._lines.notes,
        )

    @property
    def status(self) -> SourceStatus:
        counted = self._lines.counted + self._wire.counted
        notes = tuple(Note(code, n, _COUNTED[code]) for code, n in sorted(counted.items()))
        state, text = SourceState.LIVE, self._wire.name
        if self._lines.trouble:
            state, text = SourceState.WRONG_FORMAT, self._lines.trouble
        elif self._last_s is None:
            state = SourceState.CONNECTING
        elif not self._wire.is_connected or self.now_s() - self._last_s > _SILENT_S:
            state = SourceState.SILENT
        return SourceStatus(state, text, self._wire.name, notes)

    def open(self) -> None:
        self._wire.open()

    def close(self) -> None:
        self._wire.close()

    def now_s(self) -> float:
        return time.monotonic()

    def poll(self, timeout_s: float) -> tuple[Chunk, ...]:
        pieces = self._wire.read(timeout_s)
        now_s = self.now_s()
        chunks = [chunk for piece in pieces for chunk in self._lines.feed(piece, now_s)]
        if chunks:
            self._last_s = now_s
        return tuple(chunks)


def _cells(line: bytes) -> list[str]:
    text = line.decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not text or text.startswith("#"):
        return []
    for delimiter in ("\t", ";", ","):
        if delimiter in text:
            return [cell.strip().strip('"') for cell in text.split(delimiter)]
    return text.split()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(cells: list[str]) -> list[float] | None:
    """All cells as numbers, an empty one as NaN; None if one is something else."""
    try:
        return [float(cell) if cell else float("nan") for cell in cells]
    except ValueError:
        return None

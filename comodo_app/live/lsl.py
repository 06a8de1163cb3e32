"""Streams of the Lab Streaming Layer; needs pylsl, whose wheel carries the library."""

from __future__ import annotations

import importlib
import time
from contextlib import suppress
from typing import Any

import numpy as np

from comodo_app.errors import AmbiguousColumns, UsageError
from comodo_app.live.channels import ChannelReader
from comodo_app.live.model import Chunk, SourceState, SourceStatus, StreamInfo
from comodo_app.recordings.sources import ReadOptions

_CLOCK = "this computer's, through LSL"
_CONNECT_S = 2.0
_BUFFER_S = 60
_MOST_SAMPLES = 4096  # per poll: a burst comes in pieces
_SILENT_S = 0.8
_STALE_S = 3.0  # a stream that is still announced but sends nothing is opened anew
_FORMATS = ("float32", "double64", "int32", "int16", "int8", "int64")
_DEFAULT = ReadOptions()


def lsl_streams(wait_s: float = 1.0) -> tuple[StreamInfo, ...]:
    """Streams of numbers that are announced now, by name; channels are known once one is opened.

    Raises
    ------
    UsageError
        If pylsl is not installed.
    """
    found = {info.uid(): info for info in _pylsl().resolve_streams(wait_s)}
    usable = [i for i in found.values() if _is_numeric(i)]
    return tuple(sorted((_described(info) for info in usable), key=lambda s: (s.name, s.source_id)))


class LslSource:
    """One LSL stream, found by its name or source id and found again when it returns.

    Times are on this computer's LSL clock: corrected for the sender's clock, freed of jitter by
    the library and made to run forward. Channels and units are those of the stream's description;
    what it does not say is guessed from the values and noted.

    Parameters
    ----------
    name : str
        Name or source id; "" takes the first stream with six or more channels of numbers.
    options : ReadOptions
        What the user says about channels and units.
    """

    def __init__(self, name: str = "", *, options: ReadOptions = _DEFAULT) -> None:
        self._name, self._options = name, options
        self._lsl: Any = None
        self._errors: tuple[type[Exception], ...] = ()
        self._resolver: Any = None
        self._inlet: Any = None
        self._uid = ""
        self._reader: ChannelReader | None = None
        self._info: StreamInfo | None = None
        self._trouble = ""
        self._last_s: float | None = None
        self._opened_s = 0.0
        self._had_one = False

    @property
    def info(self) -> StreamInfo | None:
        return self._info

    @property
    def status(self) -> SourceStatus:
        wanted = self._name or "an IMU"
        trouble = self._trouble or (self._reader.trouble if self._reader else "")
        if trouble:
            return SourceStatus(SourceState.WRONG_FORMAT, trouble)
        if self._last_s is None:
            return SourceStatus(SourceState.CONNECTING, f"looking for {wanted} on LSL")
        if self._inlet is None or self.now_s() - self._last_s > _SILENT_S:
            return SourceStatus(SourceState.SILENT, f"{wanted}: trying again")
        return SourceStatus(SourceState.LIVE, "" if self._info is None else self._info.name)

    def open(self) -> None:
        self._lsl = _pylsl()
        util = importlib.import_module("pylsl.util")
        self._errors = (util.LostError, util.TimeoutError)
        # One resolver for the whole life: it keeps looking in the library's own threads.
        self._resolver = self._lsl.ContinuousResolver(pred=_predicate(self._name), forget_after=2.0)

    def close(self) -> None:
        self._drop_inlet()
        self._resolver = None

    def now_s(self) -> float:
        return float(self._lsl.local_clock()) if self._lsl is not None else 0.0

    def poll(self, timeout_s: float) -> tuple[Chunk, ...]:
        if self._resolver is None:
            return ()
        if self._inlet is None and not self._connect(timeout_s):
            return ()
        try:
            first, stamp = self._inlet.pull_sample(timeout=timeout_s)
            if first is None:
                self._look_whether_stale()
                return ()
            rows, stamps = self._inlet.pull_chunk(timeout=0.0, max_samples=_MOST_SAMPLES)
        except self._errors:
            self._drop_inlet()
            return ()
        self._last_s = self.now_s()
        if self._reader is None:
            return ()
        samples = np.array([first, *(rows or ())], np.float64)
        times = np.array([stamp, *(stamps or ())], np.float64)
        chunks = self._reader.add(samples, self._last_s, times)
        if chunks and self._info is not None and self._info.notes != self._reader.notes:
            self._info = _described(self._inlet.info(), self._reader)
        return chunks

    def _connect(self, timeout_s: float) -> bool:
        """Open the stream if it is announced; whether there is an inlet now."""
        found = [i for i in self._resolver.results() if _is_numeric(i)]
        found = [i for i in found if i.uid() != self._uid] or (found if not self._had_one else [])
        if not self._name:
            found = [i for i in found if i.channel_count() >= 6]
        if not found:
            time.sleep(min(timeout_s, 0.05))
            return False
        chosen = max(found, key=lambda i: i.created_at())  # of equal names the one started last
        lsl = self._lsl
        inlet = lsl.StreamInlet(
            chosen,
            max_buflen=_BUFFER_S,
            recover=False,  # the library would wait in silence for ever
            processing_flags=lsl.proc_clocksync | lsl.proc_dejitter | lsl.proc_monotonize,
        )
        try:
            full = inlet.info(timeout=_CONNECT_S)
            inlet.open_stream(timeout=_CONNECT_S)
            inlet.time_correction(timeout=_CONNECT_S)
        except self._errors:  # announced, but gone: look again
            self._uid = chosen.uid()
            self._had_one = True
            return False
        self._inlet, self._uid, self._had_one = inlet, chosen.uid(), True
        self._opened_s = self.now_s()
        self._read_description(full)
        return True

    def _read_description(self, full: Any) -> None:
        labels, units = _channels(full)
        try:
            self._reader = ChannelReader(
                labels, units, has_clock=False, options=self._options, where=full.name()
            )
        except AmbiguousColumns as error:
            self._reader, self._trouble = None, str(error)
        else:
            self._trouble = ""
        self._info = _described(full, self._reader)

    def _look_whether_stale(self) -> None:
        """A killed sender may leave a connection that never ends."""
        last_s = max(self._last_s or 0.0, self._opened_s)
        if self.now_s() - last_s < _STALE_S:
            return
        announced = {info.uid() for info in self._resolver.results()}
        if self._uid not in announced:
            self._drop_inlet()

    def _drop_inlet(self) -> None:
        if self._inlet is not None:
            with suppress(Exception):  # it is lost anyway
                self._inlet.close_stream()
            self._inlet = None


def _pylsl() -> Any:
    try:
        return importlib.import_module("pylsl")
    except (ImportError, RuntimeError) as error:  # RuntimeError: its library cannot be loaded
        raise UsageError(
            f"Streams of the Lab Streaming Layer need the package pylsl ({error}).",
            hint="pip install comodo-app[live]",
        ) from error


def _predicate(name: str) -> str:
    if not name:
        return "channel_count>=6"
    quote = '"' if "'" in name else "'"
    plain = name.replace('"', "") if "'" in name else name
    return f"name={quote}{plain}{quote} or source_id={quote}{plain}{quote}"


def _is_numeric(info: Any) -> bool:
    formats = ("", "float32", "double64", "string", "int32", "int16", "int8", "int64")
    code = int(info.channel_format())
    return 0 <= code < len(formats) and formats[code] in _FORMATS


def _channels(full: Any) -> tuple[list[str], list[str]]:
    """Labels and units of the stream's XML description, "" where it says nothing."""
    labels, units = [], []
    channel = full.desc().child("channels").child("channel")
    for _ in range(int(full.channel_count())):
        labels.append(channel.child_value("label") or channel.child_value("name"))
        units.append(channel.child_value("unit"))
        channel = channel.next_sibling("channel")
    return labels, units


def _described(info: Any, reader: ChannelReader | None = None) -> StreamInfo:
    labels, units = _channels(info)
    return StreamInfo(
        name=info.name(),
        source_id=info.source_id() or info.uid(),
        channels=tuple(labels),
        units=tuple(units),
        nominal_rate_hz=max(0.0, float(info.nominal_srate())),
        clock=_CLOCK,
        synchronised=True,
        notes=() if reader is None else reader.notes,
    )

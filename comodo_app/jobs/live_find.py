"""Which live sources there are now."""

from __future__ import annotations

from dataclasses import dataclass

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.live.model import StreamInfo


@dataclass(frozen=True, slots=True)
class FindRequest:
    """Look for LSL streams this long, and for serial ports."""

    wait_s: float = 1.0


@dataclass(frozen=True, slots=True)
class FoundSources:
    """What was found; `notes` say why one kind could not be looked for."""

    lsl: tuple[StreamInfo, ...]
    serial: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def find_sources(request: FindRequest, context: JobContext) -> FoundSources:
    """Look once; takes `wait_s` and a little. ``lsl:SOURCE_ID`` and ``serial:PORT`` open them."""
    from comodo_app.live.lsl import lsl_streams
    from comodo_app.live.wires import serial_ports

    notes = []
    streams: tuple[StreamInfo, ...] = ()
    ports: tuple[tuple[str, str], ...] = ()
    context.step(Progress(0, 2, "looking for LSL streams"))
    try:
        streams = lsl_streams(request.wait_s)
    except ComodoError as error:
        notes.append(str(error))
    context.step(Progress(1, 2, "looking for serial ports"))
    try:
        ports = serial_ports()
    except ComodoError as error:
        notes.append(str(error))
    return FoundSources(streams, ports, tuple(notes))

"""Messages of the phone app Sensor Logger, read with care and put in order."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.live.http_push import Refused

HOLD_S = 1.0  # how long a message waits for one with a lower number
_MOST_WAITING = 256
_FAR = 1000  # messages that are not missing but numbered otherwise
MOST_READINGS = 20_000  # in one message: over a minute of four sensors at 100 Hz
_XYZ = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class Message:
    """One push. `number` is its place in the session, None if it has none; `readings` by sensor:
    times (n,) int64 in ns since 1970 and values (n, columns) float64, see `_FIELDS`."""

    number: int | None
    session: str
    device: str
    readings: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = field(repr=False)
    n_broken: int = 0


def _motion(acc: str, rate: str) -> tuple[str, ...]:
    return tuple(f"{name}{axis}" for name in (acc, "gravity", rate) for axis in "XYZ")


# Columns of each sensor that is understood.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "totalacceleration": _XYZ,
    "accelerometer": _XYZ,
    "accelerometeruncalibrated": _XYZ,
    "gravity": _XYZ,
    "gyroscope": _XYZ,
    "gyroscopeuncalibrated": _XYZ,
    "wristmotion": _motion("acceleration", "rotationRate"),
    "headphone": _motion("acceleration", "rotationRate"),
}


def read_message(body: bytes) -> Message:
    """Read the JSON of one push.

    Raises
    ------
    Refused
        If it is not the app's JSON; the text is what the phone may show.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "This is not JSON.", "malformed") from error
    payload = said.get("payload") if isinstance(said, dict) else None
    if not isinstance(payload, list):
        raise Refused(400, "This is no message of Sensor Logger: no payload.", "malformed")
    if len(payload) > MOST_READINGS:
        raise Refused(413, "Too many readings: send smaller batches.", "too_large")
    times: dict[str, list[int]] = {}
    values: dict[str, list[tuple[float, ...]]] = {}
    n_broken = 0
    for entry in payload:
        if not isinstance(entry, dict):
            n_broken += 1
            continue
        name = str(entry.get("name", "")).lower()
        if name not in _FIELDS:  # location, battery … are not wanted here
            continue
        reading = _reading(entry, _FIELDS[name])
        if reading is None:
            n_broken += 1
            continue
        times.setdefault(name, []).append(reading[0])
        values.setdefault(name, []).append(reading[1])
    number = said.get("messageId")
    return Message(
        number=number if type(number) is int and 0 <= number < 1 << 53 else None,
        session=str(said.get("sessionId", ""))[:80],
        device=str(said.get("deviceId", ""))[:80],
        readings={
            name: (np.array(times[name], np.int64), np.array(values[name], np.float64))
            for name in times
        },
        n_broken=n_broken,
    )


def _reading(
    entry: Mapping[str, Any], names: tuple[str, ...]
) -> tuple[int, tuple[float, ...]] | None:
    """Time and values; the app puts values into the entry or under "values"."""
    inside = entry.get("values")
    source = inside if isinstance(inside, dict) else entry
    numbers: list[Any] = [entry.get("time"), *(source.get(name) for name in names)]
    try:
        if not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
            return None
        time_ns, *values = numbers
        whole = int(time_ns)
        return (whole, tuple(map(float, values))) if abs(whole) < 1 << 62 else None
    except OverflowError:  # a whole number with hundreds of digits
        return None


class MessageOrder:
    """Messages by their numbers: a later one waits for those before it, at most `HOLD_S`."""

    def __init__(self, hold_s: float = HOLD_S) -> None:
        self._hold_s = hold_s
        self._next: int | None = None
        self._waiting: dict[int, tuple[Message, float]] = {}
        self._done: dict[int, None] = {}
        self.counted: Counter[str] = Counter()

    def add(self, message: Message, now_s: float) -> Iterator[Message]:
        """Take a message; give those whose turn it is."""
        number = message.number
        if number is None:
            yield message
            return
        if number in self._waiting or number in self._done:
            self.counted["duplicated"] += 1
            return
        if self._next is not None and number < self._next - _FAR:
            self._next = None  # numbered anew, or one number was absurd
        if self._next is not None and number < self._next:
            self.counted["late"] += 1
            return
        self.counted["out_of_order"] += int(any(number < other for other in self._waiting))
        self._waiting[number] = (message, now_s)
        yield from self.due(now_s)

    def due(self, now_s: float) -> Iterator[Message]:
        """Messages whose turn it is by now, also because what they wait for does not come."""
        while self._waiting:
            first = min(self._waiting)
            message, since_s = self._waiting[first]
            # Those behind it have waited, too: what is missing is missed since the oldest came.
            since_s = min(since for _, since in self._waiting.values())
            # Nobody knows the first number of a session that was joined later: wait for lower ones.
            is_next = first == (self._next or 0)
            if not (
                is_next or now_s - since_s >= self._hold_s or len(self._waiting) > _MOST_WAITING
            ):
                return
            self.counted["missing"] += 0 if self._next is None else min(first - self._next, _FAR)
            del self._waiting[first]
            self._next = first + 1
            self._done[first] = None
            if len(self._done) > _MOST_WAITING:
                del self._done[next(iter(self._done))]
            yield message

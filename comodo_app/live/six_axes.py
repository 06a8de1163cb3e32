"""Readings of a phone's separate sensors to samples of six axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.live.model import Chunk
from comodo_app.live.sensor_logger import MOST_READINGS, Message
from comodo_app.recordings.model import GRAVITY_MPS2, Note
from comodo_app.recordings.timestamps import GAP_S

_LAG_S = 3.0  # after this much of one sensor without the other, the other is off
# Sensors that together are six axes, the best first: with gravity as measured.
_SETS: tuple[tuple[str, ...], ...] = (
    ("totalacceleration", "gyroscope"),
    ("accelerometer", "gravity", "gyroscope"),
    ("accelerometeruncalibrated", "gyroscope"),
    ("accelerometeruncalibrated", "gyroscopeuncalibrated"),
    ("wristmotion",),
    ("headphone",),
)


class SixAxes:
    """Readings of separate sensors, each with its own times, to six-axis samples.

    A sample lies at each time of the accelerometer; the others are read there on the straight line
    between their neighbours, so common times give what was sent, bit for bit. Where another sensor
    has a hole of over 0.1 s there is no sample.

    Parameters
    ----------
    negate : bool
        Turn acceleration round: an iPhone without "Standardise Units & Frames".
    """

    def __init__(self, *, negate: bool = False) -> None:
        self._sign = -1.0 if negate else 1.0
        self._kept: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self._set: tuple[str, ...] = ()
        self._zero_ns: int | None = None
        self._done_ns = -(1 << 62)
        self.n_late = 0
        self.trouble = ""
        self.notes: tuple[Note, ...] = ()

    def add(self, message: Message, arrival_s: float, *, restarted: bool = False) -> Chunk | None:
        """Take a message; give the samples that are complete now, None if that is none."""
        for name, (times, values) in message.readings.items():
            self.n_late += int(name in self._set[:1]) * int((times <= self._done_ns).sum())
            self._keep(name, times, values)
        self._choose()
        if not self._set:
            return None
        base, *others = self._set
        horizon = min(int(self._kept[name][0][-1]) for name in self._set)
        times, values = self._kept[base]
        ready = (times > self._done_ns) & (times <= horizon)
        for name in others:
            ready &= self._covered(name, times)
        at, columns = times[ready], values[ready]
        for name in others:
            columns = np.hstack([columns, self._read(name, at)])
        passed = times <= horizon
        if passed.any():
            self._done_ns = int(times[passed][-1])
        self._forget(horizon)
        if len(at) == 0:
            return None
        if self._zero_ns is None:
            self._zero_ns = int(at[0])
        seconds = (at - self._zero_ns).astype(np.float64) * 1e-9  # exact: small whole numbers
        return Chunk(seconds, self._axes(columns), arrival_s, restarted)

    def _keep(self, name: str, times: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if name in self._kept:
            before, rows = self._kept[name]
            times, values = np.concatenate((before, times)), np.concatenate((rows, values))
        order = np.argsort(times, kind="stable")
        first = np.concatenate(([True], np.diff(times[order]) > 0))
        self._kept[name] = (times[order][first], values[order][first])

    def _choose(self) -> None:
        """The best set of sensors that are all there."""
        if not self._set:
            self._set = next((s for s in _SETS if all(n in self._kept for n in s)), ())
            if self._set[:1] in (("accelerometeruncalibrated",), ("headphone",)):
                text = f"{self._set[0]}: unit of acceleration taken from its size"
                self.notes = (Note("assumed_acc_unit", 1, text),)
        newest = {name: int(times[-1]) for name, (times, _) in self._kept.items()}
        wanted = self._set or ("totalacceleration or accelerometer and gravity", "gyroscope")
        last = max(newest.values(), default=0)
        first = min((int(times[0]) for times, _ in self._kept.values()), default=0)
        if not self._kept or last - first < _LAG_S * 1e9:
            return
        if not self._set:
            self.trouble = (
                f"Of the sensors that are needed only {', '.join(sorted(newest))} came. Switch on "
                f"{' and '.join(wanted)} in Sensor Logger."
            )
            self._forget(last)
            return
        silent = [name for name in self._set if last - newest[name] > _LAG_S * 1e9]
        self.trouble = f"Nothing comes from {' and '.join(silent)} any more." if silent else ""

    def _covered(self, name: str, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        times, _ = self._kept[name]
        after = np.clip(np.searchsorted(times, at, side="left"), 0, len(times) - 1)
        before = np.maximum(np.where(times[after] > at, after - 1, after), 0)
        hole = (times[after] - times[before]) > max(GAP_S * 1e9, 3 * _usual_step(times))
        return np.asarray((times[before] <= at) & (times[after] >= at) & ~hole)

    def _read(self, name: str, at: NDArray[np.int64]) -> NDArray[np.float64]:
        times, values = self._kept[name]
        zero = int(times[0])  # float64 holds ns exactly only if they are few
        x, known = (at - zero).astype(np.float64), (times - zero).astype(np.float64)
        if len(at) == 0:
            return np.zeros((0, values.shape[1]))
        return np.stack([np.interp(x, known, column) for column in values.T], axis=1)

    def _forget(self, horizon_ns: int) -> None:
        """Keep what is needed from the horizon on, and one second for late ones."""
        for name, (times, values) in self._kept.items():
            first = max(0, int(np.searchsorted(times, horizon_ns - 1_000_000_000)) - 1)
            first = max(first, len(times) - 4 * MOST_READINGS)
            self._kept[name] = (times[first:], values[first:])

    def _axes(self, columns: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n, columns of the set) to (n, 6) in m/s² and rad/s."""
        kind = self._set[0]
        acc, gyro = columns[:, :3], columns[:, -3:]
        if kind == "accelerometer":
            acc = acc + columns[:, 3:6]
        elif kind == "accelerometeruncalibrated":
            acc = acc * _g_or_mps2(acc)
        elif kind in ("wristmotion", "headphone"):
            gravity = columns[:, 3:6]
            scale = _g_or_mps2(gravity)
            gravity = gravity * scale
            # The watch gives both in one unit; headphones gravity always in m/s².
            acc = gravity + acc * (scale if kind == "wristmotion" else GRAVITY_MPS2)
        with np.errstate(over="ignore"):
            return np.hstack([self._sign * acc, gyro]).astype(np.float32)


def _g_or_mps2(acc: NDArray[np.float64]) -> float:
    """The app gives either; they are a factor of ten apart."""
    usual = float(np.median(np.linalg.norm(acc, axis=1)))
    return GRAVITY_MPS2 if usual < 4.0 else 1.0


def _usual_step(times: NDArray[np.int64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0

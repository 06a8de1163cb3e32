"""Rows of named channels to six axes in m/s² and rad/s: what is stated is used, what is guessed is
said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import AmbiguousColumns
from comodo_app.live.model import Chunk
from comodo_app.recordings.columns import choose_columns
from comodo_app.recordings.model import CHANNELS, Note, merge_notes
from comodo_app.recordings.sources import ReadOptions
from comodo_app.recordings.units import acc_to_mps2, gyro_to_radps

_LOOK_S = 1.0  # how long one has to look at values to guess their unit
_LOOK_ROWS = 20
_TIME_SCALES = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_SPELLINGS = {
    "meters/second^2": "m/s^2", "meters_per_second_squared": "m/s^2", "m/s**2": "m/s^2",
    "gravity": "g", "gs": "g", "degrees/second": "deg/s",
    "degrees_per_second": "deg/s", "deg/second": "deg/s", "radians/second": "rad/s",
    "radians_per_second": "rad/s",
}  # fmt: skip
_DEFAULT = ReadOptions()


class ChannelReader:
    """Turns rows into `Chunk`s of the six axes.

    Parameters
    ----------
    labels : sequence of str
        A name per channel; one may be a clock. Without any name six channels are taken as
        acceleration and angular rate, seven as a clock before them, and a note says so.
    units : sequence of str
        "" where a channel states none; may be empty.
    has_clock : bool
        Whether one of the channels is a clock; else `add` is given the times.
    options : ReadOptions
        What the user says about columns and units.
    where : str
        The stream, for error messages.

    Raises
    ------
    AmbiguousColumns
        If the axes cannot be told apart.
    """

    def __init__(
        self,
        labels: Sequence[str],
        units: Sequence[str] = (),
        *,
        has_clock: bool,
        options: ReadOptions = _DEFAULT,
        where: str = "",
    ) -> None:
        self._where, self._has_clock = where, has_clock
        notes: list[Note] = []
        names = list(labels)
        if not any(names):
            wanted = [*(["time"] if has_clock else []), *CHANNELS]
            if len(names) == len(wanted) and not options.columns:
                names = wanted
                text = f"channels have no names; read as {', '.join(wanted)}"
                notes.append(Note("assumed_channels", 1, text))
        if units:
            names = [_with_unit(n, u) for n, u in zip(names, units, strict=True)]
        header = names if has_clock else ["time (s)", *names]
        choice = choose_columns(header if any(names) else None, len(header), options, where=where)
        first = 0 if has_clock else 1
        self._axes = [column - first for column in choice.axes]
        self._time = choice.time
        self._notes = [*notes, *choice.notes]
        self._acc_unit, self._gyro_unit = choice.acc_unit, choice.gyro_unit
        self._scales: NDArray[np.float64] | None = None  # of acceleration and angular rate
        if self._acc_unit and self._gyro_unit:
            self._scales = self._measure(np.ones((1, len(CHANNELS))))
        self._time_unit = choice.time_unit if has_clock else "s"
        self._waiting: list[tuple[NDArray[np.float64], NDArray[np.float64], float]] = []
        self._zero: float | None = None
        self.trouble = ""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was assumed; complete once the first chunk came out."""
        return merge_notes(self._notes)

    def add(
        self,
        rows: NDArray[np.float64],
        arrival_s: float,
        times_s: NDArray[np.float64] | None = None,
        *,
        restarted: bool = False,
    ) -> tuple[Chunk, ...]:
        """Rows (n, channels) as they came; `times_s` (n,) where no channel is a clock.

        While a unit has to be guessed rows wait, about a second. `trouble` says why nothing comes
        out if the values fit no unit.
        """
        if len(rows) == 0:
            return ()
        clock = rows[:, self._time] if times_s is None else times_s
        self._waiting.append((clock, rows[:, self._axes], arrival_s))
        if (self._scales is None or self._time_unit is None) and not self._decide():
            return ()
        chunks = []
        for clock, axes, arrived_s in self._waiting:
            chunks.append(Chunk(self._seconds(clock), self._scaled(axes), arrived_s, restarted))
            restarted = False
        self._waiting = []
        return tuple(chunks)

    def _decide(self) -> bool:
        """Guess what is not stated from what has come; False while that is too little."""
        n_rows = sum(len(rows) for _, rows, _ in self._waiting)
        looked_s = self._waiting[-1][2] - self._waiting[0][2]
        if n_rows < _LOOK_ROWS or looked_s < _LOOK_S:
            return False
        axes = np.concatenate([rows for _, rows, _ in self._waiting])
        clock = np.concatenate([times for times, _, _ in self._waiting])
        try:
            self._scales = self._measure(axes)
        except AmbiguousColumns as error:
            self.trouble, self._waiting = str(error), []
            return False
        self.trouble = ""
        if self._time_unit is None:
            self._time_unit = _guess_time_unit(clock, looked_s)
            text = (
                f"time read as {self._time_unit}: no unit is stated, {looked_s:.1f} s have passed"
            )
            self._notes.append(Note("assumed_time_unit", 1, text))
        return True

    def _measure(self, axes: NDArray[np.float64]) -> NDArray[np.float64]:
        """What acceleration and angular rate are multiplied with, (2,); guesses become notes."""
        acc, acc_notes = acc_to_mps2(axes[:, :3], self._acc_unit, where=self._where)
        gyro, gyro_notes = gyro_to_radps(axes[:, 3:], self._gyro_unit, where=self._where)
        assumed = (note for note in (*acc_notes, *gyro_notes) if note.code.startswith("assumed"))
        self._notes += assumed
        return np.array([_ratio(acc, axes[:, :3]), _ratio(gyro, axes[:, 3:])])

    def _scaled(self, axes: NDArray[np.float64]) -> NDArray[np.float32]:
        if self._scales is None:
            raise ValueError("no scales yet")
        with np.errstate(over="ignore", invalid="ignore"):
            return (axes * np.repeat(self._scales, 3)).astype(np.float32)

    def _seconds(self, clock: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds since the first time of the stream, where a column is its clock: an epoch in ns
        would lose digits otherwise."""
        if not self._has_clock:
            return clock
        if self._zero is None:
            finite = clock[np.isfinite(clock)]
            self._zero = float(finite[0]) if len(finite) else 0.0
        return (clock - self._zero) * _TIME_SCALES[self._time_unit or "s"]


def _with_unit(name: str, unit: str) -> str:
    unit = _SPELLINGS.get(unit.strip().lower(), unit.strip())
    return f"{name} ({unit})" if unit and name else name


def _ratio(scaled: NDArray[np.float64], raw: NDArray[np.float64]) -> float:
    """The one factor between two arrays; 1 where both are all zero."""
    finite = np.isfinite(raw)
    largest = np.abs(raw[finite]).max(initial=0.0)
    if largest == 0.0:
        return 1.0
    factor = np.abs(scaled[finite]).max() / largest
    return 1.0 if abs(factor - 1.0) < 1e-12 else float(factor)


def _guess_time_unit(clock: NDArray[np.float64], passed_s: float) -> str:
    finite = clock[np.isfinite(clock)]
    span = float(np.ptp(finite)) if len(finite) else 0.0
    if span <= 0:
        return "s"
    return min(_TIME_SCALES, key=lambda u: abs(np.log10(span * _TIME_SCALES[u] / passed_s)))

"""A table of accelerometer and gyroscope samples, without a video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.columns import choose_columns
from comodo_app.recordings.model import Gap, ImuTrack, Note, ReadRecording, Recording, merge_notes
from comodo_app.recordings.sources import TABLE_SUFFIXES, ReadOptions, Source
from comodo_app.recordings.tables import open_table, read_numbers
from comodo_app.recordings.time_units import (
    Clock,
    clock_from_numbers,
    clock_from_texts,
    looks_like_iso,
)
from comodo_app.recordings.timestamps import repair
from comodo_app.recordings.units import acc_to_mps2, gyro_to_radps

# Outside of this no motion sensor logs: the unit of the time column must be another one.
_RATES_HZ = (1.0, 20_000.0)


@dataclass(frozen=True, slots=True, eq=False)
class ImuTable:
    """A table as a track; `start` says when its first sample was, on the clock of the table."""

    track: ImuTrack
    clock: Clock
    start: str
    start_s: float
    notes: tuple[Note, ...]


class ImuCsvImporter:
    """Claims every table that nobody else wants; what it holds is found out when it is read."""

    label = "imu_csv"

    def claims(self, paths: Sequence[Path]) -> tuple[Source, ...]:
        """One recording per table."""
        tables = [path for path in paths if path.suffix.lower() in TABLE_SUFFIXES]
        return tuple(Source(self.label, (path,)) for path in tables)

    def read(self, source: Source, options: ReadOptions) -> ReadRecording:
        """Read one table; its first sample is time 0.

        Raises
        ------
        UnreadableFile, AmbiguousColumns
            As `read_imu_table`.
        """
        table = read_imu_table(source.paths[0], options)
        notes = list(table.notes)
        if options.offset_s:
            text = f"the offset of {options.offset_s:.3f} s is not used: there is no video"
            notes.append(Note("offset_ignored", 1, text))
        track = shifted(table.track, -float(table.track.times_s[0]))
        recording = Recording(source.name, None, track, skew_ppm=options.skew_ppm)
        return ReadRecording(recording, merge_notes(notes))


def read_imu_table(path: Path, options: ReadOptions) -> ImuTable:
    """Read a text table of IMU samples and repair its clock.

    A clock that began with the recording keeps its times. The first sample of any other clock
    (since 1970, since the device was switched on) becomes time 0.

    Raises
    ------
    UnreadableFile
        If the file cannot be read, or too little of it is usable.
    AmbiguousColumns
        If columns or units cannot be told apart.
    """
    where = str(path)
    table = open_table(path)
    choice = choose_columns(table.header, table.n_columns, options, where=where)
    is_text = looks_like_iso(table.texts(choice.time, slice(0, 50)))
    columns = choice.axes if is_text else (*choice.axes, choice.time)
    cells = read_numbers(table, columns)
    if is_text:
        texts = table.texts(choice.time)
        clock = clock_from_texts([texts[row] for row in cells.rows.tolist()])
    else:
        name = table.header[choice.time] if table.header else f"#{choice.time + 1}"
        clock = clock_from_numbers(cells.values[:, 6], choice.time_unit, name=name, where=where)
    _check_rate(clock.times_s, where)
    acc, acc_notes = acc_to_mps2(cells.values[:, :3], choice.acc_unit, where=where)
    gyro, gyro_notes = gyro_to_radps(cells.values[:, 3:6], choice.gyro_unit, where=where)
    track, repairs = repair(clock.times_s, np.hstack([acc, gyro]), where=where)
    start_s = float(track.times_s[0])
    notes = (
        *table.notes, *choice.notes, *cells.notes, *clock.notes, *acc_notes, *gyro_notes, *repairs
    )  # fmt: skip
    return ImuTable(
        track=shifted(track, -start_s) if clock.is_absolute else track,
        clock=clock,
        start=clock.describe(start_s),
        start_s=clock.zero_s + start_s,
        notes=merge_notes(notes),
    )


def shifted(track: ImuTrack, by_s: float) -> ImuTrack:
    """The same samples, `by_s` seconds later."""
    if by_s == 0.0:
        return track
    gaps = tuple(Gap(gap.start_s + by_s, gap.end_s + by_s) for gap in track.gaps)
    return replace(track, times_s=track.times_s + by_s, gaps=gaps)


def _check_rate(times_s: NDArray[np.float64], where: str) -> None:
    """Refuse a clock whose unit cannot be right, looking past broken rows at both ends."""
    finite = times_s[np.isfinite(times_s)]
    if len(finite) < 2:
        return  # `repair` says it better
    low, high = np.quantile(finite, [0.05, 0.95])
    rate_hz = 0.9 * len(finite) / (high - low) if high > low else np.inf
    if not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        raise AmbiguousColumns(
            f"The time column's unit cannot be right: there would be {rate_hz:.3g} samples/s.",
            where=where,
            hint="Say the true unit: --time-unit s, ms, us or ns; or another column: "
            "--columns time=...",
        )

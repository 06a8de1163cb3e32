"""Damage on purpose: what goes wrong with real recordings, done to freshly written files.

A new kind of damage is a new entry of `FAULTS`. All of them are repeatable: the same generator
hits the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comodo_app.recordings.model import GRAVITY_MPS2

ACC_COLUMNS = (1, 2, 3)
GYRO_COLUMNS = (4, 5, 6)


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The files of one recording; `video` is None where none was wished for."""

    table: Path
    video: Path | None = None


Damage = Callable[[WrittenFiles, np.random.Generator], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of damage: what it does in words, and the function that does it."""

    text: str
    damage: Damage


def apply_fault(name: str, files: WrittenFiles, rng: np.random.Generator) -> None:
    """Do the damage called `name` (a key of `FAULTS`) to `files`."""
    FAULTS[name].damage(files, rng)


Rows = list[list[str]]


def _edit_table(edit: Callable[[list[str], Rows, np.random.Generator], None]) -> Damage:
    """Make a damage of a function that changes a table's header and rows in place."""

    def damage(files: WrittenFiles, rng: np.random.Generator) -> None:
        lines = files.table.read_text("utf-8").splitlines()
        header, rows = lines[0].split(","), [line.split(",") for line in lines[1:]]
        edit(header, rows, rng)
        text = "\n".join([",".join(header), *(",".join(row) for row in rows)]) + "\n"
        files.table.write_text(text, "utf-8", newline="\n")

    return damage


def _some(rows: Rows, rng: np.random.Generator, count: int, margin: int = 1) -> list[int]:
    """Up to `count` different row numbers, `margin` away from both ends."""
    inner = max(0, len(rows) - 2 * margin)
    return sorted(int(i) + margin for i in rng.permutation(inner)[:count])


def _duplicate_times(_header: list[str], rows: Rows, rng: np.random.Generator) -> None:
    for index in _some(rows, rng, 12):
        rows[index][0] = rows[index - 1][0]


def _backward_times(_header: list[str], rows: Rows, rng: np.random.Generator) -> None:
    for index in _some(rows, rng, 3, margin=60):
        for row in rows[index : index + 8]:
            row[0] = f"{max(0.0, float(row[0]) - 0.3):.4f}"


def _nan_bursts(_header: list[str], rows: Rows, rng: np.random.Generator) -> None:
    for index in _some(rows, rng, 3, margin=40):
        for row in rows[index : index + 15]:
            row[1:] = ["nan"] * (len(row) - 1)


def _text_cells(_header: list[str], rows: Rows, rng: np.random.Generator) -> None:
    for index in _some(rows, rng, 3):
        rows[index][int(rng.integers(1, 7))] = "sensor error"


def _acceleration_in_g(header: list[str], rows: Rows, _rng: np.random.Generator) -> None:
    _convert(header, rows, ACC_COLUMNS, 1.0 / GRAVITY_MPS2, "(m/s^2)", "(g)", digits=4)


def _gyro_in_degrees(header: list[str], rows: Rows, _rng: np.random.Generator) -> None:
    _convert(header, rows, GYRO_COLUMNS, float(np.rad2deg(1.0)), "(rad/s)", "(deg/s)", digits=2)


def _unstated_units(header: list[str], rows: Rows, rng: np.random.Generator) -> None:
    _acceleration_in_g(header, rows, rng)
    _gyro_in_degrees(header, rows, rng)
    header[:] = [name.split(" ")[0] for name in header]


def _convert(
    header: list[str], rows: Rows, columns: tuple[int, ...], factor: float, old: str, new: str,
    *, digits: int,
) -> None:  # fmt: skip
    for column in columns:
        header[column] = header[column].replace(old, new)
    for row in rows:
        for column in columns:
            row[column] = f"{float(row[column]) * factor:.{digits}f}"


def _no_overlap(_header: list[str], rows: Rows, _rng: np.random.Generator) -> None:
    for row in rows:
        row[0] = f"{float(row[0]) + 3600.0:.4f}"


def _empty_table(files: WrittenFiles, _rng: np.random.Generator) -> None:
    files.table.write_bytes(b"")


def _header_only(_header: list[str], rows: Rows, _rng: np.random.Generator) -> None:
    rows.clear()


def _truncated_video(files: WrittenFiles, _rng: np.random.Generator) -> None:
    if files.video is not None:
        data = files.video.read_bytes()
        files.video.write_bytes(data[: len(data) * 6 // 10])


def _zero_length_video(files: WrittenFiles, _rng: np.random.Generator) -> None:
    if files.video is not None:
        files.video.write_bytes(b"")


FAULTS: dict[str, Fault] = {
    "duplicate times": Fault("12 rows repeat the time before", _edit_table(_duplicate_times)),
    "backward times": Fault("3 runs of 8 rows lie 0.3 s back", _edit_table(_backward_times)),
    "nan bursts": Fault("3 runs of 15 rows are NaN", _edit_table(_nan_bursts)),
    "text cells": Fault("3 number cells hold text", _edit_table(_text_cells)),
    "acceleration in g": Fault("acceleration in g, stated", _edit_table(_acceleration_in_g)),
    "gyro in deg/s": Fault("angular rate in deg/s, stated", _edit_table(_gyro_in_degrees)),
    "unstated units": Fault("g and deg/s, not stated", _edit_table(_unstated_units)),
    "no overlap": Fault("the sensor's clock is an hour ahead", _edit_table(_no_overlap)),
    "empty table": Fault("the IMU table has no bytes", _empty_table),
    "header only": Fault("the IMU table has no rows", _edit_table(_header_only)),
    "truncated video": Fault("the last 40 % of the MP4 are missing", _truncated_video),
    "zero-length video": Fault("the MP4 has no bytes", _zero_length_video),
}
"""Every kind of damage by its name."""

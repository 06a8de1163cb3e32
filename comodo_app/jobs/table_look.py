"""How a text table is written: its columns, what they were recognised as, its first rows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from comodo_app.errors import AmbiguousColumns, ComodoError
from comodo_app.recordings.model import CHANNELS
from comodo_app.recordings.sources import COLUMN_KEYS, ReadOptions

if TYPE_CHECKING:
    from comodo_app.recordings.tables import Table

_N_ROWS = 4
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True)
class TableLook:
    """A table for a person who has to say what its columns are.

    Attributes
    ----------
    columns : tuple of str
        Names from the header, or "#1", "#2" … without one.
    roles : tuple of str
        For each column one of `COLUMN_KEYS`, or empty.
    rows : tuple of tuple of str
        The first few rows, cell by cell.
    n_rows : int
        Rows of the whole table.
    separator : str
        In words.
    units : dict
        ``acc_unit``, ``gyro_unit``, ``time_unit`` as the names state them; missing where silent.
    """

    path: Path
    columns: tuple[str, ...]
    roles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_rows: int
    separator: str
    units: tuple[tuple[str, str], ...] = ()


def look_at_table(path: Path, options: ReadOptions) -> TableLook | None:
    """Look at a table; None if the file is none (reading it then says why)."""
    from comodo_app.recordings.tables import open_table

    try:
        table = open_table(path)
    except ComodoError:
        return None  # the reader meets the same error and tells it
    roles, units = _roles(table, options)
    columns = [table.texts(i, slice(0, _N_ROWS)) for i in range(table.n_columns)]
    names = table.header or tuple(f"#{i}" for i in range(1, table.n_columns + 1))
    return TableLook(
        path,
        tuple(names),
        tuple(roles.get(i, "") for i in range(table.n_columns)),
        tuple(itertools.zip_longest(*columns, fillvalue="")),
        table.n_rows,
        _SEPARATORS.get(table.delimiter, table.delimiter),
        units,
    )


def _roles(
    table: Table, options: ReadOptions
) -> tuple[dict[int, str], tuple[tuple[str, str], ...]]:
    """What each column is, as far as names or the person say."""
    from comodo_app.recordings.columns import choose_columns

    try:
        choice = choose_columns(table.header, table.n_columns, options)
    except AmbiguousColumns:
        return _guesses(table, options), ()
    roles = dict(zip(choice.axes, CHANNELS, strict=True)) | {choice.time: "time"}
    stated = {
        "time_unit": choice.time_unit, "acc_unit": choice.acc_unit, "gyro_unit": choice.gyro_unit
    }  # fmt: skip
    return roles, tuple((key, unit) for key, unit in stated.items() if unit)


def _guesses(table: Table, options: ReadOptions) -> dict[int, str]:
    from comodo_app.recordings.column_names import read_axis, read_time

    said = {wanted: key for key, wanted in options.columns}
    roles: dict[int, str] = {}
    for i, name in enumerate(table.header or ("",) * table.n_columns):
        key = said.get(f"#{i + 1}") or said.get(name, "")
        if not key and (axis := read_axis(i, name)) is not None:
            key = f"{axis.sensor}_{axis.axis}"
        if not key and read_time(i, name) is not None:
            key = "time"
        if key in COLUMN_KEYS and key not in roles.values():
            roles[i] = key
    return roles

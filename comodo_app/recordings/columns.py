"""Which column of a table is which: by its name, or by what the user says; never by its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.column_names import (
    SENSOR_NAMES,
    SENSOR_OF_UNIT,
    SET_RANKS,
    Axis,
    read_axis,
    read_time,
    read_time_unit,
    read_unit,
)
from comodo_app.recordings.model import CHANNELS, Note
from comodo_app.recordings.sources import COLUMN_KEYS, ReadOptions, columns_text


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Column numbers of the clock and the six axes, and their units.

    A unit is what the user says, else what the names state: ``"m/s2" "g" "mg"``,
    ``"rad/s" "deg/s" "mdeg/s"``, ``"s" "ms" "us" "ns" "iso"``; None where both are silent.
    """

    time: int
    axes: tuple[int, ...]
    time_unit: str | None
    acc_unit: str | None
    gyro_unit: str | None
    notes: tuple[Note, ...] = ()


def choose_columns(
    header: Sequence[str] | None, n_columns: int, options: ReadOptions, *, where: str = ""
) -> ColumnChoice:
    """Find the clock and the six axes of a table.

    Raises
    ------
    AmbiguousColumns
        If something is missing or can be read in two ways. The text lists what was found, the
        hint is the option to give.
    """
    names = tuple(header) if header is not None else ("",) * n_columns
    chosen = {key: _named(key, names, header, options, where) for key, _ in options.columns}
    problems: list[str] = []
    notes: list[Note] = []
    if header is None and len(chosen) < len(COLUMN_KEYS):
        example = columns_text({key: f"#{i}" for i, key in enumerate(COLUMN_KEYS, start=1)})
        raise AmbiguousColumns(
            f"The table has no header row, so its {n_columns} columns cannot be told apart.",
            where=where,
            hint=f"Add a header row, or say what stands where, for example: --columns {example}",
        )
    if "time" not in chosen:
        _choose_time(names, chosen, problems, notes)
    axes = [axis for i, name in enumerate(names) if (axis := read_axis(i, name)) is not None]
    for sensor in ("acc", "gyro"):
        if any(f"{sensor}_{axis}" not in chosen for axis in "xyz"):
            _choose_set(sensor, axes, names, chosen, problems, notes)
    if problems:
        raise _ambiguous(names, chosen, problems, where)
    return ColumnChoice(
        time=chosen["time"],
        axes=tuple(chosen[channel] for channel in CHANNELS),
        time_unit=options.time_unit or read_time_unit(names[chosen["time"]]),
        acc_unit=_common_unit("acc", names, chosen, options, where),
        gyro_unit=_common_unit("gyro", names, chosen, options, where),
        notes=tuple(notes),
    )


def _named(
    key: str,
    names: Sequence[str],
    header: Sequence[str] | None,
    options: ReadOptions,
    where: str,
) -> int:
    """The column that the user named for `key`."""
    wanted = options.column(key) or ""
    number = re.fullmatch(r"#(\d+)", wanted)
    if number and 1 <= int(number[1]) <= len(names):
        return int(number[1]) - 1
    hits = [i for i, name in enumerate(names) if name == wanted]
    hits = hits or [i for i, name in enumerate(names) if name.lower() == wanted.lower()]
    if len(hits) == 1 and header is not None:
        return hits[0]
    count = f"{len(hits)} columns are" if hits and header is not None else "No column is"
    have = _listed(names) if header is not None else f"{len(names)} columns without names"
    hint = "Use one of these names, or a number such as #1."
    raise AmbiguousColumns(f"{count} called '{wanted}'; there are: {have}.", where=where, hint=hint)


def _choose_time(
    names: Sequence[str], chosen: dict[str, int], problems: list[str], notes: list[Note]
) -> None:
    found = [time for i, name in enumerate(names) if (time := read_time(i, name)) is not None]
    if not found:
        problems.append("no time column")
        return
    # A stated unit is better than none, a clock of this recording better than a calendar.
    ranks = [(time.rank, time.unit is None) for time in found]
    best = [time for time, rank in zip(found, ranks, strict=True) if rank == min(ranks)]
    if len(best) > 1:
        problems.append(f"{len(best)} time columns ({_listed([names[t.column] for t in best])})")
        return
    chosen["time"] = best[0].column
    if len(found) > 1:
        text = f"of {len(found)} time columns, '{names[best[0].column]}' is used"
        notes.append(Note("time_column_chosen", len(found), text))


def _choose_set(
    sensor: str,
    axes: Sequence[Axis],
    names: Sequence[str],
    chosen: dict[str, int],
    problems: list[str],
    notes: list[Note],
) -> None:
    """Choose x, y, z of one sensor among the sets of axes that belong together."""
    label = SENSOR_NAMES[sensor]
    sets: dict[frozenset[str], list[Axis]] = {}
    for axis in axes:
        if axis.sensor == sensor:
            sets.setdefault(axis.words, []).append(axis)
    whole = {words: found for words, found in sets.items() if {a.axis for a in found} == set("xyz")}
    if not whole:
        found = [names[a.column] for some in sets.values() for a in some]
        problems.append(f"{label} incomplete ({_listed(found)})" if found else f"no {label}")
        return
    ranks = {words: sum(SET_RANKS.get(word, 0) for word in words) for words in whole}
    best = [words for words in whole if ranks[words] == min(ranks.values())]
    used = whole[best[0]]
    if len(best) > 1 or len(used) > 3:
        found = [names[a.column] for words in best for a in whole[words]]
        problems.append(f"more than one {label} ({_listed(found)})")
        return
    for axis in used:
        chosen.setdefault(f"{sensor}_{axis.axis}", axis.column)
    if len(whole) > 1:
        text = f"of {len(whole)} {label}s, {_listed([names[a.column] for a in used])} is used"
        notes.append(Note(f"{sensor}_set_chosen", len(whole), text))


def _common_unit(
    sensor: str, names: Sequence[str], chosen: dict[str, int], options: ReadOptions, where: str
) -> str | None:
    """The unit that the three axes of a sensor state; what the user says stands above it."""
    said = options.acc_unit if sensor == "acc" else options.gyro_unit
    if said is not None:
        return said
    stated = [read_unit(names[chosen[f"{sensor}_{axis}"]]) for axis in "xyz"]
    units = sorted({unit for unit in stated if unit is not None})
    if len(units) > 1 or any(SENSOR_OF_UNIT[unit] != sensor for unit in units):
        fitting = "m/s2" if sensor == "acc" else "rad/s"
        raise AmbiguousColumns(
            f"The {SENSOR_NAMES[sensor]}'s columns state {' and '.join(units)}.",
            where=where,
            hint=f"Name other columns, or say the unit, for example: --{sensor}-unit {fitting}",
        )
    return units[0] if units else None


def _ambiguous(
    names: Sequence[str], chosen: dict[str, int], problems: Sequence[str], where: str
) -> AmbiguousColumns:
    found = ", ".join(f"{key} = '{names[i]}'" for key, i in chosen.items()) or "nothing"
    doubled = {name for name in names if list(names).count(name) > 1}
    said = {
        key: (f"#{chosen[key] + 1}" if names[chosen[key]] in doubled else names[chosen[key]])
        if key in chosen
        else "<column>"
        for key in COLUMN_KEYS
    }
    said_first = "; ".join(problems)
    said_first = said_first[0].upper() + said_first[1:]
    return AmbiguousColumns(
        f"{said_first}. Recognised: {found}. Columns: {_listed(names)}.",
        where=where,
        hint=f"A clock, three accelerometer and three gyroscope columns are needed. If they are "
        f"there, name them (or their numbers, #1 …): --columns {columns_text(said)}",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:24])
    return shown + (f" and {len(names) - 24} more" if len(names) > 24 else "")

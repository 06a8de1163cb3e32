"""What importers share: the wishes of the user, what belongs together, and what an importer is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from comodo_app.errors import UsageError
from comodo_app.recordings.model import CHANNELS, ReadRecording

COLUMN_KEYS = ("time", *CHANNELS)
ACC_UNITS = ("m/s2", "g")
GYRO_UNITS = ("rad/s", "deg/s")
TIME_UNITS = ("s", "ms", "us", "ns", "iso")

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".avi", ".m4v", ".webm"})
TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
LOG_SUFFIXES = frozenset({".imulog"})  # the app's own live recordings

_COLUMNS_EXAMPLE = "Write it like --columns time=ts,acc_x=AX,acc_y=AY (a number counts from #1)."
_KEY_PATTERN = re.compile(rf"(?:^|,)\s*({'|'.join(COLUMN_KEYS)})\s*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user says about a recording that its files do not say; the default says nothing.

    Attributes
    ----------
    columns : tuple of (key, column)
        Which column of a table holds ``time``, ``acc_x`` … ``gyro_z``: its name, or its number
        as ``#1``, ``#2`` … Keys that are not named are recognised by the header.
    acc_unit, gyro_unit, time_unit : str or None
        One of `ACC_UNITS`, `GYRO_UNITS`, `TIME_UNITS`; None: by header, else by the values.
    offset_s, skew_ppm : float
        Recording time of sensor time t is ``t * (1 + skew_ppm * 1e-6) + offset_s``.

    Raises
    ------
    UsageError
        If a key or unit is unknown or a number is not finite.
    """

    columns: tuple[tuple[str, str], ...] = ()
    acc_unit: str | None = None
    gyro_unit: str | None = None
    time_unit: str | None = None
    offset_s: float = 0.0
    skew_ppm: float = 0.0

    def __post_init__(self) -> None:
        keys = [key for key, _ in self.columns]
        unknown = [key for key in keys if key not in COLUMN_KEYS]
        if unknown or len(set(keys)) != len(keys):
            wrong = unknown[0] if unknown else next(k for k in keys if keys.count(k) > 1)
            raise UsageError(
                f"'{wrong}' is {'not a column to name' if unknown else 'named twice'}.",
                where="columns",
                hint=f"Known: {', '.join(COLUMN_KEYS)}. {_COLUMNS_EXAMPLE}",
            )
        for name, value, known in (
            ("acc_unit", self.acc_unit, ACC_UNITS),
            ("gyro_unit", self.gyro_unit, GYRO_UNITS),
            ("time_unit", self.time_unit, TIME_UNITS),
        ):
            if value is not None and value not in known:
                raise UsageError(
                    f"'{value}' is not a known unit.",
                    where=name.replace("_", "-"),
                    hint=f"Use one of: {', '.join(known)}.",
                )
        for name, number in (("offset", self.offset_s), ("skew", self.skew_ppm)):
            if not math.isfinite(number):
                raise UsageError(f"{number} is not a usable number.", where=name)

    def column(self, key: str) -> str | None:
        """The column that the user named for `key`, or None."""
        return dict(self.columns).get(key)

    def to_json(self) -> str:
        """One line of JSON with the values that differ from the default."""
        default = ReadOptions()
        said = {k: v for k, v in asdict(self).items() if v != getattr(default, k)}
        if "columns" in said:
            said["columns"] = dict(said["columns"])
        return json.dumps(said, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> ReadOptions:
        """Read what `to_json` wrote.

        Raises
        ------
        UsageError
            If the text is not JSON, or holds a key or value that is not known.
        """
        try:
            said: Any = json.loads(text)
        except json.JSONDecodeError as error:
            raise UsageError(
                f"The reading options are not JSON: {error}.", where=text[:80]
            ) from error
        names = {f.name for f in fields(cls)}
        if not isinstance(said, dict) or not said.keys() <= names:
            raise UsageError("The reading options hold something unknown.", where=text[:80])
        try:
            columns = tuple((str(k), str(v)) for k, v in dict(said.pop("columns", {})).items())
            offset_s, skew_ppm = (float(said.pop(k, 0.0)) for k in ("offset_s", "skew_ppm"))
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"The reading options are not usable: {error}.", where=text[:80]
            ) from error
        return cls(columns=columns, offset_s=offset_s, skew_ppm=skew_ppm, **said)


def parse_columns(text: str) -> tuple[tuple[str, str], ...]:
    """Read ``"time=ts,acc_x=AX,…"``; a column's name may itself contain a comma.

    Raises
    ------
    UsageError
        If the text does not begin with a known key, or a key has no column.
    """
    if not text.strip():
        return ()
    hits = list(_KEY_PATTERN.finditer(text))
    ends = [*(hit.start() for hit in hits[1:]), len(text)][: len(hits)]
    pairs = tuple(
        (hit[1].lower(), text[hit.end() : end].strip()) for hit, end in zip(hits, ends, strict=True)
    )
    if not hits or hits[0].start() != 0 or not all(column for _, column in pairs):
        raise UsageError(
            f"'{text}' does not name columns.",
            where="columns",
            hint=f"Known: {', '.join(COLUMN_KEYS)}. {_COLUMNS_EXAMPLE}",
        )
    return ReadOptions(columns=pairs).columns


def columns_text(columns: Mapping[str, str]) -> str:
    """The inverse of `parse_columns`, in the order of `COLUMN_KEYS`."""
    return ",".join(f"{key}={columns[key]}" for key in COLUMN_KEYS if key in columns)


@dataclass(frozen=True, slots=True)
class Source:
    """Files that together are one recording, and the importer that reads them.

    `paths` has the video first where there is one.
    """

    importer: str
    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """What the recording is called: the stem of its first file."""
        return self.paths[0].stem


class Importer(Protocol):
    """One way of reading recordings. A new format is a new file and an entry in the registry."""

    @property
    def label(self) -> str:
        """Permanent short name, stored in projects: ``"gopro"``."""

    def claims(self, paths: Sequence[Path]) -> tuple[Source, ...]:
        """Which of `paths` it would read, grouped into recordings; cheap, raises nothing."""

    def read(self, source: Source, options: ReadOptions) -> ReadRecording:
        """Read one recording; raises an `InputError` for what the user can fix."""

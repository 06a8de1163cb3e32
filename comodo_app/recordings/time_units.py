"""Time columns: numbers in s, ms, µs or ns, or ISO 8601 text, made into seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.model import Note

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
# From here on a number of seconds is no time since the start of a recording, but a clock of its
# own (since 1970, or since a device was switched on).
ABSOLUTE_FROM_S = 86_400.0
_EPOCH_S = (1e9, 4e9)  # 2001 to 2096
# Rates at which motion sensors log; used only to tell units apart.
_PLAUSIBLE_HZ = (4.0, 9000.0)

_ISO = re.compile(
    r"\s*(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d(:\d\d([.,]\d+)?)?)\s*"
    r"(?P<zone>Z|[+-]\d\d:?(\d\d)?)?\s*(\[[\w/+-]*\])?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Times as logged, in seconds after `zero_s`.

    Attributes
    ----------
    times_s : (T,) float64
        In the order of the table; NaN where a cell was empty or no time.
    zero_s : float
        What was taken off for precision: 0 for a clock that began with the recording.
    is_epoch : bool
        Whether the clock counts from 1970 (UTC, as far as the file tells).
    """

    times_s: NDArray[np.float64]
    zero_s: float
    is_epoch: bool
    notes: tuple[Note, ...] = ()

    @property
    def is_absolute(self) -> bool:
        """Whether the clock does not begin with the recording."""
        return self.zero_s != 0.0

    def describe(self, time_s: float) -> str:
        """A moment of this clock in words."""
        total = self.zero_s + time_s
        if self.is_epoch:
            moment = datetime.fromtimestamp(total, UTC)
            return moment.isoformat(sep=" ", timespec="milliseconds").replace("+00:00", " UTC")
        return f"{total:.3f} s"


def clock_from_numbers(
    values: NDArray[np.float64], unit: str | None, *, name: str = "", where: str = ""
) -> Clock:
    """Numbers as seconds; without a unit it is found by size and spacing, which leaves a note.

    Raises
    ------
    AmbiguousColumns
        If no unit is stated and none or several fit, or the column counts rows.
    """
    notes: list[Note] = []
    finite = values[np.isfinite(values)]
    if unit is None:
        unit = _guess_unit(finite, name, where)
        text = (
            f"time column '{name}' read as {unit}: no unit is stated, its size and spacing fit"
            " (--time-unit says otherwise)"
        )
        notes.append(Note("assumed_time_unit", len(values), text))
    if unit == "iso":
        raise AmbiguousColumns(
            f"Time column '{name}' holds numbers, not ISO 8601 text.",
            where=where,
            hint="Say its unit: --time-unit s, ms, us or ns.",
        )
    scale = SECONDS[unit]
    middle_s = float(np.median(finite)) * scale if len(finite) else 0.0
    if abs(middle_s) < ABSOLUTE_FROM_S:
        return Clock(values * scale, 0.0, False, tuple(notes))
    # Subtracting before scaling keeps the digits of nanoseconds since 1970.
    zero = float(np.floor(finite[0] * scale)) / scale
    is_epoch = _EPOCH_S[0] < middle_s < _EPOCH_S[1]
    return Clock((values - zero) * scale, zero * scale, is_epoch, tuple(notes))


def clock_from_texts(texts: Sequence[str]) -> Clock:
    """ISO 8601 date and time as seconds; a text that is none becomes NaN.

    Texts without a zone are taken as UTC, which only matters when compared with other clocks.
    """
    matches = [_ISO.fullmatch(text) for text in texts]
    stamps = np.array(
        ["NaT" if m is None else f"{m['date']}T{m['time'].replace(',', '.')}" for m in matches],
        dtype="datetime64[ns]",
    )
    zones = [m["zone"] if m is not None else None for m in matches]
    shift_s = {zone: _zone_s(zone) for zone in set(zones)}
    shifts = np.array([shift_s[zone] for zone in zones], dtype=np.float64)
    missing = np.isnat(stamps)
    if missing.all():
        return Clock(np.full(len(stamps), np.nan), 0.0, False)
    zero = stamps[~missing][0].astype("datetime64[s]")
    zone_zero_s = float(shifts[~missing][0])
    times_s = (stamps - zero) / np.timedelta64(1, "ns") * 1e-9 - (shifts - zone_zero_s)
    times_s[missing] = np.nan
    return Clock(times_s, float(zero.astype(np.int64)) - zone_zero_s, True)


def looks_like_iso(cells: Sequence[str]) -> bool:
    """Whether the first non-empty cell is ISO 8601 date and time."""
    first = next((cell for cell in cells if cell.strip()), "")
    return _ISO.fullmatch(first) is not None


def _guess_unit(finite: NDArray[np.float64], name: str, where: str) -> str:
    steps = np.diff(finite)
    forward = steps[steps > 0]
    hint = "Say its unit: --time-unit s, ms, us or ns; or another column: --columns time=..."
    if len(forward) == 0:
        raise AmbiguousColumns(f"Time column '{name}' never grows.", where=where, hint=hint)
    if (steps == 1).mean() > 0.99 and finite[0] in (0, 1):
        raise AmbiguousColumns(
            f"Time column '{name}' counts rows (0, 1, 2 …): it is no clock, or milliseconds.",
            where=where,
            hint=hint,
        )
    step = float(forward.sum()) / len(steps)  # mean, so that batched times do not mislead
    low_hz, high_hz = _PLAUSIBLE_HZ
    fits = [unit for unit, size in SECONDS.items() if low_hz < 1 / (step * size) < high_hz]
    if len(fits) > 1:
        middle = float(np.median(finite))
        dated = [u for u in fits if _EPOCH_S[0] < middle * SECONDS[u] < _EPOCH_S[1]]
        fits = dated or fits
    if len(fits) != 1:
        raise AmbiguousColumns(
            f"Time column '{name}' states no unit, and steps of {float(np.median(forward)):.6g}"
            f" fit {' and '.join(fits) or 'none'}.",
            where=where,
            hint=hint,
        )
    return fits[0]


def _zone_s(zone: str | None) -> float:
    """Seconds that a zone such as ``+01:00`` is ahead of UTC."""
    if zone is None or zone in "Zz":
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return float(-seconds if zone[0] == "-" else seconds)

"""Units of tables: what the names state, else what the values say; a guess is always a note."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.model import GRAVITY_MPS2, Note

_ACC_SCALES = {"m/s2": 1.0, "g": GRAVITY_MPS2, "mg": GRAVITY_MPS2 / 1000.0}
_GYRO_SCALES = {"rad/s": 1.0, "deg/s": np.pi / 180.0, "mdeg/s": np.pi / 180_000.0}

# Median |a| of a worn sensor with gravity: 1 g and a little more while running.
_LOOKS_LIKE = {"m/s2": (7.0, 16.0), "g": (0.75, 1.6)}
_MOST_MPS2 = 40.0  # nobody lives at a median above 4 g
_NO_GRAVITY_MPS2 = 3.0
# 35 rad/s = 2000 deg/s is the widest range of usual sensors; people turn at 1 to 10 rad/s.
_MOST_RADPS = 35.0
_MOST_DEGPS = 4000.0


def acc_to_mps2(
    acc: NDArray[np.float64], unit: str | None, *, where: str = ""
) -> tuple[NDArray[np.float64], tuple[Note, ...]]:
    """Acceleration in m/s² (T, 3), from a stated unit or, without one, by the size of gravity.

    Rows that are not finite are passed on and not looked at.

    Raises
    ------
    AmbiguousColumns
        If no unit is stated and the values fit none, or the stated one cannot be true.
    """
    norms = np.linalg.norm(acc[np.isfinite(acc).all(axis=1)], axis=1)
    median = float(np.median(norms)) if len(norms) else 0.0
    notes: list[Note] = []
    if unit is None:
        fits = [u for u, (low, high) in _LOOKS_LIKE.items() if low <= median <= high]
        if not fits:
            raw = " They look like raw counts: scale them first." if median > 100 else ""
            raise AmbiguousColumns(
                f"The accelerometer's columns state no unit, and the usual |a| of {median:.3g} "
                "is neither 9.8 m/s² nor 1 g.",
                where=where,
                hint=f"Say which it is: --acc-unit m/s2 or --acc-unit g.{raw}",
            )
        unit = fits[0]
        text = f"accelerometer read as {unit}: no unit is stated, the usual |a| is {median:.3g}"
        notes.append(Note("assumed_acc_unit", len(acc), f"{text} (--acc-unit says otherwise)"))
    scale = _ACC_SCALES[unit]
    usual_mps2 = median * scale
    if usual_mps2 > _MOST_MPS2:
        raise AmbiguousColumns(
            f"The accelerometer cannot be in {unit}: the usual |a| would be {usual_mps2:.0f} m/s².",
            where=where,
            hint="Say the true unit: --acc-unit m/s2 or --acc-unit g.",
        )
    if len(norms) and usual_mps2 < _NO_GRAVITY_MPS2:
        text = (
            f"gravity is missing: the usual |a| is {usual_mps2:.2f} m/s², not 9.8. Activities that"
            " differ by posture will look alike; log the acceleration with gravity if you can"
        )
        notes.append(Note("gravity_missing", len(acc), text))
    return acc * scale, tuple(notes)


def gyro_to_radps(
    gyro: NDArray[np.float64], unit: str | None, *, where: str = ""
) -> tuple[NDArray[np.float64], tuple[Note, ...]]:
    """Angular rate in rad/s (T, 3), from a stated unit or, without one, by plausibility.

    Without a unit rad/s is assumed, unless 1 % of the values lie above 35 rad/s (2000 deg/s, the
    range of usual sensors): then deg/s.

    Raises
    ------
    AmbiguousColumns
        If the values fit no unit, or the stated one cannot be true.
    """
    finite = np.abs(gyro[np.isfinite(gyro).all(axis=1)])
    high = float(np.percentile(finite.max(axis=1), 99)) if len(finite) else 0.0
    notes: list[Note] = []
    assumed = unit is None
    if unit is None:
        unit = "rad/s" if high <= _MOST_RADPS else "deg/s"
        text = (
            f"gyroscope read as {unit}: no unit is stated, 99 % of the values are below {high:.3g}"
        )
        notes.append(Note("assumed_gyro_unit", len(gyro), f"{text} (--gyro-unit says otherwise)"))
    scale = float(_GYRO_SCALES[unit])
    if high * scale > np.deg2rad(_MOST_DEGPS):
        raw = "They look like raw counts: scale them first." if assumed else ""
        raise AmbiguousColumns(
            f"The gyroscope cannot be in {unit}: it would turn at {high * scale:.0f} rad/s.",
            where=where,
            hint=f"Say the true unit: --gyro-unit rad/s or --gyro-unit deg/s. {raw}".rstrip(),
        )
    return gyro * scale, tuple(notes)

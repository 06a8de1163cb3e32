"""Does a live sensor look like the one that the student learned from? Said, never corrected."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import GRAVITY_MPS2

_SPAN_S = 30  # gravity's direction over this long does not mind a bow or a jump
_FIRST_S = 3  # nothing is said before
_GRAVITY_MPS2 = (7.0, 16.0)  # usual |a| of a worn sensor
_IN_G = (0.6, 1.8)
_RAW_MPS2 = 40.0
_FAST_RADPS = 35.0  # 2000 deg/s, the widest range of usual sensors
_SLOW_SHARE = 0.9  # of the student's rate
_LEAST_RESULTANT = 0.85  # of the reference directions: below there is no usual up and down
_LEAST_ANGLE_DEG = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was compared, whether it fits (None: not known yet), and what was found."""

    what: str
    fits: bool | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class InputReference:
    """The learned sensor: `rate_hz` that the student sees, and where gravity pointed.

    `down` (3,) is the usual unit direction of the acceleration, `spread_deg` the largest angle of
    a learned window to it; `down` is None where it pointed anywhere.
    """

    rate_hz: float
    down: NDArray[np.float64] | None
    spread_deg: float = 0.0

    @classmethod
    def from_windows(cls, windows: NDArray[np.float32], rate_hz: float) -> InputReference:
        """From some raw windows that were learned from, (N, S, 6)."""
        means = windows[:, :, :3].mean(axis=1, dtype=np.float64)
        lengths = np.linalg.norm(means, axis=1)
        units = means[lengths > 0.5 * GRAVITY_MPS2] / lengths[lengths > 0.5 * GRAVITY_MPS2, None]
        if len(units) == 0:
            return cls(rate_hz, None)
        mean = units.mean(axis=0)
        resultant = float(np.linalg.norm(mean))
        if resultant < _LEAST_RESULTANT:
            return cls(rate_hz, None)
        down = mean / resultant
        return cls(rate_hz, down, float(np.rad2deg(np.arccos(np.clip(units @ down, -1, 1))).max()))


@dataclass(frozen=True, slots=True)
class _Second:
    mean: NDArray[np.float64]
    usual_mps2: float
    fastest_radps: float


class SignalCheck:
    """Looks at every second of the repaired stream and compares the last 30."""

    def __init__(self, reference: InputReference | None = None) -> None:
        self._reference = reference
        self._seconds: deque[_Second] = deque(maxlen=_SPAN_S)
        self._times: list[NDArray[np.float64]] = []
        self._rows: list[NDArray[np.float32]] = []

    def feed(self, times_s: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Repaired samples, (n,) and (n, 6)."""
        if len(times_s) == 0:
            return
        self._times.append(times_s)
        self._rows.append(samples)
        if times_s[-1] - self._times[0][0] >= 1.0:
            rows = np.concatenate(self._rows)
            self._times, self._rows = [], []
            self._seconds.append(
                _Second(
                    rows[:, :3].mean(axis=0, dtype=np.float64),
                    float(np.median(np.linalg.norm(rows[:, :3], axis=1))),
                    float(np.abs(rows[:, 3:]).max()),
                )
            )

    def read(self, rate_hz: float) -> tuple[Check, ...]:
        """Gravity, units, axes, rate, in this order; `rate_hz` is the measured one, 0 unknown."""
        if len(self._seconds) < _FIRST_S:
            return tuple(Check(what, None, "…") for what in ("gravity", "units", "axes", "rate"))
        usual = float(np.median([s.usual_mps2 for s in self._seconds]))
        fastest = float(np.median([s.fastest_radps for s in self._seconds]))
        gravity = self._gravity(usual)
        return (
            gravity,
            self._units(usual, fastest),
            self._axes(bool(gravity.fits)),
            self._rate(rate_hz),
        )

    @staticmethod
    def _gravity(usual: float) -> Check:
        low, high = _GRAVITY_MPS2
        text = f"usually {usual:.2f} m/s²"
        if usual < low and not _IN_G[0] <= usual <= _IN_G[1]:
            text += ": gravity seems to be removed"
        return Check("gravity", low <= usual <= high, text)

    @staticmethod
    def _units(usual: float, fastest: float) -> Check:
        if _IN_G[0] <= usual <= _IN_G[1]:
            return Check("units", False, "acceleration looks like g, not m/s²")
        if usual > _RAW_MPS2:
            return Check("units", False, "acceleration looks like raw counts, not m/s²")
        if fastest > _FAST_RADPS:
            return Check("units", False, "angular rate looks like deg/s, not rad/s")
        return Check("units", True, "m/s², rad/s")

    def _axes(self, has_gravity: bool) -> Check:
        reference = self._reference
        if reference is None or reference.down is None:
            return Check("axes", None, "not known how the sensor was worn where it learned")
        mean = np.mean([s.mean for s in self._seconds], axis=0)
        length = float(np.linalg.norm(mean))
        if not has_gravity or length < 0.5 * GRAVITY_MPS2:
            return Check("axes", None, "cannot be told without gravity")
        angle = float(np.rad2deg(np.arccos(np.clip(mean @ reference.down / length, -1, 1))))
        fits = angle <= max(_LEAST_ANGLE_DEG, 1.5 * reference.spread_deg)
        return Check("axes", fits, f"gravity {angle:.0f}° off")

    def _rate(self, rate_hz: float) -> Check:
        if rate_hz <= 0:
            return Check("rate", None, "…")
        text, wanted = (
            f"{rate_hz:.1f} Hz",
            0.0 if self._reference is None else self._reference.rate_hz,
        )
        if rate_hz < _SLOW_SHARE * wanted:
            return Check("rate", False, f"{text}, but the student looks at {wanted:g} Hz")
        return Check("rate", True, text)


def mismatch(checks: tuple[Check, ...]) -> str:
    """What makes every answer doubtful, in a word: "axes differ"; "" if nothing does.

    A low rate alone does not: it hides fast movement but moves nothing.
    """
    words = {"gravity": "gravity differs", "units": "units differ", "axes": "axes differ"}
    # Units first: what is in g has no gravity of 9.8 either.
    for what in ("units", "gravity", "axes"):
        if any(check.what == what and check.fits is False for check in checks):
            return words[what]
    return ""

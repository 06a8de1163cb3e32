"""Round numbers for axes, and how times are written."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

_STEPS_S = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400),
)
_TICK_PX = 84


def time_ticks(first_s: float, last_s: float, width_px: float) -> tuple[float, NDArray[np.float64]]:
    """Distance of two ticks on a time axis, and the ticks, at least `_TICK_PX` apart."""
    per_s = width_px / (last_s - first_s)
    step = next((s for s in _STEPS_S if s * per_s >= _TICK_PX), _STEPS_S[-1])
    step = step * max(1, ceil(_TICK_PX / (step * per_s)))  # beyond the last: multiples of it
    counts = np.arange(ceil(first_s / step - 1e-9), floor(last_s / step + 1e-9) + 1)
    return float(step), np.asarray(counts * float(step), dtype=np.float64)


def value_ticks(low: float, high: float, height_px: float) -> list[float]:
    """Round values inside a row, five at most, none at its very border."""
    rough = (high - low) * max(0.2, 13 / height_px)
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    edge = (high - low) * 6 / height_px
    counts = range(ceil((low + edge) / step), floor((high - edge) / step) + 1)
    return [round(k * step, 10) + 0.0 for k in counts]


def clock(seconds: float) -> str:
    """A length: 12.3 s, 12:41, 1:02:03."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02} h" if hours else f"{minutes}:{secs:02} min"


def time_format(first: float, last: float, step: float) -> tuple[str, Callable[[float], str]]:
    """Unit of the axis and how a time is written on it."""
    decimals = max(0, -floor(log10(step) + 1e-9))

    def seconds(t: float) -> str:
        return f"{t:.{decimals}f}".replace("-", "−")

    def minutes(t: float) -> str:
        sign, t = ("−", -t) if t < 0 else ("", t)
        t = round(t, decimals)  # first: 59.97 is not 00:60
        width = 3 + decimals if decimals else 2
        return f"{sign}{floor(t / 60):02}:{t % 60:0{width}.{decimals}f}"

    def hours(t: float) -> str:
        sign, t = ("−", -t) if t < 0 else ("", t)
        whole = round(t)
        return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"

    longest = max(abs(first), abs(last))
    if longest < 120 or step < 0.1:
        return "s", seconds
    return ("m:s", minutes) if longest < 3600 else ("h:m:s", hours)

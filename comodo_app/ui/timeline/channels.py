"""The six channels of a sensor: how each is called, coloured and written."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees, floor, log10


@dataclass(frozen=True, slots=True)
class Channel:
    """What is written of a channel, and how it is shown: value times `factor` in `unit`."""

    title: str
    token: str
    unit: str
    decimals: int
    factor: float


CHANNELS = tuple(
    Channel(f"{sensor} {axis.upper()}", f"axis.{axis}", unit, decimals, factor)
    for sensor, unit, decimals, factor in (
        ("Acc", "m/s²", 2, 1.0),
        ("Gyro", "°/s", 1, degrees(1.0)),
    )
    for axis in "xyz"
)
SENSORS = ((0, 1, 2), (3, 4, 5))


def nice_reach(reach: float) -> float:
    """The next of 1, 2, 5, 10, 20 …"""
    if not reach > 0:
        return 1.0
    power = 10.0 ** floor(log10(reach))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= reach * 0.999)

"""Times as the Review page writes them."""

from __future__ import annotations


def clock(time_s: float, digits: int = 3) -> str:
    """Minutes, seconds and `digits` decimals ("03:37.633"); hours in front where there are any."""
    sign = "\u2212" if time_s < 0 else ""
    # Rounded once, in whole units: 59.9996 s is 01:00.000, never 00:60.000.
    units = round(abs(time_s) * 10**digits)
    seconds, fraction = divmod(units, 10**digits)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    tail = f".{fraction:0{digits}d}" if digits else ""
    return f"{sign}{head}:{seconds:02d}{tail}"

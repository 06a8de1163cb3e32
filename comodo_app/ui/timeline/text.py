"""Times and numbers as they are written on a timeline."""

from __future__ import annotations

from math import floor

MINUS = "−"


def clock(seconds: float, decimals: int = 0, *, hours: bool = False) -> str:
    """``mm:ss.mmm``; with hours from one hour on, or if `hours` asks for them."""
    sign = MINUS if seconds < 0 else ""
    # Rounded first: 59.97 is not 00:60.
    ticks = floor(abs(seconds) * 10**decimals + 0.5)
    whole, part = divmod(ticks, 10**decimals)
    minutes, secs = divmod(whole, 60)
    fraction = f".{part:0{decimals}}" if decimals else ""
    if hours or minutes >= 60:
        return f"{sign}{minutes // 60}:{minutes % 60:02}:{secs:02}{fraction}"
    return f"{sign}{minutes:02}:{secs:02}{fraction}"


def number(value: float, decimals: int, unit: str = "") -> str:
    """A number with a true minus and its unit."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS) + (f" {unit}" if unit else "")

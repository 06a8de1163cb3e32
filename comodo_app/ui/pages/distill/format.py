"""Numbers as the page writes them."""

from __future__ import annotations

from comodo_app.ui.numbers import grouped


def windows(n: int) -> str:
    """So many windows."""
    return f"{grouped(n)} window{'' if n == 1 else 's'}"


def clock(seconds: float) -> str:
    """Fixed width: 0:09:31."""
    whole = max(0, round(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def short_clock(seconds: float) -> str:
    """0:41 or 1:02:33."""
    whole = max(0, round(seconds))
    if whole >= 3600:
        return clock(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def span(seconds: float) -> str:
    """A length in words: 6 h 12 min."""
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 10:
        return f"{minutes:.1f} min"
    if minutes < 60:
        return f"{minutes:.0f} min"
    return f"{int(minutes) // 60} h {int(minutes) % 60:02d} min"


def about(seconds: float) -> str:
    """How long something will take, no more exactly than anybody can know."""
    if seconds < 50:
        return f"≈ {max(1, round(seconds / 5) * 5)} s"
    return f"≈ {span(round(seconds / 60) * 60)}"

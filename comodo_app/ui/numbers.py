"""Numbers as the whole window writes them."""

from __future__ import annotations

THIN_SPACE = "\u2009"
_MAY_BREAK = "\u200b"


def breakable(words: str) -> str:
    """The same, with paths that may go on in the next line."""
    return words.replace("/", f"/{_MAY_BREAK}").replace("\\", f"\\{_MAY_BREAK}")


def grouped(number: float) -> str:
    """A whole number with thin spaces between thousands: 4 331."""
    return f"{number:,.0f}".replace(",", THIN_SPACE)


def size(n_bytes: float) -> str:
    """Bytes in the unit that suits them, counted in powers of ten: 0.5 MB, 12 MB."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= (0.1 * scale if unit == "MB" else scale):
            return f"{n_bytes / scale:.{0 if n_bytes >= 10 * scale else 1}f} {unit}"
    return f"{n_bytes:.0f} B"

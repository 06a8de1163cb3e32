"""Texts of exported pictures: fonts that have the letters, widths, shortening."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

DPI = 100
# DejaVu Sans comes with matplotlib; the others are asked for only where it lacks a letter.
_FIRST = "DejaVu Sans"
_OTHERS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Noto Sans Devanagari",
    "Nirmala UI",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Symbol",
)


@lru_cache(maxsize=1)
def _fonts() -> tuple[tuple[str, frozenset[int]], ...]:
    """Installed fonts of the list above and the characters that each has."""
    files = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
    files[_FIRST] = font_manager.findfont(FontProperties(family=_FIRST))
    known = [(name, files[name]) for name in (_FIRST, *_OTHERS) if name in files]
    return tuple(
        (name, frozenset(FT2Font(file).get_charmap()))
        for name, file in known
        if Path(file).is_file()
    )


def font(size_px: float, *, bold: bool = False) -> FontProperties:
    """The house font at a pixel size, with what else is installed for foreign letters."""
    families = [name for name, _ in _fonts()]
    return FontProperties(
        family=families, size=size_px * 72 / DPI, weight="bold" if bold else "normal"
    )


def printable(text: str) -> str:
    """One line; letters that no installed font has become boxes, as a reader would expect."""
    line = re.sub(r"\s+", " ", text).strip()
    return "".join(
        sign if any(ord(sign) in signs for _, signs in _fonts()) else "□" for sign in line
    )


@lru_cache(maxsize=4096)
def width_px(text: str, size_px: float, *, bold: bool = False) -> float:
    """Width of a printable text."""
    # As drawn, with hinting: the outlines alone are up to a tenth narrower.
    renderer = RendererAgg(8, 8, DPI)  # type: ignore[no-untyped-call]
    width, _, _ = renderer.get_text_width_height_descent(  # type: ignore[no-untyped-call]
        text, font(size_px, bold=bold), ismath=False
    )
    return float(width)


def shorten(text: str, size_px: float, room_px: float, *, bold: bool = False) -> str:
    """The text, or its beginning and "…", or nothing, whichever fits into `room_px`."""
    if width_px(text, size_px, bold=bold) <= room_px:
        return text
    low, high = 0, len(text)  # longest beginning that fits, by halving
    while low < high:
        middle = (low + high + 1) // 2
        if width_px(text[:middle].rstrip() + "…", size_px, bold=bold) <= room_px:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…" if low else ""

"""Colours of exported pictures, light and dark: a copy of the app's design tokens.

Ten fills, told apart by people with any colour vision, each with its own hatch, so that nothing
depends on colour alone. An activity keeps its slot, ``(id - 1) % 10``, for ever; ids above 10
reuse the fills with the next hatch of the cycle.
"""

from __future__ import annotations

from dataclasses import dataclass

# solid, diagonal up, dots, diagonal down, horizontal, vertical, cross, circles, grid, wide
HATCHES = ("", "////", "...", "\\\\\\\\", "---", "|||", "xxx", "oo", "++", "//")


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours, all as #RRGGBB; `fills` and `inks` by slot."""

    name: str
    surface: str
    plot: str
    grid: str
    axis: str
    border: str
    text: str
    text_secondary: str
    xyz: tuple[str, str, str]
    ok: str
    err: str
    on_err: str
    unknown: str
    nodata: str
    gap: str
    confidence: str
    fills: tuple[str, ...]
    inks: tuple[str, ...]

    def fill(self, activity_id: int) -> str:
        """Fill colour of an activity."""
        return self.fills[(activity_id - 1) % len(self.fills)]

    def ink(self, activity_id: int) -> str:
        """Text colour on that fill, contrast at least 4.5."""
        return self.inks[(activity_id - 1) % len(self.inks)]

    @staticmethod
    def hatch(activity_id: int) -> str:
        """Matplotlib hatch of an activity; the next one of the cycle for every ten ids."""
        slot, round_ = (activity_id - 1) % 10, (activity_id - 1) // 10
        return HATCHES[(slot + round_) % len(HATCHES)]


_BLACK, _WHITE = "#0B0E13", "#FFFFFF"

LIGHT = Theme(
    name="light",
    surface="#FFFFFF",
    plot="#FFFFFF",
    grid="#EBEEF3",
    axis="#5F6B7C",
    border="#D4DAE3",
    text="#12161D",
    text_secondary="#465062",
    xyz=("#C2410C", "#0B7A5B", "#1D64C8"),
    ok="#0A7440",
    err="#C0222C",
    on_err=_WHITE,
    unknown="#5F6B7C",
    nodata="#C3CAD5",
    gap="#E7EAF0",
    confidence="#2B3340",
    fills=(
        "#3A89FF",
        "#966604",
        "#1A5F3C",
        "#D051BB",
        "#067788",
        "#D5245B",
        "#503E95",
        "#93993C",
        "#931C00",
        "#02A17F",
    ),
    inks=(_BLACK, _WHITE, _WHITE, _BLACK, _WHITE, _WHITE, _WHITE, _BLACK, _WHITE, _BLACK),
)
DARK = Theme(
    name="dark",
    surface="#14181E",
    plot="#0F1318",
    grid="#1D232C",
    axis="#8793A3",
    border="#2C343F",
    text="#ECEFF4",
    text_secondary="#AEB7C4",
    xyz=("#FF8A65", "#4FD1A5", "#6CB6FF"),
    ok="#4BD08B",
    err="#FF7B78",
    on_err=_BLACK,
    unknown="#8793A3",
    nodata="#3A4350",
    gap="#20262F",
    confidence="#D7DCE4",
    fills=(
        "#66ABF1",
        "#C07C00",
        "#ACEAB1",
        "#A96FA2",
        "#5EE5FF",
        "#E34263",
        "#796EF9",
        "#E6DC18",
        "#FC9A71",
        "#349A82",
    ),
    inks=(_BLACK,) * 10,
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

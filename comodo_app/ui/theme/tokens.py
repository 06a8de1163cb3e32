"""The design tokens as a frozen value: what a colour name, a size or a text style means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from PySide6.QtGui import QColor, QFont

from comodo_app.jobs.resources import resource_folder

N_SLOTS = 10


@cache
def tokens() -> Mapping[str, Any]:
    """The content of ``resources/theme/tokens.json``."""
    path = resource_folder("theme") / "tokens.json"
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True, slots=True)
class ActivityColour:
    """How an activity looks: its fill, the ink on it, and the pattern that doubles the colour."""

    slot: int
    fill: str
    ink: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Theme:
    """One look: "dark" or "light" at a scale, 1.0 being the sizes of the tokens."""

    name: str = "dark"
    scale: float = 1.0
    patterns: str = "subtle"

    def color(self, token: str) -> QColor:
        """The colour of a token; `KeyError` for a name that is none."""
        return QColor(self.css(token))

    def css(self, token: str) -> str:
        """The same as text that style sheets and `QColor` read."""
        text = str(tokens()["color"][self.name][token])
        # Tokens are RRGGBBAA, Qt reads AARRGGBB.
        return f"#{text[7:]}{text[1:7]}" if len(text) == 9 else text

    def px(self, size: float) -> int:
        """Logical pixels at this scale."""
        return round(size * self.scale)

    def font(self, style: str = "body") -> QFont:
        """The font of a text style of the tokens ("body", "small_medium", "mono" …)."""
        spec = tokens()["type"]["styles"][style]
        font = QFont("JetBrains Mono" if style == "mono" else "Inter")
        font.setPixelSize(max(1, self.px(spec["px"])))
        font.setWeight(QFont.Weight(spec["weight"]))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if style != "mono":
            font.setFeature(QFont.Tag("tnum"), 1)  # numbers do not jump when they change
        if spec["tracking"]:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spec["tracking"])
        return font

    def activity(self, colour: int) -> ActivityColour:
        """The look of colour number `colour` (1, 2, 3 …; an activity's id until it is recoloured).

        From 11 on the fills come again with the next patterns.
        """
        index, turn = (colour - 1) % N_SLOTS, (colour - 1) // N_SLOTS
        slots = tokens()["activity"][self.name]
        pattern = slots[(index + turn) % N_SLOTS]["pattern"]
        return ActivityColour(index + 1, slots[index]["fill"], slots[index]["ink"], pattern)

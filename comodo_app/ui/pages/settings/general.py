"""Settings, General: how the window looks."""

from __future__ import annotations

from comodo_app.session.session import Session
from comodo_app.ui.pages.settings.rows import ChoiceRow, PercentRow, Section, ToggleRow


class GeneralSection(Section):
    """Theme, size, patterns, motion."""

    def __init__(self, session: Session) -> None:
        super().__init__("general", "General")
        self.theme = self.add(
            ChoiceRow(
                session,
                "theme",
                "Theme",
                "System follows the desktop, also while the window is open.",
                (("system", "System"), ("dark", "Dark"), ("light", "Light")),
            )
        )
        self.scale = self.add(
            PercentRow(
                session,
                "ui_scale",
                "Size of everything",
                "Letters, spacing and icons, 80 to 200 %. Ctrl + and Ctrl − work everywhere.",
                (80, 200, 10),
            )
        )
        self.patterns = self.add(
            ChoiceRow(
                session,
                "patterns",
                "Patterns on activities",
                "Besides colour and number, so that activities can be told apart without colour.",
                (("off", "Off"), ("subtle", "Subtle"), ("strong", "Strong")),
            )
        )
        self.motion = self.add(
            ToggleRow(
                session,
                "reduced_motion",
                "Reduced motion",
                "Nothing moves by itself: no transitions, examples play only when asked to.",
            )
        )

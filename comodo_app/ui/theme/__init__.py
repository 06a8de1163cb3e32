"""Colours, sizes, fonts and icons of the active theme.

``themes()`` is the one `ThemeManager`; painters read ``themes().current`` while they paint and
repaint on ``themes().changed``.
"""

from comodo_app.ui.theme.icons import icon, pixmap
from comodo_app.ui.theme.manager import ThemeManager, themes
from comodo_app.ui.theme.tokens import ActivityColour, Theme

__all__ = ["ActivityColour", "Theme", "ThemeManager", "icon", "pixmap", "themes"]

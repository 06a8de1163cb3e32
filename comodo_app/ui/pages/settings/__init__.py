"""The Settings page: one section per file, each row applied at once."""

from comodo_app.ui.pages.settings.page import SettingsPage
from comodo_app.ui.pages.settings.shortcuts import apply_keys

__all__ = ["SettingsPage", "apply_keys"]

"""The Settings page: one section per file, each row applied at once."""

from comodo_app.ui.pages.settings.page import SettingsPage

__all__ = ["SettingsPage"]

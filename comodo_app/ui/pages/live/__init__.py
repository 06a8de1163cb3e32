"""The Live page: a moving sensor, and what is being done now."""

from comodo_app.ui.pages.live.page import LivePage

__all__ = ["LivePage"]

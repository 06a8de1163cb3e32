"""The Recordings page."""

from comodo_app.ui.pages.recordings.page import RecordingsPage

__all__ = ["RecordingsPage"]

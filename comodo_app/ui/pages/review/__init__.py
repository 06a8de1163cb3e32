"""Review: watch a recording, see what teacher and student say of it, name and correct."""

from comodo_app.ui.pages.review.page import ReviewPage

__all__ = ["ReviewPage"]

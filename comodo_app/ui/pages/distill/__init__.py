"""The Distill page: set up, start, watch, stop, compare."""

from comodo_app.ui.pages.distill.page import DistillPage

__all__ = ["DistillPage"]

"""Small widgets that several pages use."""

from comodo_app.ui.widgets.basics import (
    Button,
    ElidedLabel,
    IconButton,
    Line,
    button,
    flow_row,
    text,
)
from comodo_app.ui.widgets.chip import Chip
from comodo_app.ui.widgets.panel import EmptyState, KeyValueRow, Panel
from comodo_app.ui.widgets.segmented import Segmented
from comodo_app.ui.widgets.toggle import Toggle

__all__ = [
    "Button",
    "Chip",
    "ElidedLabel",
    "EmptyState",
    "IconButton",
    "KeyValueRow",
    "Line",
    "Panel",
    "Segmented",
    "Toggle",
    "button",
    "flow_row",
    "text",
]

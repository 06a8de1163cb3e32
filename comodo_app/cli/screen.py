"""Whether there is a screen, told without loading Qt."""

from __future__ import annotations

import os
import sys


def has_screen() -> bool:
    """Whether a window can be shown where somebody sees it."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

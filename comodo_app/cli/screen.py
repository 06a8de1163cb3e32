"""Whether a window can be shown, told without starting Qt, which would end the program if not."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path


def has_screen() -> bool:
    """Whether there is a screen on which somebody sees a window."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def why_no_window() -> str:
    """Why Qt could not show a window on this screen, and what to do; empty if it can.

    On Linux Qt's own wheels leave some libraries of the X server to the system; without them Qt
    aborts the process, naming the wrong one. They are looked for here first.
    """
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or chosen not in ("", "xcb") or not os.environ.get("DISPLAY"):
        return ""
    if os.environ.get("WAYLAND_DISPLAY") and not chosen:
        return ""  # Qt tries that one first
    found = importlib.util.find_spec("PySide6")
    for place in (found.submodule_search_locations or []) if found else []:
        plugin = Path(place) / "Qt" / "plugins" / "platforms" / "libqxcb.so"
        if not plugin.exists():
            continue
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            library = str(error).split(":")[0]
            return (
                f"The window cannot be shown: {library} is missing on this system. "
                "On Debian and Ubuntu: apt install libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 "
                "libxcb-image0 libxcb-render-util0 libxcb-xinerama0 libxkbcommon-x11-0 libegl1"
            )
    return ""

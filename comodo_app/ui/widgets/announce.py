"""What screen readers are told without being asked: ends of jobs, toasts, undo."""

from __future__ import annotations

import time

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

_APART_S = 2.0


class _Quiet:
    until_s = 0.0


def announce(widget: QWidget, words: str) -> bool:
    """Say something politely, at most every 2 s; returns whether it was said."""
    now = time.monotonic()
    if now < _Quiet.until_s:
        return False
    _Quiet.until_s = now + _APART_S
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))
    return True

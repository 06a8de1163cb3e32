"""Which keys a focused widget needs itself, so that they are not the page's."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QTabBar,
    QWidget,
)


def is_for_widget(focused: QWidget | None, event: QKeyEvent) -> bool:
    """Whether the focused widget means something by a key that is also a key of the page."""
    plain = not event.modifiers() & (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    if isinstance(focused, QLineEdit):
        return plain
    key = Qt.Key(event.key())
    if isinstance(focused, QAbstractButton):
        return plain and key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
    arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
    if isinstance(focused, QAbstractSlider | QTabBar):
        return plain and key in (*arrows, Qt.Key.Key_Home, Qt.Key.Key_End)
    return isinstance(focused, QComboBox) and plain and key in (*arrows, Qt.Key.Key_Space)

"""A person's hands: keys, clicks and drops on the real window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def press(widget: QWidget, keys: str) -> None:
    """Press keys as written in the key sheet ("Ctrl+Z", "Space", "N") on the focused widget."""
    target = QApplication.focusWidget() or widget
    if not widget.isAncestorOf(target):
        target = widget
    QTest.keySequence(target, QKeySequence(keys))


def type_text(text: str) -> None:
    """Type into the focused widget."""
    focused = QApplication.focusWidget()
    assert focused is not None, "nothing has the focus"
    QTest.keyClicks(focused, text)


def click_at(widget: QWidget, at: QPoint | None = None, *, double: bool = False) -> None:
    """Click into a widget, its middle if `at` is None."""
    point = widget.rect().center() if at is None else at
    if double:
        QTest.mouseDClick(widget, LEFT, NONE, point)
    else:
        QTest.mouseClick(widget, LEFT, NONE, point)


def drop(window: QWidget, paths: Sequence[Path]) -> None:
    """Drag files and folders in and let go over the middle of the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    middle = window.rect().center()
    target = window.childAt(middle) or window
    for widget in (target, *_ancestors(target)):
        if widget.acceptDrops():
            target = widget
            break
    enter = QDragEnterEvent(middle, Qt.DropAction.CopyAction, mime, LEFT, NONE)
    QApplication.sendEvent(target, enter)
    dropped = QDropEvent(QPointF(middle), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    QApplication.sendEvent(target, dropped)


def _ancestors(widget: QWidget) -> list[QWidget]:
    found, parent = [], widget.parentWidget()
    while parent is not None:
        found.append(parent)
        parent = parent.parentWidget()
    return found

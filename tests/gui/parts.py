"""A bare window for parts of the shell."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot


def bare_window(qtbot: QtBot, *parts: QWidget, size: tuple[int, int] = (1440, 900)) -> QMainWindow:
    """A shown window that holds the parts one below the other."""
    window = QMainWindow()
    root = QWidget()
    root.setObjectName("root")
    column = QVBoxLayout(root)
    column.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        column.addWidget(part)
    window.setCentralWidget(root)
    window.resize(*size)
    # pytest-qt keeps weak references only; the default argument keeps the window till the end.
    qtbot.addWidget(window, before_close_func=lambda _, kept=window: None)
    window.show()
    window.activateWindow()
    return window

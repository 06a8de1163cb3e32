"""Sheets: focus, keys, size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.widgets import button


@pytest.fixture
def over(qtbot: QtBot) -> Iterator[QMainWindow]:
    window = QMainWindow()
    root = QWidget()
    column = QVBoxLayout(root)
    opener = QPushButton("Open")
    opener.setObjectName("opener")
    column.addWidget(opener)
    column.addWidget(QLineEdit())
    window.setCentralWidget(root)
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    yield window


def filled(over: QMainWindow) -> tuple[Sheet, QLineEdit, QWidget]:
    sheet = Sheet(over, "Import", 640)
    field = QLineEdit()
    add = button("Add", kind="primary")
    sheet.body.addWidget(field)
    sheet.footer.addWidget(add)
    return sheet, field, add


def test_escape_closes_and_gives_the_focus_back(over: QMainWindow, qtbot: QtBot) -> None:
    opener = over.findChild(QPushButton, "opener")
    opener.setFocus()
    sheet, field, _ = filled(over)
    sheet.open()
    assert QApplication.focusWidget() is field
    with qtbot.waitSignal(sheet.closed):
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not sheet.is_open
    assert QApplication.focusWidget() is opener


def test_tab_goes_round_inside(over: QMainWindow) -> None:
    sheet, field, add = filled(over)
    sheet.open()
    seen = []
    for _ in range(4):
        seen.append(QApplication.focusWidget())
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
    assert seen == [field, add, sheet.close_button, field]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is field


def test_focus_that_something_else_takes_comes_back(over: QMainWindow) -> None:
    sheet, _, _ = filled(over)
    sheet.open()
    over.findChild(QPushButton, "opener").setFocus()
    assert QApplication.focusWidget() is sheet


def test_keys_of_the_window_rest_while_a_sheet_is_open(over: QMainWindow) -> None:
    pressed = []
    QShortcut(QKeySequence("Ctrl+3"), over).activated.connect(lambda: pressed.append(3))
    sheet, field, _ = filled(over)
    sheet.open()
    QTest.keyClick(field, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert pressed == []
    sheet.dismiss()
    QTest.keyClick(over, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [3]


def test_it_follows_the_window_and_never_leaves_it(over: QMainWindow) -> None:
    sheet = Sheet(over, "Wide", 1120, 2000)
    sheet.open()
    over.resize(700, 500)
    QApplication.processEvents()
    assert sheet.size() == over.size()
    assert over.rect().contains(sheet.panel.geometry())


def test_what_was_typed_is_there_when_it_opens_again(over: QMainWindow) -> None:
    sheet, field, _ = filled(over)
    sheet.open()
    QTest.keyClicks(field, "abc")
    sheet.dismiss()
    sheet.open()
    assert field.text() == "abc"

"""The sheet of all keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from comodo_app.session.actions import PAGES, all_actions
from comodo_app.ui.actions import Actions
from comodo_app.ui.shell.key_sheet import KeySheet
from tests.gui.hands import click_at, press, type_text
from tests.gui.parts import bare_window


@pytest.fixture
def sheet(qtbot: QtBot) -> KeySheet:
    window = bare_window(qtbot)
    return KeySheet(window, Actions(window))


def lines(sheet: KeySheet, query: str = "") -> dict[str, tuple[str, ...]]:
    return {words: keys for _, group in sheet.groups(query) for words, keys in group}


def test_every_action_with_keys_is_listed(sheet: KeySheet) -> None:
    with_keys = {spec.text.rstrip("…") for spec in all_actions() if spec.keys}
    assert with_keys <= set(lines(sheet))


def test_the_keys_of_the_page_come_first(sheet: KeySheet) -> None:
    pages = {spec.page for spec in all_actions() if spec.page and spec.keys}
    titles = dict(PAGES)
    for page in pages:
        sheet.open_for(page)
        assert sheet.groups()[0][0] == titles[page]
        sheet.dismiss()


def test_it_can_be_searched_by_words_and_by_key(sheet: KeySheet) -> None:
    sheet.open_for("settings")
    type_text("full scr")
    assert list(lines(sheet, sheet.field.text())) == ["Full screen"]
    sheet.field.clear()
    QTest.keyClick(sheet.field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert sheet.field.text() == "Ctrl+K"
    assert "Search or run" in lines(sheet, sheet.field.text())


def test_what_matches_nothing_is_said(sheet: KeySheet) -> None:
    sheet.open_for("settings")
    type_text("zzqq")
    assert sheet.nothing.isVisible()


def test_keys_that_were_changed_are_shown(sheet: KeySheet) -> None:
    sheet._actions.action("view.jobs").setShortcut("Ctrl+Alt+J")
    assert lines(sheet)["Jobs"] == ("Ctrl+Alt+J",)


def test_it_can_be_copied_as_text(sheet: KeySheet) -> None:
    sheet.open_for("settings")
    type_text("undo")
    click_at(sheet.copy_button)
    copied = QApplication.clipboard().text().splitlines()
    assert copied[0] == "Edit"
    assert copied[1].split() == ["Undo", "Ctrl+Z"]


def test_escape_closes_it(sheet: KeySheet) -> None:
    sheet.open_for("settings")
    press(sheet.window(), "Esc")
    assert not sheet.is_open

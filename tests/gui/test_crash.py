"""An unexpected error is logged and told once; the window stays."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer, qWarning
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.ui.shell.crash import (
    Hooks,
    install_excepthook,
    log_path,
    set_up_logging,
    stop_logging,
)
from tests.gui.hands import click_at


@pytest.fixture
def hooks(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)  # else pytest-qt counts the errors
    set_up_logging()
    made = install_excepthook(session)
    yield made
    made.remove()
    if made.dialog is not None:
        made.dialog.close()
    stop_logging()
    faulthandler.enable()  # as pytest had it


def raise_it(words: str = "a mistake") -> None:
    raise RuntimeError(words)


def fall(words: str = "a mistake") -> None:
    """An error where nobody catches it, as Python reports it."""
    try:
        raise_it(words)
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def test_the_log_lies_where_the_settings_lie(hooks: Hooks) -> None:
    logging.getLogger("comodo_app.test").warning("written")
    assert "written" in log_path().read_text(encoding="utf-8")
    assert log_path().name == "comodo.log"
    assert faulthandler.is_enabled()
    assert log_path().with_name("crash.log").exists()


def test_an_error_in_the_event_loop_is_logged_and_told(qtbot: QtBot, session: Session) -> None:
    with capture_exceptions():  # pytest-qt's hook is then the one that comes before ours
        set_up_logging()
        hooks = install_excepthook(session)
        try:
            QTimer.singleShot(0, raise_it)
            qtbot.waitUntil(lambda: hooks.dialog is not None)
            assert "RuntimeError: a mistake" in hooks.dialog.details
            assert "raise_it" in log_path().read_text(encoding="utf-8")
            hooks.dialog.close()
        finally:
            hooks.remove()
            stop_logging()
            faulthandler.enable()


def test_never_two_dialogs_at_once(hooks: Hooks, session: Session, qtbot: QtBot) -> None:
    said: list[Notice] = []
    session.notified.connect(said.append)
    fall("first")
    fall("second")
    qtbot.waitUntil(lambda: hooks.dialog is not None and bool(said))
    assert "first" in hooks.dialog.details
    assert "second" in said[0].text


def test_continue_closes_it_and_the_next_error_is_told_again(hooks: Hooks, qtbot: QtBot) -> None:
    fall("first")
    qtbot.waitUntil(lambda: hooks.dialog is not None)
    click_at(hooks.dialog.go_on)
    assert hooks.dialog is None
    fall("second")
    qtbot.waitUntil(lambda: hooks.dialog is not None)
    assert "second" in hooks.dialog.details
    QTest.keyClick(hooks.dialog, Qt.Key.Key_Escape)
    assert hooks.dialog is None


def test_details_can_be_copied(hooks: Hooks, qtbot: QtBot) -> None:
    fall("copy me")
    qtbot.waitUntil(lambda: hooks.dialog is not None)
    click_at(hooks.dialog.copy)
    assert "copy me" in QApplication.clipboard().text()
    assert "COMODO" in QApplication.clipboard().text()


def test_an_error_on_another_thread_is_told_too(hooks: Hooks, qtbot: QtBot) -> None:
    thread = threading.Thread(target=raise_it, args=("elsewhere",))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: hooks.dialog is not None)
    assert "elsewhere" in hooks.dialog.details


def test_what_qt_says_is_logged(hooks: Hooks) -> None:
    qWarning("a warning of Qt")
    assert "a warning of Qt" in log_path().read_text(encoding="utf-8")


def test_the_log_does_not_grow_for_ever(hooks: Hooks) -> None:
    for _ in range(30):
        logging.getLogger("x").warning("y" * 100_000)
    sizes = [path.stat().st_size for path in log_path().parent.glob("comodo.log*")]
    assert len(sizes) > 1 and max(sizes) <= 1_000_000


def test_setting_up_twice_logs_once(hooks: Hooks) -> None:
    set_up_logging()
    logging.getLogger("x").warning("only once")
    assert log_path().read_text(encoding="utf-8").count("only once") == 1

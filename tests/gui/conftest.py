"""Tests of the window: offscreen, real widgets, fresh settings, nothing left behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from comodo_app.session.actions import PAGES
from comodo_app.session.session import Session
from comodo_app.ui.theme import themes

if TYPE_CHECKING:
    from comodo_app.ui.shell.main_window import MainWindow


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


def _ticks(thing: object) -> bool:
    """Whether it is a timer that would go on for ever."""
    return (
        type(thing) is QTimer and isValid(thing) and thing.isActive() and not thing.isSingleShot()
    )


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a job thread, a timer or a top-level widget, and say which."""
    themes().apply("dark")
    before = set(QApplication.topLevelWidgets())
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.processEvents()
    gc.collect()
    threads = [t.name for t in threading.enumerate() if t.name.startswith("comodo-")]
    left = [w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible()]
    timers = [o for o in gc.get_objects() if _ticks(o)]
    ticking = [f"{timer.parent()} every {timer.interval()} ms" for timer in timers]
    assert not threads, f"threads still run: {threads}"
    assert not ticking, f"timers still tick: {ticking}"
    assert not left, f"still shown: {left}"


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    made = Session()
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def window(
    qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """The whole app, shown, with every page made; file dialogs answer "nothing chosen"."""
    from comodo_app.ui.shell.main_window import MainWindow

    _no_file_dialogs(monkeypatch)
    made = MainWindow(Session())
    made.resize(1440, 900)
    made.show()
    made.activateWindow()  # keys work in the active window only
    qtbot.waitUntil(made.isActiveWindow)
    for name, _ in PAGES:
        made.page(name)
    yield made
    made.close()
    made.deleteLater()


def _no_file_dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *a, **k: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: ([], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: "")


@pytest.fixture
def capture_exceptions() -> Iterator[list[tuple[Any, Any, Any]]]:
    """Exceptions that Qt's event loop would only print."""
    from pytestqt.exceptions import capture_exceptions as captured

    with captured() as found:
        yield found

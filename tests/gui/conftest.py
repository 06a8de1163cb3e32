"""Tests of the window: offscreen, real widgets, fresh settings, nothing left behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from comodo_app.session.session import Session
from comodo_app.ui.theme import themes


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a job thread or a top-level widget, and say which."""
    themes().apply("dark")
    before = set(QApplication.topLevelWidgets())
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.processEvents()
    gc.collect()
    threads = [t.name for t in threading.enumerate() if t.name.startswith("comodo-")]
    left = [w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible()]
    assert not threads, f"threads still run: {threads}"
    assert not left, f"still shown: {left}"


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    made = Session()
    yield made
    made.shut_down()
    made.deleteLater()

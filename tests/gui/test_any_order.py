"""Whatever a person does in whatever order: no exception, no frozen window, nothing left behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMenu, QWidget

from comodo_app.session.actions import PAGES
from comodo_app.session.session import Session
from comodo_app.ui.shell.main_window import MainWindow
from tests.gui.hands import click_at, drop

# Quitting ends the walk, full screen hides what is to be clicked, the demo is made elsewhere.
_NOT = {"app.quit", "project.demo", "view.full-screen", "help.log"}
KEYS = (
    Qt.Key.Key_Space, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Left,
    Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_N, Qt.Key.Key_F, Qt.Key.Key_L, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_1,
    Qt.Key.Key_F2, Qt.Key.Key_F6, Qt.Key.Key_Delete, Qt.Key.Key_Question, Qt.Key.Key_Plus,
)  # fmt: skip


def _files(folder: Path) -> list[Path]:
    """Good, broken and foreign files."""
    good = folder / "wrist.csv"
    rows = [f"{i / 50:.3f},0.1,0.2,{9.8 + (i % 7) / 10:.2f},0.01,0.02,0.03" for i in range(700)]
    good.write_text("time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n" + "\n".join(rows) + "\n")
    empty = folder / "empty.csv"
    empty.touch()
    (folder / "cut.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 40)
    (folder / "notes.txt").write_text("nothing to read here\n")
    deeper = folder / "deeper"
    deeper.mkdir()
    shutil.copy(good, deeper / "ankle.csv")
    return [good, empty, folder / "cut.mp4", folder / "notes.txt", deeper, folder / "not there.mp4"]


class Person(RuleBasedStateMachine):
    """Somebody who drops, clicks and types at random."""

    problems: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.files = _files(self.folder)
        self.window = MainWindow(Session())
        self.window.resize(1280, 800)
        self.window.show()
        self.window.session.open_project(self.folder / "any.comodo", create=True)
        self._live()

    @rule(picked=st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True))
    def drops_files(self, picked: list[int]) -> None:
        drop(self.window, [self.files[i] for i in picked])
        self._live()

    @rule(page=st.sampled_from([name for name, _ in PAGES]))
    def goes_to_a_page(self, page: str) -> None:
        click_at(self.window.rail.items[page])
        self._live()

    @rule(share=st.floats(0, 1))
    def clicks_a_button(self, share: float) -> None:
        shown = [b for b in self.window.findChildren(QAbstractButton) if _can_click(b)]
        if shown:
            click_at(shown[min(len(shown) - 1, int(share * len(shown)))])
        self._live()

    @rule(x=st.floats(0.1, 1), y=st.floats(0.07, 0.95), double=st.booleans())
    def clicks_somewhere(self, x: float, y: float, double: bool) -> None:
        at = QPoint(int(x * (self.window.width() - 1)), int(y * (self.window.height() - 1)))
        widget = self.window.childAt(at)
        if widget is not None and widget.isEnabled():
            click_at(widget, widget.mapFrom(self.window, at), double=double)
        self._live()

    @rule(key=st.sampled_from(KEYS), control=st.booleans())
    def presses_a_key(self, key: Qt.Key, control: bool) -> None:
        target: QWidget = QApplication.focusWidget() or self.window
        modifier = Qt.KeyboardModifier
        QTest.keyClick(target, key, modifier.ControlModifier if control else modifier.NoModifier)
        self._live()

    @rule(share=st.floats(0, 1))
    def runs_an_action(self, share: float) -> None:
        offered = [s.id for s in self.window.actions_.offered(self.window.page_name)]
        offered = [name for name in offered if name not in _NOT]
        self.window.actions_.run(offered[min(len(offered) - 1, int(share * len(offered)))])
        self._live()

    @rule()
    def undoes(self) -> None:
        self.window.session.undo_stack.undo()
        self._live()

    @rule()
    def redoes(self) -> None:
        self.window.session.undo_stack.redo()
        self._live()

    @invariant()
    def nothing_went_wrong(self) -> None:
        problems = type(self).problems()
        assert not problems, problems
        bugs = [e for e in self.window.session.jobs.entries if e.outcome and e.outcome.bug]
        assert not bugs, bugs[0].outcome.details  # type: ignore[union-attr]
        assert self.window.isVisible()

    def teardown(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _live(self) -> None:
        QTest.qWait(30)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMenu) and widget.isVisible():
                widget.close()


def _can_click(widget: QAbstractButton) -> bool:
    return widget.isVisible() and widget.isEnabled()


def test_a_hundred_random_drops_clicks_and_keys_do_no_harm(
    qapp: QApplication, qtbot: object, capture_exceptions: list[tuple[Any, Any, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *a, **k: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: ([], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: "")
    Person.problems = staticmethod(
        lambda: "\n".join("".join(format_exception(*found)) for found in capture_exceptions)
    )
    run_state_machine_as_test(
        Person,
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

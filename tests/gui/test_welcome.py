"""The welcome page: the demo, choosing files, recent projects."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from comodo_app.jobs.intake import DEMO_HELD_OUT
from comodo_app.project.store import Project
from comodo_app.ui.pages.recordings import RecordingsPage
from comodo_app.ui.pages.welcome import WelcomePage
from comodo_app.ui.pages.welcome_parts import RecentRow
from comodo_app.ui.shell.main_window import MainWindow
from tests.gui.hands import click_at, press


@pytest.fixture
def page(window: MainWindow) -> WelcomePage:
    made = window.current_page
    assert isinstance(made, WelcomePage)
    return made


def rows(page: WelcomePage) -> dict[str, RecentRow]:
    found = [page.recent.body.itemAt(i).widget() for i in range(page.recent.body.count())]
    return {row.open_button.text().strip(): row for row in found if isinstance(row, RecentRow)}


def test_the_demo_opens_with_two_recordings_held_out(
    page: WelcomePage, window: MainWindow, qtbot: QtBot
) -> None:
    click_at(page.demo)
    qtbot.waitUntil(lambda: len(window.session.library.rows) == 8, timeout=60_000)
    assert isinstance(window.current_page, RecordingsPage)
    left_out = {r.name for r in window.session.library.rows if not r.use_for_training}
    assert left_out == set(DEMO_HELD_OUT)
    assert window.session.folder is not None
    assert str(window.session.folder).startswith(os.environ["COMODO_CONFIG_DIR"])


def test_the_demo_s_picture_is_of_the_demo(page: WelcomePage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.view._image is not None, timeout=20_000)
    assert len(page.view._wave) > 100


@pytest.mark.parametrize("how", ["click", "key"])
def test_the_drop_zone_chooses_files(
    page: WelcomePage, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *a, **k: (asked.append(1) or [], "")
    )
    if how == "click":
        click_at(page.zone)
    else:
        page.zone.setFocus()
        press(page, "Return")
    assert asked == [1]


def test_recent_projects_open_and_lost_ones_are_greyed(
    page: WelcomePage, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    Project.create(tmp_path / "there.comodo").close()
    both = (str(tmp_path / "there.comodo"), str(tmp_path / "lost.comodo"))
    window.session.change_settings(recent_projects=both)
    shown = rows(page)
    assert shown["there"].open_button.isEnabled() and not shown["lost"].open_button.isEnabled()
    click_at(shown["lost"].forget_button)
    assert rows(page).keys() == {"there"}
    click_at(rows(page)["there"].open_button)
    qtbot.waitUntil(lambda: window.session.name == "there")
    assert page.head.text() == "there is empty"

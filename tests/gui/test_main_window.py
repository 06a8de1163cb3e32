"""The window as a whole: pages, project, theme, undo, layout, crash care."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from comodo_app.project.store import Project
from comodo_app.session.actions import PAGES
from comodo_app.session.edits import Edit
from comodo_app.session.session import Session
from comodo_app.ui.shell.main_window import MainWindow
from comodo_app.ui.theme import themes
from tests.gui.hands import click_at, press


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Project.create(tmp_path / "walks.comodo").close()
    return tmp_path / "walks.comodo"


def opened(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    window.session.open_project(folder)
    qtbot.waitUntil(lambda: window.session.folder == folder)


@pytest.mark.parametrize("page", [page for page, _title in PAGES[:-1]])
def test_a_key_leads_to_each_page(window: MainWindow, page: str) -> None:
    window.go("settings")
    press(window, window.actions_.key(f"go.{page}"))
    assert window.page_name == page
    assert window.rail.items[page].isChecked()


def test_a_click_on_the_rail_shows_the_page(window: MainWindow) -> None:
    for page, _title in PAGES:
        click_at(window.rail.items[page])
        assert window.header.title.text() == window.current_page.title
        if page != "recordings":  # that is the welcome page while nothing is open
            assert window.current_page.name == page


def test_without_a_project_every_page_has_something_to_say(window: MainWindow) -> None:
    for page, _ in PAGES:
        window.go(page)
        QApplication.processEvents()
        picture = window.current_page.grab().toImage()
        colours = {
            picture.pixel(x, y)
            for x in range(0, picture.width(), 7)
            for y in range(0, picture.height(), 5)
        }
        assert len(colours) > 3, f"{page} is blank"


def test_an_opened_project_is_named_and_can_be_closed(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    opened(window, folder, qtbot)
    assert "walks" in window.windowTitle()
    assert window.header.project.text() == "walks"
    press(window, "Ctrl+W")
    assert window.session.project is None
    assert window.header.project.text() == "No project"


def test_a_folder_that_is_no_project_is_a_notice_and_nothing_else(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    said = []
    window.session.notified.connect(said.append)
    window.session.open_project(tmp_path)
    qtbot.waitUntil(lambda: bool(said))
    assert "not a COMODO project" in said[0].text
    assert window.session.project is None


def test_undo_names_the_step_and_redo_brings_it_back(window: MainWindow) -> None:
    values = [1]
    window.session.undo_stack.push(
        Edit("Set two", redo=lambda: values.append(2), undo=lambda: values.remove(2))
    )
    assert window.header.undo.toolTip().startswith("Undo: Set two")
    press(window, "Ctrl+Z")
    assert values == [1]
    press(window, "Ctrl+Y")
    assert values == [1, 2]


def test_the_theme_switches_while_the_window_is_shown(window: MainWindow) -> None:
    window.session.change_settings(theme="dark")
    dark = window.grab().toImage().pixelColor(2, 450).lightness()
    window.session.change_settings(theme="light")
    light = window.grab().toImage().pixelColor(2, 450).lightness()
    assert dark < 40 and light > 220


def test_larger_makes_letters_larger_everywhere(window: MainWindow) -> None:
    before = window.rail.width()
    press(window, "Ctrl++")
    assert window.session.settings.ui_scale == pytest.approx(1.1)
    assert window.rail.width() == round(before * 1.1)
    press(window, "Ctrl+0")
    assert themes().current.scale == 1.0


def test_the_layout_and_the_project_are_remembered(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    opened(window, folder, qtbot)
    window.resize(1120, 730)
    window.toggle_jobs()
    window.close()
    again = MainWindow(Session())
    qtbot.addWidget(again)
    try:
        assert again.last_project() == folder
        assert (again.width(), again.height()) == (1120, 730)
        assert not again.drawer.isHidden()
    finally:
        again.close()


def test_a_project_that_was_not_closed_says_so_once(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    code = (
        "import json, os, sys; from dataclasses import asdict\n"
        "from comodo_app.project.store import Project\n"
        "from comodo_app.project.processes import this_process\n"
        "from comodo_app.jobs.open import OPEN_KEY\n"
        "Project.open(sys.argv[1]).set_meta(OPEN_KEY, json.dumps(asdict(this_process())))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    opened(window, folder, qtbot)
    assert [banner.key for banner in window.session.banners] == ["unclean"]
    window.session.close_project()
    opened(window, folder, qtbot)
    assert not window.session.banners


def test_the_window_is_painted_before_heavy_libraries_are_loaded() -> None:
    code = (
        "import sys\n"
        "from comodo_app.app import make_application, make_window\n"
        "app = make_application(); window = make_window(app); window.show()\n"
        "app.processEvents(); window.grab()\n"
        "print([n for n in ('torch', 'cv2', 'av', 'sklearn') if n in sys.modules])\n"
        "window.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]", done.stdout


def test_making_the_pages_flashes_no_other_window(qapp: QApplication, qtbot: QtBot) -> None:
    class Watch(QObject):
        shown: list[QObject]

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget)
            if shown and watched.isWindow() and not isinstance(watched, MainWindow):
                self.shown.append(watched)
            return False

    watch = Watch()
    watch.shown = []
    qapp.installEventFilter(watch)
    window = MainWindow(Session())
    qtbot.addWidget(window)
    window.show()
    for page, _title in PAGES:
        window.go(page)
    qapp.removeEventFilter(watch)
    window.close()
    assert not watch.shown

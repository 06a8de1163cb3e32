"""The palette: what it finds, how it is used, what it remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
from pytestqt.qtbot import QtBot

from comodo_app.project.store import Project
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.shell.matching import score, time_of
from comodo_app.ui.shell.palette import Palette
from tests.gui.hands import click_at, press, type_text
from tests.gui.parts import bare_window


class Made:
    """A window with a page, the palette and a list of what was run."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.page = QLineEdit()
        self.page.setObjectName("page")
        self.window: QMainWindow = bare_window(qtbot, self.page)
        self.actions = Actions(self.window)
        self.palette = Palette(self.window, session, self.actions)
        self.ran: list[str] = []
        self.actions.on("view.palette", self.palette.open)
        for name in ("project.new", "view.jobs", "view.larger", "view.smaller", "go.review"):
            self.actions.on(name, lambda n=name: self.ran.append(n))

    @property
    def titles(self) -> list[str]:
        return [hit.title for hit in self.palette.model.hits]


@pytest.fixture
def made(session: Session, qtbot: QtBot) -> Made:
    return Made(session, qtbot)


def test_typing_filters_and_enter_runs(made: Made) -> None:
    made.page.setFocus()
    press(made.window, "Ctrl+K")
    assert QApplication.focusWidget() is made.palette.field
    type_text("jobs")
    assert made.titles[0] == "Jobs"
    press(made.window, "Return")
    assert made.ran == ["view.jobs"]
    assert not made.palette.is_open
    assert QApplication.focusWidget() is made.page


def test_the_key_is_shown_beside_the_action(made: Made) -> None:
    made.palette.open()
    type_text("new project")
    assert made.palette.model.hits[0].keys == "Ctrl+N"


def test_arrows_go_round(made: Made) -> None:
    made.palette.open()
    type_text("er")  # larger and smaller, and perhaps more
    n = len(made.titles)
    assert n >= 2
    press(made.window, "Up")
    assert made.palette.list.currentIndex().row() == n - 1
    press(made.window, "Down")
    assert made.palette.list.currentIndex().row() == 0


def test_what_cannot_be_done_now_is_not_offered(made: Made) -> None:
    assert "project.close" not in {hit.key for hit in made.palette.hits("close")}
    made.actions.on("project.close", lambda: None)
    assert "action:project.close" in {hit.key for hit in made.palette.hits("close")}


def test_an_empty_query_shows_the_last_five_used_latest_first(made: Made) -> None:
    for query in ("larger", "smaller", "jobs", "larger"):
        made.palette.open()
        type_text(query)
        press(made.window, "Return")
    made.palette.open()
    assert made.titles == ["Larger", "Jobs", "Smaller"]
    assert made.palette.head.text() == "Last used"


@pytest.mark.parametrize("key", ["Esc", "Ctrl+K"])
def test_it_is_closed_by_key_and_the_focus_returns(made: Made, key: str) -> None:
    made.page.setFocus()
    made.palette.open()
    press(made.window, key)
    assert not made.palette.is_open
    assert QApplication.focusWidget() is made.page
    assert made.ran == []


def test_a_click_beside_it_closes_it(made: Made) -> None:
    made.palette.open()
    click_at(made.palette, made.window.rect().bottomLeft() / 2)
    assert not made.palette.is_open


def test_a_click_on_a_line_runs_it(made: Made) -> None:
    made.palette.open()
    type_text("jobs")
    view = made.palette.list
    at = view.visualRect(made.palette.model.index(0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert made.ran == ["view.jobs"]


def test_nothing_found_is_said(made: Made) -> None:
    made.palette.open()
    type_text("zzzz qqqq")
    assert made.titles == []
    assert made.palette.head.text() == "Nothing matches"
    press(made.window, "Return")
    assert made.palette.is_open


def test_a_time_inside_the_recording_jumps_there(made: Made, session: Session) -> None:
    session.player.open((0.0, 1000.0))
    made.palette.open()
    type_text("12:41")
    assert made.titles[0] == "Go to 12:41"
    press(made.window, "Return")
    assert session.player.position_s == 761.0
    assert "Go to 50:00" not in [hit.title for hit in made.palette.hits("50:00")]


def test_activities_are_found_by_name(
    made: Made, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    with Project.create(tmp_path / "p.comodo") as project:
        first, _ = project.allocate_activities(2)
        project.name_activity(first, "Walking uphill")
    session.open_project(tmp_path / "p.comodo")
    qtbot.waitUntil(lambda: len(session.review.activities) == 2)
    found = made.palette.hits("walk up")
    assert found[0].title == "Walking uphill"
    assert made.palette.hits("activity 2")[0].detail == "no name yet"


@pytest.mark.parametrize("width", [400, 1120, 1440])
def test_it_stands_inside_the_window(made: Made, width: int) -> None:
    made.window.resize(width, 700)
    made.palette.open()
    type_text("e")
    assert made.window.rect().contains(made.palette.panel.geometry())
    assert made.palette.panel.width() == min(560, width - 16)


@pytest.mark.parametrize(
    ("query", "title", "matches"),
    [
        ("exp tl", "Export timelines", True),
        ("time exp", "Export timelines", True),
        ("tmln", "Export timelines", True),
        ("exp zoo", "Export timelines", False),
        ("xp", "Export timelines", True),
        ("", "Export timelines", False),
        ("ct", "Export", False),
    ],
)
def test_every_word_must_match(query: str, title: str, matches: bool) -> None:
    assert (score(query, title) > 0) is matches


def test_a_better_match_comes_first() -> None:
    titles = ["Open the jobs", "Jobs", "Jubilant old bass", "Jobs of today"]
    best = sorted(titles, key=lambda t: -score("jobs", t))
    assert best[:2] == ["Jobs", "Jobs of today"]


@pytest.mark.parametrize(
    ("query", "seconds"),
    [("12:41", 761.0), ("1:02:03.5", 3723.5), ("00:05", 5.0), ("12:61", None), ("12", None)],
)
def test_times(query: str, seconds: float | None) -> None:
    assert time_of(query) == seconds

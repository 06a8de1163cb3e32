"""Pages that are filled later: what they show already, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from comodo_app.project.store import Project
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Page
from comodo_app.ui.pages.coming import ActivitiesPage, EvaluatePage
from tests.gui.hands import click_at
from tests.gui.parts import bare_window

AGREEMENT = {
    "agreement": 0.7234,
    "chance": 0.2,
    "untrained": 0.41,
    "n_windows": 1402,
    "n_recordings": 4,
    "selected": True,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two activities, one of them named, and a measured run."""
    with Project.create(tmp_path / "walks.comodo") as project:
        first, _ = project.allocate_activities(2)
        project.name_activity(first, "Walking")
        project.name_activity(first + 1, "Sitting")
        run = project.create_run("{}", recipe="comodo+", teacher="builtin", student="tcn")
        project.finish_run(run.id, "finished")
        project.set_meta(f"agreement/{run.id}", json.dumps(AGREEMENT))
    return tmp_path / "walks.comodo"


def shown(kind: type[Page], session: Session, qtbot: QtBot) -> Page:
    host = QWidget()
    page = kind(session, Actions(host))
    bare_window(qtbot, page, host)
    return page


def opened(session: Session, folder: Path, qtbot: QtBot) -> None:
    session.open_project(folder)
    qtbot.waitUntil(lambda: len(session.review.activities) == 2)


def column(page: ActivitiesPage | EvaluatePage, number: int) -> list[str]:
    return [row.cells[number] for row in page.model.rows]


@pytest.mark.parametrize("kind", [ActivitiesPage, EvaluatePage])
def test_without_a_run_the_page_says_what_it_will_show_and_leads_on(
    kind: type[Page], session: Session, qtbot: QtBot
) -> None:
    page = shown(kind, session, qtbot)
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.go_requested) as asked:
        click_at(page.empty.button)
    assert asked.args == ["distill"]


def test_activities_are_listed_and_renamed_in_place_and_undone(
    session: Session, folder: Path, qtbot: QtBot
) -> None:
    page = shown(ActivitiesPage, session, qtbot)
    opened(session, folder, qtbot)
    assert column(page, 1) == ["Walking", "Sitting"]
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(0, 0))
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    field = QApplication.focusWidget()
    QTest.keyClicks(field, "Walking uphill")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: column(page, 1) == ["Walking uphill", "Sitting"])
    session.undo_stack.undo()
    assert column(page, 1) == ["Walking", "Sitting"]


def test_equal_names_become_one_row(session: Session, folder: Path, qtbot: QtBot) -> None:
    page = shown(ActivitiesPage, session, qtbot)
    opened(session, folder, qtbot)
    page.model.setData(page.model.index(1, 1, QModelIndex()), "walking")
    assert column(page, 1) == ["Walking"]


def test_a_closed_project_leaves_nothing_behind(
    session: Session, folder: Path, qtbot: QtBot
) -> None:
    pages = [shown(kind, session, qtbot) for kind in (ActivitiesPage, EvaluatePage)]
    opened(session, folder, qtbot)
    assert all(page.model.rows for page in pages)
    session.close_project()
    assert not any(page.model.rows for page in pages)


def test_agreement_is_listed_per_run(session: Session, folder: Path, qtbot: QtBot) -> None:
    page = shown(EvaluatePage, session, qtbot)
    opened(session, folder, qtbot)
    thin = "\u2009"
    assert page.model.rows[0].cells == (
        "Run 1 *",
        f"72.3{thin}%",
        f"41.0{thin}%",
        f"20.0{thin}%",
        f"1{thin}402",
        "4",
    )

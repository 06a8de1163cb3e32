"""The Settings page: applied at once, kept, taken back; what it tells of computer and project."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from comodo_app.project.embedding_cache import CacheKey
from comodo_app.project.settings import Settings, load_settings
from comodo_app.project.store import Project
from comodo_app.session.notices import Notice, Tone
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.settings import SettingsPage
from comodo_app.ui.pages.settings.about import parts
from comodo_app.ui.shell.crash import log_path
from tests.gui.hands import click_at
from tests.gui.parts import bare_window

HOLDER = (
    "import sys; from pathlib import Path; from comodo_app.project.lock import WriterLock\n"
    "held = WriterLock(Path(sys.argv[1])); print('held', flush=True); input()"
)


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> SettingsPage:
    host = QWidget()
    made = SettingsPage(session, Actions(host))
    bare_window(qtbot, made, host)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with embeddings in its cache."""
    with Project.create(tmp_path / "walks.comodo") as project:
        key = CacheKey("content", "builtin", "1", "none", 5.0, 2.5)
        starts = np.arange(2000.0)
        project.embeddings.append(key, starts, np.ones((2000, 64), np.float32))
    return tmp_path / "walks.comodo"


def opened(session: Session, folder: Path, qtbot: QtBot) -> None:
    session.open_project(folder)
    qtbot.waitUntil(lambda: session.folder == folder)


def test_theme_and_patterns_are_applied_at_once_and_kept(
    page: SettingsPage, session: Session
) -> None:
    general = page.sections["general"]
    general.theme.choice.choose("light")
    general.patterns.choice.choose("strong")
    general.motion.toggle.click()
    assert session.settings == Settings(theme="light", patterns="strong", reduced_motion=True)
    assert load_settings() == session.settings


def test_the_reset_dot_appears_with_a_change_and_takes_it_back(
    page: SettingsPage, session: Session
) -> None:
    row = page.sections["general"].theme
    assert not row.reset.isVisible()
    row.choice.choose("dark")
    assert row.reset.isVisible()
    click_at(row.reset)
    assert session.settings.theme == "system"
    assert row.choice.key == "system" and not row.reset.isVisible()


def test_the_scale_follows_what_is_changed_elsewhere(page: SettingsPage, session: Session) -> None:
    spin = page.sections["general"].scale.spin
    session.change_settings(ui_scale=1.3)
    assert spin.value() == 130
    spin.setValue(90)
    assert session.settings.ui_scale == pytest.approx(0.9)
    assert (spin.minimum(), spin.maximum()) == (80, 200)


def test_search_leaves_what_matches_and_leads_there(page: SettingsPage) -> None:
    page.focus_filter()
    QTest.keyClicks(page.search, "embeddings")
    assert page.list.currentItem().text() == "Privacy and data"
    assert page.sections["data"].embeddings.isVisible()
    assert not page.sections["data"].folder.isVisible()
    page.search.clear()
    assert page.sections["data"].folder.isVisible()
    QTest.keyClicks(page.search, "zzqq")
    assert page.nothing.isVisible()


def test_every_section_can_be_shown_and_says_something(page: SettingsPage) -> None:
    for key, section in page.sections.items():
        page.show_section(key)
        assert section.isVisible(), key
        assert section.rows


def test_sizes_are_measured_and_embeddings_cleared_after_a_question(
    page: SettingsPage, session: Session, folder: Path, qtbot: QtBot
) -> None:
    said: list[Notice] = []
    session.notified.connect(said.append)
    opened(session, folder, qtbot)
    page.show_section("data")
    data = page.sections["data"]
    qtbot.waitUntil(lambda: page.upkeep.sizes is not None)
    assert "0.5 MB" in data.embeddings.meaning.text()
    click_at(data.clear_button)
    assert QApplication.focusWidget() is data.keep
    click_at(data.keep)
    assert page.upkeep.sizes.embeddings > 0
    click_at(data.clear_button)
    click_at(data.sure)
    qtbot.waitUntil(lambda: page.upkeep.sizes.embeddings == 0)
    assert not list((folder / "embeddings").iterdir())
    assert said[-1].tone is Tone.OK and "0.5 MB" in said[-1].text
    assert not data.clear_button.isEnabled()


def test_embeddings_are_not_cleared_while_a_job_runs(
    page: SettingsPage, session: Session, folder: Path, qtbot: QtBot
) -> None:
    said: list[Notice] = []
    session.notified.connect(said.append)
    opened(session, folder, qtbot)
    gate = threading.Event()
    job = session.jobs.start(lambda *_: gate.wait(20), None, kind="distill", title="Distill")
    page.upkeep.clear()
    assert "Distill may need" in said[-1].text
    assert not page.upkeep.clearing
    gate.set()
    qtbot.waitUntil(lambda: session.jobs.entry(job).state.ended)
    assert list((folder / "embeddings").iterdir())


def test_embeddings_that_another_program_uses_are_not_cleared(
    page: SettingsPage, session: Session, folder: Path, qtbot: QtBot
) -> None:
    said: list[Notice] = []
    session.notified.connect(said.append)
    opened(session, folder, qtbot)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline().strip() == b"held"
    page.upkeep.clear()
    qtbot.waitUntil(lambda: bool(said))
    holder.communicate(b"\n")
    assert said[-1].tone is Tone.ERR and "in use" in said[-1].text
    assert list((folder / "embeddings").iterdir())
    assert not page.upkeep.clearing


def test_without_a_project_there_is_nothing_to_clear(page: SettingsPage) -> None:
    page.show_section("data")
    data = page.sections["data"]
    assert data.folder.meaning.text() == "No project is open."
    assert not data.clear_button.isVisible() and not data.open_button.isVisible()


def test_the_self_test_shows_progress_and_measured_speeds(page: SettingsPage, qtbot: QtBot) -> None:
    page.show_section("compute")
    compute = page.sections["compute"]
    click_at(compute.start)
    assert compute.cancel.isVisible() and not compute.start.isVisible()
    qtbot.waitUntil(compute.bar.isVisible, timeout=60_000)
    qtbot.waitUntil(lambda: page.upkeep.test is not None, timeout=120_000)
    measured = page.upkeep.test
    assert measured.times_real_time > 0 and measured.steps_per_s > 0
    assert f"{measured.steps_per_s:.1f} training steps" in compute.test.meaning.text()
    assert compute.start.text() == "Run again" and not compute.bar.isVisible()


def test_a_cancelled_self_test_can_be_started_again(page: SettingsPage, qtbot: QtBot) -> None:
    page.show_section("compute")
    compute = page.sections["compute"]
    click_at(compute.start)
    click_at(compute.cancel)
    qtbot.waitUntil(lambda: page.upkeep.testing is None, timeout=60_000)
    assert page.upkeep.test is None
    assert compute.start.isVisible()


def choose(page: SettingsPage, action_id: str) -> None:
    shortcuts = page.sections["shortcuts"]
    number = list(page.actions_.specs).index(action_id)
    row = [r.id for r in shortcuts.model.rows].index(number)
    shortcuts.view.setCurrentIndex(shortcuts.model.index(row, 0))


def test_keys_are_changed_kept_and_reset(page: SettingsPage, session: Session) -> None:
    page.show_section("shortcuts")
    shortcuts = page.sections["shortcuts"]
    choose(page, "view.jobs")
    QTest.keyClick(shortcuts.edit, Qt.Key.Key_F7)
    click_at(shortcuts.set_button)
    assert page.actions_.key("view.jobs") == "F7"
    assert load_settings().shortcuts == {"view.jobs": ("F7",)}
    fresh = Actions(QWidget())
    fresh.give_keys(load_settings())
    assert fresh.key("view.jobs") == "F7"
    click_at(shortcuts.reset_button)
    assert page.actions_.key("view.jobs") == "Ctrl+J"
    assert session.settings.shortcuts == {}


def test_a_conflict_is_named_before_and_the_key_moves(page: SettingsPage) -> None:
    page.show_section("shortcuts")
    shortcuts = page.sections["shortcuts"]
    choose(page, "view.jobs")
    shortcuts.edit.setKeySequence(QKeySequence("Ctrl+Y"))  # the second key of Redo
    assert "Redo" in shortcuts.conflict.text() and shortcuts.conflict.isVisible()
    click_at(shortcuts.set_button)
    assert page.actions_.key("view.jobs") == "Ctrl+Y"
    redo = [k.toString() for k in page.actions_.action("edit.redo").shortcuts()]
    assert redo == ["Ctrl+Shift+Z"]
    click_at(shortcuts.reset_all)
    redo = [k.toString() for k in page.actions_.action("edit.redo").shortcuts()]
    assert redo == ["Ctrl+Shift+Z", "Ctrl+Y"]


@pytest.mark.parametrize("key", ["Esc", "Tab", "Return"])
def test_keys_that_every_field_needs_cannot_be_given_away(page: SettingsPage, key: str) -> None:
    page.show_section("shortcuts")
    shortcuts = page.sections["shortcuts"]
    choose(page, "view.jobs")
    shortcuts.edit.setKeySequence(QKeySequence(key))
    assert not shortcuts.set_button.isEnabled()
    assert shortcuts.conflict.isVisible()


def test_an_action_can_have_no_key(page: SettingsPage, session: Session) -> None:
    page.show_section("shortcuts")
    choose(page, "edit.undo")
    click_at(page.sections["shortcuts"].none_button)
    assert page.actions_.key("edit.undo") == ""
    assert session.settings.shortcuts == {"edit.undo": ()}


def test_the_report_names_no_files(
    page: SettingsPage, session: Session, folder: Path, qtbot: QtBot
) -> None:
    opened(session, folder, qtbot)
    page.show_section("diagnostics")
    diagnostics = page.sections["diagnostics"]
    click_at(diagnostics.copy_button)
    report = QApplication.clipboard().text()
    assert "COMODO" in report and "Qt 6" in report and "torch 2" in report
    assert "walks" not in report and str(folder.parent) not in report
    assert any(str(log_path()) == row.meaning.text() for row in diagnostics.rows)


def test_every_package_states_its_licence(page: SettingsPage) -> None:
    page.show_section("about")
    listed = {row.cells[0].lower() for row in page.sections["about"].model.rows}
    assert {"torch", "numpy", "pyside6_essentials"} <= {n.replace("-", "_") for n in listed}
    assert [p.name for p in parts() if p.licence == "not stated"] == []

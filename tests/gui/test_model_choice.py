"""Teacher and student of the next run: chosen by hand, remembered, missing ones told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow
from pytestqt.qtbot import QtBot

from comodo_app.jobs.add import AddRequest, add_recordings
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.student_files import RunSettings
from comodo_app.project.settings import Settings
from comodo_app.session.session import Session
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.distill import DistillPage
from comodo_app.ui.pages.distill.setup import COUNTING
from comodo_app.ui.pages.distill.teacher_sheet import TeacherSheet
from comodo_app.weights import store
from comodo_app.weights.catalog import entry
from comodo_app.weights.importing import import_folder
from tests.gui.hands import click_at, press
from tests.gui.model_store import mantis_folder
from tests.unit.teachers.checkpoints import videomae

SHORT = {
    "sample_rate_hz": 25.0, "batch_size": 16, "head_hidden": 64, "epochs": 6, "min_steps": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of four people, 20 s each, and beside it a small teacher in a folder."""
    folder = tmp_path_factory.mktemp("choice")
    plans = plan_recordings(
        people=4, minutes=0.34, seed=11, activities=("walk", "type"), width_px=96,
        height_px=72, frame_rate_hz=12,
    )  # fmt: skip
    for plan in plans:
        write_recording(plan, folder / "recordings", None)
    add_recordings(
        AddRequest(folder / "walks.comodo", (folder / "recordings",)), JobContext(lambda _: None)
    )
    videomae(folder / "lab-videomae")
    return folder


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared / "walks.comodo", prepared / f"{tmp_path.name}.comodo"))


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    made = Session(Settings(stride_s=2.5))
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def page(session: Session, project: Path, qtbot: QtBot) -> Iterator[DistillPage]:
    window = QMainWindow()
    made = DistillPage(session, Actions(window))
    window.setCentralWidget(made)
    window.resize(1400, 860)
    window.show()
    window.activateWindow()
    session.open_project(project)
    qtbot.waitUntil(lambda: session.project is not None, timeout=20_000)
    made.came_into_view()
    qtbot.waitUntil(made.area.start.start.isEnabled, timeout=20_000)
    qtbot.waitUntil(lambda: session.models.loaded)
    yield made
    session.shut_down()
    window.close()
    window.deleteLater()


def nothing(*_: object) -> None:
    """Of progress nothing is told."""


def open_sheet(page: DistillPage, qtbot: QtBot) -> TeacherSheet:
    click_at(page.setup_.teacher.change)
    sheet = page.window().findChild(TeacherSheet)
    assert sheet is not None and sheet.is_open
    qtbot.waitUntil(lambda: not page.session.choice._asked, timeout=20_000)
    return sheet


def choose_folder(
    page: DistillPage, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> TeacherSheet:
    sheet = open_sheet(page, qtbot)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(folder))
    click_at(sheet.folder)
    qtbot.waitUntil(lambda: not page.session.choice._asked, timeout=20_000)
    return sheet


def test_the_sheet_shows_the_built_in_teacher_first_and_what_can_be_had(
    page: DistillPage, qtbot: QtBot
) -> None:
    sheet = open_sheet(page, qtbot)
    first = sheet.here.itemAt(0).widget()
    assert first is sheet.options["builtin"] and first.radio.isChecked()
    other = sheet.options["videomae-b"]
    assert not other.can_be_chosen and not other.radio.isVisible() and other.get.isVisible()
    assert other.licence.label == "CC-BY-NC-4.0 · non-commercial"
    asked: list[str] = []
    page.go_requested.connect(asked.append)
    click_at(other.get)
    assert asked == ["models"] and not sheet.is_open


def test_esc_changes_nothing(page: DistillPage, qtbot: QtBot) -> None:
    sheet = open_sheet(page, qtbot)
    press(sheet, "Esc")
    assert not sheet.is_open
    assert page.session.choice.teacher == "builtin"


def test_a_teacher_from_a_folder_teaches_the_run_and_is_named_in_it(
    page: DistillPage, prepared: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    folder = prepared / "lab-videomae"
    sheet = choose_folder(page, folder, monkeypatch, qtbot)
    option = sheet.options[str(folder)]
    assert option.can_be_chosen and option.radio.isChecked()
    assert option.effort.text() == "Speed here not measured yet"
    click_at(sheet.use)
    assert page.setup_.teacher.name.text() == "lab-videomae"
    page.setup_.recipe.choice.choose("custom")
    page.setup_.recipe.form.show_values(SHORT)
    page.setup_.recipe.form.changed.emit()
    output = page.setup_.teacher.output
    wanted = "Output: 32 numbers per window"
    qtbot.waitUntil(lambda: output.accessibleName() == wanted, timeout=20_000)
    qtbot.waitUntil(page.area.start.start.isEnabled, timeout=20_000)
    click_at(page.area.start.start)
    learning = page.session.learning
    qtbot.waitUntil(lambda: learning.live is not None and not learning.busy, timeout=90_000)
    (run,) = learning.runs
    assert run.status == "finished"
    assert page.area.head.said.text().startswith("Taught by lab-videomae.")
    assert run.teacher.startswith("folder:lab-videomae@")
    assert RunSettings.from_json(run.settings_json).teacher == str(folder)
    page._again_with(run.id)
    speed = page.setup_.teacher.speed
    qtbot.waitUntil(lambda: "windows/s" in speed.accessibleName(), timeout=20_000)


def test_a_folder_that_holds_no_teacher_says_why_and_cannot_be_used(
    page: DistillPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    (tmp_path / "holiday").mkdir()
    sheet = choose_folder(page, tmp_path / "holiday", monkeypatch, qtbot)
    option = sheet.options[str(tmp_path / "holiday")]
    assert option.failure.isVisible() and "config.json" in option.failure.text()
    assert not sheet.use.isEnabled()
    failed = [e for e in page.session.jobs.entries if e.outcome is not None and e.outcome.error]
    assert failed == []  # it is said where it was asked


def test_a_teacher_that_has_gone_is_told_where_it_is_needed(
    page: DistillPage, tmp_path: Path, project: Path, qtbot: QtBot
) -> None:
    choice = page.session.choice
    choice.choose_teacher("videomae-b")
    assert page.setup_.teacher.here.label == "Not here" and page.setup_.teacher.get.isVisible()
    qtbot.waitUntil(lambda: not page.area.start.start.isEnabled())
    assert page.area.start.reason.text().startswith("VideoMAE-B (Kinetics-400) is not on this")
    (banner,) = page.session.banners
    assert banner.text == choice.missing and banner.action == "Open Models"
    page.hide()
    assert page.session.banners == ()  # told only where it is needed
    page.show()
    page.session.close_project()
    assert choice.teacher == "builtin"
    page.session.open_project(project)
    qtbot.waitUntil(lambda: page.session.project is not None, timeout=20_000)
    assert choice.teacher == "videomae-b"  # remembered with the project
    assert choice.teacher_title == "VideoMAE-B (Kinetics-400)"


def test_a_non_commercial_teacher_is_acknowledged_once_per_project(
    page: DistillPage, prepared: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    videomae(tmp_path / "published", hidden_size=768, num_attention_heads=2)
    import_folder(tmp_path / "published", entry("videomae-b"), nothing, accepted_at=store.now())
    sheet = open_sheet(page, qtbot)
    qtbot.waitUntil(lambda: sheet.options["videomae-b"].can_be_chosen, timeout=20_000)
    option = sheet.options["videomae-b"]
    click_at(option)
    assert sheet.box.isVisible() and "non-commercial use only" in sheet.box.text()
    assert not sheet.use.isEnabled()
    sheet.box.click()
    click_at(sheet.use)
    assert page.session.choice.teacher == "videomae-b"
    again = open_sheet(page, qtbot)
    assert again.wanted == "videomae-b" and not again.box.isVisible() and again.use.isEnabled()


def test_arrow_keys_go_from_teacher_to_teacher_that_can_be_chosen(
    page: DistillPage, prepared: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    folder = prepared / "lab-videomae"
    sheet = choose_folder(page, folder, monkeypatch, qtbot)
    sheet.options["builtin"].radio.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(sheet.options["builtin"].radio, Qt.Key.Key_Down)
    assert sheet.wanted == str(folder)
    QTest.keyClick(sheet.options[str(folder)].radio, Qt.Key.Key_Down)
    assert sheet.wanted == "builtin"


def test_pretrained_students_can_be_chosen_once_they_are_here(
    page: DistillPage, tmp_path: Path, qtbot: QtBot
) -> None:
    card = page.setup_.student
    items = card.choice.model()
    assert isinstance(items, QStandardItemModel)
    place = card.choice.findData("mantis-v2")
    assert card.choice.itemText(place) == "MantisV2 (4M) · get it first"
    assert not items.item(place).isEnabled()
    import_folder(mantis_folder(tmp_path / "m"), entry("mantis-v2"), nothing)
    page.session.models.ask()
    qtbot.waitUntil(items.item(place).isEnabled)
    assert card.choice.itemText(place) == "MantisV2 (4M)"
    card.choice.setCurrentIndex(place)
    wish = page.setup_.wish
    assert (wish.student.architecture, wish.student.pretrained) == ("mantis-v2", "mantis-v2")
    assert wish.student.layer == entry("mantis-v2").options["layer"]
    assert card.start.label == "Pretrained"
    store.remove("mantis-v2")
    page.session.models.ask()
    qtbot.waitUntil(lambda: card.start.label == "Not here")
    assert "choose another student" in page.setup_.why_not()
    card.choose("transformer")
    assert page.setup_.wish.student.architecture == "transformer"
    assert page.setup_.why_not() in ("", COUNTING)

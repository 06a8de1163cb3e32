"""The Recordings page: drops, what becomes of them, edits and their undo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from comodo_app.jobs.scan import Verdict
from comodo_app.project.store import Project
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording
from comodo_app.ui.pages.recordings import RecordingsPage
from comodo_app.ui.pages.recordings.import_sheet import ImportSheet
from comodo_app.ui.pages.recordings.model import CHECK, NAME, SYNC
from comodo_app.ui.shell.main_window import MainWindow
from tests.gui.hands import click_at, drop, press, type_text


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulated recordings, a sensor alone, and three files that cannot be read."""
    folder = tmp_path_factory.mktemp("files")
    for plan in plan_recordings(
        people=2, minutes=0.2, seed=5, activities=("walk", "type"), width_px=64, height_px=48,
        frame_rate_hz=10,
    ):  # fmt: skip
        write_recording(plan, folder, None)
    rows = [f"{i / 50:.3f},0.1,0.2,9.8,0.01,0.02,0.03" for i in range(700)]
    header = "time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"
    (folder / "wrist.csv").write_text("\n".join([header, *rows]) + "\n")
    (folder / "empty.csv").touch()
    good = next(folder.glob("*.mp4")).read_bytes()
    (folder / "cut.mp4").write_bytes(good[: len(good) // 3])
    (folder / "slides.pdf").write_bytes(b"%PDF-1.4 nothing")
    return folder


@pytest.fixture
def page(window: MainWindow, tmp_path: Path, files: Path, qtbot: QtBot) -> RecordingsPage:
    """A project into which the folder was dropped, everything looked into."""
    window.session.open_project(tmp_path / "walks.comodo", create=True)
    qtbot.waitUntil(lambda: window.session.project is not None)
    bring(window, [files], qtbot)
    ended(window, qtbot)
    window.go("recordings")
    made = window.current_page
    assert isinstance(made, RecordingsPage)
    qtbot.waitUntil(lambda: all(line.found is not None for line in made.model.lines))
    return made


def bring(window: MainWindow, paths: list[Path], qtbot: QtBot) -> ImportSheet:
    """Drop files, and press Enter once they have been looked at."""
    intake = window.session.intake
    drop(window, paths)
    qtbot.waitUntil(lambda: not intake.scanning, timeout=30_000)
    sheet = window.drop.sheet
    assert isinstance(sheet, ImportSheet) and sheet.is_open
    sheet.refresh()
    press(sheet, "Return")
    qtbot.waitUntil(lambda: not intake.adding, timeout=30_000)
    assert not sheet.is_open
    return sheet


def ended(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.wait(60)
    qtbot.waitUntil(
        lambda: all(entry.state.ended for entry in window.session.jobs.entries), timeout=30_000
    )


def shown(page: RecordingsPage) -> list[str]:
    return [line.row.name for line in page.model.lines]


def select(page: RecordingsPage, name: str) -> int:
    line = next(line for line in page.model.lines if line.row.name == name)
    page.table.select_ids([line.row.id])
    return line.row.id


def test_a_dropped_folder_becomes_recordings_and_reasons(page: RecordingsPage) -> None:
    assert len(shown(page)) == 3 and "wrist" in shown(page)
    items = {item.paths[0].name: item for item in page.session.intake.items}
    assert {name for name, item in items.items() if item.verdict is not Verdict.ADDED} == {
        "empty.csv", "cut.mp4", "slides.pdf"
    }  # fmt: skip
    assert items["slides.pdf"].verdict is Verdict.LEFT_OUT
    for name in ("empty.csv", "cut.mp4"):
        assert items[name].verdict is Verdict.FAILED
        assert items[name].what and items[name].hint


def test_what_could_not_be_read_is_listed_with_its_reason(
    page: RecordingsPage, window: MainWindow
) -> None:
    page.actions_.run("recordings.intake")
    sheet = window.drop.sheet
    assert isinstance(sheet, ImportSheet) and sheet.is_open
    names = [item.paths[0].name for item in sheet.model.items]
    sheet.table.selectRow(names.index("slides.pdf"))
    assert "No importer reads this kind of file" in sheet.reason.text()
    sheet.table.selectRow(names.index("cut.mp4"))
    click_at(sheet.copy)
    assert "cut.mp4" in QApplication.clipboard().text()
    press(sheet, "Esc")
    assert not sheet.is_open


def test_a_drop_without_a_project_makes_one_beside_the_files(
    window: MainWindow, tmp_path: Path, files: Path, qtbot: QtBot
) -> None:
    place = tmp_path / "outing"
    place.mkdir()
    wrist = place / "wrist.csv"
    wrist.write_bytes((files / "wrist.csv").read_bytes())
    bring(window, [wrist], qtbot)
    qtbot.waitUntil(lambda: len(window.session.library.rows) == 1, timeout=20_000)
    assert window.session.folder == place / "outing.comodo"
    assert wrist.exists()


def test_a_dropped_project_is_opened(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    Project.create(tmp_path / "other.comodo").close()
    drop(window, [tmp_path / "other.comodo"])
    qtbot.waitUntil(lambda: window.session.name == "other")


def test_dropping_the_same_files_again_adds_nothing(
    page: RecordingsPage, window: MainWindow, files: Path, qtbot: QtBot
) -> None:
    before = page.session.library.rows
    bring(window, [files / "wrist.csv"], qtbot)
    assert page.session.library.rows == before
    assert page.session.intake.items[0].verdict is Verdict.KNOWN


def test_what_was_found_is_shown_beside_each_recording(page: RecordingsPage) -> None:
    lines = {line.row.name: line for line in page.model.lines}
    for line in lines.values():
        assert line.found is not None and not line.found.problem
        assert line.found.n_windows > 0
    wrist = lines["wrist"].found
    assert wrist is not None and wrist.rest_mps2 == pytest.approx(np.sqrt(0.05 + 9.8**2), abs=0.01)
    assert wrist.image is None and wrist.wave is not None
    both = next(line for name, line in lines.items() if name != "wrist")
    assert both.found is not None and both.found.image is not None


def test_sync_is_not_claimed_to_be_checked(page: RecordingsPage) -> None:
    labels = {
        str(page.model.index(row, NAME).data()): page.model.index(row, SYNC).data()
        for row in range(page.model.rowCount())
    }
    assert labels.pop("wrist") == "IMU only"
    assert set(labels.values()) == {"Not checked"}


def test_every_edit_can_be_undone_to_the_same_rows(page: RecordingsPage) -> None:
    library, stack = page.session.library, page.session.undo_stack
    before = library.rows
    first = before[0].id
    edits = (
        lambda: library.rename(first, "to the lake"),
        lambda: library.set_training([first], False),
        lambda: library.set_person([first], "Grace", "evening"),
        lambda: library.set_offset(first, -0.25),
        lambda: library.remove([row.id for row in before]),
    )
    for edit in edits:
        edit()
        assert library.rows != before
        stack.undo()
        assert library.rows == before
        stack.redo()
        assert library.rows != before
        stack.undo()
    assert page.session.project is not None
    assert page.session.project.recordings() == before


def test_a_click_on_the_check_excludes_from_training(page: RecordingsPage) -> None:
    line = next(line for line in page.model.lines if line.can_train)
    index = page.model.index(page.model.place(line.row.id), CHECK)
    rect = page.table.visualRect(index)
    click_at(page.table.viewport(), rect.center() - QPoint(4, 0))
    row = page.session.library.row(line.row.id)
    assert row is not None and not row.use_for_training
    assert page.table.head.checks() is Qt.CheckState.PartiallyChecked


def test_f2_renames_in_place(page: RecordingsPage) -> None:
    recording_id = select(page, "wrist")
    page.table.setFocus()
    press(page, "F2")
    focused = QApplication.focusWidget()
    assert focused is not None
    press(page, "Ctrl+A")
    type_text("left wrist")
    press(page, "Return")
    row = page.session.library.row(recording_id)
    assert row is not None and row.name == "left wrist"


def test_a_name_that_is_taken_is_refused_with_a_notice(page: RecordingsPage) -> None:
    said: list[str] = []
    page.session.notified.connect(lambda notice: said.append(notice.text))
    first, second = page.session.library.rows[:2]
    steps = page.session.undo_stack.count()
    page.session.library.rename(first.id, second.name)
    assert said and second.name in said[0]
    assert page.session.undo_stack.count() == steps


def test_delete_removes_and_the_toast_brings_back(page: RecordingsPage, qtbot: QtBot) -> None:
    notices = []
    page.session.notified.connect(notices.append)
    before = page.session.library.rows
    select(page, "wrist")
    page.table.setFocus()
    press(page, "Del")
    assert "wrist" not in shown(page)
    assert notices[-1].action == "Undo"
    notices[-1].run()
    assert page.session.library.rows == before


def test_the_filter_narrows_and_can_be_cleared(page: RecordingsPage) -> None:
    press(page, "Ctrl+F")
    type_text("wri")
    assert shown(page) == ["wrist"]
    page.filter.setText("nothing like this")
    assert page.places.currentWidget() is page.nothing
    click_at(page.nothing.button)
    assert len(shown(page)) == 3
    page.kinds.choose("imu")
    assert shown(page) == ["wrist"]


def test_a_heading_sorts_up_and_down(page: RecordingsPage) -> None:
    head = page.table.head
    at = QPoint(head.sectionViewportPosition(NAME) + 30, head.height() // 2)
    click_at(head.viewport(), at)
    up = shown(page)
    click_at(head.viewport(), at)
    assert up == sorted(up) and shown(page) == up[::-1]


def test_missing_media_is_said_and_mended_by_relinking(
    window: MainWindow, tmp_path: Path, files: Path, qtbot: QtBot
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (old / "wrist.csv").write_bytes((files / "wrist.csv").read_bytes())
    window.session.open_project(tmp_path / "w.comodo", create=True)
    qtbot.waitUntil(lambda: window.session.project is not None)
    bring(window, [old / "wrist.csv"], qtbot)
    qtbot.waitUntil(lambda: len(window.session.library.rows) == 1, timeout=20_000)
    old.rename(new)
    window.session.library.refresh()
    assert [banner.key for banner in window.session.banners] == ["missing"]
    page = window.page("recordings")
    assert isinstance(page, RecordingsPage)
    assert page.model.index(0, SYNC).data() == "File missing"
    row = window.session.library.rows[0]
    window.session.library.relink(row.id, [new / "wrist.csv"])
    assert not window.session.banners
    assert page.model.index(0, SYNC).data() == "IMU only"
    window.session.undo_stack.undo()
    assert window.session.library.rows == (row,)
    assert [banner.key for banner in window.session.banners] == ["missing"]


def test_hovering_the_preview_shows_other_times(page: RecordingsPage, qtbot: QtBot) -> None:
    both = next(line for line in page.model.lines if line.can_train)
    page.table.select_ids([both.row.id])
    picture = page.inspector.picture
    qtbot.waitUntil(lambda: picture._image is not None, timeout=10_000)
    first = picture.position_s
    picture.seek(both.row.duration_s - 1.0)
    qtbot.waitUntil(lambda: picture.position_s > first, timeout=10_000)


def test_a_project_opened_again_is_looked_into(
    page: RecordingsPage, window: MainWindow, qtbot: QtBot
) -> None:
    folder = window.session.folder
    assert folder is not None
    window.session.close_project()
    window.session.open_project(folder)
    qtbot.waitUntil(lambda: len(window.session.library.rows) == 3, timeout=10_000)
    qtbot.waitUntil(
        lambda: all(window.session.checks.of(row.id) for row in window.session.library.rows),
        timeout=20_000,
    )

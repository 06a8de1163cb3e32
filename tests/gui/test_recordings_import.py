"""The import sheet: nothing is added before it is confirmed, and what can be mended is mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from comodo_app.jobs.scan import Scanned, Verdict
from comodo_app.ui.pages.recordings.import_sheet import ImportSheet
from comodo_app.ui.pages.recordings.import_table import CHECK
from comodo_app.ui.shell.main_window import MainWindow
from tests.gui.hands import click_at, drop, press


def table(path: Path, header: str, *, turn: float = 0.1, scale: float = 1.0) -> Path:
    """Twelve seconds at 50 Hz, lying still, slowly turning."""
    rows = [
        f"{i / 50:.3f},{0.1 * scale},{0.2 * scale},{9.8 * scale},{turn},0,0" for i in range(600)
    ]
    path.write_text("\n".join(([header] if header else []) + rows) + "\n")
    return path


NAMED = "time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"


@pytest.fixture
def opened(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    window.session.open_project(tmp_path / "walks.comodo", create=True)
    qtbot.waitUntil(lambda: window.session.project is not None)
    return window


def sheet_of(window: MainWindow, paths: list[Path], qtbot: QtBot) -> ImportSheet:
    drop(window, paths)
    qtbot.waitUntil(lambda: not window.session.intake.scanning, timeout=20_000)
    sheet = window.drop.sheet
    assert isinstance(sheet, ImportSheet) and sheet.is_open
    sheet.refresh()
    return sheet


def item(window: MainWindow) -> Scanned:
    (one,) = window.session.intake.items
    return one


def test_nothing_is_added_before_it_is_confirmed(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    sheet = sheet_of(opened, [table(tmp_path / "wrist.csv", NAMED)], qtbot)
    assert item(opened).verdict is Verdict.READY
    press(sheet, "Esc")
    assert not sheet.is_open
    assert opened.session.project is not None and not opened.session.project.recordings()


def test_cancelling_without_a_project_makes_none(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    sheet = sheet_of(window, [table(tmp_path / "wrist.csv", NAMED)], qtbot)
    assert str(tmp_path) in sheet.place_words.text()
    click_at(sheet.stop)
    assert window.session.project is None and not list(tmp_path.glob("*.comodo"))


def test_enter_while_files_are_still_read_adds_them_when_that_is_over(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    drop(opened, [table(tmp_path / "wrist.csv", NAMED)])
    assert opened.session.intake.scanning
    sheet = opened.drop.sheet
    assert isinstance(sheet, ImportSheet)
    press(sheet, "Return")
    qtbot.waitUntil(lambda: len(opened.session.library.rows) == 1, timeout=20_000)
    assert not sheet.is_open


def test_space_leaves_one_out(opened: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    paths = [table(tmp_path / f"{n}.csv", NAMED, turn=0.1 * i) for i, n in enumerate("ab")]
    sheet = sheet_of(opened, paths, qtbot)
    sheet.table.selectRow(0)
    sheet.table.setFocus()
    press(sheet, "Space")
    assert [x.name for x in opened.session.intake.chosen] == ["b.csv"]
    rect = sheet.table.visualRect(sheet.model.index(1, CHECK))
    click_at(sheet.table.viewport(), rect.center())
    assert not opened.session.intake.chosen


def test_columns_without_names_are_named_in_the_panel(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    sheet = sheet_of(opened, [table(tmp_path / "raw.csv", "")], qtbot)
    assert item(opened).verdict is Verdict.COLUMNS
    assert not opened.session.intake.chosen
    keys = ("time", "acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    for box, key in zip(sheet.columns.roles, keys, strict=True):
        box.setCurrentIndex(box.findData(key))
        box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: item(opened).verdict is Verdict.READY, timeout=20_000)
    press(sheet, "Return")
    qtbot.waitUntil(lambda: len(opened.session.library.rows) == 1, timeout=20_000)
    assert '"acc_z": "#4"' in opened.session.library.rows[0].options_json


def test_a_unit_that_cannot_be_guessed_is_said_in_the_panel(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    sheet = sheet_of(opened, [table(tmp_path / "odd.csv", NAMED, scale=0.5)], qtbot)
    assert item(opened).verdict is Verdict.COLUMNS
    box = sheet.columns.units["acc_unit"]
    box.setCurrentIndex(box.findData("m/s2"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: item(opened).verdict is Verdict.READY, timeout=20_000)
    assert item(opened).usual_mps2 == pytest.approx(4.9, abs=0.1)


def test_a_role_belongs_to_one_column(opened: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    sheet = sheet_of(opened, [table(tmp_path / "wrist.csv", NAMED)], qtbot)
    sheet.table.selectRow(0)
    x, y = sheet.columns.roles[1:3]
    y.setCurrentIndex(y.findData("acc_x"))
    y.activated.emit(y.currentIndex())
    assert (x.currentData(), y.currentData()) == ("", "acc_x")


def test_a_video_without_sensor_gets_one_that_is_chosen(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = Path(__file__).parents[2] / "resources" / "demo"
    video = tmp_path / "clip.mp4"
    video.write_bytes((demo / "p01-s1.mp4").read_bytes())
    sheet = sheet_of(opened, [video], qtbot)
    assert item(opened).verdict is Verdict.SENSOR
    chosen = str(demo / "p01-s1.csv")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (chosen, ""))
    click_at(sheet.choose)
    qtbot.waitUntil(lambda: item(opened).verdict is Verdict.READY, timeout=20_000)
    assert item(opened).has_video and item(opened).rate_hz == pytest.approx(100.0, abs=0.5)

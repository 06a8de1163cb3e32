"""The Review page as a person uses it: every state, keys, clicks, the table and the timeline."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from comodo_app.activities.corrections import Correction
from comodo_app.activities.model import Lane
from comodo_app.project.store import Project
from comodo_app.session.looks import Loading
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.review import ReviewPage
from comodo_app.ui.pages.review.segments_model import STUDENT as STUDENT_COLUMN
from comodo_app.ui.pages.review.times import clock
from tests.gui.hands import click_at, press
from tests.gui.review_project import STUDENT, TICKS, make_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> ReviewPage:
    """The page in a bare window, as large as in the design; nothing is open yet."""
    window = QMainWindow()
    made = ReviewPage(session, Actions(window))
    window.setCentralWidget(made)
    window.resize(1360, 820)
    qtbot.addWidget(window, before_close_func=lambda _, kept=window: None)
    window.show()
    window.activateWindow()
    return made


@pytest.fixture
def opened(session: Session, qtbot: QtBot, page: ReviewPage, folder: Path) -> ReviewPage:
    """The page with "walk" open, everything loaded."""
    open_project(session, qtbot, folder)
    session.review.open(1)
    qtbot.waitUntil(
        lambda: session.review.looks.frame_times is not None and session.player.frame is not None
    )
    page.came_into_view()
    return page


def open_project(session: Session, qtbot: QtBot, folder: Path) -> None:
    session.open_project(folder)
    qtbot.waitUntil(lambda: session.project is not None)


def click_row(page: ReviewPage, place: int, *, double: bool = False, column: int = 1) -> None:
    table = page.segments.table
    rect = table.visualRect(page.segments.model.index(place, column))
    click_at(table.viewport(), rect.center(), double=double)


def close_menus() -> list[str]:
    """Close what has popped up; the texts of its entries."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions()]
    menu.close()
    return texts


# States


def test_empty_it_says_what_to_do_and_leads_there(page: ReviewPage, qtbot: QtBot) -> None:
    assert page.chooser.isVisible()
    assert page.chooser.empty.isVisible()
    with qtbot.waitSignal(page.go_requested) as asked:
        page.chooser.empty.button.click()
    assert asked.args == ["recordings"]


def test_without_an_open_recording_it_lists_them_and_a_click_opens(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path
) -> None:
    open_project(session, qtbot, folder)
    assert page.chooser.list.count() == 3
    item = page.chooser.list.item(1)
    click_at(page.chooser.list.viewport(), page.chooser.list.visualItemRect(item).center())
    assert session.review.recording_id == 2
    assert page.video.isVisible()
    assert page.header.recordings.currentText() == "work"


def test_while_samples_load_the_page_says_so_and_answers(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path
) -> None:
    open_project(session, qtbot, folder)
    session.review.open(1)
    assert session.review.looks.state is Loading.LOADING
    assert page.timeline.model.traces_message == "Loading samples…"
    assert page.timeline.model.pyramid is None
    assert len(page.segments.model.rows) == len(STUDENT)  # what is known is there already
    qtbot.waitUntil(lambda: page.timeline.model.pyramid is not None)
    assert page.timeline.model.traces_message == ""


def test_samples_that_cannot_be_read_say_why_and_can_be_tried_again(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path
) -> None:
    track = folder / "tracks" / "1.npz"
    kept = track.read_bytes()
    track.write_bytes(b"damaged")
    open_project(session, qtbot, folder)
    session.review.open(1)
    qtbot.waitUntil(lambda: session.review.looks.state is Loading.FAILED)
    assert page.notice.isVisible()
    assert "could not be read" in page.notice.words.text()
    page.notice.copy.click()
    assert QApplication.clipboard().text() == page.notice.words.text()
    track.write_bytes(kept)
    page.notice.act.click()
    qtbot.waitUntil(lambda: page.timeline.model.pyramid is not None)
    assert page.notice.isHidden()


def test_a_missing_video_has_a_placeholder_and_relink_brings_it_back(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    video = folder.parent / "walk.mp4"
    moved = folder.parent / "elsewhere" / "walk.mp4"
    moved.parent.mkdir()
    shutil.move(video, moved)
    open_project(session, qtbot, folder)
    session.review.open(1)
    assert page.video.placeholder.isVisible()
    assert "walk.mp4" in page.video.placeholder.sentence.text()
    assert page.segments.model.rows  # the rest keeps working
    monkeypatch.setattr(
        "comodo_app.ui.pages.review.page.QFileDialog.getOpenFileName",
        lambda *a, **k: (str(moved), ""),
    )
    page.video.placeholder.button.click()
    qtbot.waitUntil(lambda: session.player.frame is not None)
    assert page.video.placeholder.isHidden()


def test_a_sensor_alone_has_no_video_region_and_its_teacher_lane_says_so(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path
) -> None:
    open_project(session, qtbot, folder)
    session.review.open(3)
    assert page.video.isHidden()
    lane = page.timeline.model.lane("teacher")
    assert lane is not None
    assert lane.message == "no video"
    press(page, "Space")
    qtbot.waitUntil(lambda: session.player.position_s > 0.05)
    press(page, "Space")
    assert not session.player.playing


def test_a_recording_that_was_not_predicted_offers_it(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path
) -> None:
    open_project(session, qtbot, folder)
    session.review.open(2)
    assert page.notice.isVisible()
    lane = page.timeline.model.lane("student")
    assert lane is not None
    assert lane.message == "not predicted yet"
    said = []
    session.notified.connect(said.append)
    page.notice.act.click()
    assert session.review.predicting is not None
    assert "Predicting" in page.notice.words.text()
    lane = page.timeline.model.lane("student")
    assert lane is not None
    assert lane.pending_from_s == 0.0
    qtbot.waitUntil(lambda: session.review.predicting is None)
    assert said  # run 2 of this project has no student on the disk, and the app says so
    assert page.notice.act.text() == "Predict"


def test_predictions_appear_as_they_come(
    session: Session, opened: ReviewPage, qtbot: QtBot, folder: Path
) -> None:
    session.review.open(2)
    assert opened.segments.model.rows == ()
    with Project(folder) as other:  # as a job does it
        other.save_timelines(2, Lane.STUDENT, {2: STUDENT})
    session.learning.refresh()
    assert len(opened.segments.model.rows) == len(STUDENT)
    assert opened.notice.isHidden()


def test_a_project_without_a_run_leads_to_distill(
    session: Session, qtbot: QtBot, page: ReviewPage, folder: Path
) -> None:
    with Project(folder) as project:
        for run in project.runs():
            project.discard_run(run.id)
    open_project(session, qtbot, folder)
    session.review.open(1)
    with qtbot.waitSignal(page.go_requested) as asked:
        page.notice.act.click()
    assert asked.args == ["distill"]


# Playing


def test_space_plays_even_after_a_button_was_clicked(
    session: Session, opened: ReviewPage, qtbot: QtBot
) -> None:
    click_at(opened.segments.assign)
    close_menus()
    click_at(opened.transport.follow)
    press(opened, "Space")
    assert session.player.playing
    press(opened, "Space")
    assert not session.player.playing


def test_space_presses_a_button_that_was_reached_by_tab(
    session: Session, opened: ReviewPage
) -> None:
    opened.transport.follow.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(opened.transport.follow, Qt.Key.Key_Space)
    assert not session.player.playing
    assert not opened.follow


def test_arrow_keys_step_to_the_exact_next_frame(
    session: Session, opened: ReviewPage, qtbot: QtBot
) -> None:
    for number in (1, 2):
        press(opened, "Right")
        wanted = float(TICKS[number]) / 1000.0
        qtbot.waitUntil(lambda w=wanted: session.player.position_s == pytest.approx(w, abs=1e-9))
    assert opened.video.caption == f"{clock(float(TICKS[2]) / 1000.0)} · f 2"
    press(opened, "Left")
    qtbot.waitUntil(lambda: opened.video.caption.endswith("f 1"))


@pytest.mark.parametrize(
    ["keys", "lands_at"],
    [
        ("Shift+Right", 6.0), ("Shift+Left", 4.0), ("Ctrl+Right", 15.0), ("Ctrl+Left", 0.0),
        ("Alt+Right", 8.0), ("Alt+Left", 4.0), ("Home", 0.0),
    ],
)  # fmt: skip
def test_keys_move_the_playhead(
    session: Session, opened: ReviewPage, keys: str, lands_at: float
) -> None:
    session.player.seek(5.0)
    press(opened, keys)
    assert session.player.position_s == pytest.approx(lands_at)


def test_keys_change_the_speed_and_the_combo_shows_it(session: Session, opened: ReviewPage) -> None:
    press(opened, "L")
    assert opened.transport.speed.currentText() == "1.5 ×"
    press(opened, "J")
    press(opened, "J")
    assert session.player.speed == 0.5


def test_letters_typed_into_the_filter_are_no_commands(
    session: Session, opened: ReviewPage
) -> None:
    opened.focus_filter()
    QTest.keyClicks(opened.segments.filter, "n walk 1")
    assert opened.segments.filter.text() == "n walk 1"
    assert session.project is not None
    assert session.project.corrections(1) == ()
    assert not session.player.playing


# Segments


def test_the_table_tells_what_the_timeline_shows(opened: ReviewPage) -> None:
    model = opened.segments.model
    assert [opened.segments.choices.tabText(i) for i in range(4)] == [
        "All  6", "Differ  1", "Low  1", "Unknown  1",
    ]  # fmt: skip
    index = model.index(2, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Segment 3, cook, 00:08.0 to 00:10.0, teacher says sit"
    )
    opened.segments.choices.choose("differ")
    assert [row.number for row in model.rows] == [3]
    opened.segments.choices.choose("all")
    opened.segments.filter.setText("COOK")
    assert [row.number for row in model.rows] == [3]


def test_a_click_on_a_row_seeks_and_a_double_click_loops(
    session: Session, opened: ReviewPage
) -> None:
    click_row(opened, 2)
    assert session.player.position_s == 8.0
    assert opened.timeline.selection is not None
    assert opened.timeline.selection.index == 2
    click_row(opened, 4, double=True)
    assert session.player.loop_s == (13.0, 16.0)
    assert session.player.playing
    assert opened.transport.loop.isChecked()


def test_arrow_keys_in_the_table_go_to_the_neighbours(
    session: Session, opened: ReviewPage, qtbot: QtBot
) -> None:
    click_row(opened, 1)
    opened.segments.table.setFocus()
    QTest.keyClick(opened.segments.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: session.player.position_s == 8.0)


def test_the_row_at_the_playhead_is_the_selected_one(session: Session, opened: ReviewPage) -> None:
    session.player.seek(14.5)
    assert opened.segments.selected is not None
    assert opened.segments.selected.number == 5


def test_enter_renames_the_activity_in_place_and_undo_brings_it_back(
    session: Session, opened: ReviewPage, qtbot: QtBot
) -> None:
    session.player.seek(8.5)
    press(opened, "Return")
    field = opened.segments.table.findChild(QLineEdit)
    assert field is not None
    assert field.text() == "cook"
    field.selectAll()
    QTest.keyClicks(field, "fry eggs")
    QTest.keyClick(field, Qt.Key.Key_Return)
    model = opened.segments.model
    qtbot.waitUntil(lambda: model.index(2, STUDENT_COLUMN).data() == "fry eggs")
    assert opened.timeline.model.label(3) == "fry eggs"
    session.undo_stack.undo()
    assert opened.segments.model.index(2, STUDENT_COLUMN).data() == "cook"


def test_the_next_disagreement_goes_by_weight_and_wraps_with_a_notice(
    session: Session, opened: ReviewPage
) -> None:
    said = []
    session.notified.connect(said.append)
    places = []
    for _ in range(4):
        press(opened, "N")
        places.append((session.player.position_s, opened.transport.place.text()))
    assert places == [
        (8.0, "1 of 1"), (10.0, "1 of 1 unknown"), (13.0, "1 of 1 low"), (8.0, "1 of 1"),
    ]  # fmt: skip
    assert [notice.text for notice in said] == ["All seen: back at the first one"]
    press(opened, "Shift+N")
    assert session.player.position_s == 13.0


# Corrections


def test_a_digit_assigns_the_activity_of_that_number_to_the_segment_at_the_playhead(
    session: Session, opened: ReviewPage
) -> None:
    session.player.seek(11.0)  # unknown
    press(opened, "2")  # the number on the chip of "sit"
    assert session.project is not None
    assert session.project.corrections(1) == (Correction(10.0, 13.0, 2),)
    lane = opened.timeline.model.lane("corrected")
    assert lane is not None
    assert lane.editable
    assert opened.timeline.model.lane("student").timeline == STUDENT  # type: ignore[union-attr]
    assert opened.segments.model.index(3, STUDENT_COLUMN).data() == "sit"
    session.undo_stack.undo()
    assert opened.timeline.model.lane("corrected") is None


def test_a_range_is_marked_by_keys_and_assigned(session: Session, opened: ReviewPage) -> None:
    session.player.seek(5.0)
    press(opened, "I")
    session.player.seek(6.0)
    press(opened, "O")
    assert opened.timeline.range_s == (5.0, 6.0)
    press(opened, "Del")
    assert session.project is not None
    assert session.project.corrections(1) == (Correction(5.0, 6.0, None),)
    press(opened, "Shift+Del")
    assert session.project.corrections(1) == ()
    press(opened, "C")
    assert opened.timeline.range_s is None


def test_a_border_dragged_on_the_timeline_is_a_correction(
    session: Session, opened: ReviewPage, qtbot: QtBot
) -> None:
    view = opened.timeline
    lanes_top = view.lanes.geometry().top()
    row = next(i for i, lane in enumerate(view.model.lanes) if lane.key == "student")
    y = lanes_top + round((row + 0.5) * view.lanes.height() / len(view.model.lanes))
    start, end = (QPoint(round(view.axis.x(s)), y) for s in (4.0, 5.0))
    surface = view.surface
    QTest.mouseMove(surface, start)
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in range(1, 6):
        QTest.mouseMove(surface, start + (end - start) * step / 5)
    QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert session.project is not None
    (correction,) = session.project.corrections(1)
    assert correction.activity_id == 1
    assert correction.start_s == 4.0
    assert correction.end_s == pytest.approx(5.0, abs=0.05)


def test_the_menu_of_a_segment_has_every_action(opened: ReviewPage) -> None:
    opened.segments.menu_requested.emit(STUDENT.segments[0], QPoint(10, 10))
    texts = close_menus()
    assert any(text.startswith("Rename walk") for text in texts)
    assert {"Assign", "Colour"} <= set(texts)
    assert any(text.startswith("Loop") for text in texts)


def test_a_colour_from_the_menu_is_kept_and_shown(session: Session, opened: ReviewPage) -> None:
    session.review.edits.recolour(1, 7)
    assert opened.timeline.model.colour(1) == 7
    assert session.project is not None
    assert session.project.activity_colours() == {1: 7}


# Header


def test_previous_and_next_recording(session: Session, opened: ReviewPage) -> None:
    opened.header.next.click()
    assert session.review.recording_id == 2
    press(opened, "PgDown")
    assert session.review.recording_id == 3
    assert not opened.header.next.isEnabled()
    opened.header.previous.click()
    assert session.review.recording_id == 2


def test_runs_are_listed_latest_first_and_shown_when_chosen(
    session: Session, opened: ReviewPage
) -> None:
    runs = opened.header.runs
    assert [runs.itemText(i) for i in range(runs.count())] == ["Run 2", "Run 1"]
    runs.setCurrentIndex(1)
    runs.activated.emit(1)
    assert session.review.run_id == 1
    assert runs.currentText() == "Run 1"


def test_export_writes_into_the_project_and_says_where(
    session: Session, opened: ReviewPage, qtbot: QtBot, folder: Path
) -> None:
    said = []
    session.notified.connect(said.append)
    with qtbot.waitSignal(session.review.exports.finished, timeout=30_000):
        opened.actions_.run("review.export")
    assert (folder / "exports" / "segments.csv").exists()
    assert said[-1].action == "Show"


def test_the_last_recording_removed_from_the_project_leaves_the_list(
    session: Session, opened: ReviewPage
) -> None:
    assert session.project is not None
    session.project.remove_recording(1)
    session.library.refresh()
    assert opened.chooser.isVisible()
    assert opened.chooser.list.count() == 2


def test_every_button_has_a_name_and_every_region_a_place(opened: ReviewPage) -> None:
    from PySide6.QtWidgets import QAbstractButton

    nameless = [
        button
        for button in opened.findChildren(QAbstractButton)
        if button.isVisible()
        and not (button.accessibleName() or button.text())
        and type(button).__name__ != "QAbstractButton"
    ]
    assert not nameless
    assert all(region.accessibleName() for region in opened.regions())


@pytest.mark.parametrize(
    ["time_s", "written"],
    [
        (0.0, "00:00.000"),
        (59.9996, "01:00.000"),
        (3725.25, "1:02:05.250"),
        (-1.5, "\u221200:01.500"),
    ],
)
def test_times_are_rounded_once(time_s: float, written: str) -> None:
    assert clock(time_s) == written
    assert grouped(6529) == "6\u2009529"


def test_axes_and_sensors_are_shown_and_hidden_by_keys(opened: ReviewPage) -> None:
    press(opened, "Y")
    assert opened.timeline.traces.shown == {0, 2, 3, 5}
    press(opened, "Y")
    press(opened, "Shift+G")
    assert opened.timeline.traces.shown == {3, 4, 5}
    press(opened, "Shift+G")
    assert opened.timeline.traces.shown == set(range(6))


def test_an_export_carries_corrections_in_a_lane_of_their_own(
    session: Session, opened: ReviewPage, qtbot: QtBot, folder: Path
) -> None:
    session.review.edits.assign(8.0, 10.0, 1)
    with qtbot.waitSignal(session.review.exports.finished, timeout=30_000):
        opened.actions_.run("review.export")
    text = (folder / "exports" / "segments.csv").read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if ",corrected," in line]
    assert len(lines) == 6
    assert any("8" in line and "walk" in line for line in lines)


def test_the_video_goes_into_a_window_of_its_own_and_comes_back(
    session: Session, opened: ReviewPage, qtbot: QtBot
) -> None:
    click_at(opened.video.window_button)
    window = opened.video.window()
    assert window is not opened.window()
    press(opened, "Right")
    wanted = float(TICKS[1]) / 1000.0
    qtbot.waitUntil(lambda: session.player.position_s == pytest.approx(wanted, abs=1e-9))
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert opened.video.window() is opened.window()
    assert opened.video.isVisible()


def test_a_name_that_is_being_typed_survives_what_comes_in_meanwhile(
    session: Session, opened: ReviewPage, qtbot: QtBot, folder: Path
) -> None:
    session.player.seek(8.5)
    press(opened, "Return")
    field = opened.segments.table.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, "fry")
    with Project(folder) as other:
        other.name_activity(1, "stroll")
    session.review.refresh()
    assert opened.segments.model.index(0, STUDENT_COLUMN).data() == "stroll"
    assert opened.segments.table.findChild(QLineEdit) is field
    assert field.text().startswith("fry")


def test_what_does_not_change_the_picture_leaves_the_playhead_and_the_loop(
    session: Session, opened: ReviewPage
) -> None:
    session.player.loop((4.0, 8.0))
    assert session.project is not None
    session.project.set_use_for_training(1, False)
    session.library.refresh()
    assert session.player.loop_s == (4.0, 8.0)
    assert session.review.recording is not None
    assert not session.review.recording.use_for_training


def test_truth_has_a_lane_where_the_project_has_it(
    session: Session, opened: ReviewPage, folder: Path
) -> None:
    assert opened.timeline.model.lane("truth") is None
    with Project(folder) as other:
        other.save_timelines(None, Lane.TRUTH, {1: STUDENT})
    session.review.refresh()
    lane = opened.timeline.model.lane("truth")
    assert lane is not None
    assert lane.timeline == STUDENT

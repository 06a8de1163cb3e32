"""What a person's mouse says to the timeline."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from comodo_app.ui.timeline import Hit, SegmentRef
from tests.gui.timeline.scenes import STUDENT, model, place, shown, timeline, wheel, with_lanes

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def drag(view, start: QPoint, *stops: QPoint, keys=NONE, button=LEFT):
    QTest.mousePress(view.surface, button, keys, start)
    for stop in stops:
        QTest.mouseMove(view.surface, stop)
    QTest.mouseRelease(view.surface, button, keys, stops[-1])


@pytest.mark.parametrize("row", ["ruler", "teacher", "student", "agreement", "traces"])
def test_a_click_seeks_once_to_the_time_under_it(qtbot, row):
    view = shown(qtbot)
    sought = []
    view.seek_requested.connect(sought.append)
    QTest.mouseClick(view.surface, LEFT, NONE, place(view, 42.0, row))
    assert sought == [pytest.approx(42.0, abs=0.06)]


def test_a_click_on_a_bar_selects_its_segment(qtbot):
    view = shown(qtbot)
    with qtbot.waitSignal(view.segment_selected) as told:
        QTest.mouseClick(view.surface, LEFT, NONE, place(view, 42.0, "student"))
    assert told.args == [SegmentRef("student", 1, STUDENT.segments[1])]
    assert view.selection == told.args[0]


def test_a_drag_on_the_ruler_scrubs(qtbot):
    view = shown(qtbot)
    sought = []
    view.seek_requested.connect(sought.append)
    drag(view, *(place(view, t, "ruler") for t in (10.0, 20.0, 35.0)))
    assert sought[0] == pytest.approx(10.0, abs=0.06)
    assert sought[-1] == pytest.approx(35.0, abs=0.06)
    assert any(s == pytest.approx(20.0, abs=0.06) for s in sought)


def test_scrubbing_beyond_the_ends_stays_in_the_recording(qtbot):
    view = shown(qtbot)
    sought = []
    view.seek_requested.connect(sought.append)
    drag(view, place(view, 50.0, "ruler"), QPoint(-300, 50), QPoint(5000, 50))
    assert min(sought) == 0.0
    assert max(sought) == 100.0


@pytest.mark.parametrize("time_s", [22.0, 50.0, 71.5])
@pytest.mark.parametrize("notches", [3, 10])
def test_the_wheel_keeps_the_time_under_the_mouse(qtbot, time_s, notches):
    view = shown(qtbot)
    at = place(view, time_s, "traces")
    before = view.axis.s(at.x())
    wheel(view.surface, at, notches)
    assert view.axis.visible_s < 60.0
    assert view.axis.s(at.x()) == pytest.approx(before, abs=1e-9)
    wheel(view.surface, at, -1)
    assert view.axis.s(at.x()) == pytest.approx(before, abs=1e-9)


def test_the_wheel_never_leaves_the_recording(qtbot):
    view = shown(qtbot)
    for notches in (5, -2, 9, -30, 60):
        wheel(view.surface, place(view, view.axis.from_s + 0.1, "traces"), notches)
        assert 0.0 <= view.axis.from_s < view.axis.to_s <= 100.0
    wheel(view.surface, QPoint(500, 300), -200)
    assert (view.axis.from_s, view.axis.to_s) == (0.0, 100.0)


def test_shift_and_wheel_pans_without_zooming(qtbot):
    view = shown(qtbot)
    view.axis.show(40.0, 60.0)
    wheel(view.surface, QPoint(500, 300), -1, SHIFT)
    assert (view.axis.from_s, view.axis.to_s) == (pytest.approx(42.0), pytest.approx(62.0))


def test_alt_and_wheel_changes_the_amplitude_alone(qtbot):
    view = shown(qtbot)
    before = view.traces.reach(0)
    wheel(view.surface, QPoint(500, 300), 1, ALT)
    assert view.traces.reach(0) < before
    wheel(view.surface, QPoint(500, 300), -2, ALT)
    assert view.traces.reach(0) > before
    assert (view.axis.from_s, view.axis.to_s) == (0.0, 100.0)


def test_shift_and_drag_selects_a_range_whichever_way(qtbot):
    view = shown(qtbot)
    for first_s, second_s in ((20.0, 45.0), (45.0, 20.0)):
        view.set_range(None)
        with qtbot.waitSignal(view.range_selected) as told:
            drag(view, place(view, first_s, "traces"), place(view, second_s, "traces"), keys=SHIFT)
        assert told.args == [pytest.approx(20.0, abs=0.06), pytest.approx(45.0, abs=0.06)]
        assert view.range_s == tuple(told.args)


def test_dragging_an_edge_tells_where_from_and_where_to_and_edits_nothing(qtbot):
    view = shown(qtbot)
    sought = []
    view.seek_requested.connect(sought.append)
    before = view.model
    with qtbot.waitSignal(view.boundary_moved) as told:
        drag(
            view,
            place(view, 60.0, "student"),
            place(view, 62.0, "student"),
            place(view, 65.0, "student"),
        )
    assert told.args == ["student", 60.0, pytest.approx(65.0, abs=0.06)]
    assert view.model is before
    assert view.model.lanes[1].timeline is STUDENT
    assert sought == []


def test_edges_of_a_lane_that_is_not_editable_cannot_be_dragged(qtbot):
    view = shown(qtbot)
    with qtbot.assertNotEmitted(view.boundary_moved):
        drag(view, place(view, 60.0, "teacher"), place(view, 65.0, "teacher"))


def test_escape_takes_back_an_edge_that_is_being_dragged(qtbot):
    view = shown(qtbot)
    with qtbot.assertNotEmitted(view.boundary_moved):
        QTest.mousePress(view.surface, LEFT, NONE, place(view, 60.0, "student"))
        QTest.mouseMove(view.surface, place(view, 65.0, "student"))
        assert view.surface.edge_s == pytest.approx(65.0, abs=0.06)
        QTest.keyClick(view.surface, Qt.Key.Key_Escape)
        assert view.surface.edge_s is None
        QTest.mouseRelease(view.surface, LEFT, NONE, place(view, 65.0, "student"))
    assert QWidget.keyboardGrabber() is None


def test_shift_and_click_clears_the_range(qtbot):
    view = shown(qtbot)
    view.set_range((20.0, 45.0))
    with qtbot.waitSignal(view.range_cleared):
        QTest.mouseClick(view.surface, LEFT, SHIFT, place(view, 30.0, "traces"))
    assert view.range_s is None


def test_the_wheel_can_be_swapped_with_shift_and_the_wheel(qtbot):
    view = shown(qtbot)
    view.wheel_pans = True
    view.axis.show(40.0, 60.0)
    wheel(view.surface, QPoint(500, 300), -1)
    assert (view.axis.from_s, view.axis.to_s) == (pytest.approx(42.0), pytest.approx(62.0))
    wheel(view.surface, QPoint(500, 300), 1, SHIFT)
    assert view.axis.visible_s < 20.0


def test_a_double_click_on_a_bar_activates_it(qtbot):
    view = shown(qtbot)
    with qtbot.waitSignal(view.segment_activated) as told:
        QTest.mouseDClick(view.surface, LEFT, NONE, place(view, 42.0, "student"))
    assert told.args[0].segment == STUDENT.segments[1]


def test_a_double_click_on_empty_fits(qtbot):
    view = shown(qtbot)
    view.axis.show(40.0, 60.0)
    QTest.mouseDClick(view.surface, LEFT, NONE, QPoint(500, 300))
    assert (view.axis.from_s, view.axis.to_s) == (0.0, 100.0)


def test_a_middle_drag_pans_with_the_mouse(qtbot):
    view = shown(qtbot)
    view.axis.show(40.0, 60.0)
    drag(view, QPoint(500, 300), QPoint(600, 300), QPoint(700, 300), button=MIDDLE)
    assert (view.axis.from_s, view.axis.to_s) == (pytest.approx(36.0), pytest.approx(56.0))


@pytest.mark.parametrize(
    ("row", "channel", "key"), [("student", None, "student"), ("traces", 1, None)]
)
def test_a_right_click_asks_for_a_menu_and_says_what_is_there(qtbot, row, channel, key):
    view = shown(qtbot)
    at = place(view, 42.0, row)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.surface.mapToGlobal(at))
    with qtbot.waitSignal(view.context_menu_requested) as told:
        QApplication.sendEvent(view.surface, event)
    where, hit = told.args
    assert where == view.surface.mapToGlobal(at)
    assert isinstance(hit, Hit)
    assert hit.time_s == pytest.approx(42.0, abs=0.06)
    assert hit.channel == channel
    assert (hit.segment.lane if hit.segment else None) == key


def test_the_overview_window_moves_and_its_grips_resize_it(qtbot):
    view = shown(qtbot)
    view.axis.show(40.0, 60.0)
    drag(
        view,
        place(view, 50.0, "overview"),
        place(view, 55.0, "overview"),
        place(view, 70.0, "overview"),
    )
    assert (view.axis.from_s, view.axis.to_s) == (
        pytest.approx(60, abs=0.2),
        pytest.approx(80, abs=0.2),
    )
    drag(
        view,
        place(view, 60.0, "overview"),
        place(view, 55.0, "overview"),
        place(view, 30.0, "overview"),
    )
    assert (view.axis.from_s, view.axis.to_s) == (
        pytest.approx(30, abs=0.2),
        pytest.approx(80, abs=0.2),
    )


def test_a_press_outside_the_overview_window_brings_it_there(qtbot):
    view = shown(qtbot)
    view.axis.show(0.0, 20.0)
    QTest.mouseClick(view.surface, LEFT, NONE, place(view, 70.0, "overview"))
    assert (view.axis.from_s, view.axis.to_s) == (
        pytest.approx(60, abs=0.2),
        pytest.approx(80, abs=0.2),
    )


def test_the_mouse_reads_out_time_and_value(qtbot):
    view = shown(qtbot)
    QTest.mouseMove(view.surface, place(view, 42.25, "traces"))
    QTest.mouseMove(view.surface, place(view, 42.3, "traces"))
    assert view.surface.read_out.startswith("00:42.3")
    assert "Acc Y" in view.surface.read_out
    assert "m/s²" in view.surface.read_out
    QTest.mouseMove(view.surface, place(view, 42.0, "student"))
    assert "2  Standing still  0.90" in view.surface.read_out
    QTest.mouseMove(view.surface, place(view, 70.0, "agreement"))
    assert "differs  0.90" in view.surface.read_out


def test_the_mouse_reads_out_a_bar_too_narrow_for_its_name(qtbot):
    student = timeline((0, 1), (50, 3), (50.3, 2))
    view = shown(qtbot, with_lanes(model(), student))
    QTest.mouseMove(view.surface, place(view, 50.15, "student"))
    assert "3  Sitting" in view.surface.read_out


def test_a_click_on_a_track_head_hides_and_shows_its_trace(qtbot):
    view = shown(qtbot)
    told = []
    view.traces_shown_changed.connect(told.append)
    for _ in range(2):
        QTest.mouseClick(view.trace_heads[1], LEFT)
    assert told == [frozenset({0, 2, 3, 4, 5}), frozenset(range(6))]

"""The lanes by keyboard, and what is said aloud."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QApplication

from tests.gui.hands import press
from tests.gui.timeline.scenes import model, shown, timeline, with_lanes


def focused(qtbot):
    view = shown(qtbot)
    view.activateWindow()
    view.lanes.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.lanes.hasFocus)
    return view


def test_arrows_walk_from_segment_to_segment_and_stop_at_the_ends(qtbot):
    view = focused(qtbot)
    told = []
    view.segment_selected.connect(lambda ref: told.append((ref.lane, ref.index)))
    view.select("student", 0)
    for keys in ("Right", "Right", "Left", "Left", "Left", "End", "Right", "Home"):
        press(view, keys)
    assert [index for _, index in told] == [1, 2, 1, 0, 0, 4, 4, 0]


def test_up_and_down_change_the_lane_at_the_same_time(qtbot):
    view = focused(qtbot)
    view.select("student", 3)
    press(view, "Up")
    assert (view.selection.lane, view.selection.index) == ("teacher", 2)
    press(view, "Down")
    assert (view.selection.lane, view.selection.index) == ("student", 3)


def test_enter_activates_the_selected_segment(qtbot):
    view = focused(qtbot)
    view.select("student", 2)
    with qtbot.waitSignal(view.segment_activated) as told:
        press(view, "Return")
    assert told.args == [view.selection]


def test_the_menu_key_asks_for_the_menu_of_the_selected_segment(qtbot):
    view = focused(qtbot)
    view.select("student", 2)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    with qtbot.waitSignal(view.context_menu_requested) as told:
        QApplication.sendEvent(view.lanes, event)
    assert told.args[1].segment == view.selection


def test_the_walk_brings_hidden_segments_into_view(qtbot):
    view = focused(qtbot)
    view.axis.show(0.0, 20.0)
    view.select("student", 1)
    press(view, "Right")
    assert view.axis.from_s <= 60.0 < view.axis.to_s


def test_the_lanes_are_one_tab_stop_and_nothing_else_takes_the_focus(qtbot):
    view = shown(qtbot)
    tabs = [w for w in view.findChildren(object) if hasattr(w, "focusPolicy")]
    stops = [w for w in tabs if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
    assert stops == [view.lanes]


def test_arrows_of_the_lanes_win_over_shortcuts_and_other_keys_do_not(qtbot):
    view = focused(qtbot)

    def claimed(key: Qt.Key) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(view.lanes, event)
        return event.isAccepted()

    assert claimed(Qt.Key.Key_Left)
    assert claimed(Qt.Key.Key_Return)
    assert not claimed(Qt.Key.Key_Space)
    assert not claimed(Qt.Key.Key_N)


def test_the_selected_segment_is_said_in_a_sentence(qtbot):
    view = shown(qtbot)
    assert view.lanes.accessibleName() == "Lanes, no segment selected"
    view.select("student", 1)
    assert (
        view.lanes.accessibleName()
        == "Segment 2, Standing still, 00:31.0 to 01:00.0, teacher agrees"
    )
    view.select("student", 2)
    assert view.lanes.accessibleName().endswith("Walking, 01:00.0 to 01:20.0, teacher differs")
    view.select("student", 3)
    assert view.lanes.accessibleName() == "Segment 4, Unknown, 01:20.0 to 01:30.0"


def test_values_and_summaries_have_accessible_names(qtbot):
    view = shown(qtbot)
    view.set_playhead(0.25)
    assert view.trace_heads[0].accessibleName() == "Acc X, 13.81 m/s²"
    assert view.traces.accessibleDescription().startswith("Six traces, 10000 samples")
    assert "differ in" in view.agreement.accessibleDescription()


def test_a_selection_survives_new_predictions_where_its_segment_still_is(qtbot):
    view = shown(qtbot)
    view.select("student", 1)
    view.axis.show(20.0, 70.0)
    view.set_range((25.0, 30.0))
    view.set_model(with_lanes(model(), timeline((0, 1), (10, 3), (32, 2), (60, 1))))
    assert (view.selection.index, view.selection.segment.start_s) == (2, 32.0)
    assert (view.axis.from_s, view.axis.to_s) == (20.0, 70.0)
    assert view.range_s == (25.0, 30.0)

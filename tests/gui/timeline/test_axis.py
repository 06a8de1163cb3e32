"""Time and pixels; ruler; playhead."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from comodo_app.ui.timeline import TimeAxis
from comodo_app.ui.timeline.ruler import ticks
from comodo_app.ui.timeline.text import clock, number
from comodo_app.ui.timeline.timebase import MIN_VISIBLE_S
from tests.gui.timeline.scenes import model, pyramid, shown

spans = st.tuples(st.floats(-100, 100), st.floats(1, 40_000)).map(lambda p: (p[0], p[0] + p[1]))


@given(spans, st.lists(st.tuples(st.sampled_from("zpsre"), st.floats(-2, 2)), max_size=20))
def test_no_wish_leaves_the_recording_or_turns_the_view_over(span_s, wishes):
    axis = TimeAxis()
    axis.set_width(1000)
    axis.set_span(span_s)
    for wish, amount in wishes:
        at_s = span_s[0] + amount * (span_s[1] - span_s[0])
        match wish:
            case "z":
                axis.zoom_at(axis.clamp(at_s), 10**amount)
            case "p":
                axis.pan(amount * axis.visible_s)
            case "s":
                axis.set_zoom(amount)
            case "r":
                axis.reveal(axis.clamp(at_s), axis.clamp(at_s) + 1e-3)
            case "e":
                axis.follow(axis.clamp(at_s))
        assert span_s[0] <= axis.from_s < axis.to_s <= span_s[1]
        assert axis.visible_s >= MIN_VISIBLE_S * 0.999
        assert axis.s(axis.x(axis.from_s)) == pytest.approx(axis.from_s)
        assert -1e-9 <= axis.zoom <= 1 + 1e-6


def test_the_zoom_slider_goes_from_all_to_least_and_back():
    axis = TimeAxis()
    axis.set_span((0.0, 1000.0))
    for wanted in (1.0, 0.5, 0.25, 0.0):
        axis.set_zoom(wanted)
        assert axis.zoom == pytest.approx(wanted)
    assert (axis.from_s, axis.to_s) == (0.0, 1000.0)


def test_following_turns_the_page_and_else_stands_still():
    axis = TimeAxis()
    axis.set_span((0.0, 1000.0))
    axis.show(100.0, 200.0)
    axis.follow(199.0)
    assert (axis.from_s, axis.to_s) == (100.0, 200.0)
    axis.follow(200.5)
    assert (axis.from_s, axis.to_s) == (pytest.approx(190.5), pytest.approx(290.5))
    axis.follow(20.0)
    assert axis.from_s == pytest.approx(10.0)


@given(st.floats(0.05, 200_000), st.floats(0, 5000))
def test_labels_never_touch_and_there_are_always_some(visible_s, from_s):
    axis = TimeAxis()
    axis.set_width(1000)
    axis.set_span((0.0, 300_000.0))
    axis.show(from_s, from_s + visible_s)
    found = ticks(axis, 86)
    places = [axis.x(t) for t in found.major_s]
    assert all(b - a >= 85 for a, b in pairwise(places))
    assert len(places) >= 1
    assert len({clock(t, found.decimals) for t in found.major_s}) == len(places)


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (217.633, 3, "03:37.633"),
        (59.9996, 3, "01:00.000"),
        (-2.5, 1, "−00:02.5"),
        (3725.0, 0, "1:02:05"),
        (0.0, 0, "00:00"),
    ],
)
def test_times_are_written_as_the_design_says(seconds, decimals, text):
    assert clock(seconds, decimals) == text


def test_numbers_have_a_true_minus_and_no_negative_zero():
    assert number(-0.61, 2, "m/s²") == "−0.61 m/s²"
    assert number(-0.001, 2, "m/s²") == "0.00 m/s²"


def test_heads_show_the_value_at_the_playhead_in_units_of_the_design(qtbot):
    view = shown(qtbot)
    view.set_playhead(10.25)
    assert view.trace_heads[0].text.value == "13.81 m/s²"
    assert view.trace_heads[3].text.value == "85.9 °/s"


def test_a_playhead_in_a_gap_has_no_value(qtbot):
    view = shown(qtbot, model(track=pyramid([(40.0, 50.0)])))
    view.set_playhead(45.0)
    assert view.trace_heads[0].text.value == ""


class Watch(QObject):
    """Remembers which part of a widget was painted."""

    def __init__(self, widget) -> None:
        super().__init__()
        self.rects = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.rects.append(event.rect())
        return False


def test_a_tick_of_the_playhead_repaints_a_strip_and_draws_no_curve_anew(qtbot, monkeypatch):
    view = shown(qtbot)
    view.set_playhead(20.0)
    QApplication.processEvents()
    watch = Watch(view.traces.viewport())
    computed = []
    monkeypatch.setattr(view.traces, "drawing", lambda *a: computed.append(a))
    view.set_playhead(20.3)
    qtbot.waitUntil(lambda: bool(watch.rects))
    assert max(rect.width() for rect in watch.rects) <= 20
    assert computed == []


def test_many_wishes_before_a_paint_are_one_paint(qtbot):
    view = shown(qtbot)
    QApplication.processEvents()
    watch = Watch(view.traces.viewport())
    for i in range(20):
        view.axis.show(i, i + 20.0)
    qtbot.waitUntil(lambda: bool(watch.rects))
    QApplication.processEvents()
    assert len(watch.rects) == 1


def test_another_recording_is_shown_from_end_to_end(qtbot):
    view = shown(qtbot)
    view.axis.show(20.0, 30.0)
    view.set_model(type(view.model)((0.0, 50.0)))
    assert (view.axis.from_s, view.axis.to_s) == (0.0, 50.0)
    assert view.selection is None


def test_a_larger_scale_makes_everything_larger(qtbot):
    from comodo_app.ui.theme import themes

    view = shown(qtbot, width=1600)
    before = view.surface.bands
    themes().apply("dark", scale=1.5)
    QApplication.processEvents()
    assert view.surface.bands.traces == round(before.traces * 1.5)
    assert view.surface.x() == 222

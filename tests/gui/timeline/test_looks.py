"""What the timeline looks like, read from its pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from comodo_app.activities.corrections import Correction
from comodo_app.recordings.pyramid import build_pyramid
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline import LaneModel, TimelineModel, TimelineView
from comodo_app.ui.timeline import bars as bars_module
from comodo_app.ui.timeline.looks import look
from tests.gui.timeline.scenes import (
    NO_DATA,
    UNKNOWN,
    colours,
    model,
    picture,
    pyramid,
    shown,
    timeline,
    with_lanes,
)


def bar(view, from_s: float, to_s: float) -> QImage:
    """The student's lane between two times, without the label at its left."""
    left, right = round(view.axis.x(from_s)), round(view.axis.x(to_s))
    return picture(view.lanes, QRect(left, 36, right - left, 18))


def row_rect(view, channel: int, from_s: float, to_s: float) -> QRect:
    top, height = view.traces.rows()[channel]
    left, right = round(view.axis.x(from_s)), round(view.axis.x(to_s))
    return QRect(left, top + 2, right - left, height - 4)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_an_activity_unknown_no_data_and_low_confidence_all_look_different(qtbot, name):
    themes().apply(name)
    student = timeline((0, 1), (20, UNKNOWN), (40, NO_DATA), (60, 1, 0.3), (80, 2))
    view = shown(qtbot, with_lanes(model(), student))
    looks = [colours(bar(view, t + 12, t + 18)) for t in (0, 20, 40, 60, 80)]
    fill = QColor(themes().current.activity(1).fill).name()
    assert looks[0] == {fill}
    assert all(fill not in one for one in looks[1:])
    for i, one in enumerate(looks):
        for other in looks[i + 1 :]:
            ground = {themes().current.color("plot.bg").name()}
            assert one - other - ground, "two states cannot be told apart"
            assert other - one - ground or other <= ground


def test_not_an_activity_said_by_hand_is_not_the_unknown_of_the_student(qtbot):
    student = timeline((0, 1), (20, UNKNOWN), (40, 1), (60, UNKNOWN), (80, 1))
    content = with_lanes(model(), student)
    lane = LaneModel("student", "Student", student, corrections=(Correction(60, 80),))
    view = shown(qtbot, TimelineModel(content.span_s, (content.lanes[0], lane)))
    assert colours(bar(view, 72, 78)) == {themes().current.color("state.nodata").name()}
    assert colours(bar(view, 72, 78)).isdisjoint(colours(bar(view, 32, 38)))


@pytest.mark.parametrize("name", ["dark", "light"])
def test_patterns_double_the_colour_of_every_activity_but_the_first(qtbot, name):
    themes().apply(name)
    student = timeline(*((10.0 * (i - 1), i) for i in range(1, 11)))
    view = shown(qtbot, with_lanes(model(), student))
    for i in range(1, 11):
        found = colours(bar(view, 10 * i - 2.5, 10 * i - 0.5))
        assert QColor(themes().current.activity(i).fill).name() in found
        assert (len(found) == 1) == (i == 1)


def test_two_activities_of_the_same_colour_differ_by_their_pattern(qtbot):
    student = timeline((0, 2), (50, 12))
    view = shown(qtbot, with_lanes(model(), student))
    first, second = bar(view, 45, 48), bar(view, 95, 98)
    assert themes().current.activity(2).fill == themes().current.activity(12).fill
    assert first.copy() != second.copy()
    ink = [
        sum(c != themes().current.activity(2).fill.lower() for c in _flat(p))
        for p in (first, second)
    ]
    assert min(ink) > 0


def test_patterns_can_be_switched_off(qtbot):
    themes().apply("dark", patterns="off")
    view = shown(qtbot, with_lanes(model(), timeline((0, 2), (50, 3))))
    assert len(colours(bar(view, 40, 48))) == 1


def test_bars_narrower_than_14_px_carry_no_text_and_under_28_px_no_name(qtbot, monkeypatch):
    drawn: list[tuple[str, float]] = []
    paint = bars_module._paint_label

    class Ears(QPainter):
        def drawText(self, *args):
            drawn.append((args[-1], Ears.width))
            super().drawText(*args)

    def spy(painter, rect, *rest):
        image = QImage(400, 40, QImage.Format.Format_ARGB32_Premultiplied)
        ears = Ears(image)
        Ears.width = rect.width() + 1
        paint(ears, rect.translated(20 - rect.left(), -rect.top()), *rest)
        ears.end()

    monkeypatch.setattr(bars_module, "_paint_label", spy)
    widths = [2, 5, 9, 13, 14, 20, 27, 28, 60, 120] * 3
    edges = np.cumsum([0, *widths]) / 10.0
    parts = [(float(t), 1 + i % 3) for i, t in enumerate(edges[:-1])]
    content = with_lanes(model(), timeline(*parts, end_s=float(edges[-1])))
    short = {1: ".", 2: ".", 3: "."}  # there would be room for it
    view = shown(qtbot, replace(content, labels=short))
    view.lanes.grab()
    student = [(text, width) for text, width in drawn if width < 125]
    assert all(width >= 14 - 0.01 for _, width in student)
    assert all(text.isdigit() for text, width in student if width < 28 - 0.01)
    assert any("  " in text for text, width in student if width > 100)
    assert len({round(width) for _, width in student} & {14, 20, 27}) == 3


@pytest.mark.parametrize("rate_hz", [10.0, 50.0, 2000.0])
def test_a_gap_is_not_bridged(qtbot, rate_hz):
    view = shown(qtbot, model(track=pyramid([(40.0, 50.0)], rate_hz)))
    inside = colours(picture(view.traces, row_rect(view, 0, 41, 49)))
    beside = colours(picture(view.traces, row_rect(view, 0, 30, 38)))
    curve = themes().current.color("axis.x").name()
    assert curve in beside
    assert curve not in inside


def test_a_gap_carries_two_ticks(qtbot):
    view = shown(qtbot, model(track=pyramid([(40.0, 50.0)])))
    top, height = view.traces.rows()[0]
    image = picture(view.traces)
    tick = themes().current.color("plot.axis").name()
    y = top + height // 2 - 3
    found = [x for x in range(395, 505) if QColor(image.pixel(x, y)).name() == tick]
    assert [x for x in found if 380 < x < 420]
    assert [x for x in found if 480 < x < 520]


def test_a_slow_sensor_without_a_gap_is_drawn_through(qtbot):
    rng = np.random.default_rng(0)
    fast, slow = np.arange(0, 50, 1e-3), np.arange(50, 100, 0.5)
    times_s = np.r_[fast, slow]
    track = build_pyramid(times_s, rng.standard_normal((len(times_s), 6)).astype(np.float32))
    view = shown(qtbot, model(track=track))
    curve = themes().current.color("axis.x").name()
    image = picture(view.traces, row_rect(view, 0, 60, 90))
    columns = [
        any(QColor(image.pixel(x, y)).name() == curve for y in range(image.height()))
        for x in range(image.width())
    ]
    assert all(columns)


def test_one_sample_among_millions_is_seen(qtbot):
    n = 1_000_000
    samples = np.zeros((n, 6), np.float32)
    samples[:, 0] = np.tile([-1.0, 1.0], n // 2)
    samples[654_321, 0] = 1000.0
    view = shown(qtbot, model(track=build_pyramid(np.arange(n) / (n / 100.0), samples)))
    x = round(view.axis.x(65.4321))
    top, _ = view.traces.rows()[0]
    image = picture(view.traces, QRect(x - 2, top + 1, 5, 4))
    assert themes().current.color("axis.x").name() in colours(image)


def test_what_is_shown_does_not_depend_on_how_one_came_there(qtbot):
    view = shown(qtbot, model(track=pyramid([(40.0, 50.0)])))
    for from_s, to_s in ((0.0, 5.0), (20.0, 80.0), (35.0, 44.0), (30.0, 60.0)):
        view.axis.show(from_s, to_s)
        QApplication.processEvents()
    fresh = TimelineView()
    qtbot.addWidget(fresh)
    fresh.set_model(view.model)
    fresh.resize(view.size())
    fresh.axis.show(30.0, 60.0)  # before the first paint
    assert picture(view) == picture(fresh)


def test_down_sampling_is_said_and_ends_when_zoomed_in(qtbot):
    view = shown(qtbot, model(track=pyramid(rate_hz=2000.0)))
    assert view.traces.samples_per_column() == 200
    view.axis.show(50.0, 50.5)
    assert view.traces.samples_per_column() == 1


def test_a_switch_of_the_theme_repaints_everything(qtbot):
    view = shown(qtbot)
    for name in ("dark", "light", "dark"):
        themes().apply(name)
        QApplication.processEvents()
        ground = themes().current.color("plot.bg").name()
        for strip in (view.overview, view.ruler, view.lanes, view.agreement, view.traces):
            found = colours(picture(strip))
            assert ground in found, strip
        other = {"dark": "#ffffff", "light": "#0f1318"}[name]
        image = picture(view.traces)
        assert QColor(image.pixel(image.width() // 2, 3)).name() != other


def test_the_text_of_lanes_without_a_timeline_is_shown(qtbot):
    lanes = (LaneModel("teacher", "Teacher", message="No video"),)
    view = shown(qtbot, TimelineModel((0.0, 100.0), lanes, traces_message="Loading samples"))
    assert len(colours(picture(view.lanes))) > 1
    assert len(colours(picture(view.traces, QRect(300, 100, 400, 200)))) > 1


def test_what_is_not_predicted_yet_is_hatched(qtbot):
    student = timeline((0, 1), (40, 2), end_s=60.0)
    lane = LaneModel("student", "Student", student, pending_from_s=60.0)
    view = shown(qtbot, TimelineModel((0.0, 100.0), (lane,)))
    strip = picture(view.lanes, QRect(650, 6, 300, 18))
    assert len(colours(strip)) > 1


def test_spans_that_differ_are_seen_even_where_they_are_narrower_than_a_pixel(qtbot):
    student = timeline((0, 1), (50, 3), (50.02, 1))
    content = model(timeline((0, 1)), student)
    view = shown(qtbot, content)
    image = picture(view.agreement, QRect(495, 4, 10, 12))
    assert themes().current.color("err").name() in colours(image)


def test_the_look_of_unknown_has_no_fill_and_a_dashed_border():
    theme = themes().current
    unknown, none = look(theme, UNKNOWN, 0, False), look(theme, NO_DATA, 0, False)
    assert unknown.fill is None
    assert unknown.dashed
    assert none.fill == theme.color("state.gap")
    assert none.line == theme.color("state.nodata")


def _flat(image: QImage) -> list[str]:
    return [
        QColor(image.pixel(x, y)).name()
        for x in range(image.width())
        for y in range(image.height())
    ]

"""The Live page with real widgets: a replay, its states, its keys, a recording."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from comodo_app.session.live_alerts import AlertRule
from comodo_app.session.session import Session
from comodo_app.ui.pages.live import LivePage
from comodo_app.ui.pages.live.words import Face, now_words
from comodo_app.ui.shell.main_window import MainWindow
from comodo_app.ui.theme import themes
from tests.gui.hands import click_at, press, type_text
from tests.gui.live_parts import day_table, ready_page, recorded_s, shown_page
from tests.unit.live.packages import write_package


@pytest.fixture
def page(session: Session, qtbot: QtBot, tmp_path: Path) -> LivePage:
    return ready_page(session, qtbot, tmp_path)


def started(page: LivePage, qtbot: QtBot) -> None:
    click_at(page.header.toggle)
    qtbot.waitUntil(lambda: page.live.heard.newest_s is not None)


def face(page: LivePage) -> Face:
    return page.now.view.words.face


def test_without_a_source_three_ways_to_begin_are_shown_and_start_is_off(
    session: Session, qtbot: QtBot
) -> None:
    page = shown_page(session, qtbot)
    assert page.recipes.isVisible()
    assert not page.header.toggle.isEnabled()
    assert page.header.toggle.toolTip() == "Choose a source."
    assert session.jobs.entries == ()


def test_on_a_first_start_the_demo_is_replayed_by_one_click_and_says_something(
    session: Session, qtbot: QtBot
) -> None:
    page = shown_page(session, qtbot)
    session.live.sources.set_speed(20.0)
    click_at(page.recipes.replay.button)
    assert session.live.sources.replay.title == "demo p07-s1"
    faces = (Face.ACTIVITY, Face.UNKNOWN)
    qtbot.waitUntil(lambda: face(page) in faces, timeout=20_000)
    assert session.live.activities
    session.live.stop()


def test_any_file_can_be_chosen_to_replay(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown_page(session, qtbot)
    table = day_table(tmp_path / "walk.csv")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(table), ""))
    click_at(page.source.rows["replay"])
    what = page.source.replay.what
    what.activated.emit(what.count() - 1)
    assert session.live.sources.replay.title == "walk"
    assert what.currentText() == "walk"


def test_a_start_goes_from_waiting_over_warming_to_an_activity(
    page: LivePage, qtbot: QtBot
) -> None:
    seen: list[Face] = []
    page.live.updated.connect(lambda: seen.append(now_words(page.live).face))
    started(page, qtbot)
    assert page.sensor.isVisible()
    qtbot.waitUntil(lambda: face(page) is Face.ACTIVITY)
    assert seen.index(Face.WARMING) < seen.index(Face.ACTIVITY)
    assert page.now.view.words.name == "still"
    qtbot.waitUntil(lambda: page.now.view.words.name == "shake", timeout=10_000)
    assert page.now.view.words.before == "before that: walk"
    codes = [span.code for span in page.live.heard.said.spans if span.code > 0]
    assert codes == [1, 2, 3]
    page.live.stop()


def test_the_end_of_a_replay_ends_live_by_itself_and_what_was_heard_stays(
    page: LivePage, qtbot: QtBot
) -> None:
    page.live.sources.set_speed(20.0)
    started(page, qtbot)
    qtbot.waitUntil(lambda: not page.live.running, timeout=10_000)
    assert page.now.view.words.name == "Over"
    assert page.sensor.isVisible()
    assert page.live.heard.newest_s == pytest.approx(43.99)
    assert page.header.toggle.isVisible()
    assert not page._frames.isActive()


def test_space_freezes_the_picture_while_data_goes_on_and_again_lets_it_follow(
    page: LivePage, qtbot: QtBot
) -> None:
    started(page, qtbot)
    qtbot.waitUntil(lambda: page.live.heard.ring.n_seen > 2500, timeout=10_000)
    press(page, "Space")
    frozen_s, n_seen = page.live.frozen_s, page.live.heard.ring.n_seen
    assert frozen_s is not None
    assert not page._frames.isActive()
    qtbot.waitUntil(lambda: page.live.heard.ring.n_seen > n_seen + 200)
    assert page.live.frozen_s == frozen_s
    assert page.sensor.frozen.isVisible()
    qtbot.waitUntil(lambda: page.sensor.frozen.label not in ("Frozen 00:00", ""))
    press(page, "Left")
    assert page.sensor.view.back_s == pytest.approx(1.0)
    press(page, "Right")
    assert page.sensor.view.back_s == 0.0
    press(page, "Space")
    assert page.live.frozen_s is None
    assert page._frames.isActive()
    page.live.stop()


def test_b_marks_a_moment_in_the_history(page: LivePage, qtbot: QtBot) -> None:
    started(page, qtbot)
    press(page, "B")
    qtbot.waitUntil(lambda: len(page.live.heard.said.moments) == 1)
    assert 0.0 < page.live.heard.said.moments[0].time_s < 44.0
    page.live.stop()


def test_a_button_that_has_the_focus_by_mouse_leaves_space_to_the_picture(
    page: LivePage, qtbot: QtBot
) -> None:
    started(page, qtbot)
    click_at(page.mark)
    press(page, "Space")
    assert page.live.frozen_s is not None
    page.live.stop()


def test_the_span_changes_by_key(page: LivePage, qtbot: QtBot) -> None:
    started(page, qtbot)
    press(page, "Alt+Down")
    assert page.sensor.view.span_s == 60.0
    press(page, "Alt+Down")
    press(page, "Alt+Down")
    assert page.sensor.view.span_s == 300.0
    assert page.sensor.fact.text() == "last 5 min"
    page.live.stop()


def test_hold_and_abstain_reach_the_job(page: LivePage, qtbot: QtBot) -> None:
    started(page, qtbot)
    qtbot.waitUntil(lambda: page.live.heard.begun is not None)
    page.model.hold.slider.setValue(0)
    assert page.live.hold_s == 0.0
    page.model.abstain.slider.setValue(95)
    qtbot.waitUntil(lambda: face(page) is Face.UNKNOWN, timeout=10_000)
    assert page.live.abstain_below == pytest.approx(0.95)
    page.live.stop()


def test_another_student_chosen_while_live_takes_over(page: LivePage, qtbot: QtBot) -> None:
    started(page, qtbot)
    page.live.students.choose("")
    qtbot.waitUntil(lambda: face(page) is Face.NO_MODEL, timeout=10_000)
    assert page.live.running
    assert page.live.heard.begun is not None
    assert page.live.heard.begun.activities == ()
    page.live.stop()


def test_a_recording_without_a_project_is_kept_and_its_place_is_told(
    page: LivePage, qtbot: QtBot, session: Session
) -> None:
    told: list[str] = []
    session.notified.connect(lambda notice: told.append(notice.text))
    started(page, qtbot)
    press(page, "Ctrl+R")
    qtbot.waitUntil(lambda: session.live.recordings.state is not None)
    assert page.header.pill.isVisible()
    qtbot.waitUntil(lambda: recorded_s(session.live) > 2.0)
    with qtbot.waitSignal(session.live.recordings.saved) as saved:
        press(page, "Ctrl+R")
    assert saved.args[0].stat().st_size > 1000
    assert saved.args[0].name in told[-1]
    qtbot.waitUntil(lambda: not page.header.pill.isVisible())
    session.live.stop()


def test_stopping_live_rounds_the_recording_off(
    page: LivePage, qtbot: QtBot, session: Session
) -> None:
    started(page, qtbot)
    press(page, "Ctrl+R")
    qtbot.waitUntil(lambda: recorded_s(session.live) > 1.0)
    with qtbot.waitSignal(session.live.recordings.saved) as saved:
        press(page, "Ctrl+Space")
    assert not session.live.running
    assert saved.args[0].exists()


def test_a_source_that_cannot_be_opened_is_said_without_a_dialog(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    page = shown_page(session, qtbot)
    session.live.sources.add(f"replay:{tmp_path / 'gone.csv'}")
    click_at(page.header.toggle)
    qtbot.waitUntil(lambda: bool(session.live.error))
    assert face(page) is Face.FAILED
    assert "gone.csv" in page.now.view.words.line
    assert QApplication.activeModalWidget() is None
    assert page.header.toggle.isEnabled()


def test_a_wrong_address_is_said_under_the_field(session: Session, qtbot: QtBot) -> None:
    page = shown_page(session, qtbot)
    click_at(page.source.plus)
    type_text("carrier pigeon")
    press(page.source.address, "Return")
    assert page.source.problem.isVisible()
    assert "no source" in page.source.problem.text()
    page.source.address.clear()
    type_text("udp:47555")
    press(page.source.address, "Return")
    assert session.live.sources.chosen == "udp:47555"
    assert page.source.rows["udp:47555"].isChecked()
    assert page.source.ask.isVisible()
    click_at(page.source.ask.no)
    assert not page.source.ask.isVisible()
    assert session.live.sources.wish().allow_network is False


def test_an_alert_tells_of_a_long_activity_once(
    page: LivePage, qtbot: QtBot, session: Session
) -> None:
    told: list[str] = []
    session.live.alerts.raised.connect(told.append)
    session.live.alerts.set(AlertRule(1, 3.0))
    started(page, qtbot)
    qtbot.waitUntil(lambda: page.now.view.words.name == "walk", timeout=10_000)
    assert told == ["still for 3 s."]
    session.live.stop()


def test_the_mirror_shows_the_same_activity_and_escape_closes_it(
    page: LivePage, qtbot: QtBot
) -> None:
    started(page, qtbot)
    page.actions_.run("live.mirror")
    mirror = page._mirror
    assert mirror is not None
    qtbot.waitUntil(lambda: mirror.view.words.face is Face.ACTIVITY, timeout=10_000)
    assert mirror.view.words.name == page.now.view.words.name
    press(mirror, "Esc")
    assert not mirror.isVisible()
    page.live.stop()


def test_reduced_motion_draws_five_frames_a_second(
    page: LivePage, qtbot: QtBot, session: Session
) -> None:
    session.change_settings(reduced_motion=True)
    started(page, qtbot)
    assert page._frames.interval() == 200
    session.live.stop()


def test_a_hidden_page_draws_nothing_and_goes_on_when_it_is_shown(
    page: LivePage, qtbot: QtBot
) -> None:
    started(page, qtbot)
    page.hide()
    assert not page._frames.isActive()
    page.show()
    assert page._frames.isActive()
    page.live.stop()


def test_hovering_over_the_ribbon_tells_time_and_confidence(page: LivePage, qtbot: QtBot) -> None:
    page.live.sources.set_speed(20.0)
    started(page, qtbot)
    qtbot.waitUntil(lambda: not page.live.running, timeout=10_000)
    history = page.history
    words = history.words_at(history.width() - 3, themes().current.px(25))
    assert words.startswith("shake, confidence 1.00")
    assert history.words_at(history.width() - 3, 2) == ""
    assert next(name for _, name, _ in history.totals()) == "walk"
    assert page.live.today_s[2] == pytest.approx(20.0, abs=1.5)


def test_the_traces_move_and_are_where_the_signal_is(page: LivePage, qtbot: QtBot) -> None:
    started(page, qtbot)
    qtbot.waitUntil(lambda: page.live.heard.ring.n_seen > 1000)
    picture = page.sensor.view.grab().toImage()
    plot = page.sensor.view.plot_rect()
    theme = themes().current
    lines = {theme.color(f"axis.{axis}").rgb() for axis in "xyz"}

    def columns(left: int, right: int) -> int:
        found = 0
        for x in range(left, right):
            found += any(
                picture.pixelColor(QPoint(x, y)).rgb() in lines for y in range(plot.height())
            )
        return found

    middle = plot.center().x()
    # Ten seconds of twenty: the right half is drawn, the left edge is not yet.
    assert columns(middle + 40, plot.right() - 20) > 0.9 * (plot.right() - middle - 60)
    assert columns(plot.left() + 2, plot.left() + 40) == 0
    page.live.stop()


def test_closing_the_window_while_recording_asks_and_keeps_what_was_recorded(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    live = window.session.live
    live.students.add_package(write_package(tmp_path / "small"))
    live.sources.add(f"replay:{day_table(tmp_path / 'day.csv')}")
    window.go("live")
    window.actions_.run("live.toggle")
    qtbot.waitUntil(lambda: live.heard.newest_s is not None)
    window.actions_.run("live.record")
    qtbot.waitUntil(lambda: recorded_s(live) > 0.5)
    path = live.recordings.state.path
    window.close()
    assert window.isVisible()
    assert window._asking is not None
    click_at(window._asking.buttons[0])
    assert live.recordings.on
    window.close()
    click_at(window._asking.buttons[1])
    qtbot.waitUntil(lambda: not window.isVisible())
    assert path.stat().st_size > 100


def test_with_the_keyboard_on_a_button_space_presses_it_and_freezes_nothing(
    page: LivePage, qtbot: QtBot
) -> None:
    started(page, qtbot)
    page.mark.setFocus()
    press(page.mark, "Space")
    qtbot.waitUntil(lambda: len(page.live.heard.said.moments) == 1)
    assert page.live.frozen_s is None
    page.live.stop()

"""Toasts, their list, and banners."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from comodo_app.session.notices import Banner, Notice, Tone
from comodo_app.session.session import Session
from comodo_app.ui.shell import toasts as module
from comodo_app.ui.shell.banner import BannerBar
from comodo_app.ui.shell.notifications import NotificationsSheet
from comodo_app.ui.shell.toasts import Toasts
from tests.gui.hands import click_at
from tests.gui.parts import bare_window


def button_of(widget: QWidget, label: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == label)


def test_at_most_three_are_shown_and_all_are_kept(session: Session, qtbot: QtBot) -> None:
    made = Toasts(bare_window(qtbot), session)
    for i in range(5):
        session.say(Notice(f"notice {i}"))
    assert [t.notice.text for t in made.shown] == ["notice 2", "notice 3", "notice 4"]
    assert [k.notice.text for k in made.kept] == [f"notice {i}" for i in range(5)]


def test_an_error_outlives_what_passes_by_itself(session: Session, qtbot: QtBot) -> None:
    made = Toasts(bare_window(qtbot), session)
    session.say(Notice("disk full", Tone.ERR))
    for i in range(4):
        session.say(Notice(f"notice {i}"))
    assert "disk full" in [t.notice.text for t in made.shown]


def test_a_notice_goes_after_its_time_and_an_error_stays(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHOWN_MS", 30)
    made = Toasts(bare_window(qtbot), session)
    session.say(Notice("broken", Tone.ERR))
    session.say(Notice("done", Tone.OK))
    qtbot.waitUntil(lambda: [t.notice.text for t in made.shown] == ["broken"])


def test_no_time_passes_under_the_mouse(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHOWN_MS", 60)
    page = QLineEdit()
    made = Toasts(bare_window(qtbot, page), session)
    page.setFocus()
    session.say(Notice("hovered"))
    session.say(Notice("not hovered"))
    at = QPointF(5, 5)
    QApplication.sendEvent(made.shown[0], QEnterEvent(at, at, at))
    qtbot.waitUntil(lambda: len(made.shown) == 1)
    assert made.shown[0].notice.text == "hovered"
    QApplication.sendEvent(made.shown[0], QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not made.shown)


def test_no_time_passes_while_its_button_has_the_focus(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHOWN_MS", 20)
    made = Toasts(bare_window(qtbot), session)
    session.say(Notice("focused", Tone.OK, action="Undo", run=lambda: None))
    button_of(made.shown[0], "Undo").setFocus()
    session.say(Notice("not focused"))
    qtbot.waitUntil(lambda: len(made.shown) == 1)
    assert made.shown[0].notice.text == "focused"


def test_the_same_notice_is_not_stacked(session: Session, qtbot: QtBot) -> None:
    made = Toasts(bare_window(qtbot), session)
    for _ in range(3):
        session.say(Notice("again", Tone.WARN))
    assert len(made.shown) == 1
    assert len(made.kept) == 3


def test_its_action_runs_once_and_closes_it(session: Session, qtbot: QtBot) -> None:
    made = Toasts(bare_window(qtbot), session)
    ran: list[int] = []
    session.say(Notice("Merged 4 into 3", Tone.OK, action="Undo", run=lambda: ran.append(1)))
    click_at(button_of(made.shown[0], "Undo"))
    assert ran == [1]
    assert made.shown == []


def test_details_can_be_copied(session: Session, qtbot: QtBot) -> None:
    made = Toasts(bare_window(qtbot), session)
    session.say(Notice("It failed", Tone.ERR, details="Traceback of it"))
    click_at(button_of(made.shown[0], "Copy details"))
    assert QApplication.clipboard().text() == "Traceback of it"


def test_toasts_stand_at_the_bottom_right_above_the_status_bar(
    session: Session, qtbot: QtBot
) -> None:
    status = QLabel("status")
    status.setObjectName("status")
    status.setFixedHeight(29)
    window = bare_window(qtbot, QWidget(), status, size=(1120, 700))
    made = Toasts(window, session)
    session.say(Notice("one"))
    session.say(Notice("A long notice that needs several lines " * 4, Tone.WARN, "d", "Show"))
    top, bottom = (toast.geometry() for toast in made.shown)
    assert top.bottom() < bottom.top()
    assert bottom.bottom() < window.height() - 29
    assert window.rect().contains(bottom)
    assert bottom.width() == 360
    window.resize(1300, 800)
    assert made.shown[1].geometry().right() > 1120


def test_the_list_shows_what_has_vanished_and_can_be_emptied(
    session: Session, qtbot: QtBot
) -> None:
    window = bare_window(qtbot)
    made = Toasts(window, session)
    ran: list[int] = []
    session.say(Notice("left out", Tone.WARN, action="Show", run=lambda: ran.append(1)))
    made.shown[0].close_button.click()
    made.show_all()
    sheet = window.findChild(NotificationsSheet)
    assert "left out" in [label.text() for label in sheet.findChildren(QLabel)]
    button_of(sheet, "Show").click()
    assert ran == [1] and not sheet.is_open
    made.show_all()
    sheet = next(s for s in window.findChildren(NotificationsSheet) if s.is_open)
    sheet.clear_button.click()
    assert made.kept == () and sheet.empty.isVisible()


def test_no_banner_takes_no_room(session: Session, qtbot: QtBot) -> None:
    bar = BannerBar(session)
    bare_window(qtbot, bar)
    assert not bar.isVisible()


def test_the_most_severe_banner_is_shown_and_the_others_are_listed(
    session: Session, qtbot: QtBot
) -> None:
    bar = BannerBar(session)
    bare_window(qtbot, bar)
    session.show_banner(Banner("a", "Restored", Tone.INFO))
    session.show_banner(Banner("b", "Disk full", Tone.ERR))
    session.show_banner(Banner("c", "Media missing", Tone.WARN))
    assert bar.words.text() == "Disk full"
    assert bar.more.text() == "+2"
    click_at(bar.more)
    menu = bar.findChild(QMenu)
    assert [entry.text() for entry in menu.actions()] == ["Disk full", "Media missing", "Restored"]
    menu.actions()[2].trigger()
    menu.close()
    assert bar.words.text() == "Restored"


def test_a_dismissed_banner_gives_way_to_the_next(session: Session, qtbot: QtBot) -> None:
    bar = BannerBar(session)
    bare_window(qtbot, bar)
    session.show_banner(Banner("a", "Restored", Tone.INFO))
    session.show_banner(Banner("b", "Disk full", Tone.ERR))
    click_at(bar.close_button)
    assert bar.words.text() == "Restored" and not bar.more.isVisible()
    QTest.keyClick(bar.close_button, Qt.Key.Key_Space)
    assert not bar.isVisible()
    assert session.banners == ()


def test_both_actions_of_a_banner_run(session: Session, qtbot: QtBot) -> None:
    bar = BannerBar(session)
    bare_window(qtbot, bar)
    ran: list[str] = []
    session.show_banner(
        Banner(
            "a",
            "A run was interrupted.",
            Tone.WARN,
            "Continue",
            lambda: ran.append("on"),
            "Discard",
            lambda: ran.append("off"),
        )
    )
    click_at(bar.first)
    click_at(bar.second)
    assert ran == ["on", "off"]

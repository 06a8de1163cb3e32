"""Streams that come from outside: a phone over HTTP that stops, returns, and is recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from comodo_app.project.store import Project
from comodo_app.session.session import Session
from comodo_app.ui.pages.live import LivePage
from comodo_app.ui.pages.live.words import Face
from tests.gui.hands import click_at
from tests.gui.live_parts import Phone, recorded_s, shown_page
from tests.unit.live.packages import write_package


@pytest.fixture
def page(session: Session, qtbot: QtBot, tmp_path: Path) -> Iterator[LivePage]:
    session.live.students.add_package(write_package(tmp_path / "small"))
    made = shown_page(session, qtbot)
    session.live.sources.allow("phone", False)
    session.live.sources.add("phone:0")
    yield made
    session.live.stop()


def paired(page: LivePage, qtbot: QtBot, *, which: int = 1, device: str = "phone") -> Phone:
    """A phone that sends, seen by the page."""
    if not page.live.running:
        click_at(page.header.toggle)
    qtbot.waitUntil(lambda: page.live.heard.begun is not None)
    before = page.live.heard.ring.n_seen
    phone = Phone(page.live.heard.begun.address, which=which, device=device)
    phone.start()
    qtbot.waitUntil(lambda: page.live.heard.ring.n_seen > before)
    return phone


def test_until_the_phone_sends_the_address_and_what_to_do_are_shown(
    page: LivePage, qtbot: QtBot
) -> None:
    click_at(page.header.toggle)
    qtbot.waitUntil(lambda: page.sensor.pairing.address.text().startswith("http://127."))
    pairing = page.sensor.pairing
    assert pairing.isVisible()
    assert "a phone cannot" in pairing.reach.text()
    assert pairing.allow.isVisible()
    assert pairing.code.isVisible() == bool(pairing.code.modules)
    assert pairing.why_not.isVisible() != pairing.code.isVisible()


def test_a_phone_drives_the_page_and_its_silence_is_seen_within_a_second(
    page: LivePage, qtbot: QtBot
) -> None:
    phone = paired(page, qtbot)
    assert page.sensor.view.isVisible()
    qtbot.waitUntil(lambda: page.now.view.words.name == "walk", timeout=15_000)
    assert set(phone.statuses) == {200}
    phone.stop()
    stopped_s = time.monotonic()
    qtbot.waitUntil(lambda: page.live.lost, timeout=3_000)
    assert time.monotonic() - stopped_s < 1.1  # a send may be 0.05 s old when it stops
    assert page.now.view.words.face is Face.NO_DATA
    assert "no data since" in page.now.view.words.line
    assert page.header.chip.label == "No data"
    assert page.connection.chip.label == "Lost"


def test_a_phone_that_returns_goes_on(page: LivePage, qtbot: QtBot) -> None:
    phone = paired(page, qtbot)
    qtbot.waitUntil(lambda: page.live.heard.ring.n_seen > 50)
    phone.stop()
    qtbot.waitUntil(lambda: page.live.lost, timeout=3_000)
    again = Phone(page.live.heard.begun.address)
    again.start()
    qtbot.waitUntil(lambda: not page.live.lost, timeout=5_000)
    qtbot.waitUntil(lambda: page.header.chip.label.startswith("Live"))
    again.stop()


def test_a_live_recording_becomes_one_of_the_project(
    page: LivePage, qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    Project.create(tmp_path / "walks.comodo").close()
    session.open_project(tmp_path / "walks.comodo")
    qtbot.waitUntil(lambda: session.project is not None)
    phone = paired(page, qtbot)
    click_at(page.header.record)
    qtbot.waitUntil(lambda: recorded_s(session.live) > 3.0)
    with qtbot.waitSignal(session.live.recordings.added, timeout=20_000) as added:
        click_at(page.header.record)
    row = session.library.row(added.args[0])
    assert row is not None
    assert row.imu is not None
    assert row.duration_s > 2.9
    assert row.sources[0].path.parent == session.folder / "live"
    phone.stop()


def test_a_recording_that_a_crash_left_behind_is_offered_and_added(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    from comodo_app.live.recorder import Recorder
    from tests.unit.live.packages import day

    Project.create(tmp_path / "walks.comodo").close()
    recorder = Recorder(tmp_path / "walks.comodo" / "live" / "left.imulog", {})
    recorder.add(*day((1, 5.0)))
    recorder.close()
    session.open_project(tmp_path / "walks.comodo")
    qtbot.waitUntil(lambda: any(b.key == "live-forgotten" for b in session.banners))
    banner = next(b for b in session.banners if b.key == "live-forgotten")
    with qtbot.waitSignal(session.live.recordings.added, timeout=20_000):
        banner.run()
    assert [row.name for row in session.library.rows] == ["left"]
    assert not any(b.key == "live-forgotten" for b in session.banners)


def test_allowing_the_network_while_listening_opens_the_address_anew(
    page: LivePage, qtbot: QtBot
) -> None:
    click_at(page.header.toggle)
    qtbot.waitUntil(lambda: page.sensor.pairing.allow.isVisible())
    before = page.live.heard.begun.address
    click_at(page.sensor.pairing.allow)
    qtbot.waitUntil(lambda: page.live.heard.begun is not None, timeout=5_000)
    assert page.live.heard.begun.address != before
    assert page.live.running

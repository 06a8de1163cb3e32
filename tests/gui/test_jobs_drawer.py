"""The jobs drawer and its chip, with real jobs on real threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.session.jobs import JobEntry, JobState
from comodo_app.session.session import Session
from comodo_app.ui.shell import job_words as words
from comodo_app.ui.shell.job_row import JobRow
from comodo_app.ui.shell.jobs_drawer import HEIGHTS, JobsChip, JobsDrawer
from tests.gui.hands import click_at
from tests.gui.parts import bare_window

Go = Callable[[], None]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Set it and the jobs of `counting` go on to their end."""
    made = threading.Event()
    yield made
    made.set()


def counting(gate: threading.Event) -> Callable[[object, JobContext], int]:
    """A job that stands at 25 of 100 until the gate opens."""

    def job(request: object, context: JobContext) -> int:
        context.step(Progress(0, None))
        while not gate.wait(0.01):
            context.step(Progress(25, 100, "walk.mp4", "teacher"))
        context.step(Progress(100, 100))
        return 7

    return job


def failing(request: object, context: JobContext) -> None:
    context.step(Progress(40, 100))
    raise UsageError("The disk is full.", hint="Free some room.")


def shown(session: Session, qtbot: QtBot) -> JobsDrawer:
    drawer = JobsDrawer(session)
    bare_window(qtbot, drawer)
    return drawer


def row_of(drawer: JobsDrawer, qtbot: QtBot, job: int, state: JobState) -> JobRow:
    qtbot.waitUntil(lambda: job in drawer.rows and drawer.rows[job].entry.state is state)
    return drawer.rows[job]


def test_without_jobs_it_says_so(session: Session, qtbot: QtBot) -> None:
    drawer = shown(session, qtbot)
    assert drawer.empty.isVisible() and drawer.rows == {}
    assert not drawer.clear_button.isEnabled()


def test_a_running_job_shows_stage_bar_percent_and_amount(
    session: Session, qtbot: QtBot, gate: threading.Event
) -> None:
    drawer = shown(session, qtbot)
    job = session.jobs.start(counting(gate), None, kind="film", title="Teacher embeddings")
    row = row_of(drawer, qtbot, job, JobState.RUNNING)
    qtbot.waitUntil(lambda: row.bar.isVisible())
    assert row.bar.share == 0.25
    assert row.percent.text().startswith("25")
    assert row.amount.text() == "25 of 100"
    assert "walk.mp4" in row._stage.text()
    assert row.height() == 36


def test_no_bar_before_the_first_real_progress(
    session: Session, qtbot: QtBot, gate: threading.Event
) -> None:
    drawer = shown(session, qtbot)

    def unknown(request: object, context: JobContext) -> None:
        while not gate.wait(0.01):
            context.step(Progress(0, None, "looking"))

    first = session.jobs.start(unknown, None, kind="film", title="First")
    second = session.jobs.start(unknown, None, kind="distill", title="Second")
    row = row_of(drawer, qtbot, first, JobState.RUNNING)
    assert not row.bar.isVisible() and row.state.text() == "Starting…"
    assert drawer.rows[second].state.text() == "Waits for First"


def test_pause_and_resume(session: Session, qtbot: QtBot, gate: threading.Event) -> None:
    drawer = shown(session, qtbot)
    job = session.jobs.start(counting(gate), None, kind="film", title="Teach")
    row = row_of(drawer, qtbot, job, JobState.RUNNING)
    click_at(row.pause)
    assert row.entry.state is JobState.PAUSED
    assert row.resume.isVisible() and not row.pause.isVisible()
    click_at(drawer.pause_button)  # now "Resume all"
    assert row.entry.state is JobState.RUNNING
    gate.set()
    row_of(drawer, qtbot, job, JobState.FINISHED)


def test_stopping_is_said_at_once(session: Session, qtbot: QtBot, gate: threading.Event) -> None:
    drawer = shown(session, qtbot)
    job = session.jobs.start(counting(gate), None, kind="film", title="Teach", can_stop=True)
    row = row_of(drawer, qtbot, job, JobState.RUNNING)
    click_at(row.stop)
    assert row.state.text() == "Stopping…" and row.state.isVisible()
    assert not row.bar.isVisible()
    row_of(drawer, qtbot, job, JobState.CANCELLED)


def test_only_a_job_that_can_keep_what_it_has_offers_stop_and_keep(
    session: Session, qtbot: QtBot, gate: threading.Event
) -> None:
    drawer = shown(session, qtbot)
    job = session.jobs.start(counting(gate), None, kind="film", title="Teach")
    row = row_of(drawer, qtbot, job, JobState.RUNNING)
    assert not row.stop.isVisible() and row.cancel.isVisible()


def test_discarding_asks_in_the_row_and_the_safe_answer_has_the_focus(
    session: Session, qtbot: QtBot, gate: threading.Event
) -> None:
    drawer = shown(session, qtbot)
    job = session.jobs.start(counting(gate), None, kind="film", title="Teach")
    row = row_of(drawer, qtbot, job, JobState.RUNNING)
    click_at(row.cancel)
    assert row.question.isVisible() and QApplication.focusWidget() is row.keep
    QTest.keyClick(row.keep, Qt.Key.Key_Space)
    assert not row.question.isVisible() and row.cancel.isVisible()
    assert row.entry.state is JobState.RUNNING
    click_at(row.cancel)
    click_at(row.discard)
    row_of(drawer, qtbot, job, JobState.CANCELLED)
    assert not row.discard.isVisible()


def test_a_failed_job_keeps_its_percentage_and_tells_why(session: Session, qtbot: QtBot) -> None:
    drawer = shown(session, qtbot)
    job = session.jobs.start(failing, None, kind="import", title="Import 3 files")
    row = row_of(drawer, qtbot, job, JobState.FAILED)
    assert row.bar.isVisible() and row.bar.share == 0.4 and row.bar.token == "err"
    assert "disk is full" in row.reason.text()
    assert row.log.isVisible()
    click_at(row.copy)
    assert "Traceback" in QApplication.clipboard().text()


def test_a_quiet_job_is_listed_only_if_it_fails(session: Session, qtbot: QtBot) -> None:
    drawer = shown(session, qtbot)
    done: list[int] = []
    session.jobs.ended.connect(lambda i, _: done.append(i))
    good = session.jobs.start(lambda *_: 1, None, kind="film", title="Frame", quiet=True)
    bad = session.jobs.start(failing, None, kind="film", title="Frame", quiet=True)
    qtbot.waitUntil(lambda: done == [good, bad])
    assert list(drawer.rows) == [bad]


def test_finished_jobs_can_be_cleared_one_by_one_or_all(session: Session, qtbot: QtBot) -> None:
    drawer = shown(session, qtbot)
    ids = [session.jobs.start(lambda *_: 1, None, kind="film", title=str(i)) for i in range(3)]
    for job in ids:
        row_of(drawer, qtbot, job, JobState.FINISHED)
    assert drawer.fact.text() == "3 finished"
    click_at(drawer.rows[ids[1]].clear)
    assert list(drawer.rows) == [ids[0], ids[2]]
    click_at(drawer.clear_button)
    assert drawer.rows == {} and drawer.empty.isVisible()


def test_show_is_offered_only_if_somebody_listens(session: Session, qtbot: QtBot) -> None:
    drawer = shown(session, qtbot)
    first = session.jobs.start(lambda *_: 1, None, kind="import", title="Import")
    assert not row_of(drawer, qtbot, first, JobState.FINISHED).show_it.isVisible()
    asked: list[str] = []
    drawer.show_requested.connect(asked.append)
    second = session.jobs.start(lambda *_: 1, None, kind="import", title="Import")
    click_at(row_of(drawer, qtbot, second, JobState.FINISHED).show_it)
    assert asked == ["recordings"]


def test_its_height_is_kept_within_bounds_and_for_the_next_time(
    session: Session, qtbot: QtBot
) -> None:
    drawer = shown(session, qtbot)
    assert drawer.height() == HEIGHTS[1]
    for _ in range(30):
        QTest.keyClick(drawer.grip, Qt.Key.Key_Up)
    assert drawer.height() == HEIGHTS[2]
    for _ in range(30):
        QTest.keyClick(drawer.grip, Qt.Key.Key_Down)
    assert drawer.height() == HEIGHTS[0]
    assert JobsDrawer(session).height_px == HEIGHTS[0]


@pytest.mark.parametrize("width", [1040, 1180, 1360])
def test_nothing_of_a_row_leaves_the_window(
    session: Session, qtbot: QtBot, gate: threading.Event, width: int
) -> None:
    drawer = JobsDrawer(session)
    bare_window(qtbot, drawer, size=(width, 400))
    title = "Teacher embeddings of eleven recordings with long names"
    job = session.jobs.start(counting(gate), None, kind="film", title=title, can_stop=True)
    row = row_of(drawer, qtbot, job, JobState.RUNNING)
    qtbot.waitUntil(row.bar.isVisible)
    assert drawer.window().width() == width
    edge = row.cancel.mapTo(drawer, row.cancel.rect().topRight()).x()
    assert edge < drawer.width()
    assert row._title.width() > 60


def test_the_chip_tells_what_runs_and_is_clicked(
    session: Session, qtbot: QtBot, gate: threading.Event
) -> None:
    chip = JobsChip(session)
    bare_window(qtbot, chip)
    assert chip.count == "No jobs"
    session.jobs.start(counting(gate), None, kind="film", title="Teacher embeddings")
    qtbot.waitUntil(lambda: chip.share == 0.25)
    assert (chip.count, chip.name) == ("1 running", "Teacher embeddings")
    with qtbot.waitSignal(chip.clicked):
        click_at(chip)
    gate.set()
    qtbot.waitUntil(lambda: chip.count == "No jobs")


ENTRY = JobEntry(1, "film", "Teach", "load", False, True)


def test_amounts_have_thin_spaces_and_no_share_is_an_amount() -> None:
    counted = replace(ENTRY, progress=Progress(2771, 4331))
    assert words.amount(counted) == "2\u2009771 of 4\u2009331"
    assert words.amount(replace(ENTRY, progress=Progress(0.5, 1))) == ""
    assert words.amount(ENTRY) == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(85, "01:25"), (0.4, "00:00"), (3725, "1:02:05"), (-3, "00:00")]
)
def test_clocks(seconds: float, said: str) -> None:
    assert words.clock(seconds) == said


def test_after_two_seconds_the_row_says_what_it_waits_for() -> None:
    stopping = replace(ENTRY, state=JobState.STOPPING, progress=Progress(41, 600))
    assert words.instead_of_bar(stopping, [], 1.0) == "Stopping…"
    assert words.instead_of_bar(stopping, [], 3.0) == "Stopping… at 41 of 600"

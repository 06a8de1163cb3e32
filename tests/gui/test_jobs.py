"""The session's job lanes: order, progress, ends, pause."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from comodo_app.jobs.core import End, JobContext, Outcome, Progress
from comodo_app.session.jobs import JobState
from comodo_app.session.session import Session


def _counts(n: int, context: JobContext) -> int:
    for i in range(n):
        context.step(Progress(i, n))
        context.publish(i)
    return n


def test_every_published_value_arrives_in_order_and_the_end_comes_once(
    session: Session, qtbot: QtBot
) -> None:
    values: list[object] = []
    ends: list[Outcome] = []
    session.jobs.published.connect(lambda _, value: values.append(value))
    session.jobs.ended.connect(lambda _, outcome: ends.append(outcome))
    session.jobs.start(_counts, 500, kind="layers", title="Count")
    qtbot.waitUntil(lambda: bool(ends))
    qtbot.wait(120)
    assert values == list(range(500))
    assert [outcome.result for outcome in ends] == [500]


def test_a_paused_job_waits_and_goes_on(session: Session, qtbot: QtBot) -> None:
    at_work, go = threading.Event(), threading.Event()

    def job(_: object, context: JobContext) -> str:
        at_work.set()
        go.wait(5)
        context.step(Progress(1, 2))
        return "done"

    ends: list[Outcome] = []
    session.jobs.ended.connect(lambda _, outcome: ends.append(outcome))
    job_id = session.jobs.start(job, None, kind="layers", title="Wait")
    assert at_work.wait(5)
    session.jobs.pause(job_id)
    go.set()
    qtbot.wait(150)
    entry = session.jobs.entry(job_id)
    assert not ends and entry is not None and entry.state is JobState.PAUSED
    session.jobs.resume(job_id)
    qtbot.waitUntil(lambda: bool(ends))
    assert ends[0].result == "done"


def test_cancel_ends_a_paused_job(session: Session, qtbot: QtBot) -> None:
    ends: list[Outcome] = []
    session.jobs.ended.connect(lambda _, outcome: ends.append(outcome))

    def job(_: object, context: JobContext) -> None:
        while True:
            context.step(Progress(0, None))

    job_id = session.jobs.start(job, None, kind="layers", title="Forever")
    session.jobs.pause(job_id)
    session.jobs.cancel(job_id)
    qtbot.waitUntil(lambda: bool(ends))
    assert ends[0].end is End.CANCELLED


def test_a_failing_job_is_a_failed_entry_with_its_text(session: Session, qtbot: QtBot) -> None:
    def job(_: object, context: JobContext) -> None:
        raise RuntimeError("CUDA out of memory")

    job_id = session.jobs.start(job, None, kind="layers", title="Fail")
    qtbot.waitUntil(lambda: session.jobs.entry(job_id).state is JobState.FAILED)  # type: ignore[union-attr]
    entry = session.jobs.entry(job_id)
    assert entry is not None and entry.outcome is not None
    assert entry.outcome.error == "CUDA out of memory" and entry.outcome.bug


def test_a_job_that_follows_another_is_not_begun_while_everything_ends(session: Session) -> None:
    begun: list[int] = []

    def follow(_: int, outcome: Outcome) -> None:
        session.jobs.start(lambda request, context: begun.append(1), None, kind="x", title="Next")

    session.jobs.ended.connect(follow)
    session.jobs.start(_counts, 3, kind="layers", title="First")
    session.jobs.shut_down()
    assert not begun and all(entry.state.ended for entry in session.jobs.entries)

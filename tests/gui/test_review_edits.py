"""Names, colours and corrections: written at once, undone exactly, kept apart from predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from comodo_app.activities.agreement import Verdict
from comodo_app.activities.corrections import Correction
from comodo_app.activities.model import Lane
from comodo_app.activities.recognizer import fit_recognizer
from comodo_app.jobs.look import STALE_KEY
from comodo_app.project.store import Project
from comodo_app.session.review import Review
from comodo_app.session.session import Session
from tests.gui.review_project import STUDENT, add_evidence, make_project, state_of, timeline
from tests.unit.activities.worlds import blobs


@pytest.fixture(scope="module")
def recognizer() -> dict[str, np.ndarray]:
    world = blobs(0, n_recordings=6)
    fitted = fit_recognizer(world.embeddings, world.truth + 1, recordings=world.recordings)
    return fitted.to_arrays()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture
def review(session: Session, qtbot: QtBot, folder: Path) -> Review:
    session.open_project(folder)
    qtbot.waitUntil(lambda: session.project is not None)
    session.review.open(1)
    qtbot.waitUntil(lambda: session.review.looks.traces is not None)
    return session.review


def settle(session: Session, qtbot: QtBot) -> None:
    """Wait until timelines have followed the names."""
    assert session.project is not None
    qtbot.waitUntil(lambda: not session.project.get_meta(STALE_KEY))
    qtbot.waitUntil(lambda: not [e for e in session.jobs.entries if not e.state.ended])


EDITS: dict[str, Callable[[Review], None]] = {
    "rename": lambda review: review.edits.rename(3, "fry eggs"),
    "merge": lambda review: review.edits.rename(3, "Walk"),
    "take a name away": lambda review: review.edits.rename(2, ""),
    "recolour": lambda review: review.edits.recolour(1, 7),
    "assign": lambda review: review.edits.assign(4.0, 8.0, 1),
    "not an activity": lambda review: review.edits.assign(5.0, 6.5, None),
    "move a border": lambda review: review.edits.move_boundary(6.0, 7.25),
}


@pytest.mark.parametrize("name", EDITS)
def test_undo_brings_back_the_same_project_and_redo_the_same_edit(
    session: Session, qtbot: QtBot, review: Review, folder: Path, name: str,
    recognizer: dict[str, np.ndarray],
) -> None:  # fmt: skip
    for run_id in (1, 2):
        add_evidence(folder, run_id, recognizer)
    review.names_changed()
    settle(session, qtbot)
    project = session.project
    assert project is not None
    before = state_of(project)
    EDITS[name](review)
    settle(session, qtbot)
    after = state_of(project)
    assert after != before
    with Project(folder) as other:  # what another program would read: it is on the disk
        assert state_of(other) == after
    session.undo_stack.undo()
    settle(session, qtbot)
    assert state_of(project) == before
    session.undo_stack.redo()
    settle(session, qtbot)
    assert state_of(project) == after


def test_equal_names_act_as_one_at_once_and_a_notice_offers_undo(
    session: Session, qtbot: QtBot, review: Review
) -> None:
    said = []
    session.notified.connect(said.append)
    review.edits.rename(2, "WALK")
    assert review.naming.label(2) == "walk"
    shown = review.lanes.student
    assert shown is not None
    assert [s.activity_id for s in shown] == [1, 3, None, 1]
    assert review.colour(2) == review.colour(1)
    assert said[-1].action == "Undo"
    said[-1].run()
    assert review.naming.label(2) == "sit"
    assert review.lanes.student == STUDENT
    settle(session, qtbot)


def test_names_redraw_timelines_of_every_run_in_the_background(
    session: Session, qtbot: QtBot, review: Review, folder: Path,
    recognizer: dict[str, np.ndarray],
) -> None:  # fmt: skip
    for run_id in (1, 2):
        add_evidence(folder, run_id, recognizer)
    review.edits.rename(3, "walk")
    settle(session, qtbot)
    assert session.project is not None
    for run_id in (1, 2):
        drawn = session.project.timeline(run_id, Lane.STUDENT, 1)
        assert drawn is not None
        assert 3 not in {s.activity_id for s in drawn}


def test_names_that_the_timelines_have_not_followed_are_followed_at_the_next_start(
    session: Session, qtbot: QtBot, folder: Path, recognizer: dict[str, np.ndarray]
) -> None:
    add_evidence(folder, 2, recognizer)
    with Project(folder) as project:  # as a killed app would leave it
        project.name_activity(3, "walk")
        project.set_meta(STALE_KEY, "yes")
    session.open_project(folder)
    qtbot.waitUntil(lambda: session.project is not None)
    settle(session, qtbot)
    assert session.project is not None
    drawn = session.project.timeline(2, Lane.STUDENT, 1)
    assert drawn is not None
    assert 3 not in {s.activity_id for s in drawn}


def test_a_correction_lies_over_the_prediction_which_stays(
    session: Session, review: Review
) -> None:
    review.edits.assign(8.0, 13.0, 1)
    assert session.project is not None
    assert session.project.timeline(2, Lane.STUDENT, 1) == STUDENT
    assert review.lanes.student == STUDENT
    assert review.lanes.corrected is not None
    assert [(s.end_s, s.activity_id) for s in review.lanes.corrected] == [
        (4.0, 1), (8.0, 2), (13.0, 1), (16.0, 1), (20.0, 2),
    ]  # fmt: skip
    assert [row.verdict for row in review.lanes.rows][2] is Verdict.CORRECTED
    review.edits.clear(8.0, 13.0)
    assert review.lanes.corrected is None


def test_corrections_survive_a_new_prediction_and_another_run(
    session: Session, review: Review
) -> None:
    review.edits.assign(4.0, 8.0, 3)
    assert session.project is not None
    session.project.save_timelines(2, Lane.STUDENT, {1: timeline((20.0, 2, 0.9))})
    review.refresh()
    assert review.lanes.corrected is not None
    assert [(s.end_s, s.activity_id) for s in review.lanes.corrected] == [
        (4.0, 2), (8.0, 3), (20.0, 2),
    ]  # fmt: skip
    review.show_run(1)
    assert review.lanes.student == STUDENT
    assert review.lanes.corrections == (Correction(4.0, 8.0, 3),)


def test_a_new_activity_is_assigned_and_can_be_undone(session: Session, review: Review) -> None:
    review.edits.assign_new(0.0, 2.0, "  climb   stairs ")
    number = review.naming.find("climb stairs")
    assert number == 5
    assert review.lanes.corrections == (Correction(0.0, 2.0, 5),)
    session.undo_stack.undo()
    assert review.lanes.corrections == ()
    assert review.naming.find("climb stairs") is None
    assert 5 not in [a.id for a in review.by_time()]
    review.edits.assign_new(0.0, 2.0, "Walk")  # a name that there is
    assert review.lanes.corrections == (Correction(0.0, 2.0, 1),)


def test_undo_of_a_correction_in_another_recording_leaves_the_open_one_alone(
    session: Session, review: Review
) -> None:
    review.edits.assign(4.0, 8.0, 1)
    review.open(3)
    lanes = review.lanes
    session.undo_stack.undo()
    assert review.lanes == lanes
    assert session.project is not None
    assert session.project.corrections(1) == ()


def test_activities_are_ordered_by_their_time(review: Review) -> None:
    assert [a.id for a in review.by_time()] == [2, 1, 3]  # 4 has neither time nor name


def test_opening_what_is_gone_opens_nothing(review: Review) -> None:
    review.open(99)
    assert review.recording is None
    assert review.lanes.rows == ()

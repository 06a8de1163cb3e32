from __future__ import annotations

import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.model import Lane, Segment, State, Timeline
from comodo_app.errors import UsageError
from comodo_app.project.store import Project
from tests.unit.project.samples import read_recording, timeline

N_ACTIVITIES = 4


@pytest.fixture
def run(project):
    for key in "abc":
        project.add_recording(read_recording(), sources=[], content_key=key, importer="test")
    project.allocate_activities(N_ACTIVITIES)
    return project.create_run("{}", recipe="", teacher="", student="").id


@st.composite
def timelines(draw):
    """Any timeline that can be: touching spans of any length, state and confidence."""
    lengths = draw(st.lists(st.floats(1e-3, 1e5), max_size=12))
    start = draw(st.floats(-1e4, 1e4))
    segments = []
    for length in lengths:
        state = draw(st.sampled_from(State))
        activity = draw(st.integers(1, N_ACTIVITIES)) if state is State.ACTIVITY else None
        confidence = draw(st.floats(0.0, 1.0))
        segments.append(Segment(start, start + length, state, activity, confidence))
        start += length
    return Timeline(tuple(segments))


@pytest.fixture(scope="module")
def shared():
    # One project for all of hypothesis's examples: making one takes some fsyncs.
    with (
        tempfile.TemporaryDirectory() as folder,
        Project.create(folder + "/a.comodo") as project,
    ):
        project.add_recording(read_recording(), sources=[], content_key="a", importer="test")
        project.allocate_activities(N_ACTIVITIES)
        project.create_run("{}", recipe="", teacher="", student="")
        yield project


@settings(max_examples=100, deadline=None)
@given(saved=timelines(), lane=st.sampled_from(Lane))
def test_any_timeline_comes_back_exactly(shared, saved, lane):
    shared.save_timelines(1, lane, {1: saved})
    assert shared.timeline(1, lane, 1) == saved


def test_nothing_saved_and_nothing_to_say_are_two_things(project, run):
    assert project.timeline(run, Lane.STUDENT, 1) is None
    project.save_timelines(run, Lane.STUDENT, {1: Timeline()})
    assert project.timeline(run, Lane.STUDENT, 1) == Timeline()


def test_saving_replaces_the_named_recordings_of_one_lane_only(project, run):
    project.save_timelines(run, Lane.STUDENT, {1: timeline(1, 2), 2: timeline(2)})
    project.save_timelines(run, Lane.TEACHER, {1: timeline(3)})
    project.save_timelines(run, Lane.STUDENT, {1: timeline(4)})
    assert project.timelines(run, Lane.STUDENT) == {1: timeline(4), 2: timeline(2)}
    assert project.timeline(run, Lane.TEACHER, 1) == timeline(3)
    with project._database.read() as connection:
        assert connection.execute("SELECT count(*) FROM segments").fetchone() == (2 + 2 + 2,)


def test_a_lane_that_no_run_made_stands_beside_the_runs(project, run):
    project.save_timelines(None, Lane.TRUTH, {1: timeline(1)})
    project.save_timelines(None, Lane.TRUTH, {1: timeline(2)})
    project.save_timelines(run, Lane.TRUTH, {1: timeline(3)})
    assert project.timelines(None, Lane.TRUTH) == {1: timeline(2)}
    assert project.timeline(run, Lane.TRUTH, 1) == timeline(3)
    project.discard_run(run)
    assert project.timeline(None, Lane.TRUTH, 1) == timeline(2)


def test_timelines_that_do_not_fit_change_nothing(project, run):
    project.save_timelines(run, Lane.STUDENT, {1: timeline(1)})
    with pytest.raises(UsageError, match="Activities 9 were never allocated"):
        project.save_timelines(run, Lane.STUDENT, {1: timeline(2), 2: timeline(9)})
    with pytest.raises(UsageError, match="no recording 8"):
        project.save_timelines(run, Lane.STUDENT, {1: timeline(2), 8: timeline(2)})
    with pytest.raises(UsageError, match="no run 8"):
        project.save_timelines(8, Lane.STUDENT, {1: timeline(2)})
    assert project.timeline(run, Lane.STUDENT, 1) == timeline(1)

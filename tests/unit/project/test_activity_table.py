from __future__ import annotations

import numpy as np
import pytest

from comodo_app.activities.model import Activity
from comodo_app.errors import UsageError
from comodo_app.project.store import Project
from tests.unit.project.samples import read_recording


@pytest.fixture
def run(project):
    project.add_recording(read_recording(), sources=[], content_key="a", importer="test")
    project.add_recording(read_recording(), sources=[], content_key="b", importer="test")
    project.allocate_activities(3)
    return project.create_run("{}", recipe="", teacher="", student="").id


def test_ids_are_permanent_and_never_given_again(folder):
    with Project.create(folder) as project:
        assert project.allocate_activities(3) == (1, 2, 3)
        assert project.allocate_activities(0) == ()
        with project._database.write() as connection:
            connection.execute("DELETE FROM activities WHERE id = 3")
    with Project.open(folder) as project:
        assert project.allocate_activities(2) == (4, 5)
        assert [a.id for a in project.activities()] == [1, 2, 4, 5]
        with pytest.raises(ValueError, match="cannot allocate"):
            project.allocate_activities(-1)


def test_names_change_and_their_history_stays(project):
    project.allocate_activities(2)
    for name in ("walking", " walking ", "slow  walking", ""):
        project.name_activity(1, name)
    project.name_activity(2, "slow walking")  # two activities may have one name
    assert project.activities() == (Activity(1, ""), Activity(2, "slow walking"))
    assert [c.name for c in project.name_history(1)] == ["walking", "slow walking", ""]
    assert all(c.changed_at.endswith("+00:00") for c in project.name_history(1))


def test_an_unknown_activity_lists_the_known(project):
    with pytest.raises(UsageError, match="no activity yet"):
        project.name_activity(1, "walking")
    project.allocate_activities(2)
    with pytest.raises(UsageError, match="Known: 1, 2"):
        project.name_activity(3, "walking")
    with pytest.raises(UsageError, match="Known: 1, 2"):
        project.name_history(3)


def test_assignments_come_back_exactly(project, run):
    random = np.random.default_rng(0)
    starts = np.cumsum(random.random(500))
    ids = random.integers(0, 4, size=500)
    centrality = random.random(500).astype(np.float32)
    project.save_assignments(run, [(2, starts, ids, centrality), (1, [], [], [])])
    first, second = project.assignments(run)
    assert (first.recording_id, len(first.window_start_s)) == (1, 0)
    assert second.recording_id == 2
    for got, given, dtype in (
        (second.window_start_s, starts, np.float64),
        (second.activity_id, ids, np.int64),
        (second.centrality, centrality, np.float32),
    ):
        assert got.dtype == dtype
        assert got.flags.writeable
        np.testing.assert_array_equal(got, given)


def test_saving_assignments_replaces_all_of_the_run_and_no_other(project, run):
    other = project.create_run("{}", recipe="", teacher="", student="").id
    project.save_assignments(other, [(1, [0.0], [1], [1.0])])
    project.save_assignments(run, [(1, [0.0], [1], [1.0]), (2, [0.0], [1], [1.0])])
    project.save_assignments(run, [(2, [5.0], [2], [0.5])])
    (only,) = project.assignments(run)
    assert (only.recording_id, only.window_start_s.tolist()) == (2, [5.0])
    assert len(project.assignments(other)) == 1
    project.save_assignments(run, [])
    assert project.assignments(run) == ()


def test_assignments_that_do_not_fit_change_nothing(project, run):
    project.save_assignments(run, [(1, [0.0], [1], [1.0])])
    with pytest.raises(UsageError, match=r"Activities 7, 9 were never allocated.*1, 2, 3"):
        project.save_assignments(run, [(1, [0.0, 1.0], [9, 7], [1.0, 1.0])])
    with pytest.raises(UsageError, match="no recording 5"):
        project.save_assignments(run, [(1, [0.0], [2], [1.0]), (5, [0.0], [2], [1.0])])
    with pytest.raises(UsageError, match="no run 5"):
        project.save_assignments(5, [])
    with pytest.raises(ValueError, match="arrays must be"):
        project.save_assignments(run, [(1, [0.0, 1.0], [2], [1.0])])
    assert project.assignments(run)[0].activity_id.tolist() == [1]

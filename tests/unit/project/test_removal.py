"""A recording taken out and put back is the same recording."""

from __future__ import annotations

import numpy as np
import pytest

from comodo_app.activities.corrections import Correction
from comodo_app.activities.model import Lane
from comodo_app.errors import UsageError
from comodo_app.project.store import Project
from tests.unit.project.samples import read_recording, timeline


@pytest.fixture
def filled(project):
    """Two recordings; the first has all that a recording can have."""
    for key in "ab":
        project.add_recording(read_recording(), sources=[], content_key=key, importer="test")
    project.allocate_activities(3)
    run = project.create_run("{}", recipe="", teacher="", student="").id
    project.save_timelines(run, Lane.STUDENT, {1: timeline(1, 2), 2: timeline(3)})
    project.save_timelines(run, Lane.TEACHER, {1: timeline(2, 2)})
    project.save_assignments(run, [(1, [0.0, 2.5], [1, 2], [0.9, 0.8])])
    project.save_corrections(1, [Correction(0.5, 1.5, 3)])
    return project


def everything(project):
    run = project.runs()[0].id
    return (
        project.recordings(),
        {lane: project.timelines(run, lane) for lane in (Lane.STUDENT, Lane.TEACHER)},
        [(a.recording_id, a.activity_id.tolist()) for a in project.assignments(run)],
        project.corrections(1),
    )


def test_putting_back_restores_rows_samples_timelines_and_corrections(filled):
    before = everything(filled)
    samples = filled.load_recording(1).imu.samples
    removed = filled.take_out(1)
    assert [row.id for row in filled.recordings()] == [2]
    filled.put_back(removed)
    assert everything(filled) == before
    assert np.array_equal(filled.load_recording(1).imu.samples, samples)


def test_timelines_made_meanwhile_do_not_get_in_the_way(filled):
    before = everything(filled)
    removed = filled.take_out(1)
    run = filled.runs()[0].id
    filled.save_timelines(run, Lane.STUDENT, {2: timeline(3)})  # takes the freed ids
    filled.put_back(removed)
    assert everything(filled) == before


def test_what_a_discarded_run_said_does_not_come_back(filled):
    removed = filled.take_out(1)
    filled.discard_run(filled.runs()[0].id)
    filled.put_back(removed)
    assert [row.id for row in filled.recordings()] == [1, 2]
    assert filled.corrections(1) == (Correction(0.5, 1.5, 3),)


def test_samples_stay_while_other_jobs_open_the_project_and_go_with_a_sweep(filled):
    removed = filled.take_out(1)
    Project.open(filled.folder).close()
    filled.put_back(removed)
    filled.load_recording(1)
    filled.take_out(1)
    assert filled.sweep_removed() == 1
    assert not list((filled.folder / "tracks").glob("removed-*"))


def test_a_recording_can_be_renamed_but_not_to_a_name_that_is_taken(filled):
    filled.rename_recording(1, "  to   the office ")
    assert filled.recording_row(1).name == "to the office"
    with pytest.raises(UsageError, match="to the office"):
        filled.rename_recording(2, "to the office")
    with pytest.raises(UsageError, match="needs a name"):
        filled.rename_recording(2, "  ")

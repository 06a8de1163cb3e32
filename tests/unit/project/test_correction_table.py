from __future__ import annotations

import pytest

from comodo_app.activities.corrections import Correction
from comodo_app.errors import UsageError
from tests.unit.project.samples import read_recording


@pytest.fixture
def recording_id(project):
    project.allocate_activities(2)
    row = project.add_recording(read_recording(), sources=[], content_key="a", importer="test")
    return row.id


def test_corrections_come_back_in_order_as_they_were_saved(project, recording_id):
    saved = (Correction(5.0, 6.5, None), Correction(0.1, 0.2, 2))
    project.save_corrections(recording_id, saved)
    assert project.corrections(recording_id) == (saved[1], saved[0])
    project.save_corrections(recording_id, ())
    assert project.corrections(recording_id) == ()


def test_overlapping_corrections_are_refused_and_the_old_ones_stay(project, recording_id):
    project.save_corrections(recording_id, (Correction(0.0, 1.0, 1),))
    with pytest.raises(ValueError, match="overlap"):
        project.save_corrections(recording_id, (Correction(0, 2, 1), Correction(1, 3, 2)))
    assert project.corrections(recording_id) == (Correction(0.0, 1.0, 1),)


def test_an_activity_that_does_not_exist_is_refused(project, recording_id):
    with pytest.raises(UsageError, match="never allocated"):
        project.save_corrections(recording_id, (Correction(0.0, 1.0, 9),))


def test_corrections_go_with_their_recording(project, recording_id):
    project.save_corrections(recording_id, (Correction(0.0, 1.0, 1),))
    project.remove_recording(recording_id)
    assert project.corrections(recording_id) == ()


def test_a_colour_is_kept_and_taken_away_again(project, recording_id):
    project.colour_activity(1, 4)
    assert project.activity_colours() == {1: 4}
    project.colour_activity(1, None)
    assert project.activity_colours() == {}
    with pytest.raises(UsageError):
        project.colour_activity(9, 1)

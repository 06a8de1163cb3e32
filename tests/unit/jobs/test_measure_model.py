"""A teacher's card says how fast it is here once that was measured."""

from __future__ import annotations

import pytest

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.fast_path import fast_folder
from comodo_app.jobs.get_model import (
    ImportModelRequest,
    RemoveModelRequest,
    import_model,
    model_card,
    remove_model,
)
from comodo_app.jobs.measure_model import MeasureModelRequest, measure_model
from tests.unit.teachers.checkpoints import videomae


def context():
    return JobContext(lambda progress: None)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))
    folder = tmp_path / "small"
    videomae(folder, hidden_size=32)
    return import_model(ImportModelRequest(None, folder), context())


def test_measuring_puts_speed_and_reason_on_the_card(installed):
    assert model_card(installed.id).speed_per_s is None
    card = measure_model(MeasureModelRequest(installed.id), context())
    assert card.speed_per_s > 0
    assert card.fast_path
    assert model_card(installed.id) == card


def test_measuring_again_measures_anew(installed):
    measure_model(MeasureModelRequest(installed.id), context())
    notes = []
    again = JobContext(lambda progress: notes.append(progress.note))
    measure_model(MeasureModelRequest(installed.id, again=True), again)
    assert any(note.startswith("comparing") for note in notes)


def test_removing_a_model_removes_what_was_made_of_it(installed):
    measure_model(MeasureModelRequest(installed.id), context())
    assert fast_folder(installed.digest).is_dir()
    freed = remove_model(RemoveModelRequest(installed.id), context())
    assert freed > installed.size_bytes
    assert not fast_folder(installed.digest).exists()


def test_students_are_not_measured_as_teachers():
    with pytest.raises(UsageError, match="is a student"):
        measure_model(MeasureModelRequest("mantis-v2"), context())

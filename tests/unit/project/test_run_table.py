from __future__ import annotations

import pytest

import comodo_app
from comodo_app.activities.model import Lane
from comodo_app.errors import UsageError
from comodo_app.project.store import Project
from tests.unit.project.samples import read_recording, timeline


def start(project):
    return project.create_run('{"seed": 1}', recipe="comodo+", teacher="vjepa2", student="tcn")


def test_a_run_is_kept_with_its_settings_and_its_end(folder):
    with Project.create(folder) as project:
        run = start(project)
        assert (run.status, run.ended_at) == ("running", None)
        assert run.app_version == comodo_app.__version__
        project.finish_run(run.id, "finished", '{"agreement": 0.8}')
    with Project.open(folder) as project:
        ended = project.run(run.id)
        assert (ended.status, ended.metrics_json) == ("finished", '{"agreement": 0.8}')
        assert (ended.recipe, ended.teacher, ended.student) == ("comodo+", "vjepa2", "tcn")
        assert ended.settings_json == '{"seed": 1}'
        assert ended.ended_at is not None


def test_an_end_is_never_overwritten(project):
    run = start(project)
    project.finish_run(run.id, "failed")
    with pytest.raises(UsageError, match="ended already"):
        project.finish_run(run.id, "finished")
    assert project.run(run.id).status == "failed"


def test_a_cut_off_run_is_found_to_be_resumed(folder):
    with Project.create(folder) as project:
        assert project.unfinished_run() is None
        run = start(project)
    with Project.open(folder) as project:
        assert project.unfinished_run() == run
        project.finish_run(run.id, "stopped")
        assert project.unfinished_run() is None
        assert project.resume_run(run.id).status == "running"
        assert project.unfinished_run() == run


def test_the_latest_run_is_told_by_its_status(project):
    assert project.latest_run() is None
    first, second, third = (start(project) for _ in range(3))
    project.finish_run(first.id, "finished")
    project.finish_run(second.id, "cancelled")
    latest = project.latest_run()
    assert latest is not None
    assert latest.id == first.id
    assert project.latest_run("cancelled") == project.run(second.id)
    assert project.latest_run(None) == third
    assert [run.id for run in project.runs()] == [first.id, second.id, third.id]


def test_wrong_ends_settings_and_ids_are_refused(project):
    with pytest.raises(ValueError, match="Expecting"):
        project.create_run("{", recipe="", teacher="", student="")
    run = start(project)
    with pytest.raises(ValueError, match="is not one of"):
        project.finish_run(run.id, "running")
    with pytest.raises(ValueError, match="Expecting"):
        project.finish_run(run.id, "finished", "{")
    assert project.run(run.id) == run
    for call in (
        project.run,
        project.resume_run,
        project.discard_run,
        project.students_folder,
        project.checkpoints_folder,
        lambda i: project.finish_run(i, "failed"),
    ):
        with pytest.raises(UsageError, match="Known: 1"):
            call(9)


def test_discarding_removes_all_that_a_run_made_but_its_activities(project):
    recording = project.add_recording(
        read_recording(), sources=[], content_key="a", importer="test"
    )
    runs = [start(project), start(project)]
    (activity,) = project.allocate_activities(1)
    for run in runs:
        (project.students_folder(run.id) / "weights.safetensors").write_bytes(b"w")
        (project.checkpoints_folder(run.id) / "step").mkdir()
        project.save_assignments(run.id, [(recording.id, [0.0], [activity], [1.0])])
        project.save_timelines(run.id, Lane.STUDENT, {recording.id: timeline(activity)})
    gone, kept = runs
    project.discard_run(gone.id)
    assert project.runs() == (kept,)
    assert not (project.folder / "students" / str(gone.id)).exists()
    assert not (project.folder / "checkpoints" / str(gone.id)).exists()
    assert (project.students_folder(kept.id) / "weights.safetensors").exists()
    assert project.timelines(gone.id, Lane.STUDENT) == {}
    assert project.timelines(kept.id, Lane.STUDENT) == {recording.id: timeline(activity)}
    assert len(project.activities()) == 1
    assert start(project).id > kept.id


def test_a_discard_that_was_cut_off_is_completed_on_opening(folder, monkeypatch):
    with Project.create(folder) as project:
        run = start(project)
        project.students_folder(run.id)
        monkeypatch.setattr("comodo_app.project.run_table.empty_trash", lambda database: 0)
        project.discard_run(run.id)
        assert (folder / "students" / "1").exists()
    Project.open(folder).close()
    assert not (folder / "students" / "1").exists()

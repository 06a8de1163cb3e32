"""The walk of the window: kept when stopped, resumable when suspended, gone when cancelled."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from comodo_app.activities.model import Lane
from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.jobs import distill as distill_module
from comodo_app.jobs import embed as embed_module
from comodo_app.jobs.add import AddRequest, add_recordings
from comodo_app.jobs.core import End, JobContext, run_job
from comodo_app.jobs.distill import DistillRequest
from comodo_app.jobs.embed import EmbedRequest, embed
from comodo_app.jobs.models import OpenTeacher
from comodo_app.jobs.past import PastRequest, read_past
from comodo_app.jobs.plan import PlanRequest, plan
from comodo_app.jobs.student_files import RunSettings
from comodo_app.jobs.walk import WalkRequest, walk
from comodo_app.jobs.watch import CheckpointSaved, Evaluated, StageEnded, Stepped, TrainingBegun
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording
from comodo_app.students.spec import StudentSpec
from comodo_app.teachers.base import TeacherFacts
from comodo_app.teachers.builtin import BuiltinTeacher

GRID = WindowGrid(5.0, 1.0)
RECIPE = COMODO_PLUS.with_settings(
    min_steps=0, epochs=24, batch_size=16, head_hidden=32, name="short"
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    plans = plan_recordings(
        people=4, minutes=0.34, seed=7, activities=("walk", "type"), width_px=96,
        height_px=72, frame_rate_hz=12,
    )  # fmt: skip
    for made in plans:
        write_recording(made, folder / "recordings", None)
    project = folder / "walk.comodo"
    add_recordings(AddRequest(project, (folder / "recordings",)), JobContext(lambda _: None))
    embed(EmbedRequest(project, GRID), JobContext(lambda _: None))
    return project


@pytest.fixture
def project(prepared, tmp_path):
    return shutil.copytree(prepared, prepared.parent / f"{tmp_path.name}.comodo")


def wish(project, **more):
    student = StudentSpec(sample_rate_hz=25.0, embedding_dim=32)
    return WalkRequest(DistillRequest(project, GRID, RECIPE, student, **more))


class Watched(JobContext):
    """A context that keeps what is published and does something at a step of the training."""

    def __init__(self, at_step=None, then=None):
        super().__init__(lambda _: None, self.take)
        self.values, self._at_step, self._then = [], at_step, then

    def take(self, value):
        self.values.append(value)
        if isinstance(value, Evaluated) and value.step == self._at_step:
            self._then(self)

    def of(self, kind):
        return [value for value in self.values if isinstance(value, kind)]


def weights(project, run_id):
    return load_file(project / "students" / str(run_id) / "weights.safetensors")


def test_a_run_keeps_how_its_teacher_came_to_run(project, monkeypatch):
    """The way is chosen when the teacher first looks: after the run has begun."""

    class Chosen(BuiltinTeacher):
        key, preprocessing = "mine", "frames-int8"

    before = replace(TeacherFacts.of(Chosen()), preprocessing="frames-fp32")
    monkeypatch.setattr(distill_module, "teacher_facts", lambda *wish: before)
    monkeypatch.setattr(embed_module, "teacher_facts", lambda *wish: before)
    monkeypatch.setattr(
        embed_module, "open_teacher", lambda wish, **how: OpenTeacher(Chosen(), "onnx-int8")
    )
    context = Watched()
    outcome = run_job(walk, wish(project, teacher="mine"), context)
    assert outcome.end is End.SUCCEEDED, outcome.details
    with Project.open(project) as opened:
        run = opened.run(outcome.result.run_id)
        facts = RunSettings.from_json(run.settings_json).facts
        assert facts == TeacherFacts.of(Chosen())
        for row in opened.recordings():
            assert opened.timeline(run.id, Lane.TEACHER, row.id).segments
    (seen,) = [e for e in context.of(StageEnded) if e.stage == "teacher"]
    assert seen.fact.endswith("windows, onnx-int8")


def test_what_is_published_adds_up_to_the_whole_run(project):
    context = Watched()
    outcome = run_job(walk, wish(project), context)
    assert outcome.end is End.SUCCEEDED, outcome.details
    [begun] = context.of(TrainingBegun)
    losses = [loss for value in context.of(Stepped) for loss in value.losses]
    assert len(losses) == begun.n_steps == context.of(Stepped)[-1].step
    assert [e.step for e in begun.evaluations] == [0]
    assert [e.stage for e in context.of(StageEnded)] == [
        "read", "teacher", "distil", "discover", "predict",
    ]  # fmt: skip
    past = read_past(PastRequest(project, outcome.result.run_id), Watched())
    assert past.complete and past.losses == pytest.approx(losses, abs=1e-4)
    assert past.evaluations == (*begun.evaluations, *context.of(Evaluated))
    assert past.sight is not None and past.sight.agreed.any()


def test_a_suspended_walk_resumes_to_the_same_weights(project, prepared, tmp_path):
    unbroken = run_job(walk, wish(project), Watched()).result
    other = shutil.copytree(prepared, prepared.parent / f"{tmp_path.name}-cut.comodo")
    context = Watched(20, JobContext.suspend)
    assert run_job(walk, wish(other), context).end is End.CANCELLED
    assert context.of(CheckpointSaved)[-1].step == 20
    with Project.open(other) as opened:
        [run] = opened.runs()
    assert run.status == "running"
    assert len(read_past(PastRequest(other, run.id), Watched()).losses) == 20
    again = Watched()
    outcome = run_job(walk, wish(other, resume_run=run.id), again)
    assert outcome.end is End.SUCCEEDED, outcome.details
    assert len(again.of(TrainingBegun)[0].losses) == 20
    expected = weights(project, unbroken.run_id)
    for name, value in weights(other, run.id).items():
        np.testing.assert_allclose(value, expected[name], atol=1e-5, err_msg=name)


def test_a_stop_keeps_the_student_and_goes_on_to_timelines(project):
    context = Watched(20, JobContext.stop)
    result = run_job(walk, wish(project), context).result
    assert result.status == "stopped"
    assert context.of(Stepped)[-1].step == 20 < context.of(TrainingBegun)[0].n_steps
    with Project.open(project) as opened:
        assert len(opened.timelines(result.run_id, Lane.STUDENT)) == 4


def test_cancelling_leaves_no_run(project):
    assert run_job(walk, wish(project), Watched(20, JobContext.cancel)).end is End.CANCELLED
    with Project.open(project) as opened:
        assert opened.runs() == ()


def test_too_little_data_is_refused_before_a_run_exists(project):
    with Project.open(project) as opened:
        for row in opened.recordings()[1:]:
            opened.set_use_for_training(row.id, False)
    far = wish(project)
    far = replace(far, distill=replace(far.distill, grid=WindowGrid(5.0, 5.0)))
    outcome = run_job(walk, far, Watched())
    assert outcome.end is End.FAILED and "training windows are too few" in outcome.error
    with Project.open(project) as opened:
        assert opened.runs() == ()


def test_a_plan_counts_windows_and_says_why_recordings_are_left_out(project):
    with Project.open(project) as opened:
        row = opened.recordings()[0]
        n_rows = len(opened.recordings())
    made = plan(PlanRequest(project, GRID), Watched())
    assert made.windows_of("train") + made.windows_of("validation") > 40
    assert made.n_recordings == n_rows and made.left_out == ()
    assert made.uncached_video_s == 0.0 and made.teacher_per_s > 0
    row.video.path.rename(row.video.path.with_suffix(".away"))
    try:
        without = plan(PlanRequest(project, GRID, known=made.shares), Watched())
        assert [share.reason for share in without.left_out] == ["a file is not where it was"]
        assert without.n_recordings == n_rows - 1
    finally:
        row.video.path.with_suffix(".away").rename(row.video.path)

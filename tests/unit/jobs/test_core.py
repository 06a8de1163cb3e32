from __future__ import annotations

import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.jobs.core import End, JobCancelled, JobContext, JobStopped, Progress, run_job


def silent():
    return JobContext(lambda progress: None)


def test_a_result_comes_back_as_a_success():
    outcome = run_job(lambda request, context: request * 2, 21, silent())
    assert (outcome.end, outcome.result) == (End.SUCCEEDED, 42)


def test_runtime_error_is_a_failure_not_silence():
    def job(request, context):
        raise RuntimeError("CUDA out of memory")

    outcome = run_job(job, None, silent())
    assert outcome.end is End.FAILED
    assert outcome.error == "CUDA out of memory"
    assert outcome.bug
    assert "RuntimeError" in outcome.details


def test_what_a_user_can_fix_is_no_bug_and_says_what_where_and_what_to_do():
    def job(request, context):
        raise UnreadableFile("is empty", where="walk.csv", hint="Record again.")

    outcome = run_job(job, None, silent())
    assert outcome.end is End.FAILED
    assert not outcome.bug
    assert outcome.error == "walk.csv: is empty Record again."


def test_a_job_cancelled_while_waiting_never_starts():
    started = []
    context = silent()
    context.cancel()
    outcome = run_job(lambda request, context: started.append(1), None, context)
    assert outcome.end is End.CANCELLED
    assert not started


def test_stop_ends_a_job_at_its_next_step_unless_it_stops_by_itself():
    context = silent()
    context.stop()
    with pytest.raises(JobStopped):
        context.step(Progress(0, 1))
    with context.stops_by_itself():
        context.step(Progress(0, 1))
        assert context.stopping()
    with pytest.raises(JobStopped):
        context.step(Progress(0, 1))


def test_cancel_is_stronger_than_stopping_by_oneself():
    context = silent()
    with context.stops_by_itself():
        context.cancel()
        with pytest.raises(JobCancelled):
            context.step(Progress(0, 1))


def test_a_stage_reports_under_its_name_and_shares_cancel_and_stop():
    seen = []
    context = JobContext(seen.append)
    stage = context.within("teacher")
    stage.step(Progress(1, 2, "walk"))
    assert seen == [Progress(1, 2, "walk", "teacher")]
    context.stop()
    assert stage.stopping()
    context.cancel()
    with pytest.raises(JobCancelled):
        stage.step(Progress(2, 2))


def test_each_reported_step_arrives_in_order():
    seen = []

    def job(request, context):
        for done in range(3):
            context.step(Progress(done, 3))

    run_job(job, None, JobContext(seen.append))
    assert [progress.done for progress in seen] == [0, 0, 1, 2]

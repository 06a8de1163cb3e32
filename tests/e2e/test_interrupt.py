"""Killed or stopped anywhere, the project opens, nothing earlier is lost, the run resumes."""

from __future__ import annotations

import json
import shutil
import signal
import time

import numpy as np
import pytest
from safetensors.numpy import load_file

from comodo_app.project.store import Project
from tests.e2e.conftest import QUICK, start

LONGER = [*QUICK, "--set", "epochs=40", "--checkpoint-every", "0.2"]


def wait_for(process, condition, timeout_s=120.0):
    """Wait until something can be seen on the disk; fails if the process ends before."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "never happened"
        time.sleep(0.005)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def unbroken(recordings, tmp_path_factory):
    project = tmp_path_factory.mktemp("unbroken") / "p.comodo"
    process = start("run", project, recordings, *LONGER, "--json")
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return project, json.loads(out)


def weights(project, run_id=1):
    return load_file(project / "students" / str(run_id) / "weights.safetensors")


def assert_same_student(project, other):
    one, two = weights(project), weights(other)
    for name, value in one.items():
        assert np.allclose(two[name], value, atol=1e-5), name


def test_a_run_killed_while_embedding_distilling_and_saving_ends_like_an_unbroken_one(
    recordings, unbroken, tmp_path, comodo
):
    project = tmp_path / "p.comodo"
    words = ("run", project, recordings, *LONGER, "--json")

    # 1. in the middle of embedding: chunks of some recordings are there
    process = start(*words)
    wait_for(process, lambda: len(list((project / "embeddings").rglob("*.npz"))) >= 2)
    kill(process)
    with Project.open(project) as opened:
        assert len(opened.recordings()) == 4
    assert list((project / "embeddings").rglob("chunk-*.npz"))

    # 2. in the middle of distilling: a checkpoint is there
    process = start(*words)
    checkpoint = project / "checkpoints" / "1" / "checkpoint.safetensors"
    wait_for(process, checkpoint.exists)
    first = checkpoint.stat().st_mtime_ns
    wait_for(process, lambda: checkpoint.stat().st_mtime_ns != first)
    kill(process)
    with Project.open(project) as opened:
        assert opened.unfinished_run().id == 1

    # 3. in the middle of saving: the student's files are being written
    process = start(*words)
    student = project / "students" / "1"
    wait_for(process, lambda: any(student.glob("*")))
    kill(process)
    with Project.open(project) as opened:
        assert len(opened.recordings()) == 4

    code, out, err = comodo(*words)
    assert code == 0, err
    result = json.loads(out)
    assert result["distilled"]["run_id"] == 1
    assert sum(r["n_cached"] for r in result["embedded"]["recordings"]) > 0
    assert result["distilled"]["losses"] == pytest.approx(unbroken[1]["distilled"]["losses"], 1e-4)
    assert_same_student(project, unbroken[0])


def test_ctrl_c_keeps_the_student_so_far_and_the_same_command_goes_on(
    recordings, unbroken, tmp_path, comodo
):
    project = tmp_path / "p.comodo"
    words = ("run", project, recordings, *LONGER)
    process = start(*words)
    wait_for(process, (project / "checkpoints" / "1" / "checkpoint.safetensors").exists)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "kept" in err
    with Project.open(project) as opened:
        assert opened.run(1).status == "stopped"
        assert json.loads(opened.run(1).metrics_json)["n_steps"] > 0
    assert weights(project)
    code, _, err = comodo(*words)
    assert code == 0, err
    with Project.open(project) as opened:
        assert opened.run(1).status == "finished"
    assert_same_student(project, unbroken[0])


def test_an_interrupted_run_with_other_settings_is_not_mixed_up(
    recordings, unbroken, tmp_path, comodo
):
    project = tmp_path / "p.comodo"
    shutil.copytree(unbroken[0], project)
    with Project.open(project) as opened:
        opened.resume_run(1)  # as a killed process leaves it
    code, _, err = comodo("run", project, recordings, *QUICK)
    assert code == 2
    assert "other settings" in err
    code, _, err = comodo("distill", project, *QUICK)
    assert code == 2
    assert "--discard 1" in err
    code, _, err = comodo("distill", project, *QUICK, "--discard", "1")
    assert code == 0, err
    with Project.open(project) as opened:
        assert [run.id for run in opened.runs()] == [2]


def test_cancelling_discards_the_run_and_nothing_else(unbroken, tmp_path):
    from comodo_app.jobs.core import End, JobContext, run_job
    from comodo_app.jobs.distill import DistillRequest, distill
    from comodo_app.recordings.windows import WindowGrid
    from comodo_app.students.spec import StudentSpec

    project = tmp_path / "p.comodo"
    shutil.copytree(unbroken[0], project)

    def cancel_at_step_5(progress):
        if progress.total and progress.done == 5 and "loss" in progress.note:
            context.cancel()

    context = JobContext(cancel_at_step_5)
    request = DistillRequest(
        project, WindowGrid(5.0, 1.0), student=StudentSpec(sample_rate_hz=25.0)
    )
    assert run_job(distill, request, context).end is End.CANCELLED
    with Project.open(project) as opened:
        assert [run.id for run in opened.runs()] == [1]
    assert not (project / "students" / "2").exists()
    assert not (project / "checkpoints" / "2").exists()

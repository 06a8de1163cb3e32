from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, replace

import pytest

from comodo_app.errors import ProjectError
from comodo_app.project import lock
from comodo_app.project.lock import LOCK_NAME, WriterLock
from comodo_app.project.processes import process_start, this_process

HOLDER = (
    "import sys; from pathlib import Path; from comodo_app.project.lock import WriterLock\n"
    "held = WriterLock(Path(sys.argv[1])); print('held', flush=True); input()"
)


@pytest.fixture
def holder(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"held"
    yield child
    child.kill()
    child.communicate()


def test_another_process_is_refused_and_told_who_holds_it(tmp_path, holder):
    with pytest.raises(ProjectError, match=f"in use by process {holder.pid}"):
        WriterLock(tmp_path)


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == holder.pid
    with WriterLock(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == os.getpid()


def test_after_release_another_process_gets_it(tmp_path):
    WriterLock(tmp_path).release()
    child = subprocess.run(
        [sys.executable, "-c", HOLDER, str(tmp_path)], input=b"\n", capture_output=True, check=True
    )
    assert child.stdout.strip() == b"held"
    with WriterLock(tmp_path):
        child = subprocess.run(
            [sys.executable, "-c", HOLDER, str(tmp_path)], input=b"\n", capture_output=True
        )
    assert child.returncode != 0
    assert f"in use by process {os.getpid()}".encode() in child.stderr


def test_jobs_of_one_process_share_the_lock_until_the_last_releases_it(tmp_path, monkeypatch):
    first = WriterLock(tmp_path)
    with WriterLock(tmp_path):
        pass
    first.release()
    first.release()  # a second release does not take away somebody else's
    with WriterLock(tmp_path), pytest.raises(RuntimeError), WriterLock(tmp_path):
        raise RuntimeError
    assert lock._held == {}


def test_threads_that_take_and_release_end_with_no_lock_held(tmp_path):
    def work():
        for _ in range(50):
            with WriterLock(tmp_path):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lock._held == {}


def test_without_locks_in_the_file_system_the_living_process_in_the_file_decides(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(lock, "_system_lock", lambda handle: None)
    path = tmp_path / LOCK_NAME
    parent = replace(this_process(), pid=os.getppid(), start=process_start(os.getppid()) or "0")
    path.write_text(json.dumps(asdict(parent)))
    with pytest.raises(ProjectError, match=f"in use by process {os.getppid()}"):
        WriterLock(tmp_path)
    path.write_text(json.dumps(asdict(replace(parent, start="1"))))  # an id used again
    with WriterLock(tmp_path):
        pass
    path.write_text("rubbish")
    with WriterLock(tmp_path):
        pass
    path.write_text(json.dumps(asdict(replace(parent, host="elsewhere"))))
    with pytest.raises(ProjectError, match="on elsewhere"):
        WriterLock(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGSTOP")
def test_a_stopped_process_still_holds_its_lock(tmp_path, holder):
    holder.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(ProjectError, match="in use"):
            WriterLock(tmp_path)
    finally:
        holder.send_signal(signal.SIGCONT)

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from comodo_app.project.processes import UNKNOWN_START, ProcessId, process_start, this_process


def test_this_process_is_alive_and_itself():
    assert this_process().is_alive()
    assert this_process() == this_process()
    assert this_process().pid == os.getpid()


def test_an_ended_process_is_dead():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    who = replace(this_process(), pid=child.pid, start=process_start(child.pid) or "")
    assert who.is_alive()
    child.communicate(b"\n")
    assert not who.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="start times are told by /proc")
def test_another_process_that_got_the_same_id_is_not_taken_for_it():
    assert process_start(os.getpid()) != UNKNOWN_START
    assert not replace(this_process(), start="12345").is_alive()


def test_an_unknown_start_time_counts_as_alive():
    assert replace(this_process(), start=UNKNOWN_START).is_alive()


def test_a_process_of_another_machine_counts_as_alive():
    assert ProcessId("elsewhere", 999_999_999, "1").is_alive()


def test_no_process_has_a_number_below_one():
    assert process_start(0) is None
    assert process_start(-1) is None

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import comodo_app.cli  # noqa: F401  registers the commands
from comodo_app.cli.live_screen import Screen
from comodo_app.cli.options import app
from comodo_app.jobs.core import JobContext, run_job
from comodo_app.jobs.live import LiveRequest, SourceWish, StudentWish, live
from comodo_app.recordings.formats.imu_log import read_log
from tests.unit.live.packages import day, write_package
from tests.unit.recordings.imu_files import write_table

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def package(tmp_path):
    return write_package(tmp_path / "small")


@pytest.fixture
def table(tmp_path):
    times, samples = day((0, 12), (1, 12), (2, 12))
    return write_table(tmp_path / "day.csv", time=times, samples=samples.astype(float))


def invoke(*arguments):
    return CliRunner().invoke(app, ["live", *map(str, arguments)])


def test_json_gives_a_line_for_each_prediction_and_the_end(package, table):
    result = invoke("-s", f"replay:{table}", "--package", package, "--speed", 0, "--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["kind"] == "begun"
    said = [line for line in lines if line["kind"] == "prediction"]
    assert len(said) == 31
    assert [line["activity"] for line in said[::15]] == ["still", "walk", "shake"]
    assert set(said[0]["probabilities"]) == {"still", "walk", "shake"}
    assert lines[-1]["kind"] == "ended"
    assert lines[-1]["latency"]["n"] == 31


def test_in_a_pipe_it_says_each_change_once(package, table):
    result = invoke("-s", f"replay:{table}", "--package", package, "--speed", 0)
    assert result.exit_code == 0, result.output
    said = [line.split("  ")[1] for line in result.stdout.splitlines() if "  " in line]
    assert said == ["still", "walk", "shake"]
    assert "31 predictions" in result.stdout


def test_a_block_is_drawn_for_whatever_comes(package, table):
    screen, values = Screen(), []
    wish = SourceWish(f"replay:{table}", speed=float("inf"))
    context = JobContext(lambda progress: None, values.append)
    run_job(live, LiveRequest(wish, StudentWish(package)), context)
    drawn = []
    for value in values:
        screen.take(value)
        drawn.append("\n".join(text.plain for text in screen._draw().renderables))
    assert "Needs 5 s of data" in "".join(drawn)
    assert "shake" in drawn[-1].splitlines()[0]
    assert "100.0 Hz" in drawn[-1]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-s", "radio:1"], "no source"),
        (["-s", "udp:0.0.0.0:9"], "other devices"),
        (["-s", "replay:nothing.csv"], "nothing.csv"),
        (["-s", "lsl", "--stride", "9"], "prediction every"),
        (["-s", "lsl", "--package", "nothing"], "no such package"),
    ],
)
def test_what_cannot_be_ends_with_words_and_2(arguments, text):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert text in result.output


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process there")
def test_ctrl_c_ends_it_and_keeps_the_recording(package, table, tmp_path):
    path = tmp_path / "kept.imulog"
    command = [sys.executable, "-c", "from comodo_app.cli import main; main()", "live", "--json"]
    command += ["-s", f"replay:{table}", "--package", str(package), "--record", str(path)]
    process = subprocess.Popen(
        [*command, "--speed", "5", "--loop"], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for line in process.stdout:
        if json.loads(line)["kind"] == "prediction":
            break
    os.kill(process.pid, signal.SIGINT)
    rest = process.stdout.read().splitlines()
    assert process.wait(20) == 0
    process.stdout.close()
    assert json.loads(rest[-1])["kind"] == "ended"
    assert read_log(path).is_ended


def test_it_stops_by_itself_after_the_seconds_wished():
    result = invoke("-s", "udp:0", "--seconds", "0.3", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["kind"] == "ended"

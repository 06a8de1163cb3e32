"""From real files to named timelines, from a terminal, as a user would."""

from __future__ import annotations

import json
import shutil

import pytest

from comodo_app.activities.model import Lane
from comodo_app.exports.segments_csv import read_segments_csv
from comodo_app.project.store import Project
from tests.e2e.conftest import QUICK


@pytest.fixture(scope="module")
def walked(recordings, tmp_path_factory):
    """One finished `comodo run`, shared by the tests that only look at it."""
    from tests.e2e.conftest import start

    project = tmp_path_factory.mktemp("walk") / "p.comodo"
    process = start("run", project, recordings, *QUICK, "--hold-out", "p04-s1", "--json")
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return project, json.loads(out)


def test_a_run_ends_with_an_imu_only_timeline_for_every_recording(walked):
    project, result = walked
    assert len(result["added"]["sources"]) == 4
    assert all(not source["error"] for source in result["added"]["sources"])
    with Project.open(project) as opened:
        for row in opened.recordings():
            for lane in (Lane.STUDENT, Lane.TEACHER):
                timeline = opened.timeline(result["distilled"]["run_id"], lane, row.id)
                assert timeline.segments[0].start_s == pytest.approx(0.0)
                assert timeline.segments[-1].end_s == pytest.approx(row.duration_s)


def test_agreement_is_measured_on_the_held_out_recording_only(walked):
    agreement = walked[1]["discovered"]["agreement"]
    assert agreement["n_recordings"] == 1
    assert not agreement["selected"]
    assert 0 <= agreement["chance"] <= 1
    with Project.open(walked[0]) as opened:
        held_out = opened.find_recording("p04-s1")
        assert not held_out.use_for_training


def test_exports_are_a_csv_that_reads_back_and_a_picture_each(walked):
    project, result = walked
    exported = read_segments_csv(project / "exports" / "segments.csv")
    assert {timeline.recording for timeline in exported} == {f"p0{i}-s1" for i in range(1, 5)}
    assert len(result["exported"]["pictures"]) == 4
    for i in range(1, 5):
        assert (project / "exports" / f"p0{i}-s1.png").read_bytes().startswith(b"\x89PNG")


def test_too_little_data_is_said_plainly(walked):
    warnings = " ".join(walked[1]["distilled"]["warnings"])
    assert "too little to trust" in warnings


def test_the_same_command_again_encodes_nothing_and_keeps_ids(walked, recordings, comodo, tmp_path):
    project = tmp_path / "again.comodo"
    shutil.copytree(walked[0], project)
    code, out, _ = comodo("run", project, recordings, *QUICK, "--json")
    assert code == 0
    again = json.loads(out)
    assert all(source["already_there"] for source in again["added"]["sources"])
    assert sum(r["n_encoded"] for r in again["embedded"]["recordings"]) == 0
    before = {a["id"]: a["n_windows"] for a in walked[1]["discovered"]["activities"]}
    after = {a["id"]: a["n_windows"] for a in again["discovered"]["activities"]}
    assert after == before  # same windows, same clusters: the ids are permanent
    assert again["discovered"]["n_moved"] == 0
    assert again["distilled"]["run_id"] == walked[1]["distilled"]["run_id"]  # nothing to repeat
    assert again["distilled"]["losses"] == walked[1]["distilled"]["losses"]


def test_naming_merges_equal_names_and_redraws_timelines_at_once(walked, comodo, tmp_path):
    project = tmp_path / "named.comodo"
    shutil.copytree(walked[0], project)
    ids = [activity["id"] for activity in walked[1]["discovered"]["activities"]]
    from comodo_app.jobs.core import JobContext
    from comodo_app.jobs.name import NameRequest, name_activities

    others = NameRequest(project, dict.fromkeys(ids[:-1], "moving"))
    name_activities(others, JobContext(lambda progress: None))
    code, out, _ = comodo("name", project, ids[-1], "Moving")
    assert code == 0
    assert f"together with {', '.join(map(str, ids))}" in out.replace("\n", " ")
    code, out, _ = comodo("export", project, "--no-pictures", "--to", tmp_path / "out", "--json")
    assert code == 0
    rows = json.loads(out)["summary"]["rows"]
    assert [row["label"] for row in rows if row["activity_id"] is not None] == ["moving"]


def test_an_imu_alone_gets_a_timeline_from_the_student(walked, recordings, comodo, tmp_path):
    project = tmp_path / "imu.comodo"
    shutil.copytree(walked[0], project)
    alone = tmp_path / "pocket.csv"
    shutil.copy(recordings / "p02-s1.csv", alone)
    assert comodo("add", project, alone)[0] == 0
    code, out, err = comodo("predict", project, "pocket", "--json")
    assert code == 0, err
    assert json.loads(out)["recordings"][0]["n_windows"] > 10
    with Project.open(project) as opened:
        row = opened.find_recording("pocket")
        run = opened.latest_run()
        assert row.video is None
        assert len(opened.timeline(run.id, Lane.STUDENT, row.id)) >= 1
        assert opened.timeline(run.id, Lane.TEACHER, row.id) is None


def test_the_student_is_packed_with_its_names_and_proven(walked, comodo, tmp_path):
    project, out = tmp_path / "packed.comodo", tmp_path / "student"
    shutil.copytree(walked[0], project)
    first, second = [a["id"] for a in walked[1]["discovered"]["activities"]][:2]
    from comodo_app.jobs.core import JobContext
    from comodo_app.jobs.name import NameRequest, name_activities

    wish = NameRequest(project, {first: "strolling", second: "Strolling"})
    name_activities(wish, JobContext(lambda progress: None))
    code, said, err = comodo("package", project, "--out", out, "--zip", "--json")
    assert code == 0, err
    assert "strolling" in json.loads(said)["activities"]
    contract = json.loads((out / "contract.json").read_text("utf-8"))
    [entry] = [a for a in contract["activities"] if a["name"] == "strolling"]
    assert entry["member_ids"] == [first, second]
    assert contract["provenance"]["agreement"]["n_recordings"] == 1
    assert contract["int8"]["n_held_out"] > 0
    code, said, _ = comodo("check", f"{out}.zip")
    assert code == 0, said
    assert "The package is whole." in said


def test_info_lists_everything_in_words_and_as_json(walked, comodo):
    code, out, _ = comodo("info", walked[0])
    assert code == 0
    assert "p03-s1" in out
    assert "96×72" in out
    code, out, _ = comodo("info", walked[0], "--json")
    assert len(json.loads(out)["recordings"]) == 4


def test_a_wrong_wish_ends_with_exit_code_2_and_what_to_do(walked, comodo, tmp_path):
    project = walked[0]
    for words, said in [
        (("name", project, 999, "x"), "Known"),
        (("discover", project, "--run", 99), "Known"),
        (("distill", project, "--recipe", "magic"), "comodo+"),
        (("distill", project, "--student", "lstm", "--set", "epochs=1"), "Known students"),
        (("predict", project, "nobody"), "p01-s1"),
        (("info", tmp_path / "nothing.comodo"), "nothing.comodo"),
        (("embed", project, "--stride", "0"), "stride"),
    ]:
        code, _, err = comodo(*words)
        assert code == 2, (words, err)
        assert said in err, (words, err)

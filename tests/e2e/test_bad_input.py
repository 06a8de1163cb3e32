"""Bad files: each is told apart with a reason, the others go on, nothing already there is lost."""

from __future__ import annotations

import errno
import json
import shutil

import numpy as np
import pytest

from comodo_app.errors import StorageError
from comodo_app.jobs.add import AddRequest, add_recordings
from comodo_app.jobs.core import End, JobContext, run_job
from comodo_app.jobs.embed import EmbedRequest, embed
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.simulation.faults import FAULTS, WrittenFiles, apply_fault

REFUSED = {"no overlap", "empty table", "header only", "truncated video", "zero-length video"}


@pytest.fixture
def damaged(recordings, tmp_path):
    """A folder with one good recording and one of every fault."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    for index, name in enumerate(("good", *FAULTS)):
        stem = name.replace(" ", "-").replace("/", "-")
        for suffix in (".mp4", ".csv"):
            shutil.copy(recordings / f"p0{1 + index % 4}-s1{suffix}", folder / (stem + suffix))
        if name in FAULTS:
            files = WrittenFiles(folder / f"{stem}.csv", folder / f"{stem}.mp4")
            apply_fault(name, files, np.random.default_rng(0))
    return folder


def test_each_fault_is_refused_or_mended_with_words_and_the_good_one_is_added(
    damaged, comodo, tmp_path
):
    code, out, err = comodo("add", tmp_path / "p.comodo", damaged, "--json")
    assert code == 1, err  # some failed
    fates = {source["name"]: source for source in json.loads(out)["sources"]}
    assert fates["good"]["error"] == ""
    for name in FAULTS:
        stem = name.replace(" ", "-").replace("/", "-")
        related = [fate for key, fate in fates.items() if key.split(".")[0] == stem]
        assert related, f"{name} vanished"
        if name in REFUSED:
            assert any(fate["error"] for fate in related), name
        else:
            assert all(not fate["error"] for fate in related), name
            assert related[0]["notes"] or "stated" in FAULTS[name].text, name


def test_exit_code_2_if_nothing_could_be_used_and_the_reasons_name_the_files(comodo, tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    code, out, _ = comodo(
        "add", tmp_path / "p.comodo", tmp_path / "empty.csv", tmp_path / "notes.pdf",
        tmp_path / "missing.mp4",
    )  # fmt: skip
    assert code == 2
    for name in ("empty.csv", "notes.pdf", "missing.mp4"):
        assert name in out


def test_a_recording_shorter_than_a_window_is_said_and_the_rest_goes_on(
    recordings, comodo, tmp_path
):
    lines = (recordings / "p01-s1.csv").read_text().splitlines()
    short = tmp_path / "short.csv"
    short.write_text("\n".join(lines[:301]) + "\n")  # 3 s
    project = tmp_path / "p.comodo"
    code, out, err = comodo("run", project, recordings, short, "--json", "--set", "min_steps=0",
                            "--set", "epochs=1", "--rate", "25")  # fmt: skip
    assert code == 0, err
    predicted = {r["name"]: r["error"] for r in json.loads(out)["predicted"]["recordings"]}
    assert "shorter than one window" in predicted.pop("short")
    assert not any(predicted.values())


def test_too_few_windows_to_distil_is_an_error_that_says_how_many_are_needed(
    recordings, comodo, tmp_path
):
    code, _, err = comodo("run", tmp_path / "p.comodo", recordings / "p01-s1.mp4",
                          recordings / "p01-s1.csv", "--stride", "5")  # fmt: skip
    assert code == 2
    assert "16 is the least" in err
    assert "--stride" in err
    with Project.open(tmp_path / "p.comodo") as project:
        assert len(project.recordings()) == 1  # what was read and embedded stays
        assert project.unfinished_run() is None


def test_a_full_disk_while_caching_is_said_and_what_was_cached_stays(
    recordings, tmp_path, monkeypatch
):
    folder = tmp_path / "p.comodo"
    added = run_job(
        add_recordings, AddRequest(folder, (recordings,)), JobContext(lambda progress: None)
    )
    assert added.end is End.SUCCEEDED
    from comodo_app.project import embedding_cache

    real, calls = embedding_cache.save_arrays, []

    def full(path, **arrays):
        calls.append(path)
        if len(calls) > 2:
            raise StorageError(
                "The disk is full.", where=str(path), hint="Free some space."
            ) from OSError(errno.ENOSPC, "No space left on device")
        real(path, **arrays)

    monkeypatch.setattr(embedding_cache, "save_arrays", full)
    request = EmbedRequest(folder, WindowGrid(5.0, 1.0))
    outcome = run_job(embed, request, JobContext(lambda progress: None))
    assert outcome.end is End.SUCCEEDED  # each video is on its own
    errors = [r.error for r in outcome.result.recordings]
    assert any("disk is full" in error for error in errors)
    monkeypatch.undo()
    again = run_job(embed, request, JobContext(lambda progress: None)).result
    assert sum(r.n_cached for r in again.recordings) > 0
    assert all(not r.error for r in again.recordings)


def test_missing_media_is_said_and_predictions_stay(recordings, tmp_path, comodo):
    place = tmp_path / "media"
    shutil.copytree(recordings, place)
    project = tmp_path / "p.comodo"
    assert comodo("add", project, place)[0] == 0
    (place / "p02-s1.mp4").unlink()
    code, out, _ = comodo("embed", project, "--stride", "5", "--json")
    assert code == 1
    errors = {r["name"]: r["error"] for r in json.loads(out)["recordings"]}
    assert "not where it was" in errors["p02-s1"]
    assert not errors["p01-s1"]

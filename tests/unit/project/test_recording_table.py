from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from comodo_app.activities.model import Lane
from comodo_app.errors import ProjectError, StorageError, UsageError
from comodo_app.project.store import Project
from comodo_app.recordings.model import ReadRecording, Recording
from tests.unit.project.samples import imu_track, read_recording, timeline


def add(project, key="a", *, name="walk", seed=0, sources=(), video=None):
    return project.add_recording(
        read_recording(seed, name=name, video=video),
        sources=sources,
        content_key=key,
        importer="test",
        options_json='{"units": "g"}',
    )


def tracks(folder):
    return [path.name for path in (folder / "tracks").iterdir()]


def test_a_recording_comes_back_as_it_was_added(folder, tmp_path):
    video = tmp_path / "walk.mp4"
    video.write_bytes(b"video")
    with Project.create(folder) as project:
        row = add(project, video=video)
        assert not row.already_there
    with Project.open(folder) as project:
        assert project.recordings() == (row,)
        assert (row.name, row.wearer, row.session) == ("walk", "Ada", "morning")
        assert (row.importer, row.options_json) == ("test", '{"units": "g"}')
        assert row.notes == read_recording().notes
        assert row.use_for_training
        assert row.imu is not None
        assert (row.imu.n_samples, row.imu.n_gaps, row.imu.gap_s) == (200, 2, 0.75)
        loaded, given = project.load_recording(row.id), read_recording(video=video).recording
        assert loaded.video == given.video == row.video
        assert (loaded.offset_s, loaded.skew_ppm) == (0.125, -20.0)
        assert loaded.imu is not None
        assert given.imu is not None
        np.testing.assert_array_equal(loaded.imu.times_s, given.imu.times_s)
        np.testing.assert_array_equal(loaded.imu.samples, given.imu.samples)
        assert loaded.imu.samples.dtype == np.float32
        assert loaded.imu.gaps == given.imu.gaps
        assert loaded.imu.sample_rate_hz == given.imu.sample_rate_hz


def test_a_video_without_imu_and_an_imu_without_video_can_be_added(project, tmp_path):
    video = read_recording(video=tmp_path / "a.mp4").recording.video
    for key, recording in (
        ("v", Recording("video only", video, None)),
        ("i", Recording("imu only", None, imu_track(), skew_ppm=1e6)),
    ):
        row = project.add_recording(
            ReadRecording(recording), sources=[], content_key=key, importer="test"
        )
        loaded = project.load_recording(row.id)
        assert loaded.video == recording.video
        assert (loaded.imu is None) == (recording.imu is None)
    assert project.recordings()[0].duration_s == 10.01
    assert project.recordings()[1].duration_s == pytest.approx(2 * 3.98)
    assert not (project.folder / "tracks" / "1.npz").exists()


def test_the_same_content_is_not_added_twice(project):
    first = add(project)
    second = add(project, name="another name", seed=5)
    assert second.already_there
    assert replace(second, already_there=False) == first
    assert len(project.recordings()) == 1
    assert tracks(project.folder) == ["1.npz"]


def test_adding_again_from_a_new_place_finds_missing_files(project, tmp_path):
    old, new = tmp_path / "old" / "a.csv", tmp_path / "new" / "a.csv"
    for path in (old, new):
        path.parent.mkdir()
        path.write_text("samples")
    add(project, sources=[old])
    old.unlink()
    assert project.recordings()[0].missing_media
    again = add(project, sources=[new])
    assert again.already_there
    assert not again.missing_media
    assert [s.path for s in project.recordings()[0].sources] == [new]


def test_adding_a_copy_does_not_move_the_reference_while_the_file_is_there(project, tmp_path):
    for name in ("a.csv", "copy.csv"):
        (tmp_path / name).write_text("samples")
    add(project, sources=[tmp_path / "a.csv"])
    assert add(project, sources=[tmp_path / "copy.csv"]).sources[0].path == tmp_path / "a.csv"


def test_names_are_unique(project):
    names = [add(project, key, name=name).name for key, name in enumerate_keys("walk", 3)]
    names.append(add(project, "x", name="  ").name)
    assert names == ["walk", "walk (2)", "walk (3)", "recording"]


def enumerate_keys(name, n):
    return [(str(i), name) for i in range(n)]


def test_a_recording_is_found_by_name_before_id(project):
    first, second = add(project, "a", name="2"), add(project, "b", name="run")
    assert project.find_recording("2").id == first.id
    assert project.find_recording("run").id == second.id
    assert project.find_recording(str(first.id)).id == first.id
    with pytest.raises(UsageError, match=r"2 \(1\), run \(2\)"):
        project.find_recording("swim")


def test_unknown_ids_list_the_known(project):
    with pytest.raises(UsageError, match="no recording yet"):
        project.recording_row(1)
    add(project)
    for call in (
        project.recording_row,
        project.load_recording,
        project.remove_recording,
        lambda i: project.set_use_for_training(i, False),
        lambda i: project.set_person(i, "", ""),
        lambda i: project.set_sync(i, 0.0, 0.0),
        lambda i: project.relink(i, []),
    ):
        with pytest.raises(UsageError, match="Known: 1"):
            call(7)


def test_what_the_user_sets_is_kept(project):
    row = add(project)
    project.set_use_for_training(row.id, False)
    project.set_person(row.id, "Bo", "evening")
    project.set_sync(row.id, -1.5, 12.5)
    changed = project.recording_row(row.id)
    assert not changed.use_for_training
    loaded = project.load_recording(row.id)
    assert (loaded.wearer, loaded.session) == ("Bo", "evening")
    assert (loaded.offset_s, loaded.skew_ppm) == (-1.5, 12.5)
    with pytest.raises(ValueError, match="finite"):
        project.set_sync(row.id, float("nan"), 0.0)


def test_removing_takes_out_samples_assignments_and_timelines_but_no_media(project, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("samples")
    row, other = add(project, sources=[source]), add(project, "b")
    run = project.create_run("{}", recipe="", teacher="", student="")
    (activity,) = project.allocate_activities(1)
    project.save_assignments(run.id, [(r.id, [0.0], [activity], [1.0]) for r in (row, other)])
    project.save_timelines(run.id, Lane.STUDENT, {r.id: timeline(activity) for r in (row, other)})
    project.remove_recording(row.id)
    assert [r.id for r in project.recordings()] == [other.id]
    assert [a.recording_id for a in project.assignments(run.id)] == [other.id]
    assert list(project.timelines(run.id, Lane.STUDENT)) == [other.id]
    assert tracks(project.folder) == [f"{other.id}.npz"]
    assert source.exists()
    assert add(project).id > other.id  # ids are not given again


def test_a_removal_that_was_cut_off_is_completed_on_opening(folder, monkeypatch):
    with Project.create(folder) as project:
        row = add(project)
        monkeypatch.setattr("comodo_app.project.recording_table.empty_trash", lambda database: 0)
        project.remove_recording(row.id)
        assert tracks(folder) == ["1.npz"]
    Project.open(folder).close()
    assert tracks(folder) == []


@pytest.mark.parametrize("harm", ["missing", "cut off", "another's"])
def test_samples_that_cannot_be_read_name_the_recording(project, harm):
    row, other = (
        add(project),
        project.add_recording(
            read_recording(n_samples=10), sources=[], content_key="b", importer="test"
        ),
    )
    path = project.folder / "tracks" / f"{row.id}.npz"
    if harm == "missing":
        path.unlink()
    elif harm == "cut off":
        path.write_bytes(path.read_bytes()[:-30])
    else:
        path.write_bytes((project.folder / "tracks" / f"{other.id}.npz").read_bytes())
    with pytest.raises(ProjectError, match="motion samples of walk") as caught:
        project.load_recording(row.id)
    assert caught.value.hint
    assert project.load_recording(other.id).imu is not None


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_full_disk_adds_nothing_and_leaves_nothing(project, monkeypatch, function):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, function, refuse)
    with pytest.raises(StorageError, match="full"):
        add(project)
    monkeypatch.undo()
    assert project.recordings() == ()
    assert tracks(project.folder) == []
    assert add(project).id == 1


def test_a_row_that_can_be_seen_has_its_samples(project, monkeypatch):
    """The samples get their name before the row is committed, and the row is not seen before."""
    real, seen = os.replace, []

    def replace_and_look(source, target):
        real(source, target)
        if str(target).endswith(".npz"):
            with Project.open(project.folder) as other:
                seen.append(other.recordings())

    monkeypatch.setattr(os, "replace", replace_and_look)
    add(project)
    assert seen == [()]


def test_broken_options_are_a_bug_of_the_caller(project):
    with pytest.raises(ValueError, match="Expecting"):
        project.add_recording(
            read_recording(), sources=[], content_key="a", importer="t", options_json="{"
        )


def test_numbers_that_are_none_are_refused_not_stored(project):
    recording = replace(read_recording().recording, offset_s=float("nan"))
    with pytest.raises(sqlite3.IntegrityError):
        project.add_recording(
            ReadRecording(recording), sources=[], content_key="a", importer="test"
        )
    assert project.recordings() == ()


# ---------------------------------------------------------------- where the media are


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "walk.mp4").write_bytes(b"video")
    (folder / "walk.csv").write_bytes(b"table of samples")
    return folder


def test_the_video_is_a_source_even_if_it_is_not_named(project, media):
    row = add(project, sources=[media / "walk.csv"], video=media / "walk.mp4")
    assert [s.path.name for s in row.sources] == ["walk.csv", "walk.mp4"]
    assert [s.size_bytes for s in row.sources] == [16, 5]
    row = add(project, "b", sources=[media / "walk.mp4"], video=media / "walk.mp4")
    assert [s.path.name for s in row.sources] == ["walk.mp4"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_keeps_its_own_name(project, media, tmp_path):
    (tmp_path / "link.mp4").symlink_to(media / "walk.mp4")
    row = add(project, sources=[tmp_path / "link.mp4"], video=tmp_path / "link.mp4")
    assert [s.path.name for s in row.sources] == ["link.mp4"]


def test_project_and_media_moved_together_are_found(folder, media, tmp_path):
    with Project.create(folder) as project:
        add(project, sources=[media / "walk.csv"], video=media / "walk.mp4")
    disk = tmp_path / "other disk"
    disk.mkdir()
    folder.rename(disk / folder.name)
    media.rename(disk / media.name)
    with Project.open(disk / folder.name) as project:
        (row,) = project.recordings()
        assert not row.missing_media
        assert row.video is not None
        assert row.video.path == disk / "media" / "walk.mp4"
        assert project.load_recording(row.id).video == row.video


def test_the_project_moved_alone_still_finds_the_media(folder, media, tmp_path):
    with Project.create(folder) as project:
        add(project, sources=[media / "walk.csv"])
    (tmp_path / "a" / "b").mkdir(parents=True)
    folder.rename(tmp_path / "a" / "b" / folder.name)
    with Project.open(tmp_path / "a" / "b" / folder.name) as project:
        assert [s.path for s in project.recordings()[0].sources] == [media / "walk.csv"]


def test_missing_and_changed_files_are_told_apart(project, media):
    add(project, sources=[media / "walk.csv"])
    add(project, "b", name="b", video=media / "walk.mp4")
    (media / "walk.csv").write_bytes(b"more than before, much more")
    (media / "walk.mp4").unlink()
    first, second = project.recordings()
    assert (first.missing_media, first.changed_media) == (False, True)
    assert (second.missing_media, second.changed_media) == (True, False)
    assert project.load_recording(second.id).imu is not None  # opens without its media


def test_relinking_matches_by_name(project, media, tmp_path):
    row = add(project, sources=[media / "walk.csv"], video=media / "walk.mp4")
    new = tmp_path / "new"
    media.rename(new)
    assert project.recording_row(row.id).missing_media
    half = project.relink(row.id, [new / "walk.mp4"])
    assert [s.missing for s in half.sources] == [True, False]
    assert half.sources[0].size_bytes == 16  # still known, so still checked
    done = project.relink(row.id, [new / "walk.csv"])
    assert not done.missing_media
    assert done.video is not None
    assert done.video.path == new / "walk.mp4"


def test_relinking_renamed_files_goes_by_place(project, media, tmp_path):
    row = add(project, sources=[media / "walk.csv"], video=media / "walk.mp4")
    (media / "walk.csv").rename(tmp_path / "imu.csv")
    (media / "walk.mp4").rename(tmp_path / "video.mp4")
    done = project.relink(row.id, [tmp_path / "imu.csv", tmp_path / "video.mp4"])
    assert [s.path.name for s in done.sources] == ["imu.csv", "video.mp4"]


def test_relinking_to_the_wrong_file_is_refused(project, media, tmp_path):
    row = add(project, sources=[media / "walk.csv"], video=media / "walk.mp4")
    other = tmp_path / "walk.csv"
    other.write_bytes(b"another walk")
    with pytest.raises(UsageError, match="12 bytes instead of 16"):
        project.relink(row.id, [other])
    with pytest.raises(UsageError, match="no such file"):
        project.relink(row.id, [tmp_path / "nothing.csv"])
    with pytest.raises(UsageError, match=r"walk\.csv, walk\.mp4"):
        project.relink(row.id, [other.rename(tmp_path / "odd.csv")])
    assert project.recording_row(row.id) == row


def test_one_folder_relinks_all_that_lie_in_it(project, media, tmp_path):
    first = add(project, sources=[media / "walk.csv"])
    second = add(project, "b", name="b", video=media / "walk.mp4")
    third = add(project, "c", name="c", sources=[tmp_path / "elsewhere.csv"])
    new = tmp_path / "new"
    media.rename(new)
    assert project.relink_folder(new) == (first.id, second.id)
    assert [r.missing_media for r in project.recordings()] == [False, False, True]
    assert project.recording_row(third.id).sources[0].missing

"""From paths to recordings: each path ends up in a source, a problem or the skipped ones."""

import builtins
import io
from pathlib import Path

import pytest

from comodo_app.errors import InputError, NoTelemetry, UnreadableFile, UsageError
from comodo_app.recordings.importers import (
    IMPORTERS,
    ReadOptions,
    Source,
    gather,
    parse_columns,
    read_source,
)
from tests.unit.recordings.imu_files import shared_file, write_table, write_video


def found(gathered):
    return [(s.importer, [p.name for p in s.paths]) for s in gathered.sources]


def problems(gathered):
    return {path.name: type(error) for path, error in gathered.problems}


@pytest.fixture
def folder(tmp_path) -> Path:
    root = tmp_path / "data"
    for name in ("b", "a", ".hidden", "old.comodo"):
        (root / name).mkdir(parents=True)
    video = write_video(root / "a" / "walk.mp4", duration_s=1.0).read_bytes()
    write_table(root / "a" / "walk.csv")
    (root / "a" / "walk.truth.json").write_text("{}")
    (root / "README.md").write_text("hello")
    (root / "LICENSE-CC-BY-4.0.txt").write_text("hello")
    (root / "b" / "alone.mp4").write_bytes(video)
    (root / "b" / "cut.mp4").write_bytes(video[: len(video) // 2])
    (root / "b" / "GX01.LRV").write_bytes(video)
    write_table(root / "b" / "run.csv")
    (root / "b" / "notes.odt").write_text("x")
    (root / ".hidden" / "x.csv").write_text("x")
    (root / "old.comodo" / "x.csv").write_text("x")
    return root


def test_a_folder_is_searched_and_nothing_in_it_gets_lost(folder):
    got = gather([folder])
    assert found(got) == [("video_csv", ["walk.mp4", "walk.csv"]), ("imu_csv", ["run.csv"])]
    assert problems(got) == {
        "alone.mp4": NoTelemetry,
        "cut.mp4": UnreadableFile,
        "notes.odt": UnreadableFile,
    }
    assert sorted(path.name for path in got.skipped) == [
        ".hidden",
        "GX01.LRV",
        "LICENSE-CC-BY-4.0.txt",
        "README.md",
        "old.comodo",
        "walk.truth.json",
    ]


def test_a_video_alone_says_what_to_do(folder):
    got = gather([folder / "b" / "alone.mp4"])
    ((path, error),) = got.problems
    assert path.name == "alone.mp4"
    assert error.what == "No motion data inside and no CSV beside it."
    assert "alone.csv" in error.hint


def test_only_video_and_only_table_named_together_are_paired(folder):
    got = gather([folder / "b" / "alone.mp4", folder / "b" / "run.csv"])
    assert found(got) == [("video_csv", ["alone.mp4", "run.csv"])]


def test_missing_and_unreadable_paths_are_problems_and_the_others_go_on(folder, monkeypatch):
    real = io.open

    def closed(file, *args, **kwargs):
        if str(file).endswith("run.csv"):
            raise PermissionError(13, "Permission denied", str(file))
        return real(file, *args, **kwargs)

    monkeypatch.setattr(io, "open", closed)
    monkeypatch.setattr(builtins, "open", closed)
    got = gather([folder / "nowhere.csv", folder / "b" / "run.csv", folder / "a"])
    assert found(got) == [("video_csv", ["walk.mp4", "walk.csv"])]
    assert problems(got) == {"nowhere.csv": UnreadableFile, "run.csv": UnreadableFile}
    assert "Permission denied" in str(dict(got.problems)[folder / "b" / "run.csv"])


def test_the_same_file_counts_once_however_it_is_named(folder, monkeypatch):
    (folder / "b" / "link.csv").symlink_to(folder / "b" / "run.csv")
    monkeypatch.chdir(folder)
    paths = [
        Path("b/run.csv"),
        folder / "b" / "run.csv",
        Path("a/../b/run.csv"),
        Path("b/link.csv"),
    ]
    assert found(gather(paths)) == [("imu_csv", ["run.csv"])]
    assert len(gather([folder, folder, folder / "a"]).sources) == 2


def test_links_in_a_circle_end(folder):
    (folder / "b" / "up").symlink_to(folder)
    assert len(gather([folder]).sources) == 2


def test_broken_links_are_problems(folder):
    (folder / "a" / "broken.csv").symlink_to(folder / "gone")
    assert problems(gather([folder / "a"])) == {"broken.csv": UnreadableFile}


def test_a_folder_called_like_a_table_is_searched(tmp_path):
    (tmp_path / "x.csv").mkdir()
    write_table(tmp_path / "x.csv" / "y.csv")
    assert found(gather([tmp_path / "x.csv"])) == [("imu_csv", ["y.csv"])]


def test_an_empty_folder_is_a_problem(tmp_path):
    assert problems(gather([tmp_path])) == {tmp_path.name: UnreadableFile}


def test_a_project_is_no_recording(folder):
    ((_, error),) = gather([folder / "old.comodo"]).problems
    assert type(error) is InputError and "This is a project" in str(error)


def test_nothing_gives_nothing():
    got = gather([])
    assert (got.sources, got.problems, got.skipped) == ((), (), ())


def test_sources_are_read_by_their_importer(folder):
    for source in gather([folder]).sources:
        got = read_source(source, ReadOptions())
        assert got.recording.name == source.name
        assert (got.recording.video is None) == (source.importer == "imu_csv")


def test_a_file_that_goes_away_between_gathering_and_reading_is_refused(folder):
    for source in gather([folder]).sources:
        source.paths[-1].unlink()
        with pytest.raises(UnreadableFile):
            read_source(source, ReadOptions())


def test_an_unknown_importer_is_refused_in_words():
    with pytest.raises(UsageError, match=r"'vrs'.*Known: gopro, video_csv, imu_csv"):
        read_source(Source("vrs", (Path("x.vrs"),)), ReadOptions())


def test_labels_are_permanent_and_unique():
    assert [importer.label for importer in IMPORTERS] == [
        "gopro",
        "video_csv",
        "imu_csv",
        "imu_log",
    ]


def test_the_users_columns_reach_the_importer(folder):
    path = write_table(folder / "b" / "run.csv", header="T,A,B,C,D,E,F")
    columns = parse_columns("time=T,acc_x=A,acc_y=B,acc_z=C,gyro_x=D,gyro_y=E,gyro_z=F")
    options = ReadOptions(columns=columns, time_unit="s")
    (source,) = gather([path]).sources
    assert read_source(source, options).recording.imu is not None


def test_real_folders_are_sorted_out():
    got = gather([shared_file("gopro"), shared_file("phone_pair")])
    assert found(got) == [
        ("gopro", ["karma.mp4"]),
        ("gopro", ["max-heromode.mp4"]),
        ("video_csv", ["video.mp4", "acceleration.csv"]),
    ]
    assert problems(got) == {"sync.xlsx": UnreadableFile}


def test_glasses_whose_videos_lack_telemetry_are_refused_in_words():
    got = gather([shared_file("neon")])
    assert got.sources == ()
    assert {t for name, t in problems(got).items() if name.endswith(".mp4")} == {NoTelemetry}

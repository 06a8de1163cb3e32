"""Videos with tables: who belongs to whom, and on which clock."""

from pathlib import Path

import numpy as np
import pytest

from comodo_app.errors import AmbiguousColumns, NoOverlap, UnreadableFile
from comodo_app.recordings.formats.video_csv import VideoCsvImporter
from comodo_app.recordings.sources import ReadOptions, Source
from tests.unit.recordings.imu_files import motion, shared_file, times, write_table, write_video

UNITS = "acc_x_mps2,acc_y_mps2,acc_z_mps2,gyro_x_radps,gyro_y_radps,gyro_z_radps"
EPOCH = 1_657_533_977


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    made = {"creation_time": "2022-07-11T10:06:27.000000Z"}
    return write_video(tmp_path_factory.mktemp("video") / "walk.mp4", metadata=made)


def claimed(*names):
    sources = VideoCsvImporter().claims([Path(name) for name in names])
    return [tuple(path.as_posix() for path in source.paths) for source in sources]


def read(video, table, **options):
    return VideoCsvImporter().read(Source("video_csv", (video, table)), ReadOptions(**options))


def note(read, code):
    return next((n.text for n in read.notes if n.code == code), None)


@pytest.mark.parametrize("name", ["x.csv", "X.CSV", "x_imu.csv", "x.imu.csv", "X_IMU.csv", "x.tsv"])
def test_a_table_named_after_its_video_is_paired(name):
    assert claimed("d/x.MP4", f"d/{name}", "d/y.mkv", "d/other.csv") == [("d/x.MP4", f"d/{name}")]


def test_the_imu_table_goes_before_another_table_of_the_same_name():
    assert claimed("x.mp4", "x.csv", "x_imu.csv") == [("x.mp4", "x_imu.csv")]


def test_only_video_and_only_table_are_paired_whatever_they_are_called():
    assert claimed("clip.mp4", "d/log.csv") == [("clip.mp4", "d/log.csv")]
    assert claimed("clip.mp4", "a.csv", "b.csv") == []
    assert claimed("clip.mp4", "clop.mp4", "a.csv") == []


def test_every_table_is_paired_once():
    assert claimed("x.mp4", "x.mov", "x.csv", "y.csv") == [("x.mp4", "x.csv")]


def test_tables_in_another_folder_are_paired_if_only_one_fits():
    assert claimed("v/x.mp4", "v/y.mp4", "s/x.csv", "s/y.csv") == [
        ("v/x.mp4", "s/x.csv"),
        ("v/y.mp4", "s/y.csv"),
    ]
    assert claimed("v/x.mp4", "w/x.mp4", "s/x.csv") == []
    assert claimed("v/x.mp4", "w/x.mp4", "v/x.csv", "w/x.csv") == [
        ("v/x.mp4", "v/x.csv"),
        ("w/x.mp4", "w/x.csv"),
    ]


def test_times_near_zero_are_on_the_videos_clock(video, tmp_path):
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=times() - 0.25)
    got = read(video, table)
    assert got.notes == ()
    assert got.recording.name == "walk"
    assert got.recording.offset_s == 0
    assert np.allclose(got.recording.imu_times_s(), times() - 0.25)
    assert got.recording.video.n_frames == 40
    assert got.recording.span_s == (0.0, pytest.approx(4.0))


def test_offset_and_skew_are_the_users(video, tmp_path):
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}")
    recording = read(video, table, offset_s=0.5, skew_ppm=100.0).recording
    assert np.allclose(recording.imu_times_s(), times() * 1.0001 + 0.5)


def test_another_clock_is_assumed_to_start_with_the_video_and_that_is_said(video, tmp_path):
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=times() + 2e6)
    got = read(video, table)
    assert np.allclose(got.recording.imu_times_s(), times(), atol=1e-6)
    said = note(got, "assumed_common_start")
    assert "2000000.000 s" in said and "--offset SECONDS" in said
    assert note(read(video, table, offset_s=-0.5), "assumed_common_start") is None


def test_the_containers_start_is_mentioned_if_it_disagrees(video, tmp_path):
    clock = times(20.0) + EPOCH
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=clock)
    said = note(read(video, table), "assumed_common_start")
    assert "2022-07-11 10:06:17.000 UTC" in said
    assert "10.0 s after the first IMU sample" in said and "--offset -10.0" in said
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=clock + 9)
    assert "The video says" not in note(read(video, table), "assumed_common_start")
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=clock + 1e6)
    assert "The video says" not in note(read(video, table), "assumed_common_start")


def test_no_common_time_is_refused_with_both_spans_and_the_offset(video, tmp_path):
    table = write_table(tmp_path / "walk.csv", time=times() + 60)
    with pytest.raises(NoOverlap) as caught:
        read(video, table)
    assert "0 to 4.0 s" in str(caught.value) and "60.0 to 64.0 s" in str(caught.value)
    assert "--offset -60.000" in caught.value.hint
    assert read(video, table, offset_s=-60.0).recording.imu_times_s()[0] == pytest.approx(0)
    with pytest.raises(NoOverlap):
        read(video, write_table(tmp_path / "walk.csv"), offset_s=-4.0)


def test_little_overlap_is_noted(video, tmp_path):
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=times() + 3)
    got = read(video, table)
    assert {n.code for n in got.notes} == {"little_overlap"}
    assert "1.0 s of the video's 4.0 s" in note(got, "little_overlap")


def test_lengths_far_apart_are_noted(video, tmp_path):
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{UNITS}", time=times(15.6))
    assert "the video lasts 4.0 s, the IMU 15.6 s" in note(read(video, table), "lengths_differ")


def test_a_pair_by_company_only_is_noted(video, tmp_path):
    got = read(video, write_table(tmp_path / "log.csv"))
    assert "'log.csv'" in note(got, "paired_without_name")


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100])
def test_a_video_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "walk.mp4").write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"walk\.mp4"):
        read(tmp_path / "walk.mp4", write_table(tmp_path / "walk.csv"))


def test_a_truncated_video_is_refused(video, tmp_path):
    whole = video.read_bytes()
    (tmp_path / "walk.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match=r"walk\.mp4"):
        read(tmp_path / "walk.mp4", write_table(tmp_path / "walk.csv"))


def test_an_empty_table_is_refused(video, tmp_path):
    (tmp_path / "walk.csv").touch()
    with pytest.raises(UnreadableFile, match=r"walk\.csv.*empty"):
        read(video, tmp_path / "walk.csv")


def test_video_without_gyroscope_is_refused():
    folder = shared_file("phone_pair")
    with pytest.raises(AmbiguousColumns, match="No gyroscope"):
        read(folder / "video.mp4", folder / "acceleration.csv")


def test_samples_arrive_in_canonical_order(video, tmp_path):
    header = "gyro_z_radps,gyro_y_radps,gyro_x_radps,acc_z_mps2,acc_y_mps2,acc_x_mps2"
    logged = motion(400)[:, ::-1]
    table = write_table(tmp_path / "walk.csv", header=f"time_s,{header}", samples=logged)
    assert np.allclose(read(video, table).recording.imu.samples, motion(400), atol=1e-5)

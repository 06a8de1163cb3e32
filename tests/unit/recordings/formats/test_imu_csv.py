"""Tables of IMU samples as recordings: clocks, units, notes, refusals."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from comodo_app.errors import AmbiguousColumns, UnreadableFile
from comodo_app.recordings.formats.imu_csv import ImuCsvImporter, read_imu_table
from comodo_app.recordings.model import GRAVITY_MPS2
from comodo_app.recordings.sources import ReadOptions, Source, parse_columns
from tests.unit.recordings.imu_files import motion, shared_file, times, write_table

STATED = "time_s,acc_x_g,acc_y_g,acc_z_g,gyro_x_dps,gyro_y_dps,gyro_z_dps"


def codes(read):
    return {note.code for note in read.notes}


def read(path, **options):
    return ImuCsvImporter().read(Source("imu_csv", (path,)), ReadOptions(**options))


def test_a_table_with_stated_units_is_read_without_a_note(tmp_path):
    header = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyro_x_radps,gyro_y_radps,gyro_z_radps"
    got = read(write_table(tmp_path / "walk.csv", header=header))
    assert got.notes == ()
    assert (got.recording.name, got.recording.video) == ("walk", None)
    assert np.allclose(got.recording.imu.times_s, times())
    assert np.allclose(got.recording.imu.samples, motion(400), atol=1e-5)
    assert got.recording.imu.sample_rate_hz == pytest.approx(100.0)


def test_g_and_degrees_become_metres_and_radians(tmp_path):
    logged = motion(400) / ([GRAVITY_MPS2] * 3 + [np.pi / 180] * 3)
    got = read(write_table(tmp_path / "a.csv", header=STATED, samples=logged))
    assert np.allclose(got.recording.imu.samples, motion(400), atol=1e-4)
    assert got.notes == ()


def test_the_users_units_stand_above_the_header(tmp_path):
    path = write_table(tmp_path / "a.csv", header=STATED)
    got = read(path, acc_unit="m/s2", gyro_unit="rad/s")
    assert np.allclose(got.recording.imu.samples, motion(400), atol=1e-5)


def test_guessed_units_are_noted(tmp_path):
    got = read(write_table(tmp_path / "a.csv", header="t,ax,ay,az,gx,gy,gz"))
    assert codes(got) == {"assumed_time_unit", "assumed_acc_unit", "assumed_gyro_unit"}


def test_semicolons_decimal_commas_and_a_byte_order_mark_are_read(tmp_path):
    path = write_table(
        tmp_path / "a.csv", delimiter=";", decimal=",", encoding="utf-8-sig", newline="\r\n"
    )
    got = read(path)
    assert np.allclose(got.recording.imu.samples, motion(400), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "size"), [("timestamp_ms", 1e3), ("epoch_ns", 1e9), ("time", 1e3)]
)
def test_times_since_1970_begin_at_zero(tmp_path, name, size):
    stamps = [f"{round((1_657_533_977 + t) * size)}" for t in times()]
    path = write_table(
        tmp_path / "a.csv", header=f"{name},acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z", time=stamps
    )
    assert np.allclose(read(path).recording.imu.times_s, times(), atol=1e-6)
    table = read_imu_table(path, ReadOptions())
    assert table.start == "2022-07-11 10:06:17.000 UTC"
    assert table.start_s == pytest.approx(1_657_533_977, abs=1e-3)


def test_iso_times_are_read(tmp_path):
    start = datetime(2022, 7, 11, 10, 6, 17, tzinfo=UTC)
    stamps = [(start + timedelta(seconds=t)).isoformat() for t in times()]
    path = write_table(tmp_path / "a.csv", header="time,ax,ay,az,gx,gy,gz", time=stamps)
    assert np.allclose(read(path).recording.imu.times_s, times(), atol=1e-9)


def test_an_imu_alone_begins_at_zero_and_its_offset_is_not_used(tmp_path):
    got = read(write_table(tmp_path / "a.csv", time=times() + 7.5), offset_s=3.0, skew_ppm=20.0)
    assert got.recording.imu.times_s[0] == 0
    assert (got.recording.offset_s, got.recording.skew_ppm) == (0.0, 20.0)
    assert "offset_ignored" in codes(got)


def test_gaps_move_with_the_times(tmp_path):
    clock = times() + 1e6
    clock[200:] += 2.0
    (gap,) = read(write_table(tmp_path / "a.csv", time=clock)).recording.imu.gaps
    assert (gap.start_s, gap.end_s) == (pytest.approx(1.99), pytest.approx(4.0))


def test_dirt_is_repaired_and_counted(tmp_path):
    path = write_table(tmp_path / "a.csv")
    lines = path.read_text().splitlines()
    lines[50] = "oops" + lines[50]
    lines[100:120] = [line.split(",")[0] + ",,,,,," for line in lines[100:120]]
    lines[200], lines[201] = lines[201], lines[200]
    lines.insert(300, lines[300])
    path.write_text("\n".join(lines))
    found = {note.code: note.count for note in read(path).notes}
    dirt = {"broken_rows": 1, "nonfinite_rows": 20, "gaps": 1, "out_of_order": 1}
    assert found == dirt | {"duplicate_rows": 1, "assumed_acc_unit": 400, "assumed_gyro_unit": 400}


def test_missing_gravity_is_noted(tmp_path):
    got = read(write_table(tmp_path / "a.csv", samples=motion(400) - [0, 0, 9.8, 0, 0, 0]),
               acc_unit="m/s2")  # fmt: skip
    assert "gravity_missing" in codes(got)


def test_a_unit_that_makes_an_absurd_rate_is_refused(tmp_path):
    path = write_table(tmp_path / "a.csv", header="t_ns,ax,ay,az,gx,gy,gz")
    with pytest.raises(AmbiguousColumns, match=r"samples/s.*--time-unit"):
        read(path)
    assert read(path, time_unit="s").recording.imu.sample_rate_hz == pytest.approx(100)


def test_named_columns_are_read(tmp_path):
    path = write_table(tmp_path / "a.csv", header="when,A,B,C,D,E,F")
    with pytest.raises(AmbiguousColumns, match="No time column; no accelerometer; no gyroscope"):
        read(path)
    said = parse_columns("time=when,acc_x=A,acc_y=B,acc_z=C,gyro_x=D,gyro_y=E,gyro_z=F")
    got = read(path, columns=said, time_unit="s", acc_unit="m/s2", gyro_unit="rad/s")
    assert np.allclose(got.recording.imu.samples, motion(400), atol=1e-5)
    assert got.notes == ()


def test_a_table_without_header_needs_numbers_for_names(tmp_path):
    path = write_table(tmp_path / "a.csv", header="")
    with pytest.raises(AmbiguousColumns, match="no header row"):
        read(path)
    said = parse_columns("time=#1,acc_x=#2,acc_y=#3,acc_z=#4,gyro_x=#5,gyro_y=#6,gyro_z=#7")
    assert len(read(path, columns=said, time_unit="s").recording.imu.times_s) == 400


@pytest.mark.parametrize("n_rows", [0, 1, 50])
def test_too_few_rows_are_refused(tmp_path, n_rows):
    with pytest.raises(UnreadableFile):
        read(write_table(tmp_path / "a.csv", time=times()[:n_rows]))


def test_a_phone_log_with_equal_milliseconds_is_read_whole():
    got = read(shared_file("geotec/s01/s01_01_sp.csv"))
    found = {note.code: note.count for note in got.notes}
    assert len(got.recording.imu.times_s) == 1351
    assert found["duplicate_times"] == 108
    assert got.recording.imu.sample_rate_hz == pytest.approx(102.5, abs=0.5)


@pytest.mark.parametrize(("sensor", "missing"), [("Accel", "gyroscope"), ("Gyro", "accelerometer")])
def test_a_table_of_one_sensor_is_refused(sensor, missing):
    folder = shared_file("classyglass/as_recorded/User1")
    with pytest.raises(AmbiguousColumns, match=f"No {missing}.*elapsed"):
        read(next(iter(sorted(folder.glob(f"10_*{sensor}*.csv")))))


@pytest.mark.parametrize("name", ["geotec/executions_info.csv", "geotec/subjects_info.csv"])
def test_tables_of_other_things_are_refused(name):
    with pytest.raises((UnreadableFile, AmbiguousColumns)):
        read(shared_file(name))

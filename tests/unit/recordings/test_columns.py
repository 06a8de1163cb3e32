"""Which column is which: names as loggers write them, ambiguity, the user's word."""

import pytest

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.column_names import read_axis, read_time, read_unit
from comodo_app.recordings.columns import choose_columns
from comodo_app.recordings.sources import ReadOptions, parse_columns


@pytest.mark.parametrize(
    ("name", "sensor", "axis", "unit"),
    [
        ("acc_x", "acc", "x", None),
        ("accl_y", "acc", "y", None),
        ("ax", "acc", "x", None),
        ("AZ", "acc", "z", None),
        ("accX", "acc", "x", None),
        ("x_acc", "acc", "x", None),
        ("Accelerometer x (m/s^2)", "acc", "x", "m/s2"),
        ("AccX[m/s²]", "acc", "x", "m/s2"),
        ("acceleration_x_g", "acc", "x", "g"),
        ("Acc_X_mg", "acc", "x", "mg"),
        ("x-axis (g)", "acc", "x", "g"),
        ("gFz", "acc", "z", "g"),
        ("gyro_x (deg/s)", "gyro", "x", "deg/s"),
        ("gyro.x [°/s]", "gyro", "x", "deg/s"),
        ("gx", "gyro", "x", None),
        ("wx", "gyro", "x", None),
        ("gyr_x", "gyro", "x", None),
        ("rotationRateX", "gyro", "x", None),
        ("Rotation Rate (X)", "gyro", "x", None),
        ("angular_velocity_x", "gyro", "x", None),
        ("gyro_x_rad_s", "gyro", "x", "rad/s"),
        ("x-axis (deg/s)", "gyro", "x", "deg/s"),
    ],
)
def test_axis_names_are_recognised(name, sensor, axis, unit):
    found = read_axis(0, name)
    assert found is not None
    assert (found.sensor, found.axis, found.unit, found.words) == (sensor, axis, unit, frozenset())


@pytest.mark.parametrize(
    "name",
    [
        "x", "mag_x", "magnetometer x (µT)", "gravityX", "quaternionX", "temperature", "label",
        "gx (g)", "acc", "acc_xy", "accuracy", "angle_x", "",
    ],
)  # fmt: skip
def test_other_names_are_no_axes(name):
    assert read_axis(0, name) is None


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("t", None), ("time", None), ("timestamp", None), ("timestamp_ms", "ms"), ("time_us", "us"),
        ("seconds_elapsed", "s"), ("epoch (ms)", "ms"), ("Time (s)", "s"), ("timestamp [ns]", "ns"),
        ("capture_timestamp_ns", "ns"), ("time (-13:00)", None), ("Milliseconds", "ms"),
        ("time_µs", "us"), ("SamplingTime", None), ("datetime", None),
    ],
)  # fmt: skip
def test_time_names_are_recognised_with_their_unit(name, unit):
    found = read_time(0, name)
    assert found is not None
    assert found.unit == unit


@pytest.mark.parametrize("name", ["temperature", "tx", "timezone", "label", "component_idx", "s1"])
def test_other_names_are_no_times(name):
    assert read_time(0, name) is None


def test_units_of_physics_toolbox_are_g():
    assert read_unit("gFx") == "g"


def chosen(header, options=""):
    return choose_columns(
        header.split(","), header.count(",") + 1, ReadOptions(columns=parse_columns(options))
    )


SIX = "acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"


def test_columns_are_found_in_any_order():
    choice = chosen("label,gyro_z,gyro_y,gyro_x,accl_z,accl_y,accl_x,timestamp_ms")
    assert (choice.time, choice.axes) == (7, (6, 5, 4, 3, 2, 1))
    assert (choice.time_unit, choice.acc_unit, choice.gyro_unit) == ("ms", None, None)
    assert choice.notes == ()


def test_units_come_from_the_header_unless_the_user_says_otherwise():
    header = ["t", "ax (g)", "ay (g)", "az (g)", "gx (deg/s)", "gy (deg/s)", "gz (deg/s)"]
    choice = choose_columns(header, 7, ReadOptions())
    assert (choice.acc_unit, choice.gyro_unit) == ("g", "deg/s")
    choice = choose_columns(header, 7, ReadOptions(acc_unit="m/s2", time_unit="ms"))
    assert (choice.acc_unit, choice.gyro_unit, choice.time_unit) == ("m/s2", "deg/s", "ms")


def test_the_better_of_several_clocks_is_used_and_noted():
    choice = chosen(f"time,seconds_elapsed,{SIX}")
    assert choice.time == 1
    assert [(note.code, note.count) for note in choice.notes] == [("time_column_chosen", 2)]


def test_acceleration_with_gravity_is_preferred_and_noted():
    linear = "Linear Acceleration x,Linear Acceleration y,Linear Acceleration z"
    choice = chosen(f"t,{linear},{SIX}")
    assert choice.axes == (4, 5, 6, 7, 8, 9)
    assert [note.code for note in choice.notes] == ["acc_set_chosen"]
    total = "total_acc_x,total_acc_y,total_acc_z"
    assert chosen(f"t,{SIX},{total}").axes == (7, 8, 9, 4, 5, 6)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (f"index,{SIX}", "no time column"),
        ("t,acc_x,acc_y,acc_z", "no gyroscope"),
        ("t,gyro_x,gyro_y,gyro_z", "no accelerometer"),
        ("t,acc_x,acc_y,gyro_x,gyro_y,gyro_z", r"accelerometer incomplete \('acc_x', 'acc_y'\)"),
        (f"t,{SIX},acc_x", "more than one accelerometer"),
        (
            "t,left_acc_x,left_acc_y,left_acc_z,right_acc_x,right_acc_y,right_acc_z,gx,gy,gz",
            "more than one accelerometer",
        ),
        (f"time_a,time_b,{SIX}", "2 time columns"),
        ("t,x,y,z", "no accelerometer; no gyroscope"),
        ("t,ax (g),ay (m/s2),az (g),gx,gy,gz", "state g and m/s2"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_what_was_found(header, said):
    with pytest.raises(AmbiguousColumns, match=f"(?i){said}"):
        chosen(header)


def test_the_hint_names_what_was_found_and_what_to_fill_in():
    with pytest.raises(AmbiguousColumns) as caught:
        chosen("ts,AX,AY,AZ,a,b,c")
    assert "Recognised: time = 'ts', acc_x = 'AX'" in caught.value.what
    assert "--columns time=ts,acc_x=AX,acc_y=AY,acc_z=AZ,gyro_x=<column>" in caught.value.hint


def test_the_users_columns_stand_above_recognition():
    header = "t,left_acc_x,left_acc_y,left_acc_z,right_acc_x,right_acc_y,right_acc_z,gx,gy,gz"
    choice = chosen(header, "acc_x=RIGHT_ACC_X,acc_y=right_acc_y,acc_z=#7")
    assert choice.axes == (4, 5, 6, 7, 8, 9)
    assert choice.time == 0


@pytest.mark.parametrize("column", ["nothing", "#0", "#8", "acc"])
def test_a_column_that_is_not_there_is_refused_with_the_names(column):
    with pytest.raises(AmbiguousColumns, match="'gyro_z'"):
        chosen(f"t,{SIX}", f"acc_x={column}")


def test_two_columns_of_the_named_name_are_refused():
    with pytest.raises(AmbiguousColumns, match="2 columns are called 'v'"):
        chosen(f"t,{SIX},v,v", "acc_x=v")


def test_without_header_only_numbers_for_all_seven_will_do():
    with pytest.raises(AmbiguousColumns, match=r"no header.*--columns time=#1,acc_x=#2"):
        choose_columns(None, 7, ReadOptions())
    with pytest.raises(AmbiguousColumns, match="without names"):
        choose_columns(None, 7, ReadOptions(columns=parse_columns("time=t")))
    text = "time=#7,acc_x=#1,acc_y=#2,acc_z=#3,gyro_x=#4,gyro_y=#5,gyro_z=#6"
    choice = choose_columns(None, 7, ReadOptions(columns=parse_columns(text)))
    assert (choice.time, choice.axes) == (6, (0, 1, 2, 3, 4, 5))

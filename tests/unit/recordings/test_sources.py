"""What the user says about a recording: parsed, checked, stored."""

import pytest

from comodo_app.errors import UsageError
from comodo_app.recordings.sources import ReadOptions, columns_text, parse_columns


def test_columns_are_parsed_in_order_with_commas_in_names():
    text = "time=ts, ACC_X=Accel, left (g),gyro_z=#7"
    assert parse_columns(text) == (("time", "ts"), ("acc_x", "Accel, left (g)"), ("gyro_z", "#7"))
    assert parse_columns("  ") == ()


def test_columns_text_is_read_back():
    columns = {"gyro_x": "GX", "time": "t (s)", "acc_x": "#3"}
    assert columns_text(columns) == "time=t (s),acc_x=#3,gyro_x=GX"
    assert dict(parse_columns(columns_text(columns))) == columns


@pytest.mark.parametrize("text", ["ts", "clock=ts", "x,time=ts", "time=", "time=a,time=b"])
def test_unusable_columns_are_refused_with_an_example(text):
    with pytest.raises(UsageError, match="--columns time="):
        parse_columns(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"acc_unit": "m"},
        {"gyro_unit": "g"},
        {"time_unit": "h"},
        {"offset_s": float("nan")},
        {"skew_ppm": float("inf")},
        {"columns": (("clock", "t"),)},
    ],
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError):
        ReadOptions(**wrong)


def test_json_holds_what_differs_and_is_read_back():
    options = ReadOptions(
        columns=(("time", "Zeit, s"), ("acc_x", "#2")), acc_unit="g", time_unit="iso", offset_s=-1.5
    )
    assert ReadOptions.from_json(options.to_json()) == options
    assert ReadOptions().to_json() == "{}"
    assert ReadOptions.from_json("{}") == ReadOptions()


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"colour": 1}', '{"offset_s": "x"}', '{"acc_unit": 3}', '{"columns": 3}'],
)
def test_foreign_json_is_refused(text):
    with pytest.raises(UsageError):
        ReadOptions.from_json(text)

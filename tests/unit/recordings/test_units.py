"""Units of acceleration and angular rate: stated, guessed with a note, or refused."""

import numpy as np
import pytest

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.model import GRAVITY_MPS2
from comodo_app.recordings.units import acc_to_mps2, gyro_to_radps
from tests.unit.recordings.imu_files import motion


def codes(notes):
    return [note.code for note in notes]


@pytest.mark.parametrize(("unit", "size"), [("m/s2", 1.0), ("g", GRAVITY_MPS2), ("mg", 0.00980665)])
def test_stated_units_of_acceleration_are_converted_without_a_note(unit, size):
    truth = motion(500)[:, :3]
    acc, notes = acc_to_mps2(truth / size, unit)
    assert np.allclose(acc, truth)
    assert notes == ()


@pytest.mark.parametrize(("unit", "size"), [("m/s2", 1.0), ("g", GRAVITY_MPS2)])
def test_gravity_tells_the_unit_of_acceleration_and_the_guess_is_noted(unit, size):
    truth = motion(500)[:, :3]
    acc, notes = acc_to_mps2(truth / size, None)
    assert np.allclose(acc, truth)
    assert codes(notes) == ["assumed_acc_unit"]
    assert f"read as {unit}" in notes[0].text and notes[0].count == 500


def test_missing_gravity_is_said_plainly():
    acc = motion(500)[:, :3] - [0, 0, GRAVITY_MPS2]
    _, notes = acc_to_mps2(acc, "m/s2")
    assert codes(notes) == ["gravity_missing"]
    assert "gravity is missing" in notes[0].text


@pytest.mark.parametrize("scale", [16384 / GRAVITY_MPS2, 0.02, 0.3, 4.0])
def test_acceleration_of_no_known_size_is_refused(scale):
    with pytest.raises(AmbiguousColumns, match="--acc-unit"):
        acc_to_mps2(motion(500)[:, :3] * scale, None)


def test_acceleration_that_cannot_be_in_its_unit_is_refused():
    with pytest.raises(AmbiguousColumns, match="cannot be in g"):
        acc_to_mps2(motion(500)[:, :3], "g")


@pytest.mark.parametrize("unit", ["rad/s", "deg/s"])
def test_stated_units_of_rate_are_converted_without_a_note(unit):
    truth = motion(500)[:, 3:]
    gyro, notes = gyro_to_radps(truth if unit == "rad/s" else np.rad2deg(truth), unit)
    assert np.allclose(gyro, truth)
    assert notes == ()


def test_rate_without_unit_is_radians_unless_implausibly_large_and_noted():
    truth = motion(500)[:, 3:]
    for logged, unit in ((truth, "rad/s"), (np.rad2deg(truth), "deg/s")):
        gyro, notes = gyro_to_radps(logged, None)
        assert np.allclose(gyro, truth)
        assert codes(notes) == ["assumed_gyro_unit"]
        assert f"read as {unit}" in notes[0].text


def test_rates_that_cannot_be_are_refused():
    with pytest.raises(AmbiguousColumns, match="raw counts"):
        gyro_to_radps(motion(500)[:, 3:] * 16000, None)
    with pytest.raises(AmbiguousColumns, match=r"cannot be in rad/s"):
        gyro_to_radps(np.rad2deg(motion(500)[:, 3:]) * 10, "rad/s")


def test_rows_that_are_not_finite_do_not_disturb_the_guess():
    acc = motion(500)[:, :3]
    acc[::3, 1] = np.nan
    converted, notes = acc_to_mps2(acc, None)
    assert np.array_equal(converted, acc, equal_nan=True)
    assert codes(notes) == ["assumed_acc_unit"]
    gyro = motion(500)[:, 3:]
    gyro[::3] = np.nan
    assert codes(gyro_to_radps(gyro, None)[1]) == ["assumed_gyro_unit"]


def test_nothing_but_nan_is_no_reason_to_crash():
    assert codes(acc_to_mps2(np.full((5, 3), np.nan), "g")[1]) == []
    assert len(gyro_to_radps(np.full((5, 3), np.nan), "rad/s")[0]) == 5

"""Time columns as seconds: stated units, guesses with a note, epochs, ISO 8601."""

import numpy as np
import pytest

from comodo_app.errors import AmbiguousColumns
from comodo_app.recordings.time_units import clock_from_numbers, clock_from_texts, looks_like_iso

T = np.arange(400) / 100
EPOCH = 1_657_533_977.25
SIZES = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


@pytest.mark.parametrize("unit", SIZES)
def test_stated_units_are_converted_without_a_note(unit):
    clock = clock_from_numbers(T * SIZES[unit], unit)
    assert np.allclose(clock.times_s, T, atol=1e-12)
    assert (clock.zero_s, clock.is_absolute, clock.notes) == (0.0, False, ())


@pytest.mark.parametrize("unit", SIZES)
def test_spacing_tells_the_unit_of_elapsed_time_and_the_guess_is_noted(unit):
    clock = clock_from_numbers(T * SIZES[unit], None, name="t")
    assert np.allclose(clock.times_s, T, atol=1e-12)
    assert [note.code for note in clock.notes] == ["assumed_time_unit"]
    assert f"read as {unit}" in clock.notes[0].text


@pytest.mark.parametrize("unit", SIZES)
@pytest.mark.parametrize("stated", [True, False])
def test_epochs_keep_their_precision(unit, stated):
    ticks = np.round((EPOCH + T) * 1e9).astype(np.int64) / (1e9 / SIZES[unit])
    clock = clock_from_numbers(ticks.astype(np.float64), unit if stated else None)
    assert clock.is_absolute and clock.is_epoch
    assert clock.zero_s == pytest.approx(np.floor(EPOCH), abs=1e-6)
    assert np.allclose(clock.times_s, T + 0.25, atol=1e-6)
    assert clock.describe(0.25) == "2022-07-11 10:06:17.250 UTC"


def test_a_clock_since_switching_on_is_absolute_but_no_date():
    clock = clock_from_numbers(2_173_334.251 + T, "s")
    assert clock.is_absolute and not clock.is_epoch
    assert clock.describe(float(clock.times_s[0])) == "2173334.251 s"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.arange(400.0), "counts rows"),
        (np.arange(1.0, 400.0), "counts rows"),
        (np.zeros(400), "never grows"),
        (np.arange(400) * 0.2, "fit s and ms"),
        (np.arange(400) * 1e-7, "fit none"),
    ],
)
def test_numbers_that_fit_no_unit_are_refused_with_the_option(values, said):
    with pytest.raises(AmbiguousColumns, match=f"{said}.*--time-unit"):
        clock_from_numbers(values, None)


def test_numbers_are_no_iso_text():
    with pytest.raises(AmbiguousColumns, match="not ISO"):
        clock_from_numbers(T, "iso")


@pytest.mark.parametrize(
    "pattern",
    [
        "2022-07-11T10:06:{:09.6f}Z",
        "2022-07-11 10:06:{:09.6f}",
        "2022-07-11T12:06:{:09.6f}+02:00",
        "2022-07-11T05:36:{:09.6f}-0430",
        "2022-07-11 11:06:{:06.3f}+0100 [Europe/London]",
    ],
)
def test_iso_texts_with_and_without_zone(pattern):
    texts = [pattern.format(17.25 + t) for t in T]
    assert looks_like_iso(texts)
    clock = clock_from_texts(texts)
    assert np.allclose(clock.times_s, T + 0.25, atol=1e-9)
    assert clock.is_epoch
    assert clock.describe(0.25) == "2022-07-11 10:06:17.250 UTC"


def test_iso_texts_over_a_change_of_zone_run_on():
    texts = ["2022-10-30T02:59:59.5+02:00", "2022-10-30T02:00:00,5+01:00"]
    assert clock_from_texts(texts).times_s.tolist() == [0.5, 1.5]


def test_texts_that_are_no_time_become_nan():
    clock = clock_from_texts(["", "2022-07-11T10:06:17Z", "noon", "2022-07-11T10:06:18Z"])
    assert np.array_equal(clock.times_s, [np.nan, 0, np.nan, 1], equal_nan=True)
    assert np.isnan(clock_from_texts(["a", ""]).times_s).all()


@pytest.mark.parametrize("cell", ["", "1657533977813", "10:06:17", "walking", "2022"])
def test_other_cells_are_no_iso(cell):
    assert not looks_like_iso([cell])

"""Timeline pictures: right size, right colours at the right places, whatever the recording."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from comodo_app.activities.model import Activity, Segment, State, Timeline
from comodo_app.errors import StorageError, UsageError
from comodo_app.exports.lettering import printable, shorten, width_px
from comodo_app.exports.palette import DARK, HATCHES, LIGHT, THEMES
from comodo_app.exports.scales import clock, time_format, time_ticks, value_ticks
from comodo_app.exports.timeline_picture import TimelinePicture, Verdict, compare
from comodo_app.exports.timeline_png import SIZE_PX, place, timeline_png, write_timeline_png

TEACHER = Timeline(
    (
        Segment(0.0, 30.0, State.ACTIVITY, 1, 0.9),
        Segment(30.0, 60.0, State.ACTIVITY, 11, 0.9),
        Segment(60.0, 80.0, State.ACTIVITY, 7, 0.9),
        Segment(80.0, 100.0, State.UNKNOWN),
    )
)
STUDENT = Timeline(
    (
        Segment(0.0, 50.0, State.ACTIVITY, 1, 0.8),
        Segment(50.0, 90.0, State.ACTIVITY, 7, 0.8),
        Segment(90.0, 100.0, State.NO_DATA),
    )
)
NAMES = (Activity(1, "Walking"), Activity(7, "Looking around"))


def picture(
    *,
    count: int = 5000,
    lanes: tuple[tuple[str, Timeline], ...] = (("Teacher", TEACHER), ("Student", STUDENT)),
    **more: object,
) -> TimelinePicture:
    times = np.linspace(0.0, 100.0, count) if count else np.zeros(0)
    wave = np.sin(times[:, None] * np.array([1.0, 2.0, 3.0])).astype(np.float32)
    return TimelinePicture("loop", times, wave + 5, wave, lanes, NAMES, **more)  # type: ignore[arg-type]


def pixels(data: bytes) -> NDArray[np.float32]:
    """(H, W, 3) in 0 … 1."""
    return np.asarray(image.imread(io.BytesIO(data), format="png"))[..., :3]


def is_colour(pixel: NDArray[np.float32], colour: str) -> bool:
    return bool(np.abs(pixel - to_rgb(colour)).max() < 0.02)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [SIZE_PX, (901, 577)])
def test_the_file_is_a_png_of_the_asked_size(tmp_path, theme, size):
    path = tmp_path / "t.png"
    write_timeline_png(path, picture(), theme=theme, size_px=size)
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert pixels(data).shape == (size[1], size[0], 3)
    assert is_colour(pixels(data)[1, 1], THEMES[theme].surface)
    assert [p.name for p in tmp_path.iterdir()] == ["t.png"]


def test_scale_multiplies_the_pixels():
    data = timeline_png(picture(count=100), size_px=(800, 500), scale=2.0)
    assert pixels(data).shape == (1000, 1600, 3)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_bar_has_its_activitys_colour_at_its_time_and_lane(theme):
    shown = picture()
    layout = place(shown)
    drawn = pixels(timeline_png(shown, theme=theme.name))
    for band, time_s, activity_id in [
        (layout.lanes[0], 20.0, 1),
        (layout.lanes[1], 40.0, 1),
        (layout.lanes[1], 51.0, 7),
        (layout.lanes[0], 61.0, 7),
    ]:
        row = drawn[round(band.top) + 2 : round(band.bottom) - 2, round(layout.x(time_s))]
        share = np.mean([is_colour(pixel, theme.fill(activity_id)) for pixel in row])
        assert share > 0.5  # the rest is hatch or text


def test_agreement_and_difference_have_their_colours():
    shown = picture()
    layout = place(shown)
    assert layout.agreement is not None
    drawn = pixels(timeline_png(shown))
    row = drawn[round(layout.agreement.middle)]
    assert is_colour(row[round(layout.x(15.0))], LIGHT.ok)
    assert is_colour(row[round(layout.x(32.0))], LIGHT.err)
    assert not is_colour(row[round(layout.x(95.0))], LIGHT.ok)


def test_a_gap_is_left_empty_in_the_traces():
    shown = picture(gaps=((40.0, 60.0),))
    layout = place(shown)
    drawn = pixels(timeline_png(shown))
    for k, band in enumerate(layout.traces):
        rows = slice(round(band.top), round(band.bottom))
        for time_s, there in ((20.0, True), (46.0, False)):
            column = drawn[rows, round(layout.x(time_s))]
            near = np.abs(column - np.array(to_rgb(LIGHT.xyz[k % 3]))).max(axis=1).min()
            assert (near < 0.35) == there


@pytest.mark.parametrize(
    "shown",
    [
        picture(lanes=()),
        picture(lanes=(("Student", Timeline()), ("Teacher", Timeline()))),
        picture(count=0),
        picture(count=0, lanes=()),
        picture(count=1),
        picture(span_s=(200.0, 300.0)),
        picture(span_s=(20.0, 20.4)),
        picture(gaps=((-5.0, 200.0),)),
        picture(confidence=(np.linspace(0, 100, 3000), np.linspace(0, 1, 3000))),
        picture(confidence=(np.zeros(0), np.zeros(0))),
    ],
    ids=["no lanes", "empty", "no imu", "nothing", "one", "off", "close", "gap", "conf", "none"],
)
def test_odd_recordings_are_drawn(shown):
    assert pixels(timeline_png(shown, size_px=(700, 450))).shape == (450, 700, 3)


def test_names_with_every_kind_of_sign_are_drawn_in_both_themes():
    ids = range(1, 41)
    signs = "$x^2$ $", "<b>&", "走路", "🙂", "a\tb\nc", "\\frac{", "x" * 300, "\x00\x07", "=1+1", ""
    names = tuple(Activity(i, signs[i % len(signs)]) for i in ids)
    lane = Timeline(tuple(Segment(i, i + 1.0, State.ACTIVITY, i) for i in ids))
    shown = TimelinePicture(
        "$\\alpha$ 走" * 40,
        np.zeros(0),
        *(np.zeros((0, 3), np.float32),) * 2,
        (("A", lane),),
        names,
    )
    for theme in THEMES:
        timeline_png(shown, theme=theme, size_px=(900, 700))


def test_an_outlier_does_not_flatten_the_trace():
    shown = picture()
    acc = shown.acc.copy()
    acc[2500, 0] = 1e4
    spiked = TimelinePicture("s", shown.times_s, acc, shown.gyro, shown.lanes, NAMES)
    layout = place(spiked)
    drawn = pixels(timeline_png(spiked))
    band = layout.traces[0]
    area = drawn[round(band.top) : round(band.bottom), round(layout.left) : round(layout.right)]
    inked = np.abs(area - np.array(to_rgb(LIGHT.xyz[0]))).max(axis=2) < 0.3
    assert inked.any(axis=1).mean() > 0.4  # rows of pixels that the trace reaches


def test_what_cannot_be_drawn_is_refused(tmp_path):
    with pytest.raises(UsageError, match="light or dark"):
        timeline_png(picture(), theme="pink")
    with pytest.raises(UsageError, match="fit"):
        timeline_png(picture(), size_px=(300, 200))
    with pytest.raises(ValueError, match="acc"):
        TimelinePicture("x", np.zeros(3), np.zeros((2, 3)), np.zeros((3, 3)), ())


def test_a_failed_write_keeps_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "t.png"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError):
        write_timeline_png(path, picture(count=10), size_px=(700, 450))
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_comparison_matches_asking_at_every_moment():
    spans = compare(TEACHER, STUDENT)
    assert spans == (
        (0.0, 30.0, Verdict.AGREE),
        (30.0, 60.0, Verdict.DIFFER),
        (60.0, 80.0, Verdict.AGREE),
        (80.0, 100.0, Verdict.SILENT),
    )
    assert compare(TEACHER, Timeline()) == ()


def test_the_legend_lists_the_longest_first():
    assert [a.id for a in picture().occurring()] == [1, 7, 11]


def test_ids_beyond_ten_reuse_the_fill_with_another_hatch():
    assert LIGHT.fill(1) == LIGHT.fill(11) == LIGHT.fill(21)
    assert len({LIGHT.hatch(i) for i in (1, 11, 21)}) == 3
    assert LIGHT.hatch(10) == HATCHES[9]
    assert LIGHT.hatch(20) == HATCHES[0]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_fill_can_be_read_on(theme):
    def luminance(colour: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for fill, ink in zip(theme.fills, theme.inks, strict=True):
        dark, bright = sorted([luminance(fill), luminance(ink)])
        assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_texts_are_shortened_to_their_room():
    assert shorten("Walking", 11, 500) == "Walking"
    short = shorten("Walking uphill", 11, 60)
    assert short.endswith("…")
    assert width_px(short, 11) <= 60
    assert shorten("Walking", 11, 2) == ""
    assert printable(" a\n\tb ") == "a b"


@pytest.mark.parametrize("span", [0.4, 3.0, 10.0, 95.0, 600.0, 3599.0, 10_800.0, 1e6, 1e8])
def test_time_labels_are_different_and_not_crowded(span):
    step, ticks = time_ticks(0.0, span, 1288)
    _, write = time_format(0.0, span, step)
    labels = [write(t) for t in ticks]
    assert len(set(labels)) == len(labels)
    assert 2 <= len(ticks) <= 1288 / 84 + 1


def test_times_are_written_as_people_write_them():
    assert time_format(0, 300, 30)[1](90.0) == "01:30"
    assert time_format(0, 300, 0.5)[1](90.5) == "01:30.5"
    assert time_format(0, 300, 0.5)[1](119.97) == "02:00.0"
    assert time_format(-300, 300, 30)[1](-90.0) == "−01:30"
    assert time_format(0, 7200, 600)[1](4200.0) == "1:10:00"
    assert time_format(0, 10, 0.5)[1](2.5) == "2.5"
    assert [clock(9.96), clock(61), clock(3725)] == ["10.0 s", "1:01 min", "1:02:05 h"]


@pytest.mark.parametrize("height", [22.0, 40.0, 90.0, 200.0])
def test_value_ticks_are_few_round_and_inside(height):
    for low, high in [(-0.02, 0.03), (3.0, 17.0), (-160.0, 160.0), (9.7, 9.9)]:
        ticks = value_ticks(low, high, height)
        assert len(ticks) <= 6
        assert all(low < tick < high for tick in ticks)

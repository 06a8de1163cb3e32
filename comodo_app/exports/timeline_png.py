"""A recording's timeline as a picture: traces above, lanes below, a legend with minutes.

Drawn through matplotlib's objects, without a screen and without pyplot, so it works in any
thread. The size of the recording does not matter: traces are reduced to the extremes of each
pixel column before anything is drawn.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError
from comodo_app.exports.decimation import envelope
from comodo_app.exports.files import write_whole
from comodo_app.exports.lettering import printable, shorten, width_px
from comodo_app.exports.page import Box, Page
from comodo_app.exports.palette import THEMES
from comodo_app.exports.scales import clock, time_format, time_ticks, value_ticks
from comodo_app.exports.timeline_lanes import (
    draw_agreement,
    draw_confidence,
    draw_lanes,
    draw_legend,
    legend_columns,
    legend_entries,
)
from comodo_app.exports.timeline_picture import (
    GUTTER_PX,
    RIGHT_PX,
    TITLE_PX,
    Band,
    Layout,
    TimelinePicture,
    Verdict,
    lay_out,
)

SIZE_PX = (1440, 810)
_HOLE_S = 0.1  # less than this before the first or after the last sample is not a hole


def write_timeline_png(
    path: Path,
    picture: TimelinePicture,
    *,
    theme: str = "light",
    size_px: tuple[int, int] = SIZE_PX,
    scale: float = 1.0,
) -> None:
    """Draw a timeline and write it, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    path : Path
        The PNG file.
    picture : TimelinePicture
        What to show.
    theme : {"light", "dark"}
        Colours.
    size_px : (int, int)
        Width and height of the layout.
    scale : float
        The file has `scale` times as many pixels: 2 for print.

    Raises
    ------
    UsageError
        If the theme is unknown or the picture does not fit into the size.
    StorageError
        If the file cannot be written.
    """
    write_whole(path, timeline_png(picture, theme=theme, size_px=size_px, scale=scale))


def timeline_png(
    picture: TimelinePicture,
    *,
    theme: str = "light",
    size_px: tuple[int, int] = SIZE_PX,
    scale: float = 1.0,
) -> bytes:
    """The PNG file's bytes; parameters and errors as for `write_timeline_png`."""
    if theme not in THEMES:
        raise UsageError(
            f"There is no theme {theme!r}.", where="theme", hint=f"Take {' or '.join(THEMES)}."
        )
    layout = place(picture, size_px)
    page = Page(size_px, THEMES[theme])
    _draw_title(page, picture, layout)
    _draw_axis(page, layout)
    if len(picture.times_s):
        _draw_gaps(page, picture, layout)
        _draw_sensor(page, picture, layout, picture.acc, "Acc", "m/s²", layout.traces[:3])
        _draw_sensor(page, picture, layout, picture.gyro, "Gyro", "rad/s", layout.traces[3:])
    else:
        _draw_hole(page, layout, [(layout.left, layout.right)], "no motion data")
    draw_lanes(page, picture, layout)
    draw_agreement(page, picture, layout)
    draw_confidence(page, picture, layout)
    draw_legend(page, picture, layout)
    return page.png(scale)


def place(picture: TimelinePicture, size_px: tuple[int, int] = SIZE_PX) -> Layout:
    """Where everything stands; raises `UsageError` if it does not fit."""
    columns, _ = legend_columns(picture, size_px[0] - GUTTER_PX - RIGHT_PX)
    return lay_out(picture, size_px, ceil(len(legend_entries(picture)) / columns))


def _draw_title(page: Page, picture: TimelinePicture, layout: Layout) -> None:
    theme, middle = page.theme, TITLE_PX / 2 - 1
    facts = [clock(layout.shown_s[1] - layout.shown_s[0]) + " long"]
    spans = picture.verdicts()
    agree_s = sum(end - start for start, end, v in spans if v is Verdict.AGREE)
    both_s = agree_s + sum(end - start for start, end, v in spans if v is Verdict.DIFFER)
    if both_s > 0:
        names = f"{picture.compared[0]} and {picture.compared[1]}"
        facts.append(f"{names} agree {100 * agree_s / both_s:.0f} % of {clock(both_s)}")
    fact = printable("  ·  ".join(facts))
    fact = shorten(fact, 12, (layout.right - 16) * 0.6)
    room = layout.right - 16 - width_px(fact, 12) - 24
    title = shorten(printable(picture.title), 17, room, bold=True)
    page.text(16, middle, title, color=theme.text, size=17, bold=True)
    page.text(layout.right, middle, fact, color=theme.text_secondary, size=12, align="right")


def _draw_axis(page: Page, layout: Layout) -> None:
    """Time grid through everything above the axis, and the times below."""
    theme, (first, last) = page.theme, layout.shown_s
    width = layout.right - layout.left
    step, times = time_ticks(first, last, width)
    top, bottom = TITLE_PX, layout.axis.top
    page.lines(
        [np.array([(layout.x(t), top), (layout.x(t), bottom + 4)]) for t in times],
        theme.grid,
        order=1.2,
    )
    page.lines([np.array([(layout.left, bottom), (layout.right, bottom)])], theme.border, order=1.3)
    unit, write = time_format(first, last, step)
    page.text(16, layout.axis.middle, f"Time ({unit})", color=theme.text_secondary, size=11)
    for t in times:
        label = write(float(t))
        half = width_px(label, 11) / 2
        x = min(layout.x(t), layout.right + RIGHT_PX - 4 - half)
        page.text(x, layout.axis.middle, label, color=theme.axis, size=11, align="center")


def _draw_gaps(page: Page, picture: TimelinePicture, layout: Layout) -> None:
    """Where the IMU is silent: a plain ground through the traces with a tick at either end."""
    first, last = layout.shown_s
    track = (float(picture.times_s[0]), float(picture.times_s[-1]))
    ends = [(first, track[0]), (track[1], last)]
    holes = [*picture.gaps, *((a, b) for a, b in ends if b - a > _HOLE_S)]
    spans = [(layout.x(max(a, first)), layout.x(min(b, last))) for a, b in holes]
    _draw_hole(page, layout, [span for span in spans if span[1] - span[0] > 1.5], "no data")


def _draw_hole(page: Page, layout: Layout, spans_px: list[tuple[float, float]], label: str) -> None:
    top, bottom = layout.traces[0].top, layout.traces[-1].bottom
    boxes: list[Box] = [(left, top, right, bottom) for left, right in spans_px]
    page.boxes(boxes, fill=page.theme.gap, order=1.1)
    page.boxes(boxes, edge=page.theme.nodata, hatch="///", alpha=0.6, width=0, order=1.15)
    edges = [np.array([(x, top), (x, bottom)]) for box in boxes for x in (box[0], box[2])]
    page.lines(edges, page.theme.unknown, width=0.8, order=1.4)
    for box in boxes:
        if box[2] - box[0] > width_px(label, 11) + 6:
            page.text(
                (box[0] + box[2]) / 2,
                (top + bottom) / 2,
                label,
                color=page.theme.text_secondary,
                size=11,
                align="center",
                patch=page.theme.gap,
            )


def _draw_sensor(
    page: Page,
    picture: TimelinePicture,
    layout: Layout,
    samples: NDArray[np.float32],
    name: str,
    unit: str,
    bands: tuple[Band, ...],
) -> None:
    """Three rows of one sensor: each around its own middle, all to the same scale."""
    theme = page.theme
    first, last = layout.shown_s
    inside = samples[(picture.times_s >= first) & (picture.times_s <= last)].astype(np.float64)
    inside = inside if len(inside) else np.zeros((1, 3))
    low, high = _rows_range(inside)
    span = float((high - low).max()) * 1.08
    middle = (low + high) / 2
    columns = round(layout.right - layout.left)
    for k, band in enumerate(bands):
        box = (layout.left, band.top, layout.right, band.bottom)
        page.boxes([box], fill=theme.plot, order=1.0)
        base = np.array([(layout.left, band.bottom), (layout.right, band.bottom)])
        page.lines([base], theme.border, width=0.8, order=1.3)
        page.boxes([(16, band.middle - 13, 19, band.middle - 2)], fill=theme.xyz[k])
        page.text(25, band.middle - 7, f"{name} {'XYZ'[k]}", color=theme.text, size=11.5)
        page.text(25, band.middle + 8, unit, color=theme.axis, size=10)
        bottom_value = middle[k] - span / 2
        for tick in value_ticks(bottom_value, bottom_value + span, band.height):
            y = band.bottom - (tick - bottom_value) / span * band.height
            page.lines(
                [np.array([(layout.left, y), (layout.right, y)])], theme.grid, width=0.8, order=1.2
            )
            page.text(
                layout.left - 6,
                y,
                f"{tick:g}".replace("-", "−"),
                color=theme.axis,
                size=9,
                align="right",
            )
        lines = []
        for start_s, end_s in _spans(picture, layout):
            times, values = envelope(
                *_between(picture.times_s, samples[:, k], start_s, end_s),
                span_s=(start_s, end_s),
                columns=max(1, ceil((end_s - start_s) / (last - first) * columns)),
            )
            if len(times):
                x = layout.left + (times - first) / (last - first) * columns
                y_px = band.bottom - (values - bottom_value) / span * band.height
                lines.append(np.stack([x, y_px], axis=1))
        page.lines(lines, theme.xyz[k], width=0.9, order=3, clip=box)


def _rows_range(samples: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper value of each row, (3,): all of it, unless a rare spike is far outside."""
    low, high = samples.min(axis=0), samples.max(axis=0)
    usual_low, usual_high = np.percentile(samples, [0.1, 99.9], axis=0)
    usual = max(float((usual_high - usual_low).max()), 1e-3)
    if float((high - low).max()) > 3 * usual:  # then spikes leave the row at its border
        margin = 0.25 * usual
        low, high = np.maximum(low, usual_low - margin), np.minimum(high, usual_high + margin)
    if float((high - low).max()) < 1e-3:
        low, high = low - 0.5, high + 0.5
    return low, high


def _spans(picture: TimelinePicture, layout: Layout) -> list[tuple[float, float]]:
    """Stretches between gaps that are shown: no line crosses a gap."""
    first, last = layout.shown_s
    spans, start = [], first
    for gap_start, gap_end in sorted(picture.gaps):
        if gap_start > start:
            spans.append((start, min(gap_start, last)))
        start = max(start, gap_end)
    if start < last:
        spans.append((start, last))
    return [(a, b) for a, b in spans if b > a]


def _between(
    times_s: NDArray[np.float64], values: NDArray[np.float32], start_s: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    here = slice(
        int(np.searchsorted(times_s, start_s - 1e-9, "left")),
        int(np.searchsorted(times_s, end_s + 1e-9, "right")),
    )
    return times_s[here], values[here]

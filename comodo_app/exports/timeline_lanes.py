"""The lower half of a timeline picture: lanes, agreement, confidence, legend."""

from __future__ import annotations

from collections import defaultdict
from math import ceil

import numpy as np

from comodo_app.activities.model import Activity, Segment, State, Timeline
from comodo_app.exports.decimation import column_means
from comodo_app.exports.lettering import printable, shorten, width_px
from comodo_app.exports.page import Box, Page
from comodo_app.exports.summary import seconds_by_activity, seconds_by_state
from comodo_app.exports.timeline_picture import (
    LEGEND_ROW_PX,
    Band,
    Layout,
    TimelinePicture,
    Verdict,
)

_NAME_PX, _NUMBER_PX = 28, 14  # bars this wide carry number and name, or the number
_SWATCH_PX, _COLUMN_MOST_PX = 26, 250
_MEAN_PX = 4.0


def draw_lanes(page: Page, picture: TimelinePicture, layout: Layout) -> None:
    """Every lane with its label in the gutter."""
    labels = {activity.id: activity.label for activity in picture.activities}
    for (label, timeline), band in zip(picture.lanes, layout.lanes, strict=True):
        gutter = shorten(printable(label), 12, layout.left - 28, bold=True)
        page.text(16, band.middle, gutter, color=page.theme.text, size=12, bold=True)
        if not len(timeline):
            _no_data(page, [(layout.left, band.top, layout.right, band.bottom)])
            page.text(
                (layout.left + layout.right) / 2,
                band.middle,
                "nothing predicted",
                color=page.theme.text_secondary,
                size=11,
                align="center",
                patch=page.theme.gap,
            )
        _draw_bars(page, timeline, band, layout, labels)


def draw_agreement(page: Page, picture: TimelinePicture, layout: Layout) -> None:
    """A thin green line where both lanes agree, a thick red block with ≠ where they differ."""
    band, theme = layout.agreement, page.theme
    if band is None:
        return
    page.text(16, band.middle, "Agreement", color=theme.text_secondary, size=11)
    looks: dict[Verdict, list[Box]] = defaultdict(list)
    for start_s, end_s, verdict in picture.verdicts():
        box = _bar(start_s, end_s, band, layout)
        if box is None:
            continue
        if verdict is Verdict.DIFFER:
            looks[verdict].append((box[0], band.top + 1, box[2], band.bottom - 1))
        else:
            thick = 2.0 if verdict is Verdict.AGREE else 4.0
            looks[verdict].append((box[0], band.middle - thick, box[2], band.middle + thick))
    page.boxes(looks[Verdict.AGREE], fill=theme.ok, radius=2)
    page.boxes(looks[Verdict.SILENT], edge=theme.unknown, dashed=True, radius=3, width=0.8)
    page.boxes(looks[Verdict.DIFFER], fill=theme.err, radius=3, order=3)
    for box in looks[Verdict.DIFFER]:
        if box[2] - box[0] >= _NUMBER_PX:
            middle = (box[0] + box[2]) / 2
            page.text(
                middle, band.middle, "≠", color=theme.on_err, size=11, bold=True, align="center"
            )


def draw_confidence(page: Page, picture: TimelinePicture, layout: Layout) -> None:
    """The student's confidence from 0 to 1, with a dotted line at one half."""
    band, theme = layout.confidence, page.theme
    if band is None or picture.confidence is None:
        return
    times_s, values = picture.confidence
    page.text(16, band.middle, "Confidence", color=theme.text_secondary, size=11)
    page.boxes([(layout.left, band.top, layout.right, band.bottom)], fill=theme.plot, order=1)
    for level, line in ((1.0, False), (0.5, True), (0.0, False)):
        y = band.bottom - level * band.height
        row = np.array([(layout.left, y), (layout.right, y)])
        page.lines([row], theme.axis if line else theme.grid, dashed=line, width=0.8, order=1.5)
        if not line:
            label_y = y + 4 if level else y - 4
            page.text(
                layout.left - 6, label_y, f"{level:.0f}", color=theme.axis, size=9, align="right"
            )
    first, last = layout.shown_s
    width = layout.right - layout.left
    # A mean over a few pixels: a line that fills its row says nothing.
    times_s, values = column_means(
        times_s, values, span_s=layout.shown_s, columns=int(width / _MEAN_PX)
    )
    if len(times_s):
        x = layout.left + (times_s - first) / (last - first) * width
        y_px = band.bottom - np.clip(values, 0, 1) * band.height
        page.lines([np.stack([x, y_px], axis=1)], theme.confidence, width=1.2, order=3)


def legend_entries(picture: TimelinePicture) -> list[tuple[Activity | State, str, str]]:
    """What the legend lists: (activity or state, name, how long), longest first, states last."""
    counted = picture.lane(picture.counted_lane()) or Timeline()
    seconds, states = seconds_by_activity(counted), seconds_by_state(counted)
    span_s = picture.shown_s()[1] - picture.shown_s()[0]
    entries: list[tuple[Activity | State, str, str]] = [
        (activity, printable(activity.label), duration(seconds.get(activity.id, 0.0), span_s))
        for activity in picture.occurring()
    ]
    for state, name in ((State.UNKNOWN, "Unknown"), (State.NO_DATA, "No data")):
        if any(seconds_by_state(timeline)[state] for _, timeline in picture.lanes):
            entries.append((state, name, duration(states[state], span_s)))
    return entries


def legend_columns(picture: TimelinePicture, room_px: float) -> tuple[int, float]:
    """How many legend entries stand side by side, and how wide each is."""
    widths = [
        width_px(name, 11) + width_px(long, 11) + _SWATCH_PX + 30
        for _, name, long in legend_entries(picture)
    ]
    widest = max(widths, default=120.0)
    columns = max(1, int(room_px // widest))
    if ceil(len(widths) / columns) > 3:  # long names give way before rows do
        widest = min(widest, _COLUMN_MOST_PX)
        columns = max(1, int(room_px // widest))
    return columns, min(widest, room_px)


def draw_legend(page: Page, picture: TimelinePicture, layout: Layout) -> None:
    """Swatch with number, name and time of each activity; "+ 5 more" if they do not fit."""
    theme, band = page.theme, layout.legend
    entries = legend_entries(picture)
    if not entries:
        return
    columns, pitch = legend_columns(picture, layout.right - layout.left)
    places = columns * round(band.height / LEGEND_ROW_PX)
    hidden = len(entries) - places + 1 if len(entries) > places else 0
    label = printable(f"{picture.counted_lane()} total".strip().capitalize())
    label = shorten(label, 11, layout.left - 28)
    page.text(16, band.top + LEGEND_ROW_PX / 2, label, color=theme.text_secondary, size=11)
    for k, (what, name, long) in enumerate(entries[: len(entries) - hidden]):
        left = layout.left + (k % columns) * pitch
        middle = band.top + (k // columns + 0.5) * LEGEND_ROW_PX
        swatch = (left, middle - 8, left + _SWATCH_PX - 4, middle + 8)
        if isinstance(what, Activity):
            _fill(page, what.id, [swatch], radius=3)
            page.text(
                left + (_SWATCH_PX - 4) / 2,
                middle,
                str(what.id),
                color=theme.ink(what.id),
                size=10,
                bold=True,
                align="center",
                patch=theme.fill(what.id),
            )
        elif what is State.UNKNOWN:
            _unknown(page, [swatch])
        else:
            _no_data(page, [swatch])
        room = pitch - _SWATCH_PX - width_px(long, 11) - 26
        shown = shorten(name, 11, room)
        page.text(left + _SWATCH_PX + 3, middle, shown, color=theme.text, size=11)
        after = left + _SWATCH_PX + 3 + width_px(shown, 11) + 7
        page.text(after, middle, long, color=theme.axis, size=11)
    if hidden:
        left = layout.left + ((places - 1) % columns) * pitch
        middle = band.top + ((places - 1) // columns + 0.5) * LEGEND_ROW_PX
        page.text(left, middle, f"+ {hidden} more", color=theme.text_secondary, size=11)


def duration(seconds: float, span_s: float) -> str:
    """How long, in the unit that suits a recording of `span_s`; "–" for nothing."""
    if seconds <= 0:
        return "–"
    if span_s < 180:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds >= 6 else "< 0.1 min"


def _draw_bars(
    page: Page, timeline: Timeline, band: Band, layout: Layout, labels: dict[int, str]
) -> None:
    by_activity: dict[int, list[Box]] = defaultdict(list)
    by_state: dict[State, list[Box]] = defaultdict(list)
    for segment in timeline:
        box = _bar(segment.start_s, segment.end_s, band, layout)
        if box is None:
            continue
        if segment.activity_id is None:
            by_state[segment.state].append(box)
        else:
            by_activity[segment.activity_id].append(box)
        _write_on(page, segment, box, labels)
    for activity_id, boxes in by_activity.items():
        _fill(page, activity_id, boxes)
    _unknown(page, by_state[State.UNKNOWN])
    _no_data(page, by_state[State.NO_DATA])


def _bar(start_s: float, end_s: float, band: Band, layout: Layout) -> Box | None:
    """A span inside its band, a pixel shorter where it can spare one; None outside of the page."""
    left = max(layout.x(start_s), layout.left)
    right = min(layout.x(end_s), layout.right)
    if right <= left:
        return None
    return left, band.top, right - (1.0 if right - left >= 4 else 0.0), band.bottom


def _write_on(page: Page, segment: Segment, box: Box, labels: dict[int, str]) -> None:
    """Number and name, or the number, or nothing: what the bar has room for."""
    theme, room = page.theme, box[2] - box[0]
    middle = (box[1] + box[3]) / 2
    if segment.activity_id is None:
        text = "Unknown" if segment.state is State.UNKNOWN else "No data"
        ground = theme.surface if segment.state is State.UNKNOWN else theme.gap
        if width_px(text, 10.5) + 14 <= room:
            page.text(
                (box[0] + box[2]) / 2,
                middle,
                text,
                color=theme.text_secondary,
                size=10.5,
                align="center",
                patch=ground,
            )
        return
    number = str(segment.activity_id)
    ink, fill = theme.ink(segment.activity_id), theme.fill(segment.activity_id)
    if room < max(_NUMBER_PX, width_px(number, 10.5, bold=True) + 4):
        return
    name = printable(labels.get(segment.activity_id, Activity(segment.activity_id).label))
    beside = 6 + width_px(number, 11, bold=True) + 7  # where the name begins
    shown = shorten(name, 11, room - beside - 6) if room >= _NAME_PX else ""
    if len(shown.rstrip("…")) < min(3, len(name)):  # one letter says nothing
        shown = ""
    if shown:
        # One plain patch under both: letters on a hatch are hard to read.
        end = box[0] + beside + width_px(shown, 11) + 4
        page.boxes([(box[0] + 3, middle - 8, end, middle + 8)], fill=fill, radius=2, order=4)
        page.text(box[0] + 6, middle, number, color=ink, size=11, bold=True)
        page.text(box[0] + beside, middle, shown, color=ink, size=11)
    else:
        page.text(
            (box[0] + box[2]) / 2,
            middle,
            number,
            color=ink,
            size=10.5,
            bold=True,
            align="center",
            patch=fill,
        )


def _fill(page: Page, activity_id: int, boxes: list[Box], radius: float = 4.0) -> None:
    theme = page.theme
    page.boxes(boxes, fill=theme.fill(activity_id), radius=radius)
    hatch = theme.hatch(activity_id)
    if hatch:
        page.boxes(
            boxes, edge=theme.ink(activity_id), alpha=0.25, radius=radius, hatch=hatch, width=0
        )


def _unknown(page: Page, boxes: list[Box]) -> None:
    unknown = page.theme.unknown
    page.boxes(boxes, edge=unknown, alpha=0.35, radius=4, hatch="////", width=0)
    page.boxes(boxes, edge=unknown, dashed=True, radius=4, width=1)


def _no_data(page: Page, boxes: list[Box]) -> None:
    page.boxes(boxes, fill=page.theme.gap, radius=2)
    middle = [(left, (t + b) / 2 - 0.5, right, (t + b) / 2 + 0.5) for left, t, right, b in boxes]
    page.boxes(middle, fill=page.theme.nodata)

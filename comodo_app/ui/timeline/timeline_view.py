"""The timeline of a recording: heads at the left, strips over one time axis, a surface above."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QPoint, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.agreement import AGREEMENT_PX, AgreementStrip
from comodo_app.ui.timeline.channels import CHANNELS
from comodo_app.ui.timeline.gestures import Gestures
from comodo_app.ui.timeline.heads import HEAD_PX, HeadText, TrackHead
from comodo_app.ui.timeline.lanes import LANE_PX, LaneStack
from comodo_app.ui.timeline.model import Hit, SegmentRef, TimelineModel
from comodo_app.ui.timeline.overview import OVERVIEW_PX, Overview
from comodo_app.ui.timeline.ruler import RULER_PX, Ruler
from comodo_app.ui.timeline.surface import Bands, Surface
from comodo_app.ui.timeline.text import clock, number
from comodo_app.ui.timeline.timebase import TimeAxis
from comodo_app.ui.timeline.traces import MIN_TRACE_PX, TRACE_PX, TraceStack

# Colours of title and value in the heads.
_QUIET = ("text.secondary", "text.tertiary")
_LANE = ("text.primary", "text.secondary")
_TRACE = ("text.secondary", "text.primary")


class TimelineView(QWidget):
    """Shows a `TimelineModel`; see the package's docstring for what it tells."""

    seek_requested = Signal(float)
    segment_selected = Signal(object)  # SegmentRef or None
    segment_activated = Signal(object)  # SegmentRef
    boundary_moved = Signal(str, float, float)  # lane key, from_s, to_s
    range_selected = Signal(float, float)
    range_cleared = Signal()
    context_menu_requested = Signal(QPoint, object)  # place on the screen, Hit
    traces_shown_changed = Signal(object)  # frozenset of channels

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = TimeAxis(self)
        self.model = TimelineModel((0.0, 0.0))
        self.overview = Overview(self.axis, self)
        self.ruler = Ruler(self.axis, self)
        self.lanes = LaneStack(self.axis, self)
        self.agreement = AgreementStrip(self.axis, self)
        self.traces = TraceStack(self.axis, self)
        self.surface = Surface(self.axis, self.overview.at_px, self)
        self._overview_head, self._ruler_head = TrackHead(self), TrackHead(self)
        self._agreement_head = TrackHead(self)
        self._lane_heads: list[TrackHead] = []
        self.trace_heads = [TrackHead(self, clickable=True) for _ in CHANNELS]
        for channel, head in enumerate(self.trace_heads):
            head.clicked.connect(lambda channel=channel: self._toggle(channel))
        self.wheel_pans = False  # swaps what the wheel does alone and with Shift
        self._gestures = Gestures(self)
        self.lanes.menu_requested.connect(self._menu_by_key)
        self.lanes.selected.connect(self.segment_selected)
        self.lanes.activated.connect(self.segment_activated)
        self.axis.changed.connect(self._say_heads)
        themes().changed.connect(self._arrange)
        self.setAccessibleName("Timeline")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_model(self.model)

    def set_model(self, model: TimelineModel) -> None:
        """Show a recording, or what has changed of it."""
        before, self.model = self.model, model
        self.axis.set_span(model.span_s)
        self.lanes.set_model(model)
        self.overview.set_model(model)
        self.agreement.set_model(model)
        if model.pyramid is not before.pyramid or model.traces_message != before.traces_message:
            self.traces.set_pyramid(model.pyramid, model.traces_message)
        while len(self._lane_heads) < len(model.lanes):
            self._lane_heads.append(TrackHead(self))
        for head in self._lane_heads[len(model.lanes) :]:
            head.hide()
        self._arrange()

    def set_playhead(self, playhead_s: float) -> None:
        """Move the playhead; repaints a strip and the values in the heads."""
        self.surface.set_playhead(playhead_s)
        self.ruler.set_pill(self.surface.pill_px())
        self._say_values()

    @property
    def playhead_s(self) -> float:
        """Where the playhead stands."""
        return self.surface.playhead_s

    def select(self, lane: str, index: int) -> None:
        """Mark a segment (as if a table had been clicked); nothing is emitted."""
        row = next((i for i, one in enumerate(self.model.lanes) if one.key == lane), None)
        if row is not None and 0 <= index < len(self.lanes.bars[row]):
            self.lanes.select(self.lanes.ref(row, index))

    def clear_selection(self) -> None:
        """Mark no segment; nothing is emitted."""
        self.lanes.select(None)

    @property
    def selection(self) -> SegmentRef | None:
        """The segment that is marked."""
        return self.lanes.selection

    @property
    def range_s(self) -> tuple[float, float] | None:
        """The range of time that is marked."""
        return self.surface.range_s

    def set_range(self, range_s: tuple[float, float] | None) -> None:
        """Mark a range of time; nothing is emitted."""
        self.surface.set_range(range_s)
        self.ruler.set_range(range_s)

    def show_traces(self, channels: Collection[int]) -> None:
        """Show these channels (0 to 5); the others keep a thin row."""
        shown = frozenset(channels)
        if shown != self.traces.shown:
            self.traces.show_channels(shown)
            self._arrange()
            self.traces_shown_changed.emit(shown)

    def amplify(self, steps: int) -> None:
        """Draw the traces higher by so many steps; lower if negative."""
        self.traces.amplify(steps)

    def hit(self, at: QPoint) -> Hit:
        """What is at a point of the surface."""
        bands, y = self.surface.bands, at.y()
        if y < bands.ruler:
            return Hit(self.axis.clamp(self.overview.time_at(at.x())))
        time_s = self.axis.clamp(self.axis.s(at.x()))
        if bands.lanes <= y < bands.agreement:
            return Hit(time_s, self.lanes.segment_at(at.x(), y - bands.lanes))
        if bands.agreement <= y < bands.traces:
            return Hit(time_s, in_agreement=True)
        if y >= bands.traces:
            for channel, (top, tall) in enumerate(self.traces.rows()):
                if top <= y - bands.traces < top + tall:
                    return Hit(time_s, channel=channel)
        return Hit(time_s)

    def describe(self, hit: Hit) -> str:
        """The read-out under the mouse."""
        parts = [clock(hit.time_s, 3, hours=self.axis.span_s[1] >= 3600)]
        if hit.segment is not None:
            segment = hit.segment.segment
            name = self.lanes.name(segment)
            if segment.activity_id is not None:
                name = f"{segment.activity_id}  {name}  {segment.confidence:.2f}"
            parts.append(name)
            parts.append(f"{clock(segment.start_s, 1)} to {clock(segment.end_s, 1)}")
        elif hit.in_agreement:
            parts.append(self.agreement.describe(hit.time_s))
        elif hit.channel is not None and hit.channel in self.traces.shown:
            value = self._value(hit.channel, hit.time_s)
            parts.append(f"{CHANNELS[hit.channel].title}  {value or 'no data'}")
        return "  ·  ".join(parts)

    def sizeHint(self) -> QSize:
        """Everything at its height in the design."""
        theme = themes().current
        fixed = OVERVIEW_PX + RULER_PX + AGREEMENT_PX + LANE_PX * max(len(self.model.lanes), 1)
        return QSize(theme.px(900), theme.px(fixed + TRACE_PX * len(CHANNELS)))

    def minimumSizeHint(self) -> QSize:
        """Traces may shrink, the rest may not."""
        theme = themes().current
        fixed = OVERVIEW_PX + RULER_PX + AGREEMENT_PX + LANE_PX * len(self.model.lanes)
        return QSize(theme.px(480), theme.px(fixed + MIN_TRACE_PX * len(CHANNELS)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place all strips."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground under the heads."""
        QPainter(self).fillRect(self.rect(), themes().current.color("bg.surface"))

    def changeEvent(self, event: QEvent) -> None:
        """Another style or scale places anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    @property
    def _with_agreement(self) -> bool:
        return self.model.agreement is not None or self.model.confidence is not None

    def _arrange(self) -> None:
        theme = themes().current
        head, width = theme.px(HEAD_PX), max(self.width() - theme.px(HEAD_PX), 1)
        with_agreement = self._with_agreement
        ruler = theme.px(OVERVIEW_PX)
        lanes = ruler + theme.px(RULER_PX)
        agreement = lanes + theme.px(LANE_PX) * len(self.model.lanes)
        traces = agreement + (theme.px(AGREEMENT_PX) if with_agreement else 0)
        end = max(self.height(), traces + 1)
        tops = (0, ruler, lanes, agreement, traces)
        self.surface.bands = Bands(ruler, lanes, agreement, traces, end)
        strips: tuple[QWidget, ...] = (
            self.overview,
            self.ruler,
            self.lanes,
            self.agreement,
            self.traces,
        )
        for strip, top, below in zip(strips, tops, [*tops[1:], end], strict=True):
            strip.setGeometry(head, top, width, below - top)
            strip.setVisible(below > top)
        self.surface.setGeometry(head, 0, width, end)
        self.surface.raise_()
        self.axis.set_width(width)
        self._overview_head.setGeometry(0, 0, head, tops[1])
        self._ruler_head.setGeometry(0, tops[1], head, tops[2] - tops[1])
        self._agreement_head.setGeometry(0, tops[3], head, tops[4] - tops[3])
        self._agreement_head.setVisible(with_agreement)
        tall = theme.px(LANE_PX)
        for row in range(len(self.model.lanes)):
            self._lane_heads[row].setGeometry(0, tops[2] + row * tall, head, tall)
            self._lane_heads[row].show()
        for trace_head, (top, height) in zip(self.trace_heads, self.traces.rows(), strict=True):
            trace_head.setGeometry(0, tops[4] + top, head, height)
        self._say_heads()

    def _say_heads(self) -> None:
        first, last = self.model.span_s
        length = clock(last - first, hours=last - first >= 3600) if last > first else ""
        self._overview_head.say(HeadText("Overview", length, tokens=_QUIET))
        self.ruler.set_pill(self.surface.pill_px())
        self._ruler_head.say(HeadText("Elapsed", tokens=_QUIET))
        for lane, head in zip(self.model.lanes, self._lane_heads, strict=False):
            head.say(HeadText(lane.title, lane.detail, lane.icon, lane.tone, tokens=_LANE))
        self._say_values()

    def _say_values(self) -> None:
        if self._with_agreement:
            sure = self.agreement.value_at(self.playhead_s)
            value = "" if sure is None else f"{sure:.2f}"
            two = ("Agreement", "Confidence")
            title, second = two if self.model.agreement is not None else ("Confidence", "")
            self._agreement_head.say(HeadText(title, value, icon="agree", second=second))
        for channel, (head, spec) in enumerate(zip(self.trace_heads, CHANNELS, strict=True)):
            off = channel not in self.traces.shown
            value = "" if off else self._value(channel, self.playhead_s)
            head.say(HeadText(spec.title, value, swatch=spec.token, tokens=_TRACE, off=off))

    def _value(self, channel: int, time_s: float) -> str:
        pyramid = self.model.pyramid
        values = pyramid.value_at(time_s) if pyramid is not None else None
        if values is None:
            return ""
        spec = CHANNELS[channel]
        return number(float(values[channel]) * spec.factor, spec.decimals, spec.unit)

    def _menu_by_key(self, at: QPoint, ref: SegmentRef) -> None:
        middle_s = 0.5 * (ref.segment.start_s + ref.segment.end_s)
        self.context_menu_requested.emit(at, Hit(middle_s, ref))

    def _toggle(self, channel: int) -> None:
        self.show_traces(self.traces.shown ^ {channel})

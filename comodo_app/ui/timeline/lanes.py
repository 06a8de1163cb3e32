"""The lanes: who says what when, as bars with number and name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QWidget

from comodo_app.activities.agreement import Verdict
from comodo_app.activities.model import Segment, State
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.bars import Bars, bars_of, paint_bars
from comodo_app.ui.timeline.looks import look
from comodo_app.ui.timeline.model import LaneModel, SegmentRef, TimelineModel
from comodo_app.ui.timeline.strip import Strip
from comodo_app.ui.timeline.text import clock
from comodo_app.ui.timeline.timebase import TimeAxis

LANE_PX, _MARGIN_PX = 30, 4
_EDGE_PX = 5  # how near to an edge the mouse takes hold of it
_MOVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_KEYS = (*_MOVES, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LaneStack(Strip):
    """All lanes in one strip, and one Tab stop: arrows go from segment to segment."""

    selected = Signal(object)  # SegmentRef or None, chosen by a person
    activated = Signal(object)  # SegmentRef
    menu_requested = Signal(QPoint, object)  # place on the screen, SegmentRef; by the menu key

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self.model = TimelineModel((0.0, 0.0))
        self.bars: tuple[Bars, ...] = ()
        self.selection: SegmentRef | None = None
        self.hovered: SegmentRef | None = None
        self._by_key = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._say()

    def set_model(self, model: TimelineModel) -> None:
        """Show other lanes; a selected segment stays selected where it still is."""
        before = self.model
        self.model = model
        same_looks = model.labels == before.labels and model.colours == before.colours
        same = same_looks and model.lanes == before.lanes
        if not same or model.low_confidence != before.low_confidence:
            self.bars = tuple(bars_of(lane, model) for lane in model.lanes)
        old, self.hovered = self.selection, None
        if old is not None:
            self.selection = self._again(old)
        self._say()
        self.redraw()

    def select(self, ref: SegmentRef | None) -> None:
        """Mark a segment."""
        if ref != self.selection:
            self.selection = ref
            self._say()
            self.update()

    def hover(self, ref: SegmentRef | None) -> None:
        """Outline the segment under the mouse."""
        if ref != self.hovered:
            self.hovered = ref
            self.update()

    def ref(self, lane: int, index: int) -> SegmentRef:
        """A segment by its places."""
        model = self.model.lanes[lane]
        return SegmentRef(model.key, index, model.timeline.segments[index])

    def segment_at(self, x_px: float, y_px: float) -> SegmentRef | None:
        """The segment under a point."""
        lane = self._lane_at(y_px)
        if lane is None:
            return None
        index = self.bars[lane].index_at(self.axis.s(x_px))
        return None if index is None else self.ref(lane, index)

    def edge_at(self, x_px: float, y_px: float) -> tuple[str, float] | None:
        """Lane and time of an edge between two segments that can be dragged, if one is near."""
        lane = self._lane_at(y_px)
        if lane is None or not self.model.lanes[lane].editable:
            return None
        inner = self.bars[lane].edges_s[1:-1]
        if len(inner) == 0:
            return None
        at_s = self.axis.s(x_px)
        near_s = float(inner[abs(inner - at_s).argmin()])
        if abs(near_s - at_s) * self.axis.px_per_s > _EDGE_PX:
            return None
        return self.model.lanes[lane].key, near_s

    def bar_rect(self, ref: SegmentRef) -> QRectF:
        """Where a segment is drawn; may reach beyond the strip."""
        theme = themes().current
        row = next(i for i, lane in enumerate(self.model.lanes) if lane.key == ref.lane)
        left, right = self.axis.x(ref.segment.start_s), self.axis.x(ref.segment.end_s)
        top = row * theme.px(LANE_PX) + theme.px(_MARGIN_PX)
        height = theme.px(LANE_PX) - 2 * theme.px(_MARGIN_PX)
        left, right = max(left, -20.0), min(right, self.width() + 20.0)
        return QRectF(left, top, max(right - left - 1, 1), height)

    def sentence(self, ref: SegmentRef) -> str:
        """What a screen reader says: "Segment 15, Walking, 03:34.0 to 03:41.8, teacher agrees"."""
        segment = ref.segment
        parts = [
            f"Segment {ref.index + 1}",
            self.name(segment),
            f"{clock(segment.start_s, 1)} to {clock(segment.end_s, 1)}",
        ]
        lane = self.model.lane(ref.lane)
        if lane is not None and self.bars[self.model.lanes.index(lane)].by_hand[ref.index]:
            parts.append("set by hand")
        elif ref.lane != "teacher" and (verdict := self._verdict(segment)):
            parts.append(verdict)
        return ", ".join(parts)

    def name(self, segment: Segment) -> str:
        """The activity's name, or why there is none."""
        if segment.activity_id is not None:
            return self.model.label(segment.activity_id)
        return "Unknown" if segment.state is State.UNKNOWN else "No data"

    def draw(self, painter: QPainter) -> None:
        """Bars of all lanes."""
        theme = themes().current
        for row, lane in enumerate(self.model.lanes):
            top = row * theme.px(LANE_PX)
            rect = QRectF(
                0,
                top + theme.px(_MARGIN_PX),
                self.width(),
                theme.px(LANE_PX) - 2 * theme.px(_MARGIN_PX),
            )
            view = (self.axis.from_s, self.axis.to_s)
            paint_bars(painter, self.bars[row], rect, theme=theme, view_s=view)
            self._draw_pending(painter, lane, rect)
            if lane.message and not lane.timeline.segments:
                painter.setFont(theme.font("caption"))
                painter.setPen(theme.color("text.tertiary"))
                inner = rect.adjusted(theme.px(8), 0, 0, 0)
                painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), lane.message)

    def draw_over(self, painter: QPainter) -> None:
        """Outlines of the segments that are selected and under the mouse, and the focus ring."""
        theme = themes().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for ref, token, width in (
            (self.hovered, "border.strong", 1.0),
            (self.selection, "text.primary", 1.5),
        ):
            if ref is not None and self.model.lane(ref.lane) is not None:
                painter.setPen(QPen(theme.color(token), width))
                inset = width / 2
                rect = self.bar_rect(ref).adjusted(inset, inset, -inset, -inset)
                painter.drawRoundedRect(rect, theme.px(4), theme.px(4))
        if self.hasFocus() and self._by_key:
            painter.setPen(QPen(theme.color("focus.ring"), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def event(self, event: QEvent) -> bool:
        """Arrows and Enter are ours while we have the focus, whatever they mean elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            )
            if plain and event.key() in _KEYS:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right: the neighbours; up and down: the other lanes; Enter opens."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selection is not None:
            self.activated.emit(self.selection)
            return
        found = self._moved(Qt.Key(key)) if key in _KEYS else None
        if found is None:
            super().keyPressEvent(event)
            return
        self.select(found)
        self.axis.reveal(found.segment.start_s, found.segment.end_s)
        self.selected.emit(found)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key asks for the menu of the selected segment."""
        if self.selection is None:
            super().contextMenuEvent(event)
            return
        rect = self.bar_rect(self.selection).toAlignedRect().intersected(self.rect())
        self.menu_requested.emit(self.mapToGlobal(rect.bottomLeft()), self.selection)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring to those who came by key."""
        self._by_key = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
            Qt.FocusReason.OtherFocusReason,
        )
        super().focusInEvent(event)

    def _moved(self, key: Qt.Key) -> SegmentRef | None:
        lanes = [i for i, bars in enumerate(self.bars) if len(bars)]
        if not lanes:
            return None
        now = self.selection
        if now is None:
            main = self.model.main_lane
            keys = [lane.key for lane in self.model.lanes]
            wanted = keys.index(main.key) if main is not None else lanes[0]
            row = wanted if wanted in lanes else lanes[0]
            middle_s = 0.5 * (self.axis.from_s + self.axis.to_s)
            return self.ref(row, self.bars[row].index_at(middle_s) or 0)
        row = next(i for i, lane in enumerate(self.model.lanes) if lane.key == now.lane)
        last = len(self.bars[row]) - 1
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = -1 if key == Qt.Key.Key_Up else 1
            place = min(max(lanes.index(row) + step, 0), len(lanes) - 1)
            middle_s = 0.5 * (now.segment.start_s + now.segment.end_s)
            other = lanes[place]
            index = self.bars[other].index_at(middle_s)
            return now if index is None else self.ref(other, index)
        index = {
            Qt.Key.Key_Left: max(now.index - 1, 0),
            Qt.Key.Key_Right: min(now.index + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(key, now.index)
        return self.ref(row, index)

    def _lane_at(self, y_px: float) -> int | None:
        row = int(y_px // themes().current.px(LANE_PX))
        return row if 0 <= row < len(self.bars) else None

    def _again(self, old: SegmentRef) -> SegmentRef | None:
        """The segment that now stands where one was selected."""
        for row, lane in enumerate(self.model.lanes):
            if lane.key == old.lane:
                index = self.bars[row].index_at(0.5 * (old.segment.start_s + old.segment.end_s))
                return None if index is None else self.ref(row, index)
        return None

    def _verdict(self, segment: Segment) -> str:
        """What the teacher says of most of a segment."""
        time_s: dict[Verdict, float] = {}
        for span in self.model.agreement or ():
            overlap = min(span.end_s, segment.end_s) - max(span.start_s, segment.start_s)
            if overlap > 0:
                time_s[span.verdict] = time_s.get(span.verdict, 0.0) + overlap
        if not time_s:
            return ""
        verdict = max(time_s, key=lambda one: time_s[one])
        words = {Verdict.AGREES: "teacher agrees", Verdict.DIFFERS: "teacher differs"}
        return words.get(verdict, "")

    def _say(self) -> None:
        if self.selection is None:
            name = "Lanes, no segment selected"
        else:
            name = self.sentence(self.selection)
        if name != self.accessibleName():
            self.setAccessibleName(name)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    def _draw_pending(self, painter: QPainter, lane: LaneModel, rect: QRectF) -> None:
        if lane.pending_from_s is None:
            return
        left = max(self.axis.x(lane.pending_from_s), rect.left())
        if left < rect.right():
            hatch = look(themes().current, 0, 0, False).pattern
            if hatch is not None:
                painter.fillRect(
                    QRectF(left, rect.top(), rect.right() - left, rect.height()), hatch
                )

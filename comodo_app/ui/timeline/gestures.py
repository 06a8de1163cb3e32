"""What the mouse means on a timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent

if TYPE_CHECKING:
    from comodo_app.ui.timeline.timeline_view import TimelineView

_SLACK_PX = 4  # a press that moves less is a click
_NOTCH = 120.0
_ZOOM_PER_NOTCH = 0.8
_PAN_PER_NOTCH = 0.1

# What a drag does: called with each place of the mouse, and whether it is the last.
Drag = Callable[[QPoint, bool], None]


class Gestures(QObject):
    """Turns mouse events of the surface into wishes that the view tells."""

    def __init__(self, view: TimelineView) -> None:
        super().__init__(view)
        self._view = view
        self._press: QPoint | None = None
        self._moved = False
        self._drag: Drag | None = None
        self._still: Callable[[QPoint], None] | None = None  # what a press means that stays put
        self._cancel: Callable[[], None] | None = None
        view.surface.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what belongs to the timeline."""
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if isinstance(event, QContextMenuEvent):
            at = event.pos()
            self._view.context_menu_requested.emit(event.globalPos(), self._view.hit(at))
            return True
        if isinstance(event, QKeyEvent):
            return self._key(event)
        if isinstance(event, QMouseEvent):
            at = event.position().toPoint()
            if event.type() == QEvent.Type.MouseButtonPress:
                return self._pressed(event, at)
            if event.type() == QEvent.Type.MouseMove:
                return self._move(event, at)
            if event.type() == QEvent.Type.MouseButtonRelease:
                return self._released(at)
            if event.type() == QEvent.Type.MouseButtonDblClick:
                return self._double(event, at)
        if event.type() == QEvent.Type.Leave:
            self._view.surface.set_hover(None)
            self._view.lanes.hover(None)
        return False

    def _wheel(self, event: QWheelEvent) -> bool:
        view, keys = self._view, event.modifiers()
        moved = event.angleDelta()
        sideways = abs(moved.x()) > abs(moved.y())
        notches = (moved.x() if sideways else moved.y()) / _NOTCH
        at = event.position().toPoint()
        if keys & Qt.KeyboardModifier.AltModifier:  # some systems turn the wheel sideways then
            view.amplify(round(notches) or (1 if notches > 0 else -1))
        elif sideways or bool(keys & Qt.KeyboardModifier.ShiftModifier) != view.wheel_pans:
            view.axis.pan(-notches * _PAN_PER_NOTCH * view.axis.visible_s)
        elif at.y() < view.surface.bands.ruler:
            middle_s = 0.5 * (view.axis.from_s + view.axis.to_s)
            view.axis.zoom_at(middle_s, _ZOOM_PER_NOTCH**notches)
        else:
            view.axis.zoom_at(view.axis.s(event.position().x()), _ZOOM_PER_NOTCH**notches)
        return True

    def _pressed(self, event: QMouseEvent, at: QPoint) -> bool:
        view = self._view
        self._press, self._moved, self._drag, self._still = at, False, None, None
        view.surface.set_hover(None)
        bands = view.surface.bands
        if event.button() == Qt.MouseButton.MiddleButton:
            self._drag = self._panning(at)
        elif event.button() != Qt.MouseButton.LeftButton:
            self._press = None
        elif at.y() < bands.ruler:
            self._drag = self._on_overview(at)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag, self._still = self._ranging(at), self._clear_range
        elif (edge := self._edge(at)) is not None:
            self._drag = self._moving(*edge)
        else:
            self._drag, self._still = self._scrubbing, self._click
            if at.y() < bands.lanes:
                self._seek(at)
        return True

    def _move(self, event: QMouseEvent, at: QPoint) -> bool:
        if self._press is None:
            self._hovering(at)
            return True
        far = (at - self._press).manhattanLength() > _SLACK_PX
        self._moved = self._moved or far
        if self._moved and self._drag is not None:
            self._drag(at, False)
        return True

    def _released(self, at: QPoint) -> bool:
        press, drag, still = self._press, self._drag, self._still
        self._end()
        if press is None:
            return True
        if self._moved:
            if drag is not None:
                drag(at, True)
        elif still is not None:
            still(at)
        return True

    def _key(self, event: QKeyEvent) -> bool:
        """Esc takes back what is being dragged; we have the keyboard only meanwhile."""
        if self._cancel is None or event.key() != Qt.Key.Key_Escape:
            return False
        if event.type() == QEvent.Type.KeyPress:
            self._cancel()
            self._end()
        event.accept()
        return True

    def _hold(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._view.surface.grabKeyboard()

    def _end(self) -> None:
        self._press = self._drag = self._still = None
        if self._cancel is not None:
            self._cancel = None
            self._view.surface.releaseKeyboard()

    def _clear_range(self, at: QPoint) -> None:
        self._view.set_range(None)
        self._view.range_cleared.emit()

    def _click(self, at: QPoint) -> None:
        view = self._view
        hit = view.hit(at)
        on_lanes = view.surface.bands.lanes <= at.y() < view.surface.bands.agreement
        if on_lanes and hit.segment != view.lanes.selection:
            view.lanes.select(hit.segment)
            view.segment_selected.emit(hit.segment)
        if at.y() >= view.surface.bands.lanes:  # on the ruler the press did it
            view.seek_requested.emit(hit.time_s)

    def _double(self, event: QMouseEvent, at: QPoint) -> bool:
        self._end()
        if event.button() == Qt.MouseButton.LeftButton:
            hit = self._view.hit(at)
            if hit.segment is not None:
                self._view.segment_activated.emit(hit.segment)
            else:
                self._view.axis.fit()
        return True

    def _seek(self, at: QPoint) -> None:
        axis = self._view.axis
        self._view.seek_requested.emit(axis.clamp(axis.s(at.x())))

    def _scrubbing(self, at: QPoint, last: bool) -> None:
        self._seek(at)

    def _panning(self, start: QPoint) -> Drag:
        axis = self._view.axis
        from_s, px_per_s = axis.from_s, axis.px_per_s

        def drag(at: QPoint, last: bool) -> None:
            axis.pan(from_s - (at.x() - start.x()) / px_per_s - axis.from_s)

        return drag

    def _ranging(self, start: QPoint) -> Drag:
        view = self._view
        start_s, before = view.axis.clamp(view.axis.s(start.x())), view.range_s
        self._hold(lambda: view.set_range(before))

        def drag(at: QPoint, last: bool) -> None:
            here_s = view.axis.clamp(view.axis.s(at.x()))
            from_s, to_s = min(start_s, here_s), max(start_s, here_s)
            if to_s > from_s:
                view.set_range((from_s, to_s))
                if last:
                    view.range_selected.emit(from_s, to_s)

        return drag

    def _moving(self, lane: str, from_s: float) -> Drag:
        view = self._view
        self._hold(lambda: view.surface.set_edge(None))

        def drag(at: QPoint, last: bool) -> None:
            to_s = view.axis.clamp(view.axis.s(at.x()))
            view.surface.set_edge(None if last else to_s)
            if last and to_s != from_s:
                view.boundary_moved.emit(lane, from_s, to_s)

        return drag

    def _on_overview(self, start: QPoint) -> Drag:
        view = self._view
        axis, overview = view.axis, view.overview
        part = overview.part_at(start.x())
        if part == "outside":
            middle_s = overview.time_at(start.x())
            axis.show(middle_s - axis.visible_s / 2, middle_s + axis.visible_s / 2)
        from_s, to_s, start_s = axis.from_s, axis.to_s, overview.time_at(start.x())

        def drag(at: QPoint, last: bool) -> None:
            by_s = overview.time_at(at.x()) - start_s
            if part == "left":
                axis.show(min(axis.clamp(from_s + by_s), to_s), to_s)
            elif part == "right":
                axis.show(from_s, max(axis.clamp(to_s + by_s), from_s))
            else:
                axis.show(from_s + by_s, to_s + by_s)

        return drag

    def _edge(self, at: QPoint) -> tuple[str, float] | None:
        view = self._view
        return view.lanes.edge_at(at.x(), at.y() - view.surface.bands.lanes)

    def _hovering(self, at: QPoint) -> None:
        view, surface = self._view, self._view.surface
        if at.y() < surface.bands.ruler:
            part = view.overview.part_at(at.x())
            shapes = {"window": Qt.CursorShape.OpenHandCursor}
            ends = Qt.CursorShape.SizeHorCursor
            ordinary = ends if part in ("left", "right") else Qt.CursorShape.ArrowCursor
            surface.setCursor(shapes.get(part, ordinary))
            surface.set_hover(None)
            view.lanes.hover(None)
            return
        over_edge = self._edge(at) is not None
        surface.setCursor(Qt.CursorShape.SplitHCursor if over_edge else Qt.CursorShape.ArrowCursor)
        hit = view.hit(at)
        view.lanes.hover(hit.segment)
        if at.y() >= surface.bands.lanes:
            surface.set_hover((float(at.x()), float(at.y()), view.describe(hit)))
        else:
            surface.set_hover(None)

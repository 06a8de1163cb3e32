"""What the actions of the Review page do; each is also a button, a menu entry or a gesture."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu

from comodo_app.activities.agreement import SegmentRow, Verdict
from comodo_app.session.actions.review import N_PINNED
from comodo_app.session.notices import Notice
from comodo_app.ui.pages.review.menus import fill_assign_menu

if TYPE_CHECKING:
    from comodo_app.ui.pages.review.page import ReviewPage

_ZOOM = 0.7


class Commands(QObject):
    """Handlers of the page's actions. `place_changed` tells which disagreement is shown."""

    place_changed = Signal(str)

    def __init__(self, page: ReviewPage) -> None:
        super().__init__(page)
        self._page = page
        self._review = page.session.review
        self._player = page.session.player
        self.todo_number: int | None = None  # of the segment that was stepped to
        for verb, handler in self._handlers().items():
            page.actions_.on(f"review.{verb}", handler, owner=page)
        self._review.timelines_changed.connect(self.show_place)

    def _handlers(self) -> dict[str, Callable[[], None]]:
        player, page, axis = self._player, self._page, self._page.timeline.axis
        pinned = {f"assign-{n}": partial(self.assign_pinned, n) for n in range(1, N_PINNED + 1)}
        return pinned | {
            "play": player.toggle,
            "slower": partial(player.change_speed, -1),
            "faster": partial(player.change_speed, 1),
            "frame-back": partial(player.step, -1),
            "frame-on": partial(player.step, 1),
            "second-back": partial(self.skip, -1.0),
            "second-on": partial(self.skip, 1.0),
            "ten-back": partial(self.skip, -10.0),
            "ten-on": partial(self.skip, 10.0),
            "previous-edge": partial(self.go_to_edge, -1),
            "next-edge": partial(self.go_to_edge, 1),
            "start": lambda: player.seek(player.span_s[0]),
            "end": lambda: player.seek(player.span_s[1]),
            "next-disagreement": partial(self.go_to_disagreement, 1),
            "previous-disagreement": partial(self.go_to_disagreement, -1),
            "range-start": lambda: self.set_range(start_s=player.position_s),
            "range-end": lambda: self.set_range(end_s=player.position_s),
            "range-clear": page.clear_range,
            "loop": self.toggle_loop,
            "follow": page.toggle_follow,
            "zoom-in": lambda: axis.zoom_at(self.zoom_at_s(), _ZOOM),
            "zoom-out": lambda: axis.zoom_at(self.zoom_at_s(), 1 / _ZOOM),
            "fit": axis.fit,
            "taller": lambda: page.timeline.amplify(1),
            "flatter": lambda: page.timeline.amplify(-1),
            "axis-x": partial(self.toggle_axis, 0),
            "axis-y": partial(self.toggle_axis, 1),
            "axis-z": partial(self.toggle_axis, 2),
            "acc-only": partial(self.show_sensor, 0),
            "gyro-only": partial(self.show_sensor, 3),
            "video-window": page.toggle_video_window,
            "wide-video": page.toggle_wide_video,
            "next-recording": lambda: self._review.open_next(1),
            "previous-recording": lambda: self._review.open_next(-1),
            "rename": page.rename,
            "assign": self.ask_activity,
            "no-activity": lambda: self.assign(None),
            "clear-correction": self.clear_correction,
            "export": self.export,
        }

    def skip(self, by_s: float) -> None:
        """Go on by seconds, back if negative."""
        self._player.seek(self._player.position_s + by_s)

    def go_to_edge(self, direction: int) -> None:
        """Go to the next edge of a segment, or the previous one."""
        shown = self._review.lanes.shown
        edges = [s.start_s for s in shown.segments] + [self._player.span_s[1]] if shown else []
        here_s = self._player.position_s
        if direction > 0:
            place = bisect_right(edges, here_s + 1e-6)
        else:
            place = bisect_left(edges, here_s - 1e-6) - 1
        if 0 <= place < len(edges):
            self._player.seek(edges[place])
            self._page.timeline.axis.reveal(edges[place], edges[place])

    def go_to_disagreement(self, direction: int) -> None:
        """Go to the next segment that is worth a look; after the last one to the first."""
        todo = self._review.lanes.todo
        if not todo:
            self._page.session.say(Notice("Teacher and student agree everywhere"))
            return
        numbers = [row.number for row in todo]
        if self.todo_number in numbers:
            place = numbers.index(self.todo_number) + direction
        else:
            place = self._first_from_here(todo, direction)
        if not 0 <= place < len(todo):
            where = "first" if direction > 0 else "last"
            self._page.session.say(Notice(f"All seen: back at the {where} one"))
        row = todo[place % len(todo)]
        self.todo_number = row.number
        self._player.seek(row.segment.start_s)
        self._page.timeline.axis.reveal(row.segment.start_s, row.segment.end_s)
        self.show_place()

    def show_place(self) -> None:
        """Tell which disagreement is shown, within its kind: "4 of 10"."""
        todo = self._review.lanes.todo
        row = next((r for r in todo if r.number == self.todo_number), None)
        if not todo:
            self.place_changed.emit("none")
            return
        kinds: dict[str, list[int]] = {}
        for one in todo:
            kinds.setdefault(_kind(one), []).append(one.number)
        if row is None:
            kind, numbers = next(iter(kinds.items()))
            self.place_changed.emit(f"{len(numbers)}{kind or ' differ'}")
        else:
            numbers = kinds[_kind(row)]
            words = f"{numbers.index(row.number) + 1} of {len(numbers)}{_kind(row)}"
            self.place_changed.emit(words)

    def set_range(self, start_s: float | None = None, end_s: float | None = None) -> None:
        """Begin or end the range here; the other end is kept, or is the recording's."""
        old = self._page.range_s or self._player.span_s
        new = (old[0] if start_s is None else start_s, old[1] if end_s is None else end_s)
        if new[1] <= new[0]:  # the end that was set counts
            span = self._player.span_s
            new = (new[0], span[1]) if start_s is not None else (span[0], new[1])
        if new[1] > new[0]:
            self._page.set_range(new)

    def toggle_loop(self) -> None:
        """Loop the range, else the segment here; or stop looping."""
        self._player.loop(None if self._player.loop_s is not None else self._page.target_s())

    def assign(self, activity_id: int | None) -> None:
        """Say by hand what the range or the segment here is."""
        target = self._page.target_s()
        if target is not None:
            self._review.edits.assign(*target, activity_id)

    def assign_pinned(self, n: int) -> None:
        """The same with the activity of this number: the one on its chips and bars."""
        if any(activity.id == n for activity in self._review.by_time()):
            self.assign(n)
        else:
            self._page.session.say(Notice(f"There is no activity {n} to assign"))

    def ask_activity(self) -> None:
        """Offer all activities for the range or the segment here."""
        target = self._page.target_s()
        if target is not None:
            menu = QMenu(self._page)
            menu.aboutToHide.connect(menu.deleteLater)
            fill_assign_menu(menu, self._review, target, self._page)
            menu.popup(QCursor.pos())

    def clear_correction(self) -> None:
        """Take corrections in the range or the segment here away."""
        target = self._page.target_s()
        if target is not None:
            self._review.edits.clear(*target)

    def toggle_axis(self, axis: int) -> None:
        """Show or hide an axis of both sensors."""
        timeline, both = self._page.timeline, frozenset((axis, axis + 3))
        shown = timeline.traces.shown
        timeline.show_traces(shown - both if both & shown else shown | both)

    def show_sensor(self, first: int) -> None:
        """Show the three channels of one sensor from `first` on; again, and all are shown."""
        timeline, one = self._page.timeline, frozenset(range(first, first + 3))
        timeline.show_traces(frozenset(range(6)) if timeline.traces.shown == one else one)

    def export(self) -> None:
        """Write timelines of the shown run: of the open recording, else of all."""
        recording_id = self._review.recording_id
        ids = None if recording_id is None else (recording_id,)
        self._review.exports.start(self._review.run_id, ids)

    def zoom_at_s(self) -> float:
        """What stays put in a zoom: the playhead if it can be seen, else the middle."""
        axis = self._page.timeline.axis
        here_s = self._player.position_s
        inside = axis.from_s <= here_s <= axis.to_s
        return here_s if inside else 0.5 * (axis.from_s + axis.to_s)

    def _first_from_here(self, todo: tuple[SegmentRow, ...], direction: int) -> int:
        """The first of the most important kind that lies on from here (or before here)."""
        kind, here_s = _kind(todo[0]), self._player.position_s
        same = [i for i, row in enumerate(todo) if _kind(row) == kind]
        if direction > 0:
            on = [i for i in same if todo[i].segment.start_s >= here_s - 1e-6]
            return on[0] if on else 0
        back = [i for i in same if todo[i].segment.start_s < here_s - 1e-6]
        return back[-1] if back else len(todo) - 1


def _kind(row: SegmentRow) -> str:
    if row.verdict is Verdict.DIFFERS:
        return ""
    return " unknown" if row.verdict is Verdict.ABSTAINS else " low"

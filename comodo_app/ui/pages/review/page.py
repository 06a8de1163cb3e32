"""The Review page: what was done when, with the video and the signals to judge it by."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from comodo_app.activities.agreement import Verdict
from comodo_app.activities.model import Segment
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Badge, Page
from comodo_app.ui.pages.review import layout
from comodo_app.ui.pages.review.chooser import Chooser
from comodo_app.ui.pages.review.commands import Commands
from comodo_app.ui.pages.review.context_menus import ContextMenus
from comodo_app.ui.pages.review.header import ReviewHeader
from comodo_app.ui.pages.review.notice_row import NoticeRow
from comodo_app.ui.pages.review.segments_panel import SegmentsPanel
from comodo_app.ui.pages.review.timeline_model import timeline_model
from comodo_app.ui.pages.review.transport import Transport
from comodo_app.ui.pages.review.video_view import VideoView, place_at, segment_at
from comodo_app.ui.pages.review.video_window import VideoWindow
from comodo_app.ui.timeline import SegmentRef, TimelineView
from comodo_app.ui.widgets.own_keys import is_for_widget

_TOP, _BOTTOM = 312, 438
_VIDEO, _TABLE = 556, 760


class ReviewPage(Page):
    """Video and segments above, transport, timeline below; one playhead for all.

    The segment at the playhead is the selected one: a click anywhere goes there.
    """

    name = "review"
    title = "Review"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        self.range_s: tuple[float, float] | None = None
        self.follow = True
        self._window: VideoWindow | None = None  # while the video has one of its own
        self._number: int | None = None  # of the segment at the playhead
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a click beside a field leaves it
        self._stack = QStackedLayout(self)
        self.chooser = Chooser(session)
        self.video = VideoView(session)
        self.segments = SegmentsPanel(session, actions)
        self.timeline = TimelineView()
        self.transport = Transport(session.player, actions)
        self.notice = NoticeRow(session.review, lambda: self.go_requested.emit("distill"), self)
        self.header = ReviewHeader(session, actions, self)
        self.commands = Commands(self)
        self._menus = ContextMenus(self)
        self._build()
        self._connect()
        self._show_recording()

    def header_widgets(self) -> list[QWidget]:
        """Recording, run, export."""
        return self.header.widgets

    def focus_filter(self) -> None:
        """The segments' filter."""
        self.segments.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def regions(self) -> list[QWidget]:
        """Table, transport, timeline."""
        if self.session.review.recording is None:
            return [self.chooser]
        return [self.segments.table, self.transport.play, self.timeline.lanes]

    def came_into_view(self) -> None:
        """Keys mean the page's actions, not those of a button that happens to come first."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays unseen; the layout is kept."""
        super().hideEvent(event)
        self.session.player.pause()
        layout.keep(rows=self._rows, top=self._top)

    def event(self, event: QEvent) -> bool:
        """Keys that the focused widget needs itself are not the page's."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and is_for_widget(QApplication.focusWidget(), event)
        ):
            event.accept()
            return True
        return super().event(event)

    def target_s(self) -> tuple[float, float] | None:
        """What "assign", "loop" and "clear" mean: the range, else the segment at the playhead."""
        if self.range_s is not None:
            return self.range_s
        segment = segment_at(self.session.review.lanes.shown, self.session.player.position_s)
        return (segment.start_s, segment.end_s) if segment is not None else None

    def set_range(self, range_s: tuple[float, float]) -> None:
        """Mark a range; a loop that runs follows it."""
        self.range_s = range_s
        self.timeline.set_range(range_s)
        if self.session.player.loop_s is not None:
            self.session.player.loop(range_s)

    def clear_range(self) -> None:
        """Mark nothing."""
        self.range_s = None
        self.timeline.set_range(None)

    def toggle_follow(self) -> None:
        """Whether the timeline goes with the playhead."""
        self.follow = not self.follow
        self.transport.follow.setChecked(self.follow)
        if self.follow:
            self.timeline.axis.follow(self.session.player.position_s)

    def toggle_wide_video(self) -> None:
        """Give the video the whole row, or not."""
        self.segments.setVisible(self.segments.isHidden())

    def toggle_video_window(self) -> None:
        """Show the video in a window of its own, or bring it back."""
        if self._window is not None:
            self._window.close()
        elif self.session.player.video is not None:
            self._window = VideoWindow(self.video, self)
            self._window.closing.connect(self._take_video_back)
            self._window.show()

    def rename(self) -> None:
        """Edit the name of the activity at the playhead in place."""
        if self.segments.isHidden():
            self.segments.show()
        if self.segments.selected is None:
            self.segments.choices.choose("all")
            self.segments.filter.clear()
            self._select()
        self.segments.rename()

    def go_to(self, time_s: float) -> None:
        """Go to a time and show it."""
        self.session.player.seek(time_s)
        self.timeline.axis.reveal(time_s, time_s)

    def _build(self) -> None:
        self._top = QSplitter(Qt.Orientation.Horizontal)
        self._top.setChildrenCollapsible(False)
        self._top.setHandleWidth(12)
        self._top.setProperty("role", "gap")
        self._top.addWidget(self.video)
        self._top.addWidget(self.segments)
        self._top.setStretchFactor(1, 1)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.transport)
        column.addWidget(self.notice)
        frame = QFrame()
        frame.setProperty("role", "panel")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 4, 1, 4)
        inside.addWidget(self.timeline)
        column.addWidget(frame, 1)
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._rows.setChildrenCollapsible(False)
        self._rows.setHandleWidth(8)
        self._rows.setProperty("role", "gap")
        self._rows.addWidget(self._top)
        self._rows.addWidget(lower)
        self._rows.setStretchFactor(0, 2)
        self._rows.setStretchFactor(1, 1)
        self._rows.setSizes([_TOP, _BOTTOM + 42])
        self._top.setSizes([_VIDEO, _TABLE])
        layout.restore(rows=self._rows, top=self._top)
        main = QWidget()
        outer = QVBoxLayout(main)
        outer.setContentsMargins(16, 12, 16, 16)
        outer.addWidget(self._rows)
        self._stack.addWidget(self.chooser)
        self._stack.addWidget(main)

    def _connect(self) -> None:
        session, review, player = self.session, self.session.review, self.session.player
        review.opened.connect(self._show_recording)
        for signal in (
            review.timelines_changed,
            review.activities_changed,
            review.predicting_changed,
            review.looks.changed,
        ):
            signal.connect(self._show_timeline)
        player.moved.connect(self._show_playhead)
        self.chooser.recordings_requested.connect(lambda: self.go_requested.emit("recordings"))
        self.video.relink_requested.connect(self._relink)
        self.video.window_requested.connect(self.toggle_video_window)
        self.segments.seek_requested.connect(self.go_to)
        self.segments.loop_requested.connect(self._loop)
        self.segments.assign_requested.connect(self.commands.ask_activity)
        self.segments.menu_requested.connect(self._menus.for_segment)
        self.commands.place_changed.connect(self.transport.show_place)
        self.commands.show_place()
        view = self.timeline
        view.seek_requested.connect(player.seek)
        view.segment_selected.connect(self._select_segment)
        view.segment_activated.connect(lambda ref: self._loop(ref.segment))
        view.boundary_moved.connect(
            lambda lane, from_s, to_s: review.edits.move_boundary(from_s, to_s)
        )
        view.range_selected.connect(lambda from_s, to_s: self.set_range((from_s, to_s)))
        view.range_cleared.connect(self.clear_range)
        view.context_menu_requested.connect(self._menus.for_hit)
        view.axis.changed.connect(
            lambda: self.transport.show_zoom(view.axis.zoom, view.axis.visible_s)
        )
        self.transport.zoom_requested.connect(
            lambda zoom: view.axis.set_zoom(zoom, self.commands.zoom_at_s())
        )
        session.project_changed.connect(self._show_recording)

    def _show_recording(self) -> None:
        row = self.session.review.recording
        self._stack.setCurrentIndex(0 if row is None else 1)
        self.commands.todo_number = None
        self.clear_range()
        self.video.setVisible(row is None or row.video is not None)
        self.subtitle_changed.emit("IMU only" if row is not None and row.video is None else "")
        self._show_timeline()
        self.timeline.axis.fit()

    def _show_timeline(self) -> None:
        review = self.session.review
        self.timeline.set_model(timeline_model(review))
        self._number = None
        self._select()
        n_differ = sum(row.verdict is Verdict.DIFFERS for row in review.lanes.rows)
        self.badge_changed.emit(Badge(number=n_differ))

    def _show_playhead(self, position_s: float) -> None:
        self.timeline.set_playhead(position_s)
        if self.follow and self.session.player.playing:
            self.timeline.axis.follow(position_s)
        self._select()

    def _select(self) -> None:
        """Select the segment at the playhead in the table and on the timeline."""
        lanes = self.session.review.lanes
        place = place_at(lanes.shown, self.session.player.position_s)
        number = place + 1 if place is not None else None
        if number != self._number:
            self._number = number
            lane = "corrected" if lanes.corrected is not None else "student"
            if number is None:
                self.timeline.clear_selection()
            else:
                self.timeline.select(lane, number - 1)
        selected = self.segments.selected
        if (selected.number if selected is not None else None) != number:
            self.segments.select(number)

    def _take_video_back(self) -> None:
        self._window = None
        self._top.insertWidget(0, self.video)
        self._top.setSizes([_VIDEO, _TABLE])

    def _loop(self, segment: Segment) -> None:
        self.session.player.loop((segment.start_s, segment.end_s))
        self.session.player.seek(segment.start_s)
        self.session.player.play()

    def _select_segment(self, ref: SegmentRef | None) -> None:
        """Arrow keys on the timeline choose a segment: go there, unless we are in it."""
        if ref is not None:
            here_s = self.session.player.position_s
            if not ref.segment.start_s <= here_s < ref.segment.end_s:
                self.go_to(ref.segment.start_s)

    def _relink(self) -> None:
        row = self.session.review.recording
        if row is None or row.video is None:
            return
        chosen, _ = QFileDialog.getOpenFileName(
            self, f"Where is {row.video.path.name}?", str(row.video.path.parent), "All files (*)"
        )
        if chosen:
            self.session.review.relink(Path(chosen))

"""Right clicks on segments, ranges and the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from comodo_app.activities.model import Segment
from comodo_app.ui.pages.review.menus import segment_menu
from comodo_app.ui.pages.review.video_view import segment_at
from comodo_app.ui.timeline import Hit

if TYPE_CHECKING:
    from comodo_app.ui.pages.review.page import ReviewPage


class ContextMenus(QObject):
    """Opens the menu for what is under the mouse."""

    def __init__(self, page: ReviewPage) -> None:
        super().__init__(page)
        self._page = page

    def for_hit(self, at: QPoint, hit: Hit) -> None:
        """On the timeline: the marked range if it is there, else the segment."""
        page = self._page
        range_s = page.range_s
        if range_s is not None and range_s[0] <= hit.time_s <= range_s[1]:
            self._popup(at, range_s, None)
            return
        segment = hit.segment.segment if hit.segment is not None else None
        segment = segment or segment_at(page.session.review.lanes.shown, hit.time_s)
        if segment is not None:
            self.for_segment(segment, at)

    def for_segment(self, segment: Segment, at: QPoint) -> None:
        """On a row of the table."""
        self._popup(at, (segment.start_s, segment.end_s), segment.activity_id)

    def _popup(self, at: QPoint, span_s: tuple[float, float], activity_id: int | None) -> None:
        page = self._page

        def rename() -> None:
            page.go_to(span_s[0])
            page.rename()

        menu = segment_menu(
            page,
            page.session.review,
            span_s=span_s,
            activity_id=activity_id,
            rename=rename,
            loop=lambda: page.session.player.loop(span_s),
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

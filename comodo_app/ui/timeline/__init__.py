"""The timeline of a recording: overview, ruler, lanes, agreement and traces over one time axis.

    view = TimelineView()
    view.set_model(TimelineModel(span_s, lanes, labels, colours, pyramid=…, agreement=…))
    view.set_playhead(12.3)          # every tick: repaints a strip, not the curves

`set_model` takes a frozen value and may be called as often as it changes (predictions that come
in, a rename, a correction): what is shown of the time, the selection and the range stay while the
span stays. The view never edits anything; it tells what a person wishes:

- ``seek_requested(float)`` – a click or a scrub, seconds on the recording clock
- ``segment_selected(SegmentRef | None)``, ``segment_activated(SegmentRef)`` – click or arrow keys;
  double click or Enter
- ``boundary_moved(lane key, from_s, to_s)`` – an edge of an editable lane was dragged
- ``range_selected(from_s, to_s)`` – Shift and drag; ``range_cleared()`` – Shift and click
- ``context_menu_requested(QPoint on the screen, Hit)`` – right click or the menu key
- ``traces_shown_changed(frozenset of channels)`` – a track head was clicked

`view.axis` (`TimeAxis`) is what can be seen of the time: ``show``, ``zoom_at``, ``pan``, ``fit``,
``reveal``, ``zoom`` from 0 to 1 for a slider, ``follow(s)`` while playing; its ``changed`` tells.
Further: ``view.select(lane, index)``, ``view.set_range((from_s, to_s) | None)``,
``view.show_traces(channels)``, ``view.amplify(steps)``, ``view.wheel_pans`` (swaps the wheel with
Shift and the wheel), ``view.lanes`` (the one Tab stop). Esc takes back what is being dragged.
"""

from comodo_app.ui.timeline.model import Hit, LaneModel, SegmentRef, TimelineModel
from comodo_app.ui.timeline.timebase import TimeAxis
from comodo_app.ui.timeline.timeline_view import TimelineView

__all__ = ["Hit", "LaneModel", "SegmentRef", "TimeAxis", "TimelineModel", "TimelineView"]

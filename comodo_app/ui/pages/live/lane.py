"""What was said, as bars that the timeline's painter draws."""

from __future__ import annotations

import numpy as np

from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID
from comodo_app.session.live import Live
from comodo_app.ui.timeline.bars import Bars

_PALE_BELOW = 0.5  # confidence


def said_bars(live: Live, from_s: float, to_s: float, now_s: float | None = None) -> Bars:
    """The student's lane between two live times.

    The newest span is drawn on to `now_s`, which is less than two strides away while all is well.
    """
    spans = live.heard.said.between(from_s, to_s)
    if not spans:
        return Bars(np.zeros(1), np.zeros(0, np.int64), np.zeros(0, np.bool_), (), ())
    edges = [span.start_s for span in spans] + [spans[-1].end_s]
    newest = live.heard.said.spans[-1]
    if now_s is not None and spans[-1] is newest and 0 < now_s - newest.end_s < 2.5 * live.stride_s:
        edges[-1] = now_s
    found: dict[tuple[int, int, bool], int] = {}
    kinds = np.zeros(len(spans), np.int64)
    for place, span in enumerate(spans):
        known = span.code not in (UNKNOWN_ID, NO_DATA_ID)
        pale = known and span.confidence < max(_PALE_BELOW, live.abstain_below)
        key = (span.code, live.colour(span.code) if known else 0, pale)
        kinds[place] = found.setdefault(key, len(found))
    looks = tuple(found)
    texts = tuple(_text(live, code) for code, _, _ in looks)
    return Bars(np.asarray(edges), kinds, np.zeros(len(spans), np.bool_), looks, texts)


def _text(live: Live, code: int) -> tuple[str, str]:
    if code == UNKNOWN_ID:
        return "?", "Unknown"
    return ("", "") if code == NO_DATA_ID else (str(code), live.label(code))

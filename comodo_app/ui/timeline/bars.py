"""Segments as bars: a few wide ones are drawn with all they have to say, thousands as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from comodo_app.activities.corrections import is_corrected
from comodo_app.activities.model import State
from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID
from comodo_app.ui.theme import Theme
from comodo_app.ui.timeline.looks import NOT_ACTIVITY_ID, Look, look
from comodo_app.ui.timeline.model import LaneModel, TimelineModel

NAME_PX, NUMBER_PX = 28, 14  # bars narrower than this carry no name, no number
_COLUMN_PX = 3  # narrower ones are drawn as columns
_ROUNDING_PX = 1e-6
_BEYOND_PX = 24  # how far a bar is drawn outside the strip


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """A lane's segments as arrays.

    Attributes
    ----------
    edges_s : (N + 1,) float64
    kinds : (N,) int64
        Places in `looks`.
    by_hand : (N,) bool
    looks : tuple of (code, colour number, pale)
    texts : tuple of (number, name)
        One for each of `looks`.
    """

    edges_s: NDArray[np.float64]
    kinds: NDArray[np.int64]
    by_hand: NDArray[np.bool_]
    looks: tuple[tuple[int, int, bool], ...]
    texts: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.kinds)

    def index_at(self, time_s: float) -> int | None:
        """The segment at a time, if any."""
        place = int(np.searchsorted(self.edges_s, time_s, side="right")) - 1
        return place if 0 <= place < len(self) else None


def bars_of(lane: LaneModel, model: TimelineModel) -> Bars:
    """Arrays of a lane in the looks that the model gives its activities."""
    segments = lane.timeline.segments
    edges = [*(s.start_s for s in segments), segments[-1].end_s] if segments else [0.0]
    by_hand = np.zeros(len(segments), np.bool_)
    if lane.corrections:
        by_hand[:] = [is_corrected(segment, lane.corrections) for segment in segments]
    found: dict[tuple[int, int, bool], int] = {}
    kinds = np.zeros(len(segments), np.int64)
    for i, segment in enumerate(segments):
        if segment.activity_id is not None:
            pale = segment.confidence < model.low_confidence
            key = (segment.activity_id, model.colour(segment.activity_id), pale)
        elif segment.state is State.UNKNOWN:
            key = (NOT_ACTIVITY_ID if by_hand[i] else UNKNOWN_ID, 0, False)
        else:
            key = (NO_DATA_ID, 0, False)
        kinds[i] = found.setdefault(key, len(found))
    looks = tuple(found)
    texts = tuple(_text(code, model) for code, _, _ in looks)
    return Bars(np.asarray(edges, np.float64), kinds, by_hand, looks, texts)


def paint_bars(
    painter: QPainter, bars: Bars, rect: QRectF, *, theme: Theme, view_s: tuple[float, float]
) -> None:
    """Paint what is seen of `view_s` into `rect`."""
    if len(bars) == 0 or view_s[1] <= bars.edges_s[0] or view_s[0] >= bars.edges_s[-1]:
        return
    first = max(int(np.searchsorted(bars.edges_s, view_s[0], side="right")) - 1, 0)
    last = min(int(np.searchsorted(bars.edges_s, view_s[1], side="left")), len(bars))
    px_per_s = rect.width() / (view_s[1] - view_s[0])
    x = rect.left() + (bars.edges_s[first : last + 1] - view_s[0]) * px_per_s
    x = np.clip(x, rect.left() - _BEYOND_PX, rect.right() + _BEYOND_PX)
    widths = np.diff(x)
    kinds = bars.kinds[first:last]
    looks = [look(theme, *key) for key in bars.looks]
    painter.save()
    painter.setClipRect(rect)
    if (widths < _COLUMN_PX).any():
        paint_columns(painter, bars, looks, rect, view_s, below_px=_COLUMN_PX)
    named = widths >= NUMBER_PX - _ROUNDING_PX
    middle = (widths >= _COLUMN_PX) & ~named
    for kind in np.unique(kinds[middle]):
        chosen = np.flatnonzero(middle & (kinds == kind))
        rects = [QRectF(x[i], rect.top(), widths[i] - 1, rect.height()) for i in chosen.tolist()]
        _paint_plain(painter, rects, looks[kind])
    letters = _Letters(theme)
    for i in np.flatnonzero(named).tolist():
        bar = QRectF(x[i], rect.top(), widths[i] - 1, rect.height())
        kind = int(kinds[i])
        _paint_bar(painter, bar, looks[kind], theme)
        hand = bool(bars.by_hand[first + i])
        _paint_label(painter, bar, looks[kind], bars.texts[kind], letters, hand, rect.left())
    painter.restore()


def paint_columns(
    painter: QPainter,
    bars: Bars,
    looks: Iterable[Look],
    rect: QRectF,
    view_s: tuple[float, float],
    *,
    below_px: float = np.inf,
) -> None:
    """One colour a column, that of the segment in its middle; only segments narrower than
    `below_px`."""
    ratio = painter.device().devicePixelRatio()
    n_columns = max(1, round(rect.width() * ratio))
    step_s = (view_s[1] - view_s[0]) / n_columns
    middles = view_s[0] + (np.arange(n_columns) + 0.5) * step_s
    place = np.searchsorted(bars.edges_s, middles, side="right") - 1
    inside = (place >= 0) & (place < len(bars))
    place = np.clip(place, 0, len(bars) - 1)
    lengths = np.diff(bars.edges_s)[place]
    seen = inside & (lengths < below_px * step_s * ratio)
    table = np.array([one.solid.rgba() for one in looks], np.uint32)
    row = np.where(seen, table[bars.kinds[place]], 0).astype(np.uint32)
    image = QImage(
        row.tobytes(), n_columns, 1, 4 * n_columns, QImage.Format.Format_ARGB32_Premultiplied
    )
    painter.drawImage(rect, image)


class _Letters:
    """Font and measured texts of one painting."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.font = theme.font("caption")
        self.metrics = QFontMetricsF(self.font)
        self._fitted: dict[tuple[str, int], tuple[str, float]] = {}

    def fit(self, text: str, room_px: float) -> tuple[str, float]:
        """The text cut to fit, and its width."""
        key = (text, int(room_px))
        if key not in self._fitted:
            shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room_px)
            self._fitted[key] = (shown, self.metrics.horizontalAdvance(shown))
        return self._fitted[key]


def _text(code: int, model: TimelineModel) -> tuple[str, str]:
    if code == UNKNOWN_ID:
        return "?", "Unknown"
    if code == NOT_ACTIVITY_ID:
        return "×", "Not an activity"
    if code == NO_DATA_ID:
        return "", ""
    return str(code), model.label(code)


def _paint_plain(painter: QPainter, rects: list[QRectF], one: Look) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    if one.fill is not None:
        painter.setBrush(one.fill)
        painter.drawRects(rects)
    if one.pattern is not None:
        painter.setBrush(one.pattern)
        painter.drawRects(rects)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if one.border is not None:
        painter.setPen(_border(one))
        painter.drawRects([r.adjusted(0, 0, -1, -1) for r in rects])
    if one.line is not None:
        for r in rects:
            painter.fillRect(QRectF(r.left(), r.center().y(), r.width(), 1), one.line)


def _border(one: Look) -> QPen:
    pen = QPen(one.border or QColor(), 1)
    if one.dashed:
        pen.setDashPattern([3, 3])
    return pen


def _paint_bar(painter: QPainter, bar: QRectF, one: Look, theme: Theme) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = theme.px(4)
    painter.setPen(Qt.PenStyle.NoPen)
    if one.fill is not None:
        painter.setBrush(one.fill)
        painter.drawRoundedRect(bar, radius, radius)
    if one.pattern is not None:  # a pixel in from the rim, its corners cannot be told
        painter.fillRect(bar.adjusted(1, 1, -1, -1).toAlignedRect(), one.pattern)
    if one.border is not None:
        painter.setPen(_border(one))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if one.line is not None:
        painter.fillRect(QRectF(bar.left() + 2, bar.center().y(), bar.width() - 4, 1), one.line)


def _paint_label(
    painter: QPainter,
    bar: QRectF,
    one: Look,
    text: tuple[str, str],
    letters: _Letters,
    by_hand: bool,
    from_px: float,
) -> None:
    """Number and name, 6 px from the left edge of what is seen of the bar."""
    theme = letters.theme
    left = max(bar.left(), from_px) + theme.px(6)
    room = bar.right() - theme.px(4) - left
    pencil = theme.px(15) if by_hand and bar.width() >= 2 * NAME_PX else 0
    words = f"{text[0]}  {text[1]}"
    if not text[0]:
        return
    if bar.width() + 1 < NAME_PX - _ROUNDING_PX:  # the number alone, in the middle
        room = bar.width()
        shown, width = text[0], letters.metrics.horizontalAdvance(text[0])
        left = bar.center().x() - width / 2
        if width > room:
            return
    else:
        shown, width = letters.fit(words, room - pencil)
        if len(shown) < len(text[0]) + 5 and shown != words:  # a name of one letter says nothing
            shown, width = letters.fit(text[0], room)
    if one.pattern is not None and not one.dashed:
        patch = QRectF(left - theme.px(3), 0, width + theme.px(6), theme.px(15))
        patch.moveCenter(QPointF(patch.center().x(), bar.center().y()))
        painter.fillRect(patch.intersected(bar).toAlignedRect(), one.solid)
    painter.setPen(one.ink)
    painter.setFont(letters.font)
    baseline = bar.center().y() + (letters.metrics.ascent() - letters.metrics.descent()) / 2
    painter.drawText(round(left), round(baseline), shown)
    if one.struck:
        painter.fillRect(QRectF(left, bar.center().y(), width, 1), one.ink)
    if pencil:
        _paint_pencil(painter, left + width + theme.px(4), bar.center().y(), theme.scale)


def _paint_pencil(painter: QPainter, x: float, y: float, scale: float) -> None:
    """A small pencil in the colour of the pen: said by a person."""
    corners = ((0, 4), (1, 1.5), (7, -4.5), (9, -2.5), (3, 3.5), (0, 4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(x + a * scale, y + b * scale) for a, b in corners]))

"""Where student and teacher agree, and how sure the student is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from comodo_app.activities.agreement import Span, Verdict
from comodo_app.activities.model import State
from comodo_app.recordings.pyramid import Pyramid, build_pyramid
from comodo_app.ui.theme import Theme, themes
from comodo_app.ui.timeline.curves import (
    CurveView,
    Lines,
    column_lines,
    draw_lines,
    sample_lines,
)
from comodo_app.ui.timeline.looks import mixed
from comodo_app.ui.timeline.model import TimelineModel
from comodo_app.ui.timeline.strip import Strip
from comodo_app.ui.timeline.timebase import TimeAxis

AGREEMENT_PX = 46
_BAND_PX = 20
_BOX_PX = 12  # a shifted border is a box at least this wide, while there is room
_DIFFERS_PX = 14
_TINT = 0.08


class AgreementStrip(Strip):
    """The band above, the curve of confidence below."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._spans: dict[Verdict, NDArray[np.float64]] = {}
        self._curve: Pyramid | None = None
        self._threshold = 0.0
        self.setAccessibleName("Agreement of student and teacher")

    def set_model(self, model: TimelineModel) -> None:
        """Show other spans and another curve."""
        self._spans = _by_verdict(model.agreement or ())
        self._curve, self._threshold = None, model.low_confidence
        times_s, values = _confidence(model)
        if model.confidence is not None:
            self._threshold = model.confidence.threshold
        there = np.isfinite(values)
        if there.any():
            gaps = _holes(times_s, there)
            samples = values[there].astype(np.float32)[:, None]
            self._curve = build_pyramid(times_s[there], samples, gaps=gaps)
        self.setAccessibleDescription(_summary(self._spans))
        self.redraw()

    def value_at(self, time_s: float) -> float | None:
        """The student's confidence at a time."""
        found = self._curve.value_at(time_s) if self._curve is not None else None
        return None if found is None else float(found[0])

    def describe(self, time_s: float) -> str:
        """Verdict and confidence at a time."""
        verdict = next(
            (
                verdict.value
                for verdict, spans in self._spans.items()
                if ((spans[:, 0] <= time_s) & (time_s < spans[:, 1])).any()
            ),
            "",
        )
        sure = self.value_at(time_s)
        return "  ".join(p for p in (verdict, "" if sure is None else f"{sure:.2f}") if p)

    def draw(self, painter: QPainter) -> None:
        """Band and curve."""
        theme = themes().current
        middle = theme.px(_BAND_PX) / 2
        self._draw_curve(painter, theme)
        agrees = mixed(theme.color("ok"), theme.color("plot.bg"), 0.72)
        for left, right in self._runs(Verdict.AGREES):
            painter.fillRect(QRectF(left, middle - 2, right - left - 1, 4), agrees)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_abstains(painter, theme, middle)
        self._draw_shifts(painter, theme, middle)
        self._draw_differs(painter, theme, middle)

    def _draw_abstains(self, painter: QPainter, theme: Theme, middle: float) -> None:
        pen = QPen(theme.color("state.unknown"), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = theme.px(5) - 0.5
        for left, right in self._runs(Verdict.ABSTAINS):
            if right - left >= 6:
                rect = QRectF(left + 0.5, middle - half, right - left - 2, 2 * half)
                painter.drawRoundedRect(rect, theme.px(3), theme.px(3))
            else:
                painter.drawLine(QPointF(left, middle - half), QPointF(left, middle + half))

    def _draw_shifts(self, painter: QPainter, theme: Theme, middle: float) -> None:
        warn, tint = theme.color("warn"), theme.color("warn.tint")
        box = theme.px(_BOX_PX)
        for left, right in self._runs(Verdict.SHIFTED, room_px=box):
            width = max(box, right - left)
            rect = QRectF(
                (left + right - width) / 2 + 0.5, middle - box / 2 + 0.5, width - 1, box - 1
            )
            painter.setPen(QPen(warn, 1))
            painter.setBrush(tint)
            painter.drawRoundedRect(rect, theme.px(3), theme.px(3))

    def _draw_differs(self, painter: QPainter, theme: Theme, middle: float) -> None:
        height = theme.px(_DIFFERS_PX)
        painter.setFont(theme.font("overline"))
        for left, right in self._runs(Verdict.DIFFERS):
            rect = QRectF(left, middle - height / 2, max(right - left - 1, 2), height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("err"))
            if rect.width() < 6:
                painter.fillRect(rect, theme.color("err"))
                continue
            painter.drawRoundedRect(rect, theme.px(3), theme.px(3))
            if rect.width() >= theme.px(14):
                painter.setPen(theme.color("text.inverse"))
                seen = rect.intersected(QRectF(self.rect()))
                painter.drawText(seen, int(Qt.AlignmentFlag.AlignCenter), "≠")

    def _runs(self, verdict: Verdict, room_px: float = 1.0) -> list[tuple[float, float]]:
        """Pixels from and to of what is seen; spans that lie closer than `room_px` become one."""
        spans = self._spans.get(verdict)
        if spans is None or len(spans) == 0:
            return []
        first = int(np.searchsorted(spans[:, 1], self.axis.from_s, side="right"))
        last = int(np.searchsorted(spans[:, 0], self.axis.to_s))
        if last <= first:
            return []
        x = (spans[first:last] - self.axis.from_s) * self.axis.px_per_s
        x = np.clip(x, -50.0, self.width() + 50.0)
        starts_at = np.r_[True, x[1:, 0] - x[:-1, 1] >= room_px]
        if room_px <= 1.0:  # wide neighbours keep the gap between them
            wide = (x[1:, 1] - x[1:, 0] >= 4) & (x[:-1, 1] - x[:-1, 0] >= 4)
            starts_at[1:] |= wide
        begin = np.flatnonzero(starts_at)
        end = np.r_[begin[1:] - 1, len(x) - 1]
        return list(zip(x[begin, 0].tolist(), x[end, 1].tolist(), strict=True))

    def _draw_curve(self, painter: QPainter, theme: Theme) -> None:
        top, height = theme.px(_BAND_PX), self.height() - theme.px(_BAND_PX) - 2
        view = CurveView(
            from_s=self.axis.from_s,
            to_s=self.axis.to_s,
            width_px=self.width(),
            top_px=top,
            height_px=height,
            n_columns=max(1, round(self.width() * self.devicePixelRatioF())),
            centre=0.5,
            reach=0.5,
        )
        if self._curve is not None:
            lines = self._lines(self._curve, view)
            _fill_below(painter, lines, view, theme.color("mag"))
            painter.setPen(QPen(theme.color("mag"), 1))
            draw_lines(painter, lines)
        painter.setPen(QPen(theme.color("plot.axis"), 1, Qt.PenStyle.DotLine))
        y = float(view.y(np.array([self._threshold], np.float32))[0])
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))

    def _lines(self, curve: Pyramid, view: CurveView) -> Lines:
        first, last = curve.index_range(view.from_s, view.to_s)
        gaps = np.asarray(curve.gaps, np.float64).reshape(-1, 2)
        if last - first > view.n_columns:
            columns = curve.columns(view.from_s, view.to_s, view.n_columns)
            return column_lines(view, columns.lo[0], columns.hi[0], gaps)
        part = slice(max(first - 1, 0), last + 1)
        return sample_lines(view, curve.times_s[part], curve.samples[part, 0], gaps)


def _fill_below(painter: QPainter, lines: Lines, view: CurveView, colour: QColor) -> None:
    """Tint what lies under the curve, column by column."""
    n, height = round(view.width_px), round(view.height_px)
    middles = np.arange(n) + 0.5
    place = np.searchsorted(lines[:, 0], middles, side="right") - 1
    line = lines[np.maximum(place, 0)] if len(lines) else np.zeros((n, 4))
    across = np.maximum(line[:, 2] - line[:, 0], 1e-9)
    share = np.clip((middles - line[:, 0]) / across, 0.0, 1.0)
    y = line[:, 1] + share * (line[:, 3] - line[:, 1]) - view.top_px
    y[(place < 0) | (middles > np.maximum(line[:, 2], line[:, 0] + 1.0))] = height  # none here
    colour.setAlphaF(_TINT)
    inside = np.arange(height)[:, None] >= y
    red, green, blue = (round(p * _TINT) for p in (colour.red(), colour.green(), colour.blue()))
    faint = QColor(red, green, blue, colour.alpha()).rgba()
    pixels = np.where(inside, np.uint32(faint), np.uint32(0))
    picture = QImage(pixels.tobytes(), n, height, 4 * n, QImage.Format.Format_ARGB32_Premultiplied)
    painter.drawImage(QPointF(0, view.top_px), picture)


def _by_verdict(spans: tuple[Span, ...]) -> dict[Verdict, NDArray[np.float64]]:
    found: dict[Verdict, list[tuple[float, float]]] = {}
    for span in spans:
        found.setdefault(span.verdict, []).append((span.start_s, span.end_s))
    return {verdict: np.asarray(times, np.float64) for verdict, times in found.items()}


def _confidence(model: TimelineModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if model.confidence is not None:
        return np.asarray(model.confidence.times_s), np.asarray(model.confidence.values)
    lane = model.lane("student") or model.main_lane
    if lane is None:
        return np.zeros(0), np.zeros(0)
    rows = [
        (at_s, np.nan if segment.state is State.NO_DATA else segment.confidence)
        for segment in lane.timeline
        for at_s in (segment.start_s, segment.end_s)
    ]
    table = np.asarray(rows, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _holes(
    times_s: NDArray[np.float64], there: NDArray[np.bool_]
) -> tuple[tuple[float, float], ...]:
    """Between two values that have others without one between them."""
    kept = np.flatnonzero(there)
    before = np.flatnonzero(np.diff(kept) > 1)
    return tuple((float(times_s[kept[i]]), float(times_s[kept[i + 1]])) for i in before.tolist())


def _summary(spans: dict[Verdict, NDArray[np.float64]]) -> str:
    time_s = {verdict: float((x[:, 1] - x[:, 0]).sum()) for verdict, x in spans.items()}
    said = sum(time_s.get(v, 0.0) for v in (Verdict.AGREES, Verdict.SHIFTED, Verdict.DIFFERS))
    if said == 0:
        return "Nothing to compare"
    share = 100 * time_s.get(Verdict.AGREES, 0.0) / said
    places = len(spans.get(Verdict.DIFFERS, ()))
    return f"They agree {share:.0f} percent of the time and differ in {places} places"

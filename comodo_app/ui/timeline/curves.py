"""From samples, or from least and greatest of columns, to lines in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

Lines = NDArray[np.float64]
NO_LINES: Lines = np.zeros((0, 4))
_FAR_PX = 1e5  # beyond it lines lose precision
_FEW_LINES = 200  # so few are drawn as they are


@dataclass(frozen=True, slots=True)
class CurveView:
    """What is seen of a curve and where: `centre` in the middle of the row, `reach` at its rim."""

    from_s: float
    to_s: float
    width_px: float
    top_px: float
    height_px: float
    n_columns: int
    centre: float
    reach: float

    def x(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels from the left."""
        x = (times_s - self.from_s) * (self.width_px / (self.to_s - self.from_s))
        return np.asarray(np.clip(x, -_FAR_PX, _FAR_PX))

    def y(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Pixels from the top, cut to the row."""
        half = self.height_px / 2 - 1
        middle = self.top_px + floor(self.height_px / 2) + 0.5
        away = (values.astype(np.float64) - self.centre) * (half / self.reach)
        return np.asarray(middle - np.clip(away, -half, half))


def sample_lines(
    view: CurveView,
    times_s: NDArray[np.float64],
    values: NDArray[np.float32],
    gaps: NDArray[np.float64],
) -> Lines:
    """From each sample to the next, but not across one of (G, 2) gaps."""
    x, y = view.x(times_s), view.y(values)
    if len(x) < 2:
        return np.column_stack([x, y, x, y])
    bridged = overlaps(gaps, times_s[:-1], times_s[1:])
    return np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])[~bridged]


def column_lines(
    view: CurveView,
    least: NDArray[np.float32],
    greatest: NDArray[np.float32],
    gaps: NDArray[np.float64],
) -> Lines:
    """An upright line in each column that holds samples, stretched to meet the one before it."""
    full = np.flatnonzero(np.isfinite(least))
    if len(full) == 0:
        return NO_LINES
    x = (full + 0.5) * (view.width_px / view.n_columns)
    low, high = view.y(least[full]), view.y(greatest[full])  # low has the greater y
    beside = np.diff(full) == 1
    lower = np.where(beside, np.maximum(low[1:], high[:-1]), low[1:])
    upper = np.where(beside, np.minimum(high[1:], low[:-1]), high[1:])
    upright = np.column_stack([x, np.r_[high[0], upper], x, np.r_[low[0], lower]])
    # Columns that hold no sample though no gap is there: the sensor was slow for a while.
    apart = np.flatnonzero(~beside)
    if len(apart) == 0:
        return upright
    step_s = (view.to_s - view.from_s) / view.n_columns
    ends_s = view.from_s + (full[apart] + 1) * step_s
    begins_s = view.from_s + full[apart + 1] * step_s
    over = apart[~overlaps(gaps, ends_s, begins_s)]
    across = np.column_stack([x[over], low[over], x[over + 1], low[over + 1]])
    return np.concatenate([upright, across])


def overlaps(
    gaps: NDArray[np.float64], from_s: NDArray[Any], to_s: NDArray[Any]
) -> NDArray[np.bool_]:
    """Which of some spans have time in common with one of (G, 2) gaps in order."""
    if len(gaps) == 0:
        return np.zeros(len(from_s), np.bool_)
    place = np.searchsorted(gaps[:, 0], to_s) - 1
    return np.asarray((place >= 0) & (gaps[np.maximum(place, 0), 1] > from_s))


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Lines made ready: upright ones as pixels, which is three times as fast, the others as lines.

    `pixels` is (H, W) uint32, premultiplied, in device pixels of `view`'s row.
    """

    view: CurveView
    pixels: NDArray[np.uint32] | None
    lines: Lines

    def draw(self, painter: QPainter) -> None:
        """Draw what the painter's clip lets through."""
        view, pixels = self.view, self.pixels
        if pixels is not None:
            height, width = pixels.shape
            form = QImage.Format.Format_ARGB32_Premultiplied
            picture = QImage(pixels.data, width, height, 4 * width, form)
            rect = QRectF(0, view.top_px, view.width_px, view.height_px)
            painter.drawImage(rect, picture)
        lines, exposed = self.lines, painter.clipBoundingRect()
        if painter.hasClipping() and exposed.width() < view.width_px:
            right = lines[:, 2] >= exposed.left() - 1
            lines = lines[right & (lines[:, 0] <= exposed.right() + 1)]
        draw_lines(painter, lines)


def prepare(view: CurveView, lines: Lines, colour: QColor, ratio: float) -> Drawing:
    """Make lines ready to be drawn once or more, at `ratio` device pixels a pixel."""
    upright = lines[:, 0] == lines[:, 2]
    if np.count_nonzero(upright) < _FEW_LINES:
        return Drawing(view, None, lines)
    columns = lines[upright]
    height = max(1, round(view.height_px * ratio))
    first, last = np.full(view.n_columns, height, np.int32), np.full(view.n_columns, -1, np.int32)
    at = np.clip((columns[:, 0] * (view.n_columns / view.width_px)).astype(np.int64), 0, None)
    first[at] = np.floor((columns[:, 1] - view.top_px) * ratio)
    last[at] = np.floor((columns[:, 3] - view.top_px) * ratio)
    rows = np.arange(height, dtype=np.int32)[:, None]
    inside = (rows >= first) & (rows <= last)
    return Drawing(view, inside * np.uint32(colour.rgba()), lines[~upright])


def draw_lines(painter: QPainter, lines: Lines) -> None:
    """Draw thousands of lines with the painter's pen, without an object for each."""
    if len(lines):
        drawn = internals.PrimitiveArray(QLineF, 4)
        drawn.resize(len(lines))
        drawn.ndarray()[:] = lines
        painter.drawLines(*drawn.drawargs())

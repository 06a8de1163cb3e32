"""Six scrolling traces in a picture that is a ring: what has been drawn is only moved."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from comodo_app.ui.pages.live.scale import Scale
from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.channels import CHANNELS
from comodo_app.ui.timeline.curves import draw_lines

_AHEAD_PX = 48  # cleared in front of the newest column
_ROOM = 1.4  # of what is shown: the newest sample may lie beyond the right edge
REACH = 1.2  # of what is shown, drawn anew at once
_DENSE = 3.0  # samples per column from which on least and greatest are drawn
_SMOOTH_BELOW = 20_000  # lines that are drawn smoothly at once
_LEAST_GAP_S = 0.1


class TracePicture:
    """Columns of device pixels in live time; column c lies at c modulo the width of the picture.

    Parameters
    ----------
    scale : Scale
    """

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._picture = QPixmap()
        self._rows: list[tuple[float, float]] = []
        self._px_per_s = 1.0
        self._ratio = 1.0
        self._shown = 1
        self._cleared = 0
        self._last: tuple[float, NDArray[np.float32]] | None = None
        self.gap_s = _LEAST_GAP_S

    def resize(
        self, width_px: float, rows: list[tuple[float, float]], span_s: float, ratio: float
    ) -> None:
        """Begin an empty picture: `rows` are top and height of each trace."""
        self._ratio = ratio
        self._shown = max(1, round(width_px * ratio))
        height = max(1.0, max((top + tall for top, tall in rows), default=1.0))
        self._px_per_s = self._shown / span_s
        self._rows = rows
        self._picture = QPixmap(
            round(_ROOM * self._shown) + 2 * _AHEAD_PX, max(1, round(height * ratio))
        )
        self._picture.fill(Qt.GlobalColor.transparent)
        self._last = None
        self._cleared = 0

    def begin(self, end_s: float) -> None:
        """Empty the picture; what is drawn next lies around `end_s`."""
        self._picture.fill(Qt.GlobalColor.transparent)
        self._last = None
        self._cleared = floor(end_s * self._px_per_s) + _AHEAD_PX

    def add(self, times_s: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Draw samples that follow those drawn before, (n,) and (n, 6)."""
        if len(times_s) == 0 or self._picture.isNull():
            return
        # What is older than the picture is wide would be drawn over what is newer.
        first = times_s[-1] - (self._picture.width() - _AHEAD_PX) / self._px_per_s
        keep = int(np.searchsorted(times_s, first))
        times_s, samples = times_s[keep:], samples[keep:]
        if self._last is not None and self._last[0] >= first:
            times_s = np.concatenate(([self._last[0]], times_s))
            samples = np.concatenate((self._last[1][None], samples))
        self._last = (float(times_s[-1]), samples[-1].copy())
        self._clear_to(floor(float(times_s[-1]) * self._px_per_s) + _AHEAD_PX)
        base = floor(float(times_s[0]) * self._px_per_s)
        x = times_s * self._px_per_s - base
        broken = np.diff(times_s) > self.gap_s
        painter = QPainter(self._picture)
        smooth = 6 * len(x) < _SMOOTH_BELOW
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        width = self._picture.width()
        at = base % width
        around = (0, -width) if at + x[-1] + 2 >= width else (0,)
        for channel, (top, tall) in enumerate(self._rows):
            y = self._y(samples[:, channel], channel, top, tall)
            lines = _lines(x, y, broken)
            pen = QPen(themes().current.color(CHANNELS[channel].token), 1.15 * self._ratio)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            for shift in around:
                moved = lines.copy()
                moved[:, 0::2] += at + shift + 0.5
                draw_lines(painter, moved)
        painter.end()

    def draw(self, painter: QPainter, left: float, top: float, end_s: float) -> None:
        """Draw the columns that end with `end_s` with their left upper corner there."""
        if self._picture.isNull():
            return
        stop = floor(end_s * self._px_per_s)
        self._clear_to(stop + 1)
        width, height = self._picture.width(), self._picture.height()
        start, target = stop - self._shown, 0
        while target < self._shown:
            at = (start + target) % width
            n = min(self._shown - target, width - at)
            where = QRectF(left + target / self._ratio, top, n / self._ratio, height / self._ratio)
            painter.drawPixmap(where, self._picture, QRectF(at, 0, n, height))
            target += n

    def _y(
        self, values: NDArray[np.float32], channel: int, top: float, tall: float
    ) -> NDArray[np.float64]:
        half = 0.5 * tall * self._ratio - 1
        middle = (top + 0.5 * tall) * self._ratio
        reach = float(self._scale.reach[channel])
        away = (values.astype(np.float64) - self._scale.centre[channel]) * (half / reach)
        return np.asarray(middle - np.clip(away, -half, half))

    def _clear_to(self, column: int) -> None:
        """Make room up to a column."""
        n = column - self._cleared
        if n <= 0:
            return
        width, height = self._picture.width(), self._picture.height()
        painter = QPainter(self._picture)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        if n >= width:
            painter.fillRect(QRect(0, 0, width, height), Qt.GlobalColor.transparent)
        else:
            first = self._cleared % width
            painter.fillRect(QRect(first, 0, min(n, width - first), height), Qt.GlobalColor.black)
            if first + n > width:
                painter.fillRect(QRect(0, 0, first + n - width, height), Qt.GlobalColor.black)
        painter.end()
        self._cleared = column


def _lines(
    x: NDArray[np.float64], y: NDArray[np.float64], broken: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(n, 4) lines between neighbours that are not `broken` apart; where several samples share a
    column, one from the least to the greatest."""
    if len(x) < 2:
        return np.column_stack([x, y, x, y + 0.01])
    if len(x) / max(1.0, x[-1] - x[0]) < _DENSE:
        return np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])[~broken]
    starts = np.flatnonzero(np.r_[True, (np.diff(np.floor(x)) > 0) | broken])
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    middles = np.floor(x[starts])
    joined = ~broken[starts[1:] - 1] if len(starts) > 1 else np.zeros(0, np.bool_)
    # Stretched to meet the column before.
    lower, upper = high.copy(), low.copy()
    lower[1:] = np.where(joined, np.maximum(high[1:], low[:-1]), high[1:])
    upper[1:] = np.where(joined, np.minimum(low[1:], high[:-1]), low[1:])
    return np.column_stack([middles, upper, middles, lower + 0.01])

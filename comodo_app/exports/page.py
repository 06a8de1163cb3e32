"""A page in pixels: rectangles, bars, lines and texts on a matplotlib canvas without a screen."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from comodo_app.exports import lettering
from comodo_app.exports.palette import Theme

POINT = 72 / lettering.DPI  # points per pixel
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


class Page:
    """One figure whose only axes has pixel coordinates, (0, 0) at the top left."""

    def __init__(self, size_px: tuple[int, int], theme: Theme) -> None:
        width, height = size_px
        # A hair more than asked, because the canvas rounds width * dpi down.
        inches = ((width + 1e-3) / lettering.DPI, (height + 1e-3) / lettering.DPI)
        self.theme = theme
        self.figure = Figure(figsize=inches, dpi=lettering.DPI, facecolor=theme.surface)
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)

    def png(self, scale: float = 1.0) -> bytes:
        """The page as a PNG file, `scale` times as large."""
        buffer = io.BytesIO()
        self.figure.savefig(
            buffer, format="png", dpi=lettering.DPI * scale, metadata={"Software": "COMODO"}
        )
        return buffer.getvalue()

    def boxes(
        self,
        boxes: Sequence[Box],
        *,
        fill: str | None = None,
        edge: str | None = None,
        alpha: float | None = None,
        radius: float = 0.0,
        dashed: bool = False,
        hatch: str = "",
        width: float = 1.0,
        order: float = 2.0,
    ) -> None:
        """Many rectangles of one look; `hatch` is drawn in the edge's colour."""
        if not boxes:
            return
        collection = PolyCollection(
            [_outline(box, radius) for box in boxes],
            facecolors=fill or "none",
            edgecolors=edge or "none",
            linewidths=width * POINT if edge else 0.0,
            linestyles=[(0, (4, 3))] if dashed else "solid",
            alpha=alpha,
            zorder=order,
        )
        if hatch:
            collection.set_hatch(hatch)
        self.axes.add_collection(collection, autolim=False)

    def lines(
        self,
        lines: Sequence[NDArray[np.float64]],
        color: str,
        *,
        width: float = 1.0,
        order: float = 2.0,
        clip: Box | None = None,
        dashed: bool = False,
    ) -> None:
        """Polylines, each (M, 2) pixels, cut at `clip`."""
        collection = LineCollection(
            list(lines),
            colors=color,
            linewidths=width * POINT,
            linestyles=[(0, (2, 3))] if dashed else "solid",
            zorder=order,
            joinstyle="round",
        )
        self.axes.add_collection(collection, autolim=False)
        if clip is not None:
            frame = Rectangle((clip[0], clip[1]), clip[2] - clip[0], clip[3] - clip[1])
            frame.set_transform(self.axes.transData)
            collection.set_clip_path(frame)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        color: str,
        size: float = 12.0,
        bold: bool = False,
        align: Literal["left", "center", "right"] = "left",
        patch: str | None = None,
        order: float = 5.0,
    ) -> None:
        """One line of text, vertically centred on `y`; `patch` is a plain ground behind it."""
        item = self.axes.text(
            x,
            y,
            text,
            color=color,
            fontproperties=lettering.font(size, bold=bold),
            ha=align,
            va="center_baseline",
            parse_math=False,  # a "$" in a name is a "$"
            zorder=order,
        )
        if patch is not None:
            item.set_bbox({"facecolor": patch, "edgecolor": "none", "pad": 2 * POINT})


def _outline(box: Box, radius: float) -> NDArray[np.float64]:
    """Corners of a rectangle, or of one with round corners, (K, 2)."""
    left, top, right, bottom = box
    r = min(radius, (right - left) / 4, (bottom - top) / 2)
    if r < 0.5:
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    angle = np.linspace(0, np.pi / 2, 5)
    corners = [
        (right - r, bottom - r, 0.0),
        (left + r, bottom - r, np.pi / 2),
        (left + r, top + r, np.pi),
        (right - r, top + r, 3 * np.pi / 2),
    ]
    return np.concatenate(
        [
            np.stack([x + r * np.cos(turn + angle), y + r * np.sin(turn + angle)], axis=1)
            for x, y, turn in corners
        ]
    )

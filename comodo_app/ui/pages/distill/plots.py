"""What the plots of runs share: steps to the right, the theme, lines that grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QSizePolicy

from comodo_app.session.run_view import RunView
from comodo_app.ui.theme import Theme, themes


@dataclass(frozen=True, slots=True)
class Shown:
    """A run in a plot; `colour` 0 is the run's own colours, else a number of the palette."""

    view: RunView
    colour: int = 0


def smoothed(losses: Sequence[float]) -> NDArray[np.float64]:
    """Running mean over a fortieth of the steps (at least 5), shorter at the ends."""
    values = np.asarray(losses, np.float64)
    if len(values) == 0:
        return values
    half = max(2, len(values) // 80)
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    mean: NDArray[np.float64] = (total[high] - total[low]) / (high - low)
    return mean


def pen(colour: QColor, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen that keeps its width at every zoom."""
    made = QPen(colour, width, style)
    made.setCosmetic(True)
    return made


class RunPlot(pg.PlotWidget):  # type: ignore[misc]
    """Steps to the right, all of them from the start; redrawn with the theme."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._name = name
        self.shown: tuple[Shown, ...] = ()
        self._drawn: tuple[tuple[int, int, int], ...] | None = None
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setStyle(tickLength=0, autoExpandTextSpace=False)
        self.getAxis("left").setWidth(38)
        self.getAxis("bottom").setHeight(22)
        self.setBackground(themes().current.color("plot.bg"))  # before there is anything to draw
        themes().changed.connect(self.redraw)

    def sizeHint(self) -> QSize:
        """As high as leaves room for the rest of the page; it grows where there is more."""
        return QSize(300, themes().current.px(180))

    def show_runs(self, shown: Sequence[Shown]) -> None:
        """Show these runs; where only steps were added, only the lines are made longer."""
        self.shown = tuple(shown)
        drawn = tuple((id(s.view), s.colour, s.view.n_steps) for s in shown)
        if drawn == self._drawn:
            self.grow()
        else:
            self._drawn = drawn
            self.redraw()

    def redraw(self) -> None:
        """Draw everything anew in the present theme."""
        theme = themes().current
        self.setBackground(theme.color("plot.bg"))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pen(theme.color("plot.grid")))
            axis.setTextPen(theme.color("plot.axis"))
            axis.setTickFont(theme.font("caption"))
        self.showGrid(x=True, y=True, alpha=0.25)
        self.clear()
        n_steps = max((s.view.n_steps for s in self.shown), default=0) or 100
        self.setXRange(-0.02 * n_steps, 1.06 * n_steps, padding=0)  # room for the last label
        marks = sorted({round(n_steps * share / 4) for share in range(5)})
        self.getAxis("bottom").setTicks([[(mark, f"{mark}") for mark in marks]])
        self.draw(theme)
        self.grow()

    def draw(self, theme: Theme) -> None:
        """Make the lines, still empty: making them costs far more than filling them."""
        raise NotImplementedError

    def grow(self) -> None:
        """Fill the lines with all steps and evaluations that there are."""
        self.setAccessibleDescription(self.summary())

    def name_line(self, theme: Theme, shown: Shown, value: float, place: int) -> None:
        """Write a run's name at the end of its line; `place` keeps names of one height apart."""
        label = pg.TextItem(shown.view.name, color=theme.activity(shown.colour).fill)
        label.setFont(theme.font("small_medium"))
        label.setAnchor((1.0, 1.0 if place % 2 == 0 else 0.0))
        label.setPos(max(1, shown.view.step), value)
        self.addItem(label)

    def summary(self) -> str:
        """The plot in one sentence."""
        raise NotImplementedError


def dotted(plot: pg.PlotWidget, ink: QColor, width: float, *, dashed: bool = False) -> Any:
    """A line with a dot at each value."""
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    return plot.plot(
        pen=pen(ink, width, style),
        symbol="o",
        symbolSize=5,
        symbolBrush=ink,
        symbolPen=None,
        antialias=True,
    )

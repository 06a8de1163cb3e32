"""The two curves of a run, loss and agreement; several runs lie over each other to be compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QSizePolicy

from comodo_app.session.run_view import RunView
from comodo_app.ui.theme import Theme, themes

_TICKS = [digit * 10.0**power for power in range(-3, 4) for digit in (1, 1.5, 2, 3, 4, 5, 6, 8)]
_GRAIN = 0.05  # of the logarithm: by so much the loss axis grows at once
_MANY_STEPS = 5_000  # smooth edges cost too much beyond
_LABEL_ROOM = 0.085  # of the agreement scale: what a line of text needs


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
        self._drawn: tuple[tuple[int, int, int, int], ...] | None = None
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
        themes().changed.connect(self.redraw)

    def sizeHint(self) -> QSize:
        """As high as leaves room for the rest of the page; it grows where there is more."""
        return QSize(300, themes().current.px(180))

    def show_runs(self, shown: Sequence[Shown]) -> None:
        """Show these runs; where only steps were added, only the lines are made longer."""
        self.shown = tuple(shown)
        drawn = tuple(
            (id(s.view), s.colour, s.view.n_steps, len(s.view.evaluations)) for s in shown
        )
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
        self.setAccessibleDescription(self.summary())

    def draw(self, theme: Theme) -> None:
        """Draw the curves."""
        raise NotImplementedError

    def grow(self) -> None:
        """New steps, nothing else."""

    def summary(self) -> str:
        """The plot in one sentence."""
        raise NotImplementedError


class LossPlot(RunPlot):
    """Training loss, thin and smoothed, and held-out loss as dots, on a log scale."""

    def __init__(self) -> None:
        super().__init__("Loss")

        self._lines: list[tuple[RunView, pg.PlotDataItem | None, pg.PlotDataItem]] = []
        self._range = (math.inf, -math.inf)

    def draw(self, theme: Theme) -> None:
        """See the class."""
        self._lines, self._range = [], (math.inf, -math.inf)
        for shown in self.shown:
            own = shown.colour == 0
            line = theme.color("student") if own else QColor(theme.activity(shown.colour).fill)
            faint = QColor(line)
            faint.setAlphaF(0.3)
            raw = self.plot(pen=pen(faint)) if own else None
            antialias = len(shown.view.losses) < _MANY_STEPS
            self._lines.append(
                (shown.view, raw, self.plot(pen=pen(line, 2.0), antialias=antialias))
            )
            if own:
                self._draw_held_out(theme, shown.view)
        self.grow()

    def grow(self) -> None:
        """See `RunPlot.grow`."""
        low, high = self._held_out_range()
        for view, raw, smooth in self._lines:
            if not view.losses:
                continue
            steps = np.arange(1, len(view.losses) + 1)
            values = np.log10(np.maximum(view.losses, 1e-6))
            if raw is not None:
                raw.setData(steps, values)
            smooth.setData(steps, np.log10(np.maximum(smoothed(view.losses), 1e-6)))
            low, high = min(low, float(values.min())), max(high, float(values.max()))
        if not math.isfinite(low):
            low, high = 0.0, 1.0
        # In steps, so that the axis does not crawl with every value.
        low, high = math.floor(low / _GRAIN) * _GRAIN, math.ceil(high / _GRAIN) * _GRAIN
        if (low, high) == self._range:
            return
        self._range = low, high
        self.setYRange(low, max(high, low + _GRAIN), padding=0.05)
        inside = [t for t in _TICKS if low <= math.log10(t) <= high]
        inside = inside[:: -(-len(inside) // 7) or 1]
        self.getAxis("left").setTicks([[(math.log10(t), f"{t:g}") for t in inside]])

    def _held_out_range(self) -> tuple[float, float]:
        values = [
            math.log10(e.loss)
            for shown in self.shown
            if shown.colour == 0
            for e in shown.view.evaluations
            if math.isfinite(e.loss) and e.loss > 0
        ]
        return (min(values), max(values)) if values else (math.inf, -math.inf)

    def _draw_held_out(self, theme: Theme, view: RunView) -> None:
        held = [e for e in view.evaluations if math.isfinite(e.loss) and e.loss > 0]
        if not held:
            return
        ink = theme.color("text.primary")
        self.plot(
            [e.step for e in held],
            [math.log10(e.loss) for e in held],
            pen=pen(ink, 1.2, Qt.PenStyle.DashLine),
            symbol="o",
            symbolSize=5,
            symbolBrush=ink,
            symbolPen=None,
            antialias=True,
        )

    def summary(self) -> str:
        """See `RunPlot.summary`."""
        said = []
        for shown in self.shown:
            losses = shown.view.losses
            if losses:
                now = smoothed(losses)[-1]
                said.append(
                    f"{shown.view.name}: training loss from {losses[0]:.2f} to {now:.2f} "
                    f"in {len(losses)} of {shown.view.n_steps} steps"
                )
        return "; ".join(said) or "No step yet"


class AgreementPlot(RunPlot):
    """Held-out agreement per evaluation, with what chance and an untrained student would reach."""

    def __init__(self) -> None:
        super().__init__("Teacher–student agreement")

    def draw(self, theme: Theme) -> None:
        """See the class."""
        self.setYRange(-0.03, 1.07, padding=0)  # room for the last label
        ticks = [(value, f"{value:g}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
        self.getAxis("left").setTicks([ticks])
        for shown in self.shown:
            view, own = shown.view, shown.colour == 0
            line = theme.color("accent.text")
            if not own:
                line = QColor(theme.activity(shown.colour).fill)
            if not view.evaluations:
                continue
            fill = QColor(line)
            fill.setAlphaF(0.12)
            self.plot(
                [e.step for e in view.evaluations],
                [e.agreement for e in view.evaluations],
                pen=pen(line, 2.0),
                symbol="o",
                symbolSize=5,
                symbolBrush=line,
                symbolPen=None,
                fillLevel=0.0 if own else None,
                brush=fill if own else None,
                antialias=True,
            )
            if own:
                self._draw_baselines(theme, view)

    def _draw_baselines(self, theme: Theme, view: RunView) -> None:
        grey = theme.color("text.tertiary")
        chance = float(np.mean([e.chance for e in view.evaluations]))
        lines = [(chance, f"chance {chance:.2f}", Qt.PenStyle.DotLine)]
        if view.before is not None:
            before = view.before.agreement
            lines.append((before, f"before training {before:.2f}", Qt.PenStyle.DashLine))
        end, free = view.n_steps, 0.0
        for value, words, style in sorted(lines):
            self.addItem(pg.InfiniteLine(value, angle=0, pen=pen(grey, 1.0, style)))
            label = pg.TextItem(words, color=grey, anchor=(1.0, 1.0))
            label.setFont(theme.font("caption"))
            free = max(value, free)  # two labels never lie over each other
            label.setPos(end, free)
            free += _LABEL_ROOM
            self.addItem(label)
        best = view.best
        if best is not None:
            ok = theme.color("ok")
            dot = pg.ScatterPlotItem(
                [best.step], [best.agreement], symbol="d", size=12, brush=ok,
                pen=pen(theme.color("plot.bg"), 1.5),
            )  # fmt: skip
            self.addItem(dot)
            side = 0.0 if best.step < end / 2 else 1.0
            label = pg.TextItem(
                f"best {best.agreement:.2f} · step {best.step}", color=ok, anchor=(side, 1.35)
            )
            label.setFont(theme.font("small_medium"))
            label.setPos(best.step, best.agreement)
            self.addItem(label)

    def summary(self) -> str:
        """See `RunPlot.summary`."""
        said = []
        for shown in self.shown:
            made, best = shown.view.evaluations, shown.view.best
            if made and best is not None:
                said.append(
                    f"{shown.view.name}: agreement now {made[-1].agreement:.2f}, best "
                    f"{best.agreement:.2f} at step {best.step}, chance {made[-1].chance:.2f}"
                )
        return "; ".join(said) or "No evaluation yet"

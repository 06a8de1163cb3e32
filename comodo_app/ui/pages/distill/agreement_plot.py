"""Teacher–student agreement of a run, or of several over each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from comodo_app.session.run_view import RunView
from comodo_app.ui.pages.distill.plots import RunPlot, dotted, pen
from comodo_app.ui.theme import Theme

_LABEL_ROOM = 0.1  # of the agreement scale: what a line of text needs


class AgreementPlot(RunPlot):
    """Held-out agreement per evaluation, with what chance and an untrained student would reach."""

    def __init__(self) -> None:
        super().__init__("Teacher–student agreement")
        self._lines: list[tuple[RunView, Any]] = []
        self._n_made = -1
        self._marks: tuple[RunView, _Baseline, _Baseline, _Best] | None = None

    def draw(self, theme: Theme) -> None:
        """See `RunPlot.draw`."""
        self.setYRange(-0.03, 1.07, padding=0)  # room for the last label
        ticks = [(value, f"{value:g}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
        self.getAxis("left").setTicks([ticks])
        self._lines, self._marks, self._n_made = [], None, -1
        for place, shown in enumerate(self.shown):
            own = shown.colour == 0
            if not own and shown.view.evaluations:
                self.name_line(theme, shown, shown.view.evaluations[-1].agreement, place)
            line = theme.color("accent.text") if own else QColor(theme.activity(shown.colour).fill)
            curve = dotted(self, line, 2.0)
            self._lines.append((shown.view, curve))
            if own:
                fill = QColor(line)
                fill.setAlphaF(0.12)
                curve.setFillLevel(0.0)
                curve.setFillBrush(fill)
                grey = theme.color("text.tertiary")
                self._marks = (
                    shown.view,
                    _Baseline(self, theme, grey, Qt.PenStyle.DotLine),
                    _Baseline(self, theme, grey, Qt.PenStyle.DashLine),
                    _Best(self, theme),
                )

    def grow(self) -> None:
        """See `RunPlot.grow`."""
        n_made = sum(len(view.evaluations) for view, _ in self._lines)
        if n_made == self._n_made:
            return
        self._n_made = n_made
        super().grow()
        for view, curve in self._lines:
            made = view.evaluations
            curve.setData([e.step for e in made], [e.agreement for e in made])
        if self._marks is None:
            return
        view, chance, before, best = self._marks
        level = float(np.mean([e.chance for e in view.evaluations])) if view.evaluations else None
        low = view.before.agreement if view.before is not None else None
        # Two labels never lie over each other: the upper one makes room.
        apart = 0.0 if low is None or level is None else _LABEL_ROOM - abs(low - level)
        over = max(0.0, apart)
        higher = low is not None and level is not None and low > level
        chance.show(level, "chance", view.n_steps, raised=0.0 if higher else over)
        before.show(low, "before training", view.n_steps, raised=over if higher else 0.0)
        best.show(view)

    def summary(self) -> str:
        """See `RunPlot.summary`."""
        said = []
        for shown in self.shown:
            made, best = shown.view.evaluations, shown.view.best
            if made:
                kept = f"kept {best.agreement:.2f} at step {best.step}, " if best else ""
                said.append(
                    f"{shown.view.name}: agreement now {made[-1].agreement:.2f}, {kept}"
                    f"chance {made[-1].chance:.2f}"
                )
        return "; ".join(said) or "No evaluation yet"


class _Baseline:
    """A level with its name at the right end."""

    def __init__(self, plot: pg.PlotWidget, theme: Theme, ink: QColor, style: Qt.PenStyle) -> None:
        self._line = pg.InfiniteLine(0.0, angle=0, pen=pen(ink, 1.0, style))
        self._label = pg.TextItem("", color=ink, anchor=(1.0, 1.0))
        self._label.setFont(theme.font("caption"))
        for item in (self._line, self._label):
            item.setVisible(False)
            plot.addItem(item)

    def show(self, value: float | None, name: str, end: int, *, raised: float) -> None:
        """Lie at a value, or hide for None; the name stands `raised` above the line."""
        for item in (self._line, self._label):
            item.setVisible(value is not None)
        if value is not None:
            self._line.setValue(value)
            self._label.setText(f"{name} {value:.2f}")
            self._label.setPos(end, value + raised)


class _Best:
    """The student that is kept: the one closest to the teacher on held-out windows."""

    def __init__(self, plot: pg.PlotWidget, theme: Theme) -> None:
        ink = theme.color("ok")
        edge = pen(theme.color("plot.bg"), 1.5)
        self._dot = pg.ScatterPlotItem(symbol="d", size=12, brush=ink, pen=edge)
        self._label = pg.TextItem("", color=ink, anchor=(1.0, 1.35))
        self._label.setFont(theme.font("small_medium"))
        for item in (self._dot, self._label):
            plot.addItem(item)

    def show(self, view: RunView) -> None:
        """Mark it."""
        best = view.best
        self._label.setVisible(best is not None)
        if best is None:
            self._dot.setData([], [])
            return
        self._dot.setData([best.step], [best.agreement])
        self._label.setText(f"kept {best.agreement:.2f} · step {best.step}")
        self._label.setAnchor((0.0 if best.step < view.n_steps / 2 else 1.0, 1.35))
        self._label.setPos(best.step, best.agreement)

"""The loss of a run, or of several over each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtGui import QColor

from comodo_app.session.run_view import RunView
from comodo_app.ui.pages.distill.plots import RunPlot, dotted, pen, smoothed
from comodo_app.ui.theme import Theme

_TICKS = [digit * 10.0**power for power in range(-3, 4) for digit in (1, 1.5, 2, 3, 4, 5, 6, 8)]
_GRAIN = 0.05  # of the logarithm: by so much the loss axis grows at once
_MANY_STEPS = 5_000  # smooth edges cost too much beyond


@dataclass(frozen=True, slots=True)
class _LossLines:
    view: RunView
    raw: Any
    smooth: Any
    held_out: Any


class LossPlot(RunPlot):
    """Training loss, thin and smoothed, and held-out loss as dots, on a log scale."""

    def __init__(self) -> None:
        super().__init__("Loss")
        self._lines: list[_LossLines] = []
        self._range = (math.inf, -math.inf)

    def draw(self, theme: Theme) -> None:
        """See `RunPlot.draw`."""
        self._lines, self._range = [], (math.inf, -math.inf)
        for place, shown in enumerate(self.shown):
            own = shown.colour == 0
            if not own and shown.view.losses:
                end = math.log10(max(1e-6, smoothed(shown.view.losses)[-1]))
                self.name_line(theme, shown, end, place)
            line = theme.color("student") if own else QColor(theme.activity(shown.colour).fill)
            faint = QColor(line)
            faint.setAlphaF(0.3)
            antialias = len(shown.view.losses) < _MANY_STEPS
            self._lines.append(
                _LossLines(
                    shown.view,
                    self.plot(pen=pen(faint)) if own else None,
                    self.plot(pen=pen(line, 2.0), antialias=antialias),
                    dotted(self, theme.color("text.primary"), 1.2, dashed=True) if own else None,
                )
            )

    def grow(self) -> None:
        """See `RunPlot.grow`."""
        super().grow()
        low, high = math.inf, -math.inf
        for lines in self._lines:
            losses = lines.view.losses
            values = np.log10(np.maximum(losses, 1e-6))
            steps = np.arange(1, len(losses) + 1)
            if lines.raw is not None:
                lines.raw.setData(steps, values)
            lines.smooth.setData(steps, np.log10(np.maximum(smoothed(losses), 1e-6)))
            if lines.held_out is not None:
                held = [e for e in lines.view.evaluations if math.isfinite(e.loss) and e.loss > 0]
                dots = np.log10(np.array([e.loss for e in held], np.float64))
                lines.held_out.setData([e.step for e in held], dots)
                values = np.concatenate([values, dots])
            if len(values):
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        self._fit(low, high)

    def _fit(self, low: float, high: float) -> None:
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

"""How high live traces are drawn: scales that follow the signal without trembling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.ui.timeline.channels import CHANNELS, SENSORS, nice_reach

_ROOM = 1.05
_MARGIN = 1.3  # so much more than is needed still has to be small
_SHRINK = 0.55  # of the reach; a signal that needs less for a while is drawn larger
_SHRINK_AFTER = 6  # looks
_OFF_CENTRE = 0.35
_LEAST_REACH = (2.0, 50.0)  # m/s² and °/s: noise at rest should look like rest
_SAMPLED = 4000  # rows that are looked at


class Scale:
    """Middle of each channel and reach of each sensor, in m/s² and rad/s.

    Attributes
    ----------
    centre, reach : (6,) float64
        What lies in the middle of a row, and from there to its rim.
    """

    def __init__(self) -> None:
        factors = np.array([channel.factor for channel in CHANNELS])
        self._factors = factors
        self._least = np.repeat(_LEAST_REACH, 3) / factors
        self.centre = np.zeros(6)
        self.reach = self._least.copy()
        self._set = False
        self._small = [0, 0]

    def fit(self, samples: NDArray[np.float32]) -> bool:
        """Look at what is shown, (n, 6); whether the scale has changed."""
        if len(samples) < 2:
            return False
        rows = samples[:: max(1, len(samples) // _SAMPLED)]
        low, high = rows.min(axis=0).astype(np.float64), rows.max(axis=0).astype(np.float64)
        middle = 0.5 * (low + high)
        changed = not self._set
        for number, sensor in enumerate(SENSORS):
            part = list(sensor)
            away = np.maximum(high[part] - self.centre[part], self.centre[part] - low[part])
            needed = float(0.5 * (high - low)[part].max()) * _ROOM
            wanted = self._nice(part[0], needed)
            reach = float(self.reach[part[0]])
            off = float(np.abs(middle - self.centre)[part].max())
            small = self._nice(part[0], needed * _MARGIN) < _SHRINK * reach
            self._small[number] = self._small[number] + 1 if small else 0
            too_high = float(away.max()) > reach
            recentre = off > _OFF_CENTRE * reach
            if not self._set or too_high or recentre or self._small[number] >= _SHRINK_AFTER:
                new = wanted if self._small[number] >= _SHRINK_AFTER else max(wanted, reach)
                new = wanted if not self._set else new
                if new != reach or float(np.abs(middle - self.centre)[part].max()) > 0.02 * new:
                    self.centre[part], self.reach[part] = middle[part], new
                    changed = True
                self._small[number] = 0
        self._set = True
        return changed

    def words(self, sensor: int) -> str:
        """ "± 20 m/s²"."""
        channel = CHANNELS[SENSORS[sensor][0]]
        reach = float(self.reach[SENSORS[sensor][0]]) * channel.factor
        return f"± {reach:.3g} {channel.unit}"

    def _nice(self, channel: int, needed: float) -> float:
        factor = float(self._factors[channel])
        return max(nice_reach(needed * factor) / factor, float(self._least[channel]))

"""Whether a stream has stopped, judged on this computer's clock and by how it used to come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

LOST_AFTER_S = 0.75  # with five looks a second it is seen within one
_PATIENCE = 2.5  # of the longest recent pause: a phone pushes once a second


class Silence:
    """`came` at every arrival, `look` often.

    Attributes
    ----------
    lost : bool
        As of the last look.
    since : datetime or None
        When the last data came, while it is lost.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_s: float | None = None
        self._pauses: deque[float] = deque(maxlen=20)
        self.lost = False
        self.since: datetime | None = None

    @property
    def quiet_s(self) -> float:
        """Seconds since the last data; 0 before the first."""
        return 0.0 if self._last_s is None else max(0.0, self._clock() - self._last_s)

    def came(self, arrived_s: float) -> None:
        """Something came then."""
        if self._last_s is not None and not self.lost:
            self._pauses.append(max(0.0, arrived_s - self._last_s))
        self._last_s = arrived_s

    def look(self) -> bool:
        """Whether it is lost now."""
        usual_s = sorted(self._pauses)[len(self._pauses) // 2] if len(self._pauses) > 2 else 0.0
        lost = self._last_s is not None and self.quiet_s > max(LOST_AFTER_S, _PATIENCE * usual_s)
        if lost and not self.lost:
            self.since = datetime.now() - timedelta(seconds=self.quiet_s)
        elif not lost:
            self.since = None
        self.lost = lost
        return lost

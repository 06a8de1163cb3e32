"""What was heard and said in one listening; it stays to be looked at until the next one begins."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from comodo_app.live.ring import Ring
from comodo_app.session.live_said import Said
from comodo_app.session.live_silence import Silence

if TYPE_CHECKING:
    from comodo_app.jobs.live import LiveBegun, LiveUpdate

KEPT_SAMPLES = 240_000  # 20 min at 200 Hz; 15 MB
_RATES_KEPT = 90
_MOST_LATENCIES = 4_000


class Heard:
    """Takes the updates of one job.

    Attributes
    ----------
    begun : LiveBegun or None
        The student's facts; None until source and student are there.
    update : LiveUpdate or None
        The latest, without its samples: those are in `ring`.
    ring : Ring
        Samples to draw, live time.
    said : Said
        Predictions so far, as spans.
    silence : Silence
        Since when nothing has come.
    rates_hz : deque of float
        One for each second of the last 90 s.
    shown_after_s : deque of float
        Of each prediction: from the arrival of its last sample until it was on the screen.
    """

    def __init__(self) -> None:
        self.begun: LiveBegun | None = None
        self.update: LiveUpdate | None = None
        self.ring = Ring(KEPT_SAMPLES)
        self.said = Said()
        self.silence = Silence()
        self.rates_hz: deque[float] = deque(maxlen=_RATES_KEPT)
        self.shown_after_s: deque[float] = deque(maxlen=_MOST_LATENCIES)
        self._second_s: float | None = None
        self._n_before = 0
        self._unseen: deque[tuple[float, float]] = deque(maxlen=64)

    @property
    def newest_s(self) -> float | None:
        """Live time of the newest sample."""
        times, _ = self.ring.rows(self.ring.n_seen - 1)
        return float(times[-1]) if len(times) else None

    def take(self, update: LiveUpdate, *, stride_s: float, speed: float) -> None:
        """Take the next update; `speed` is live seconds per second."""
        self.ring.append(update.times_s, update.samples)
        # Only the ring keeps samples.
        self.update = replace(update, times_s=update.times_s[:0], samples=update.samples[:0])
        if len(update.times_s):
            self.silence.came(update.arrived_s)
        self.silence.look()
        self._count_rate(speed)
        for prediction in update.predictions:
            self.said.add(prediction, stride_s)
            waited_s = max(0.0, prediction.latency_s - 1e-3 * update.predict_ms)
            self._unseen.append((update.arrived_s, waited_s))
        for time_s, text in update.moments:
            self.said.mark(time_s, text)

    @property
    def has_unseen(self) -> bool:
        """Whether a prediction has not been on the screen yet."""
        return bool(self._unseen)

    def note_shown(self) -> None:
        """The latest prediction is on the screen now."""
        now_s = time.monotonic()
        while self._unseen:
            arrived_s, waited_s = self._unseen.popleft()
            self.shown_after_s.append(now_s - arrived_s + waited_s)

    def _count_rate(self, speed: float) -> None:
        now_s = time.monotonic()
        if self._second_s is None:
            self._second_s, self._n_before = now_s, self.ring.n_seen
        elif now_s - self._second_s >= 1.0:
            passed_s = (now_s - self._second_s) * speed
            self.rates_hz.append((self.ring.n_seen - self._n_before) / passed_s)
            self._second_s, self._n_before = now_s, self.ring.n_seen

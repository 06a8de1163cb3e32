"""Which live time stands at the right edge of a picture that moves evenly though data comes in
pieces."""

from __future__ import annotations

_FOLLOW = 0.08  # how fast the clock follows each arrival
_JUMP_S = 1.0  # further off than this it jumps
_FORGET = 0.98  # per arrival, of the longest wait
_ON_THE_WAY_S = 0.05  # from the source to this window
_MOST_LAG_S = 1.6  # a longer wait is a lost stream, which changes nothing
_RATE_FOLLOW = 0.05


class DisplayClock:
    """Follows arrivals; `end_s` runs on evenly between them.

    The picture stays as far behind as data usually comes late, so that its right edge is never
    empty while all is well.

    Parameters
    ----------
    speed : float or None
        Live seconds per second; None finds it out.
    """

    def __init__(self, speed: float | None = 1.0) -> None:
        self._begin(speed)

    def set_speed(self, speed: float | None) -> None:
        """Run at another speed."""
        if speed != self._given:
            self._begin(speed)

    def _begin(self, speed: float | None) -> None:
        self._given = speed
        self._speed = 1.0 if speed is None else speed
        self._offset_s: float | None = None
        self._lag_s = 0.0
        self._last: tuple[float, float] | None = None

    def feed(self, newest_s: float, now_s: float) -> None:
        """The newest sample is of `newest_s` and came at `now_s` on this computer's clock."""
        if self._given is None and self._last is not None and now_s > self._last[1]:
            rate = (newest_s - self._last[0]) / (now_s - self._last[1])
            self._speed += _RATE_FOLLOW * (max(rate, 0.0) - self._speed)
            self._offset_s = None if self._offset_s is None else newest_s - self._speed * now_s
        before_s = newest_s if self._last is None else self._last[0]
        self._last = (newest_s, now_s)
        seen = newest_s - self._speed * now_s
        if self._offset_s is None or abs(seen - self._offset_s) > _JUMP_S * max(self._speed, 1.0):
            self._offset_s, self._lag_s = seen, 0.0
            return
        waited_s = self._offset_s + self._speed * now_s - before_s
        self._lag_s *= _FORGET
        if waited_s <= _MOST_LAG_S * max(self._speed, 1.0):
            self._lag_s = max(self._lag_s, waited_s)
        self._offset_s += _FOLLOW * (seen - self._offset_s)

    def end_s(self, now_s: float) -> float:
        """Live time at the right edge; 0 before anything came."""
        if self._offset_s is None:
            return 0.0
        late_s = self._lag_s + _ON_THE_WAY_S * self._speed
        return self._offset_s + self._speed * now_s - late_s

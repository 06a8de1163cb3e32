"""The one activity that is shown large: since when, and what was before."""

from __future__ import annotations

from dataclasses import dataclass

from comodo_app.live.predictions import LivePrediction, Say


@dataclass(frozen=True, slots=True)
class Now:
    """What is shown as current.

    `activity_id` is 0 unless `say` is ACTIVITY; `why` is that of the prediction. `since_s` is the
    live time when this was first said; `before_id` the activity shown before it, 0 if none.
    """

    say: Say
    activity_id: int
    confidence: float
    why: str
    since_s: float
    before_id: int


class NowLine:
    """Follows the predictions; a change of name waits until it has been said for `hold_s`."""

    def __init__(self, hold_s: float = 0.0) -> None:
        self.hold_s = hold_s
        self._now: Now | None = None
        self._other: tuple[Say, int] | None = None
        self._other_since_s = 0.0
        self._activities = (0, 0)  # the last two that were shown, doubts left out

    @property
    def now(self) -> Now | None:
        """What is shown; None before the first prediction."""
        return self._now

    def follow(self, prediction: LivePrediction) -> Now:
        """Take the next prediction."""
        said = prediction.say
        shown_id = prediction.activity_id if said is Say.ACTIVITY else 0
        now = self._now
        if now is None or (now.say, now.activity_id) == (said, shown_id):
            self._other = None
            since_s = prediction.end_s if now is None else now.since_s
        else:
            if self._other != (said, shown_id):
                self._other, self._other_since_s = (said, shown_id), prediction.end_s
            if prediction.end_s - self._other_since_s < self.hold_s:
                return now
            since_s = self._other_since_s
            self._other = None
        if shown_id not in (0, self._activities[-1]):
            self._activities = (self._activities[-1], shown_id)
        before_id = self._activities[0 if shown_id else 1]
        self._now = Now(said, shown_id, prediction.confidence, prediction.why, since_s, before_id)
        return self._now

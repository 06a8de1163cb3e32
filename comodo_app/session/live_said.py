"""What was said while live: spans without holes, moments, and how long each activity took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID

if TYPE_CHECKING:
    from comodo_app.live.predictions import LivePrediction

_MOST_SPANS = 20_000  # of them a day has some thousands; the oldest are forgotten
_MOST_MOMENTS = 2_000


@dataclass(slots=True)
class Span:
    """``[start_s, end_s)`` in live time; `code` is an activity's id, `UNKNOWN_ID` or
    `NO_DATA_ID`; `confidence` the mean of its windows."""

    start_s: float
    end_s: float
    code: int
    confidence: float
    n: int = 1


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that a person marked."""

    time_s: float
    text: str


def code_of(prediction: LivePrediction) -> int:
    """The activity's id, `UNKNOWN_ID` or `NO_DATA_ID`."""
    from comodo_app.live.predictions import Say

    if prediction.say is Say.ACTIVITY:
        return prediction.activity_id
    return UNKNOWN_ID if prediction.say is Say.UNKNOWN else NO_DATA_ID


class Said:
    """The predictions of one listening as spans, the newest last.

    A prediction speaks for the stride that ends with its window; time that no window covers is
    without data.

    Attributes
    ----------
    spans : deque of Span
    moments : deque of Moment
    seconds : dict of code to float
        How long each was said, in live time.
    probabilities : deque of (float, tuple of float)
        Time and probabilities of each window of the last minute, in the student's order.
    """

    def __init__(self) -> None:
        self.spans: deque[Span] = deque(maxlen=_MOST_SPANS)
        self.moments: deque[Moment] = deque(maxlen=_MOST_MOMENTS)
        self.seconds: dict[int, float] = {}
        self.probabilities: deque[tuple[float, tuple[float, ...]]] = deque(maxlen=600)

    def add(self, prediction: LivePrediction, stride_s: float) -> None:
        """Take the next prediction."""
        last = self.spans[-1].end_s if self.spans else None
        end_s, start_s = prediction.end_s, prediction.end_s - stride_s
        if last is not None and start_s < last + 0.5 * stride_s:
            start_s = last
        if end_s <= start_s:
            return
        if last is not None and start_s > last:
            self._extend(NO_DATA_ID, last, start_s, 0.0)
        self._extend(code_of(prediction), start_s, end_s, prediction.confidence)
        self.probabilities.append((end_s, prediction.probabilities))

    def mark(self, time_s: float, text: str) -> None:
        """Keep a moment."""
        self.moments.append(Moment(time_s, text))

    def between(self, from_s: float, to_s: float) -> list[Span]:
        """Spans that have time in common with ``[from_s, to_s)``, in order."""
        found = []
        for span in reversed(self.spans):
            if span.end_s <= from_s:
                break
            if span.start_s < to_s:
                found.append(span)
        return found[::-1]

    def _extend(self, code: int, start_s: float, end_s: float, confidence: float) -> None:
        self.seconds[code] = self.seconds.get(code, 0.0) + end_s - start_s
        last = self.spans[-1] if self.spans else None
        if last is not None and last.code == code:
            last.end_s = end_s
            last.confidence += (confidence - last.confidence) / (last.n + 1)
            last.n += 1
        else:
            self.spans.append(Span(start_s, end_s, code, confidence))

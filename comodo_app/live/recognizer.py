"""From windows to what is done now: the student's answer, smoothed as it comes."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.smoothing import forward_step
from comodo_app.live.predictions import LivePrediction, Say
from comodo_app.live.rolling import RolledWindow
from comodo_app.live.student import LiveStudent

_FORGET_AFTER = 60  # windows without data: who knows what was done meanwhile


class LiveRecognizer:
    """Asks the student about one window after the other.

    The sticky filter is `activities.smoothing.forward_step`, one step per stride; windows without
    data are steps without evidence. An answer is unknown if most of the last windows are (half as
    many as the off-line median looks at, because the other half is in the future), so one doubtful
    window changes nothing. `threshold` stands above the package's unless it is None.
    """

    def __init__(
        self, student: LiveStudent, *, stride_s: float, threshold: float | None = None
    ) -> None:
        self._student = student
        self._ids = tuple(activity.id for activity in student.activities)
        self._belief: NDArray[np.float64] | None = None
        self._recent: deque[bool] = deque()
        self.threshold = threshold
        self.set_stride(stride_s)

    def set_stride(self, stride_s: float) -> None:
        """Go on with windows of another stride; what is believed stays."""
        self._smoothing = self._student.smoothing_at(stride_s)
        n_recent = (self._smoothing.unknown_median_windows // 2) | 1
        self._recent = deque(self._recent, maxlen=n_recent)

    def predict(self, window: RolledWindow, *, differs: str = "") -> LivePrediction:
        """Answer for a window; `differs` says what makes every answer doubtful now."""
        if window.n_skipped > _FORGET_AFTER:
            self._belief = None
        else:
            for _ in range(window.n_skipped):
                self._step(None)
        if window.imu is None:
            self._step(None)
            smoothed = () if self._belief is None else tuple(self._belief.tolist())
            return LivePrediction(
                window.index, window.start_s, window.end_s, Say.NO_DATA, 0, 0.0, "", (), smoothed,
                0, True,
            )  # fmt: skip
        embedding = self._student.embed(window.imu[None])
        recognizer, contract = self._student.recognizer, self._student.contract
        answer = recognizer.predict(embedding, contract.groups)
        probabilities = answer.probabilities[0]
        belief = self._step(probabilities)
        best = int(belief.argmax())
        confidence = float(probabilities[best])
        novel = bool(recognizer.novelty(embedding)[0] < recognizer.novelty_floor)
        threshold = contract.threshold if self.threshold is None else self.threshold
        self._recent.append(novel or confidence < threshold)
        unknown = 2 * sum(self._recent) > len(self._recent)
        why = differs
        if unknown and not why:
            why = "unlike anything learned" if novel else "unsure"
        return LivePrediction(
            index=window.index,
            start_s=window.start_s,
            end_s=window.end_s,
            say=Say.UNKNOWN if why else Say.ACTIVITY,
            activity_id=self._ids[best],
            confidence=confidence,
            why=why,
            probabilities=tuple(probabilities.tolist()),
            smoothed=tuple(belief.tolist()),
            window_id=int(answer.activity_ids[0]),
            window_unknown=bool(answer.unknown[0]),
        )

    def _step(self, probabilities: NDArray[np.float64] | None) -> NDArray[np.float64]:
        if probabilities is None:
            evidence = np.full(len(self._ids), np.nan)
        else:
            with np.errstate(divide="ignore"):  # log 0 is -inf, as meant
                evidence = np.log(probabilities)
        self._belief = forward_step(
            self._belief,
            evidence,
            stay_probability=self._smoothing.stay_probability,
            evidence_weight=self._smoothing.evidence_weight,
        )
        return self._belief

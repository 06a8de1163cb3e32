"""From window probabilities and names to a smoothed timeline; the same for student and teacher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.calibration import chance_floor, group_columns, sum_columns
from comodo_app.activities.model import Timeline
from comodo_app.activities.smoothing import viterbi
from comodo_app.activities.timelines import timeline_from_windows

EXPECTED_DURATION_S = 10.0  # prior of the sticky smoothing: how long an activity lasts


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What one lane knows of a recording's windows before names and smoothing.

    Attributes
    ----------
    starts_s : (N,) float64
    window_s, stride_s : float
    span_s : (float, float)
        Of the recording.
    activity_ids : (K,) int64
        Columns of `probabilities`, rising.
    probabilities : (N, K) float32
        Zero rows where `has_data` is False.
    has_data, novel : (N,) bool
        Enough IMU (or video) to say anything; unlike anything learned.
    """

    starts_s: NDArray[np.float64]
    window_s: float
    stride_s: float
    span_s: tuple[float, float]
    activity_ids: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    has_data: NDArray[np.bool_]
    novel: NDArray[np.bool_]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Named arrays for an npz without pickles."""
        return {
            "starts_s": self.starts_s,
            "grid": np.array([self.window_s, self.stride_s, *self.span_s]),
            "activity_ids": self.activity_ids,
            "probabilities": self.probabilities,
            "has_data": self.has_data,
            "novel": self.novel,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Evidence:
        """Inverse of `to_arrays`."""
        window_s, stride_s, start_s, end_s = (float(v) for v in arrays["grid"])
        return cls(
            np.asarray(arrays["starts_s"]),
            window_s,
            stride_s,
            (start_s, end_s),
            np.asarray(arrays["activity_ids"]),
            np.asarray(arrays["probabilities"]),
            np.asarray(arrays["has_data"], np.bool_),
            np.asarray(arrays["novel"], np.bool_),
        )


def draw_timeline(evidence: Evidence, groups: Mapping[int, int], *, threshold: float) -> Timeline:
    """Merge equal names, smooth with a sticky HMM, abstain where unsure, and join into segments.

    A window is unknown if its confidence in its smoothed activity is below `threshold` (at least
    the floor that chance gives) or it is unlike anything learned; the mask is smoothed by a
    median over one window length, so a single doubtful window does not cut a segment.
    """
    group_ids, group_of = group_columns(evidence.activity_ids, groups)
    merged = sum_columns(evidence.probabilities.astype(np.float64), group_of, len(group_ids))
    has_data = evidence.has_data
    n = len(evidence.starts_s)
    logs = np.full((n, len(group_ids)), np.nan)
    with np.errstate(divide="ignore"):
        logs[has_data] = np.log(merged[has_data])
    per_window = evidence.stride_s / evidence.window_s
    path = viterbi(
        logs,
        expected_duration_s=max(EXPECTED_DURATION_S, 2 * evidence.stride_s),
        stride_s=evidence.stride_s,
        # Overlapping windows are neither the same evidence again (weight stride / window, which
        # smooths short activities away) nor independent (weight 1): half-way on a log scale.
        evidence_weight=min(1.0, per_window**0.5),
    )
    confidence = np.where(has_data, merged[np.arange(n), path], 0.0) if n else np.zeros(0)
    unknown = evidence.novel.copy()
    if threshold > 0:
        unknown |= confidence < max(threshold, chance_floor(len(group_ids)))
    width = max(1, round(1.0 / per_window)) | 1
    if n:
        from scipy.ndimage import median_filter  # here, not on top: slow to load

        unknown = median_filter(unknown.astype(np.uint8), size=width, mode="nearest") > 0
    return timeline_from_windows(
        evidence.starts_s,
        window_s=evidence.window_s,
        stride_s=evidence.stride_s,
        activity_ids=group_ids[path] if n else np.zeros(0, np.int64),
        confidence=confidence,
        unknown=unknown & has_data,
        has_data=has_data,
        span_s=evidence.span_s,
    )

"""From a student embedding to a score per activity: two heads, both plain matrices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.vectors import finite_rows, unit_rows


class Head(Enum):
    """How an activity is recognised in the student's space."""

    PROTOTYPE = "prototype"  # cosine to the activity's mean direction
    LOGISTIC = "logistic"  # multinomial logistic regression


# The temperature a head's scores are read with before calibration: the project's own 0.10 for
# cosines, none for logits.
START_TEMPERATURE = {Head.PROTOTYPE: 0.1, Head.LOGISTIC: 1.0}

# Pseudo-labels are noisy, so regularise hard: C = 1 cost 2–6 points against .01–.03.
LOGISTIC_C = 0.02

# 10 000 windows (14 h) of 256 dimensions and 60 activities take seconds; more gain nothing.
LOGISTIC_MAX_WINDOWS = 10_000

_MIN_RELATIVE_SPREAD = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class FittedHead:
    """Arrays of one fit; K activities, D dimensions.

    Attributes
    ----------
    kind : Head
    activity_ids : (K,) int64
        Rising.
    mean, scale : (D,) float64
        Standardisation of the student's embedding, from the training windows.
    prototypes : (K, D) float64
        Unit mean direction of each activity's standardised, unit-length windows.
    weights : (K, D) float64, bias : (K,) float64
        Of the logistic head; zero for the prototype head.
    n_windows : int
        Windows it was fitted on.
    """

    kind: Head
    activity_ids: NDArray[np.int64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    prototypes: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    n_windows: int

    def check(self) -> None:
        """Raise ValueError if the arrays do not fit each other or are not finite."""
        n_activities, n_dimensions = self.prototypes.shape
        wanted = {
            "activity_ids": (n_activities,),
            "mean": (n_dimensions,),
            "scale": (n_dimensions,),
            "prototypes": (n_activities, n_dimensions),
            "weights": (n_activities, n_dimensions),
            "bias": (n_activities,),
        }
        for name, shape in wanted.items():
            array: NDArray[Any] = getattr(self, name)
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"{name}: {array.shape} or values do not fit")
        if n_activities == 0 or np.any(self.scale <= 0.0):
            raise ValueError("no activity, or a scale that is not positive")

    def cosines(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        """Cosine of each window to each prototype, (N, K)."""
        return np.asarray(unit_rows(self._standardise(embeddings)) @ self.prototypes.T)

    def scores(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        """What the head says before any temperature, (N, K)."""
        if self.kind is Head.PROTOTYPE:
            return self.cosines(embeddings)
        return np.asarray(self._standardise(embeddings) @ self.weights.T + self.bias)

    def _standardise(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        rows = finite_rows(embeddings)
        if rows.shape[1] != len(self.mean):
            raise ValueError(f"embeddings have {rows.shape[1]} dimensions, not {len(self.mean)}")
        return (rows - self.mean) / self.scale


def fit_head(
    embeddings: NDArray[np.float64], assignments: NDArray[np.int64], kind: Head
) -> FittedHead:
    """Fit one head on training windows.

    Parameters
    ----------
    embeddings : (N, D) float64
        The student's embeddings, N ≥ 1.
    assignments : (N,) int64
        Activity id of each.
    kind : Head
    """
    activity_ids, columns = np.unique(assignments, return_inverse=True)
    mean = embeddings.mean(axis=0)
    spread = embeddings.std(axis=0)
    # A dimension that hardly moved in training must not dominate once it does.
    floor = _MIN_RELATIVE_SPREAD * float(np.sqrt(np.mean(spread**2)))
    scale = np.maximum(spread, floor) if floor > 0.0 else np.ones_like(spread)
    standardised = (embeddings - mean) / scale
    prototypes = _prototypes(standardised, columns, len(activity_ids))
    weights, bias = np.zeros_like(prototypes), np.zeros(len(activity_ids))
    n_windows = len(embeddings)
    if kind is Head.LOGISTIC and len(activity_ids) > 1:
        rows = _thinned(columns, LOGISTIC_MAX_WINDOWS)
        weights, bias = _logistic(standardised[rows], columns[rows])
        n_windows = len(rows)
    return FittedHead(
        kind, activity_ids.astype(np.int64), mean, scale, prototypes, weights, bias, n_windows
    )


def _thinned(columns: NDArray[np.intp], n_wanted: int) -> NDArray[np.int64]:
    """At most about `n_wanted` rows, evenly spaced within each activity, none left out."""
    if len(columns) <= n_wanted:
        return np.arange(len(columns))
    by_activity = np.argsort(columns, kind="stable")
    even = (np.arange(n_wanted) * len(columns) / n_wanted).astype(np.int64)
    _, first = np.unique(columns[by_activity], return_index=True)
    rows: NDArray[np.int64] = by_activity[np.union1d(even, first)]
    return rows


def _prototypes(
    standardised: NDArray[np.float64], columns: NDArray[np.intp], n_activities: int
) -> NDArray[np.float64]:
    unit = unit_rows(standardised)
    order = np.argsort(columns, kind="stable")
    first = np.searchsorted(columns[order], np.arange(n_activities))
    return unit_rows(np.add.reduceat(unit[order], first, axis=0))


def _logistic(
    standardised: NDArray[np.float64], columns: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Here, not on top: scikit-learn takes a second to load, and only fitting needs it.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=LOGISTIC_C, max_iter=1000, tol=1e-4)
    model.fit(standardised, columns)
    if len(model.classes_) == 2:  # one row of weights for two classes: the other's is 0
        zero = np.zeros_like(model.coef_)
        return np.vstack([zero, model.coef_]), np.r_[0.0, model.intercept_]
    return np.asarray(model.coef_, np.float64), np.asarray(model.intercept_, np.float64)

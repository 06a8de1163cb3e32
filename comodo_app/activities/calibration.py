"""Make confidence mean what it says: one temperature, and how far off it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Cosines need about 0.05–0.2, logits of an overconfident classifier 1–5: room on both sides.
_TEMPERATURES = (1e-3, 1e2)


@dataclass(frozen=True, slots=True)
class CalibrationFacts:
    """What temperature, threshold and novelty floor rest on.

    Attributes
    ----------
    source : str
        Which windows, in words: "held-out windows", "4 folds by recording", "4 folds in time".
    n_fit_windows, n_windows : int
        Windows the head was fitted on, and windows it was calibrated on.
    n_unseen : int
        Calibration windows of an activity that their fit had never seen: they count as wrong,
        but no temperature could be fitted on them.
    n_groups : int
        Activities told apart during calibration (equal names count once).
    accuracy : float
        Share of calibration windows that the student says as the teacher does.
    precision, coverage : float
        The same among windows that are not "unknown" (NaN if all are), and their share.
    ece_before, ece_after : float
        Expected calibration error without and with the fitted temperature.
    head_accuracy : mapping of str to float
        `accuracy` of each head that was tried; the larger won.
    """

    source: str
    n_fit_windows: int
    n_windows: int
    n_unseen: int
    n_groups: int
    accuracy: float
    precision: float
    coverage: float
    ece_before: float
    ece_after: float
    head_accuracy: Mapping[str, float]


def softmax(scores: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities over columns, (N, K); a score of -inf gets 0."""
    scaled = scores / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def sum_columns(
    probabilities: NDArray[np.float64], group_of: NDArray[np.int64], n_groups: int
) -> NDArray[np.float64]:
    """Probabilities of groups of columns, (N, A), from those of the columns, (N, K)."""
    membership = np.zeros((probabilities.shape[1], n_groups))
    membership[np.arange(len(group_of)), group_of] = 1.0
    return np.asarray(probabilities @ membership, dtype=np.float64)


def group_columns(
    activity_ids: NDArray[np.int64], groups: Mapping[int, int] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids of the groups, rising, (A,), and the group number of each activity, (K,)."""
    table = groups or {}
    representatives = np.array([table.get(int(i), int(i)) for i in activity_ids], dtype=np.int64)
    group_ids, group_of = np.unique(representatives, return_inverse=True)
    return group_ids, group_of.astype(np.int64)


def chance_floor(n_groups: int) -> float:
    """Confidence below which an answer is no better than a guess: a tenth of the way to 1."""
    return 0.0 if n_groups < 2 else 1.0 / n_groups + 0.1 * (1.0 - 1.0 / n_groups)


def negative_log_likelihood(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    *,
    temperature: float,
    group_of: NDArray[np.int64],
) -> float:
    """Mean of -log p(true group), in nats.

    Parameters
    ----------
    scores : (N, K)
        Before the temperature; -inf marks a column that could not be predicted.
    targets : (N,)
        Group number of the truth, 0 … A-1.
    temperature : float
    group_of : (K,)
        Group number of each column.
    """
    scaled = scores / temperature
    own = np.where(group_of == targets[:, None], scaled, -np.inf)
    return float(np.mean(_log_sum_exp(scaled) - _log_sum_exp(own)))


def fit_temperature(
    scores: NDArray[np.float64], targets: NDArray[np.int64], *, group_of: NDArray[np.int64]
) -> float:
    """The temperature with the smallest `negative_log_likelihood`, between 0.001 and 100.

    The truth of every row must be predictable (at least one finite score in its group).

    Raises
    ------
    ValueError
        If there is no row, or the truth of one cannot be predicted.

    Source
    ------
    Guo et al. 2017, "On calibration of modern neural networks". Where we differ: the likelihood
    is that of groups of columns, because that is what the user sees.
    """
    if len(scores) == 0:
        raise ValueError("no window to fit a temperature on")
    finite = np.where(group_of == targets[:, None], scores, -np.inf).max(axis=1)
    if not np.isfinite(finite).all():
        raise ValueError("a row's truth has no finite score")

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(
            scores, targets, temperature=float(np.exp(log_temperature)), group_of=group_of
        )

    # With groups the loss need not be convex: a coarse grid finds the valley first.
    grid = np.log(np.geomspace(_TEMPERATURES[0], _TEMPERATURES[1], 47))
    best = int(np.argmin([loss(value) for value in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    from scipy.optimize import minimize_scalar  # here, not on top: slow to load

    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def expected_calibration_error(
    confidence: NDArray[Any], correct: NDArray[Any], n_bins: int = 15
) -> float:
    """Mean gap between confidence and accuracy over bins of equally many windows, 0 … 1.

    Equal mass, because equal width leaves most bins empty where a model is usually sure.

    Parameters
    ----------
    confidence, correct : (N,)
        Probability of the predicted activity, and whether it was right.
    n_bins : int
        Fewer are used if there are fewer windows. Bins differ by at most one window.

    Raises
    ------
    ValueError
        If there is no window or lengths differ.
    """
    scores = np.asarray(confidence, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    if scores.ndim != 1 or scores.shape != right.shape or len(scores) == 0:
        raise ValueError(f"confidence {scores.shape} and correct {right.shape}: need (N,), N ≥ 1")
    order = np.argsort(scores, kind="stable")
    n_used = min(n_bins, len(scores))
    bins = np.arange(len(scores)) * n_used // len(scores)
    gaps = np.bincount(bins, weights=scores[order] - right[order], minlength=n_used)
    return float(np.abs(gaps).sum() / len(scores))


def _log_sum_exp(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    top = rows.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(rows - top).sum(axis=1)), dtype=np.float64)

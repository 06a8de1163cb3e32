"""Sticky smoothing: a hidden Markov model that is slow to change its mind.

Every activity stays with probability p from one window to the next and changes to each of the
others with (1 - p) / (A - 1). The prior is uniform, so a window's evidence is its posterior.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def stay_from_duration(expected_duration_s: float, stride_s: float) -> float:
    """Chance that the activity is the same one stride later.

    With a constant chance to end, a duration is geometric with mean stride / (1 - p).

    Raises
    ------
    ValueError
        If the duration is not longer than the stride, or the stride not positive.
    """
    if not 0.0 < stride_s < expected_duration_s:
        raise ValueError("need 0 < stride_s < expected_duration_s")
    return 1.0 - stride_s / expected_duration_s


def viterbi(
    log_posteriors: NDArray[Any],
    *,
    stay_probability: float | None = None,
    expected_duration_s: float | None = None,
    stride_s: float | None = None,
    evidence_weight: float = 1.0,
) -> NDArray[np.int64]:
    """The most probable sequence of activities.

    Parameters
    ----------
    log_posteriors : (N, A)
        Natural logarithm of each window's probabilities, in time order on an even grid; -inf is
        allowed. A row of NaN is a window without evidence: time passes, nothing is seen.
    stay_probability : float, optional
        Chance to stay, 0 < p < 1. Give either this, or both of the next two.
    expected_duration_s, stride_s : float, optional
        Mean length of an activity and distance of two windows; see `stay_from_duration`.
    evidence_weight : float
        Factor on the log posteriors. Overlapping windows tell the same thing repeatedly;
        stride / window counts it once.

    Returns
    -------
    (N,) int64
        Column of each window. Ties go to the lower column, decided from the end backwards.

    Raises
    ------
    ValueError
        If a row mixes NaN and numbers or allows no activity, or the stay chance is not given
        exactly once and inside (0, 1).
    """
    evidence = _evidence(log_posteriors, evidence_weight)
    n_windows, n_activities = evidence.shape
    if n_windows == 0:
        return np.zeros(0, dtype=np.int64)
    transition = _log(
        _transition(n_activities, _stay(stay_probability, expected_duration_s, stride_s))
    )
    came_from = np.zeros((n_windows, n_activities), dtype=np.int64)
    score = evidence[0]
    for n in range(1, n_windows):  # a recursion in time: each window needs the one before
        arrivals = score[:, None] + transition  # (from, to)
        came_from[n] = arrivals.argmax(axis=0)
        score = arrivals.max(axis=0) + evidence[n]
    path = np.empty(n_windows, dtype=np.int64)
    path[-1] = score.argmax()
    for n in range(n_windows - 1, 0, -1):
        path[n - 1] = came_from[n, path[n]]
    return path


def forward(
    log_posteriors: NDArray[Any],
    *,
    stay_probability: float | None = None,
    expected_duration_s: float | None = None,
    stride_s: float | None = None,
    evidence_weight: float = 1.0,
) -> NDArray[np.float64]:
    """Probabilities of each window's activity given all windows up to it: what live shows.

    Parameters and errors as `viterbi`.

    Returns
    -------
    (N, A) float64
        Rows sum to 1.
    """
    evidence = _evidence(log_posteriors, evidence_weight)
    n_windows, n_activities = evidence.shape
    stays = _stay(stay_probability, expected_duration_s, stride_s)
    beliefs = np.empty((n_windows, n_activities))
    belief: NDArray[np.float64] | None = None
    for n in range(n_windows):
        belief = beliefs[n] = _filter(belief, evidence[n], stays)
    return beliefs


def forward_step(
    belief: NDArray[np.float64] | None,
    log_posterior: NDArray[Any],
    *,
    stay_probability: float,
    evidence_weight: float = 1.0,
) -> NDArray[np.float64]:
    """One window of `forward`, (A,): from the belief before it (None: at the start)."""
    evidence = _evidence(np.asarray(log_posterior)[None], evidence_weight)[0]
    return _filter(belief, evidence, _stay(stay_probability, None, None))


def _filter(
    belief: NDArray[np.float64] | None, evidence: NDArray[np.float64], stay: float
) -> NDArray[np.float64]:
    n_activities = len(evidence)
    if belief is None:
        belief = np.full(n_activities, 1.0 / n_activities)
    else:
        belief = belief @ _transition(n_activities, stay)
    # The largest exponent is 0 where belief is positive, so the sum cannot underflow.
    with_evidence = _log(belief) + evidence
    weights = np.exp(with_evidence - with_evidence.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _transition(n_activities: int, stay: float) -> NDArray[np.float64]:
    """(from, to); a single activity can only stay."""
    if n_activities == 1:
        return np.ones((1, 1))
    matrix = np.full((n_activities, n_activities), (1.0 - stay) / (n_activities - 1))
    np.fill_diagonal(matrix, stay)
    return matrix


def _log(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):  # log 0 is -inf, as meant
        return np.log(probabilities)


def _evidence(log_posteriors: NDArray[Any], weight: float) -> NDArray[np.float64]:
    rows = np.asarray(log_posteriors, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"expected log posteriors (N, A), got {rows.shape}")
    if not weight > 0.0:
        raise ValueError("evidence_weight must be positive")
    missing = np.isnan(rows).sum(axis=1)
    empty = missing == rows.shape[1]
    if np.any((missing > 0) & ~empty):
        raise ValueError("a row mixes NaN and numbers")
    evidence = np.where(empty.reshape(-1, 1), 0.0, rows) * weight
    if len(rows) and not np.all(np.isfinite(evidence.max(axis=1))):
        raise ValueError("a row allows no activity")
    return np.asarray(evidence, dtype=np.float64)


def _stay(
    stay_probability: float | None, expected_duration_s: float | None, stride_s: float | None
) -> float:
    if stay_probability is None:
        if expected_duration_s is None or stride_s is None:
            raise ValueError("give stay_probability, or expected_duration_s and stride_s")
        return stay_from_duration(expected_duration_s, stride_s)
    if expected_duration_s is not None or stride_s is not None:
        raise ValueError("give either stay_probability or a duration, not both")
    if not 0.0 < stay_probability < 1.0:
        raise ValueError("stay_probability must lie between 0 and 1")
    return stay_probability

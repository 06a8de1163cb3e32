"""How good it is: per-window metrics of labels, clusters, agreement and confidence.

Labels are integers or strings, one per window; clusters are integers. Shares are 0 … 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from comodo_app.activities import calibration


@dataclass(frozen=True, slots=True)
class MeanSd:
    """Mean and sample standard deviation of `n` values; the sd of one value is 0."""

    mean: float
    sd: float
    n: int

    @classmethod
    def of(cls, values: Iterable[float]) -> MeanSd:
        """Summarise values.

        Raises
        ------
        ValueError
            If there are none.
        """
        array = np.array(list(values), dtype=np.float64)
        if len(array) == 0:
            raise ValueError("no values to average")
        sd = float(array.std(ddof=1)) if len(array) > 1 else 0.0
        return cls(float(array.mean()), sd, len(array))

    def __str__(self) -> str:
        return self.text()

    def text(self, *, scale: float = 100.0, digits: int = 1) -> str:
        """Such as "77.6 ± 4.5"; "77.6 (n=1)" where there is no spread to speak of."""
        mean = f"{self.mean * scale:.{digits}f}"
        return f"{mean} ± {self.sd * scale:.{digits}f}" if self.n > 1 else f"{mean} (n=1)"


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Counts of windows: truth down, prediction across.

    Attributes
    ----------
    labels : (L,)
        Every label of truth or prediction, sorted.
    counts : (L, L) int64
    """

    labels: NDArray[Any]
    counts: NDArray[np.int64]


def confusion(truth: NDArray[Any], predicted: NDArray[Any]) -> Confusion:
    """Count what was said for what was true.

    Raises
    ------
    ValueError
        If lengths differ or there is no window (so do all metrics of this module).
    """
    _check(truth, predicted)
    labels = np.unique(np.concatenate([truth, predicted]))
    counts = _count(
        np.searchsorted(labels, truth), np.searchsorted(labels, predicted), len(labels), len(labels)
    )
    return Confusion(labels, counts)


def accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Share of windows that are right."""
    _check(truth, predicted)
    return float(np.mean(truth == predicted))


def balanced_accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean recall of the labels that occur in the truth."""
    counts = confusion(truth, predicted).counts
    support = counts.sum(axis=1)
    occurs = support > 0
    return float(np.mean(counts.diagonal()[occurs] / support[occurs]))


def macro_f1(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean F1 over every label of truth or prediction; one never right counts 0."""
    counts = confusion(truth, predicted).counts
    return float(np.mean(2.0 * counts.diagonal() / (counts.sum(axis=0) + counts.sum(axis=1))))


def top_k_accuracy(
    truth: NDArray[Any], scores: NDArray[Any], labels: NDArray[Any], k: int
) -> float:
    """Share of windows whose true label is among the k best scored, ties counted against it.

    Parameters
    ----------
    truth : (N,)
    scores : (N, L)
        Higher is likelier.
    labels : (L,)
        Of the columns; a true label without a column is never right.
    k : int
    """
    _check(truth, scores[:, 0])
    own = truth[:, None] == labels
    own_score = np.where(own, scores, -np.inf).max(axis=1, keepdims=True)
    rank = np.sum(~own & (scores >= own_score), axis=1) + 1
    return float(np.mean((rank <= k) & own.any(axis=1)))


def cluster_purity(truth: NDArray[Any], clusters: NDArray[Any]) -> float:
    """Share of windows that carry the most frequent true label of their cluster."""
    counts = _contingency(truth, clusters)
    return float(counts.max(axis=0).sum() / counts.sum())


def hungarian_accuracy(truth: NDArray[Any], clusters: NDArray[Any]) -> float:
    """Accuracy under the best one-to-one match of clusters and labels (clustering ACC).

    Over the whole data set, not per recording; clusters beyond the number of labels are wrong.
    """
    counts = _contingency(truth, clusters)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return float(counts[rows, columns].sum() / counts.sum())


def normalised_mutual_information(truth: NDArray[Any], clusters: NDArray[Any]) -> float:
    """NMI with the arithmetic mean of the two entropies."""
    from sklearn.metrics import normalized_mutual_info_score  # loads only where it is needed

    _check(truth, clusters)
    return float(normalized_mutual_info_score(truth, clusters))


def adjusted_rand_index(truth: NDArray[Any], clusters: NDArray[Any]) -> float:
    """ARI: 0 for a random partition, 1 for the same one."""
    from sklearn.metrics import adjusted_rand_score

    _check(truth, clusters)
    return float(adjusted_rand_score(truth, clusters))


def agreement(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Share of windows for which two lanes say the same."""
    return accuracy(a, b)


def chance_agreement(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Agreement of two lanes that say as often what they say, but at random: Σ_k p_a(k) p_b(k)."""
    counts = confusion(a, b).counts
    n_windows = counts.sum()
    return float((counts.sum(axis=1) / n_windows) @ (counts.sum(axis=0) / n_windows))


def expected_calibration_error(
    confidence: NDArray[Any], correct: NDArray[Any], n_bins: int = 15
) -> float:
    """Mean gap between confidence and accuracy over equal-mass bins; see `calibration`."""
    return calibration.expected_calibration_error(confidence, correct, n_bins)


def precision_at_coverage(
    confidence: NDArray[Any], correct: NDArray[Any], coverage: float
) -> float:
    """Accuracy of the most confident share of windows (at least one), 0 < coverage ≤ 1."""
    _check(confidence, correct)
    if not 0.0 < coverage <= 1.0:
        raise ValueError("coverage must lie in (0, 1]")
    n_kept = max(1, round(coverage * len(confidence)))
    kept = np.argsort(-confidence, kind="stable")[:n_kept]
    return float(np.mean(correct[kept]))


def _contingency(truth: NDArray[Any], clusters: NDArray[Any]) -> NDArray[np.int64]:
    """(labels, clusters) counts."""
    _check(truth, clusters)
    labels, rows = np.unique(truth, return_inverse=True)
    names, columns = np.unique(clusters, return_inverse=True)
    return _count(rows, columns, len(labels), len(names))


def _count(
    rows: NDArray[np.intp], columns: NDArray[np.intp], n_rows: int, n_columns: int
) -> NDArray[np.int64]:
    flat = np.bincount(rows * n_columns + columns, minlength=n_rows * n_columns)
    return flat.reshape(n_rows, n_columns).astype(np.int64)


def _check(a: NDArray[Any], b: NDArray[Any]) -> None:
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"expected one value per window, got {a.shape} and {b.shape}")
    if len(a) == 0:
        raise ValueError("no windows to measure on")

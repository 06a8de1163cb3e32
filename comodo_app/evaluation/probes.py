"""What a frozen embedding knows: k-NN, linear, RBF-SVM and few-shot probes.

All take training rows and labels, then test rows and labels. Settings are chosen inside the
training rows only (grouped if groups are given); the test rows are used once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from comodo_app.activities.folds import group_folds
from comodo_app.activities.vectors import finite_rows, unit_rows
from comodo_app.errors import NotEnoughData
from comodo_app.evaluation.metrics import MeanSd
from comodo_app.evaluation.splits import stratified_folds

LINEAR_C = (0.003, 0.03, 0.3)
SVM_C = (1.0, 10.0, 100.0)
PAPER_SVM_C = tuple(10.0**power for power in range(-4, 5))
PAPER_SVM_ROWS = 10_000

_BLOCK_ROWS = 1024

# Fit on rows and labels with a strength C, return predictions for other rows.
_Fit = Callable[[NDArray[np.float64], NDArray[Any], NDArray[np.float64], float], NDArray[Any]]


def knn_predict(
    train: NDArray[Any], train_labels: NDArray[Any], test: NDArray[Any], *, k: int = 20
) -> NDArray[Any]:
    """Majority label of the k training rows with the largest cosine, (M,).

    Equal counts are decided by the larger summed cosine. `k` is cut to the training rows.
    """
    keys, queries = unit_rows(train), unit_rows(test)
    names, columns = np.unique(_labels(train_labels, keys), return_inverse=True)
    k = min(k, len(keys))
    predicted = np.empty(len(queries), dtype=np.int64)
    for start in range(0, len(queries), _BLOCK_ROWS):
        similarity = queries[start : start + _BLOCK_ROWS] @ keys.T
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        rows = np.repeat(np.arange(len(nearest)), k)
        flat = rows * len(names) + columns[nearest].ravel()
        size = len(nearest) * len(names)
        counts = np.bincount(flat, minlength=size)
        cosine = np.take_along_axis(similarity, nearest, axis=1).ravel()
        total = np.bincount(flat, weights=cosine, minlength=size)
        # |total| ≤ k, so this share of it never outweighs a vote.
        votes = (counts + total / (2.0 * k + 1.0)).reshape(-1, len(names))
        predicted[start : start + len(nearest)] = votes.argmax(axis=1)
    return np.asarray(names[predicted])


def knn_accuracy(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    *,
    k: int = 20,
) -> float:
    """Accuracy of `knn_predict`."""
    return _accuracy(knn_predict(train, train_labels, test, k=k), test_labels)


def linear_predict(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    *,
    groups: NDArray[Any] | None = None,
    c_grid: Sequence[float] = LINEAR_C,
    seed: int = 0,
) -> NDArray[Any]:
    """Multinomial logistic regression on standardised rows, C chosen by 3-fold CV, (M,)."""
    return _probe(
        _logistic, train, train_labels, test, groups=groups, grid=c_grid, n_folds=3, seed=seed
    )


def linear_accuracy(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    *,
    groups: NDArray[Any] | None = None,
    c_grid: Sequence[float] = LINEAR_C,
    seed: int = 0,
) -> float:
    """Accuracy of `linear_predict`."""
    predicted = linear_predict(train, train_labels, test, groups=groups, c_grid=c_grid, seed=seed)
    return _accuracy(predicted, test_labels)


def svm_predict(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    *,
    groups: NDArray[Any] | None = None,
    grid: Literal["short", "paper"] = "short",
    n_folds: int = 3,
    seed: int = 0,
) -> NDArray[Any]:
    """RBF-SVM with gamma "scale", (M,).

    Parameters
    ----------
    grid : "short" or "paper"
        "short": C in {1, 10, 100}, `n_folds` folds, grouped if `groups` are given. "paper": C
        in {1e-4 … 1e4}, 5 folds without groups, rows L2-normalised before they are
        standardised, at most 10 000 stratified training rows.

    Source
    ------
    COMODO (arXiv 2503.07259), evaluation code. Where we differ: "short" saves eight ninths of
    the fits, and groups keep the choice of C from rewarding memorised people.
    """
    if grid == "short":
        return _probe(
            _svm, train, train_labels, test, groups=groups, grid=SVM_C, n_folds=n_folds, seed=seed
        )
    rows = stratified_rows(train_labels, n_rows=PAPER_SVM_ROWS, seed=seed)
    return _probe(
        _svm,
        unit_rows(train)[rows],
        train_labels[rows],
        unit_rows(test),
        groups=None,
        grid=PAPER_SVM_C,
        n_folds=5,
        seed=seed,
    )


def svm_accuracy(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    *,
    groups: NDArray[Any] | None = None,
    grid: Literal["short", "paper"] = "short",
    n_folds: int = 3,
    seed: int = 0,
) -> float:
    """Accuracy of `svm_predict`."""
    predicted = svm_predict(
        train, train_labels, test, groups=groups, grid=grid, n_folds=n_folds, seed=seed
    )
    return _accuracy(predicted, test_labels)


def few_shot_accuracy(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    *,
    n_shot: int = 5,
    n_draws: int = 10,
    seed: int = 0,
) -> MeanSd:
    """Linear probe (C = 1) on `n_shot` random training rows of each label, over draws.

    Raises
    ------
    NotEnoughData
        If a label has fewer than `n_shot` training rows.
    """
    rows, queries = finite_rows(train), finite_rows(test)
    names, counts = np.unique(_labels(train_labels, rows), return_counts=True)
    if counts.min() < n_shot:
        raise NotEnoughData(
            f"Only {counts.min()} training windows of {names[counts.argmin()]}, not {n_shot}.",
            hint="Add recordings of it, or ask for fewer shots.",
        )
    rng = np.random.default_rng(seed)
    return MeanSd.of(
        _accuracy(_logistic(rows[shots], train_labels[shots], queries, 1.0), test_labels)
        for shots in (_draw(train_labels, n_shot, rng) for _ in range(n_draws))
    )


def stratified_rows(labels: NDArray[Any], *, n_rows: int, seed: int) -> NDArray[np.int64]:
    """At most `n_rows` random rows that keep the shares of the labels, rising, (R,)."""
    if len(labels) <= n_rows:
        return np.arange(len(labels))
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    places = (np.arange(n_rows) + 0.5) * len(labels) / n_rows
    return np.sort(by_label[places.astype(np.int64)])


def _probe(
    fit: _Fit,
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    *,
    groups: NDArray[Any] | None,
    grid: Sequence[float],
    n_folds: int,
    seed: int,
) -> NDArray[Any]:
    rows, queries = finite_rows(train), finite_rows(test)
    labels = _labels(train_labels, rows)
    strength = grid[0]
    if len(grid) > 1:
        folds = _folds(labels, groups, n_folds, seed)
        scores = [_cv_accuracy(fit, rows, labels, folds, c) for c in grid]
        strength = grid[int(np.argmax(scores))]  # of equals the most regularised
    return fit(rows, labels, queries, strength)


def _folds(
    labels: NDArray[Any], groups: NDArray[Any] | None, n_folds: int, seed: int
) -> NDArray[np.int64]:
    if groups is None:
        return stratified_folds(labels, n_folds=min(n_folds, len(labels)), seed=seed)
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise NotEnoughData(
            "All training windows are of one group, so no setting can be chosen.",
            hint="Add recordings, or choose without groups.",
        )
    return group_folds(groups, n_folds=min(n_folds, n_groups), seed=seed)


def _cv_accuracy(
    fit: _Fit, rows: NDArray[np.float64], labels: NDArray[Any], folds: NDArray[np.int64], c: float
) -> float:
    right = 0
    for fold in range(int(folds.max()) + 1):
        inside, outside = folds != fold, folds == fold
        right += int(np.sum(fit(rows[inside], labels[inside], rows[outside], c) == labels[outside]))
    return right / len(labels)


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[Any], queries: NDArray[np.float64], c: float
) -> NDArray[Any]:
    if len(np.unique(labels)) == 1:  # a fold may hold one label only
        return np.full(len(queries), labels[0])
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=c, max_iter=2000, tol=1e-3)
    model.fit(scaler.transform(rows), labels)
    return np.asarray(model.predict(scaler.transform(queries)))


def _svm(
    rows: NDArray[np.float64], labels: NDArray[Any], queries: NDArray[np.float64], c: float
) -> NDArray[Any]:
    if len(np.unique(labels)) == 1:
        return np.full(len(queries), labels[0])
    scaler = StandardScaler().fit(rows)
    model = SVC(C=c, kernel="rbf", gamma="scale", cache_size=500)
    model.fit(scaler.transform(rows), labels)
    return np.asarray(model.predict(scaler.transform(queries)))


def _draw(labels: NDArray[Any], n_shot: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`n_shot` random rows of each label."""
    shuffled = rng.permutation(len(labels))
    _, columns = np.unique(labels[shuffled], return_inverse=True)
    order = np.argsort(columns, kind="stable")
    first = np.searchsorted(columns[order], np.arange(columns.max() + 1))
    return np.asarray(shuffled[order[(first[:, None] + np.arange(n_shot)).ravel()]])


def _labels(labels: NDArray[Any], rows: NDArray[np.float64]) -> NDArray[Any]:
    if labels.shape != (len(rows),) or len(rows) == 0:
        raise ValueError(f"labels {labels.shape} for {len(rows)} training rows")
    return labels


def _accuracy(predicted: NDArray[Any], truth: NDArray[Any]) -> float:
    if predicted.shape != truth.shape or len(truth) == 0:
        raise ValueError(f"{len(predicted)} predictions for test labels {truth.shape}")
    return float(np.mean(predicted == truth))

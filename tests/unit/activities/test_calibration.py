import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.calibration import (
    chance_floor,
    expected_calibration_error,
    fit_temperature,
    group_columns,
    negative_log_likelihood,
    softmax,
    sum_columns,
)


def loops_nll(scores, targets, temperature, group_of):
    total = 0.0
    for row, target in zip(scores.tolist(), targets.tolist(), strict=True):
        weights = [math.exp(s / temperature) for s in row]
        own = sum(w for w, g in zip(weights, group_of.tolist(), strict=True) if g == target)
        total -= math.log(own / sum(weights))
    return total / len(scores)


@settings(max_examples=50)
@given(st.integers(0, 1000), st.floats(0.1, 5.0))
def test_likelihood_matches_the_formula_in_loops(seed, temperature):
    rng = np.random.default_rng(seed)
    scores, group_of = rng.normal(size=(7, 5)), np.array([0, 1, 1, 2, 0])
    targets = rng.integers(0, 3, 7)
    got = negative_log_likelihood(scores, targets, temperature=temperature, group_of=group_of)
    assert got == pytest.approx(loops_nll(scores, targets, temperature, group_of))


@pytest.mark.parametrize("true_temperature", [0.08, 1.0, 4.0])
@pytest.mark.parametrize("group_of", [np.arange(6), np.array([0, 0, 1, 1, 2, 3])])
def test_the_temperature_that_made_the_labels_is_found(true_temperature, group_of):
    rng = np.random.default_rng(0)
    scores = true_temperature * 2.0 * rng.normal(size=(20_000, 6))
    p = softmax(scores, true_temperature)
    labels = (p.cumsum(axis=1) > rng.random((len(p), 1))).argmax(axis=1)
    found = fit_temperature(scores, group_of[labels], group_of=group_of)
    assert found == pytest.approx(true_temperature, rel=0.05)


def test_no_temperature_on_a_fine_grid_is_better():
    rng = np.random.default_rng(3)
    scores, targets = rng.normal(size=(300, 4)), rng.integers(0, 4, 300)
    scores[np.arange(300), targets] += 1.0
    columns = np.arange(4)
    found = fit_temperature(scores, targets, group_of=columns)
    best = negative_log_likelihood(scores, targets, temperature=found, group_of=columns)
    for t in np.geomspace(0.01, 50, 300):
        assert (
            negative_log_likelihood(scores, targets, temperature=t, group_of=columns) >= best - 1e-7
        )


def test_missing_columns_get_no_probability_and_do_not_disturb():
    scores = np.array([[1.0, -np.inf, 0.0]])
    p = softmax(scores, 0.5)
    assert p[0, 1] == 0.0
    assert p.sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no finite score"):
        fit_temperature(scores, np.array([1]), group_of=np.arange(3))
    with pytest.raises(ValueError, match="no window"):
        fit_temperature(np.zeros((0, 2)), np.zeros(0, int), group_of=np.arange(2))


def test_calibration_error_matches_bins_in_loops():
    rng = np.random.default_rng(1)
    confidence = rng.random(600) ** 0.3  # most windows are sure: equal width would differ
    correct = rng.random(600) < confidence**2
    ranked = sorted(zip(confidence.tolist(), correct.tolist(), strict=True))
    total = 0.0
    for b in range(15):
        part = ranked[b * 40 : (b + 1) * 40]
        total += abs(sum(c for c, _ in part) / 40 - sum(r for _, r in part) / 40) * 40 / 600
    assert expected_calibration_error(confidence, correct) == pytest.approx(total)


def test_calibration_error_is_small_for_honest_and_large_for_boastful_confidence():
    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.2, 1.0, 20_000)
    honest = rng.random(20_000) < confidence
    assert expected_calibration_error(confidence, honest) < 0.02
    assert expected_calibration_error(np.full(1000, 0.95), rng.random(1000) < 0.5) > 0.4


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_error_lies_between_the_overall_gap_and_one(pairs):
    confidence, correct = (np.array(values) for values in zip(*pairs, strict=True))
    error = expected_calibration_error(confidence, correct)
    assert abs(confidence.mean() - correct.mean()) - 1e-12 <= error <= 1.0 + 1e-12


def test_calibration_error_of_nothing_is_refused():
    with pytest.raises(ValueError, match="N ≥ 1"):
        expected_calibration_error(np.zeros(0), np.zeros(0))


def test_groups_add_their_columns_up():
    ids, number = group_columns(np.array([2, 3, 5, 9]), {5: 2, 9: 4, 77: 1})
    assert ids.tolist() == [2, 3, 4]
    assert number.tolist() == [0, 1, 0, 2]
    p = np.array([[0.1, 0.2, 0.3, 0.4]])
    np.testing.assert_allclose(sum_columns(p, number, 3), [[0.4, 0.2, 0.4]])


def test_the_chance_floor_lies_above_chance_and_never_silences_a_single_activity():
    assert chance_floor(1) == 0.0
    for n in range(2, 60):
        assert 1 / n < chance_floor(n) <= 0.55

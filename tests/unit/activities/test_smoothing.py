import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.smoothing import forward, forward_step, stay_from_duration, viterbi


def posteriors(seed, n, a, n_missing=0):
    rng = np.random.default_rng(seed)
    rows = np.log(rng.dirichlet(np.ones(a), size=n))
    rows[rng.permutation(n)[:n_missing]] = np.nan
    return rows


def path_score(rows, path, stay):
    """log p of one path, term by term."""
    a = rows.shape[1]
    total = 0.0
    for n, k in enumerate(path):
        if not math.isnan(rows[n, k]):
            total += rows[n, k]
        if n and a > 1:
            total += math.log(stay if path[n - 1] == k else (1 - stay) / (a - 1))
    return total


worlds = given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 6),
    a=st.integers(1, 4),
    missing=st.integers(0, 3),
    stay=st.floats(0.05, 0.98),
)


@settings(max_examples=60, deadline=None)
@worlds
def test_viterbi_is_the_best_of_all_paths(seed, n, a, missing, stay):
    rows = posteriors(seed, n, a, min(missing, n))
    best = max(path_score(rows, p, stay) for p in itertools.product(range(a), repeat=n))
    path = viterbi(rows, stay_probability=stay)
    assert path_score(rows, path, stay) == pytest.approx(best, abs=1e-9)


@settings(max_examples=60, deadline=None)
@worlds
def test_forward_sums_over_all_paths(seed, n, a, missing, stay):
    rows = posteriors(seed, n, a, min(missing, n))
    got = forward(rows, stay_probability=stay)
    for length in range(1, n + 1):
        mass = [0.0] * a
        for p in itertools.product(range(a), repeat=length):
            mass[p[-1]] += math.exp(path_score(rows[:length], p, stay))
        np.testing.assert_allclose(got[length - 1], np.array(mass) / sum(mass), atol=1e-9)


def loops(rows, stay):
    """Max-product and forward recursions in plain loops, in probabilities."""
    n_windows, a = rows.shape
    move = (1 - stay) / (a - 1)
    likelihood = [[1.0 if math.isnan(x) else math.exp(x) for x in row] for row in rows.tolist()]
    best, back, belief = [likelihood[0]], [], [likelihood[0]]
    for n in range(1, n_windows):
        values, came = [], []
        filtered = []
        for k in range(a):
            options = [best[-1][j] * (stay if j == k else move) for j in range(a)]
            came.append(max(range(a), key=lambda j: options[j]))
            values.append(max(options) * likelihood[n][k])
            sums = sum(belief[-1][j] * (stay if j == k else move) for j in range(a))
            filtered.append(sums * likelihood[n][k])
        best.append([v / max(values) for v in values])
        belief.append([f / sum(filtered) for f in filtered])
        back.append(came)
    path = [max(range(a), key=lambda k: best[-1][k])]
    for came in reversed(back):
        path.append(came[path[-1]])
    return path[::-1], [[b / sum(row) for b in row] for row in belief]


def test_long_recordings_match_the_recursions_in_loops():
    rows = posteriors(4, 400, 6, n_missing=60)
    path, belief = loops(rows, 0.9)
    assert viterbi(rows, stay_probability=0.9).tolist() == path
    np.testing.assert_allclose(forward(rows, stay_probability=0.9), belief, atol=1e-12)


def test_a_single_odd_window_is_smoothed_away_and_a_lasting_change_is_not():
    sure, other = np.log([0.8, 0.2]), np.log([0.2, 0.8])
    rows = np.array([sure] * 5 + [other] + [sure] * 5 + [other] * 10)
    assert viterbi(rows, stay_probability=0.9).tolist() == [0] * 11 + [1] * 10


def test_missing_windows_carry_the_neighbours_activity():
    rows = np.full((7, 3), np.nan)
    rows[0] = rows[6] = np.log([0.1, 0.8, 0.1])
    assert viterbi(rows, stay_probability=0.8).tolist() == [1] * 7
    belief = forward(rows, stay_probability=0.8)
    assert np.all(np.diff(belief[:6, 1]) < 0)  # certainty fades without evidence
    np.testing.assert_allclose(belief.sum(axis=1), 1.0)


def test_impossible_activities_are_never_chosen_and_long_runs_stay_finite():
    rows = np.tile(np.array([-np.inf, 0.0, -2.0]), (20_000, 1))
    assert set(viterbi(rows, stay_probability=0.99).tolist()) == {1}
    assert np.isfinite(forward(rows[:2000], stay_probability=0.99)).all()


def test_steps_one_by_one_equal_the_whole():
    rows = posteriors(1, 30, 4, n_missing=5)
    belief = None
    for n, expected in enumerate(forward(rows, stay_probability=0.85, evidence_weight=0.5)):
        belief = forward_step(belief, rows[n], stay_probability=0.85, evidence_weight=0.5)
        np.testing.assert_allclose(belief, expected, atol=1e-12)


def test_expected_duration_gives_the_stay_probability_of_a_geometric_run():
    stay = stay_from_duration(20.0, 2.5)
    n = np.arange(1, 5000)
    assert np.sum(n * 2.5 * stay ** (n - 1) * (1 - stay)) == pytest.approx(20.0)
    rows = posteriors(2, 50, 3)
    assert np.array_equal(
        viterbi(rows, expected_duration_s=20.0, stride_s=2.5), viterbi(rows, stay_probability=stay)
    )


def test_half_the_evidence_weight_is_the_square_root_of_the_probabilities():
    rows = posteriors(6, 40, 3)
    halved = forward(rows, stay_probability=0.7, evidence_weight=0.5)
    np.testing.assert_allclose(halved, forward(rows / 2, stay_probability=0.7))


def test_no_window_gives_no_answer():
    assert viterbi(np.zeros((0, 3)), stay_probability=0.5).shape == (0,)
    assert forward(np.zeros((0, 3)), stay_probability=0.5).shape == (0, 3)


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([[0.0, np.nan]], {"stay_probability": 0.5}, "mixes"),
        ([[-np.inf, -np.inf]], {"stay_probability": 0.5}, "no activity"),
        ([[0.0, 0.0]], {}, "give stay_probability"),
        ([[0.0, 0.0]], {"stay_probability": 1.0}, "between 0 and 1"),
        ([[0.0, 0.0]], {"stay_probability": 0.5, "stride_s": 1.0}, "not both"),
        ([[0.0, 0.0]], {"expected_duration_s": 1.0, "stride_s": 1.0}, "stride_s < expected"),
        ([[0.0, 0.0]], {"stay_probability": 0.5, "evidence_weight": 0.0}, "positive"),
        ([0.0], {"stay_probability": 0.5}, r"\(N, A\)"),
    ],
)
def test_wrong_input_is_refused(rows, options, words):
    with pytest.raises(ValueError, match=words):
        viterbi(np.array(rows), **options)

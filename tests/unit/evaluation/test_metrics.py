import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from comodo_app.evaluation import metrics

labels = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), min_size=1, max_size=40
).map(lambda pairs: tuple(np.array(column) for column in zip(*pairs, strict=True)))


@settings(max_examples=100, deadline=None)
@given(labels)
def test_label_metrics_match_scikit_learn(pair):
    truth, said = pair
    assert metrics.accuracy(truth, said) == pytest.approx(reference.accuracy_score(truth, said))
    assert metrics.macro_f1(truth, said) == pytest.approx(
        reference.f1_score(truth, said, average="macro", zero_division=0.0)
    )
    table = metrics.confusion(truth, said)
    assert table.labels.tolist() == sorted(set(truth.tolist()) | set(said.tolist()))
    for i, true_label in enumerate(table.labels):
        for j, said_label in enumerate(table.labels):
            both = (truth == true_label) & (said == said_label)
            assert table.counts[i, j] == np.sum(both)
    recalls = [np.mean(said[truth == label] == label) for label in set(truth.tolist())]
    assert metrics.balanced_accuracy(truth, said) == pytest.approx(statistics.mean(recalls))


@settings(max_examples=60, deadline=None)
@given(labels)
def test_cluster_metrics_match_loops_over_all_matches(pair):
    truth, clusters = pair
    names, numbers = sorted(set(truth.tolist())), sorted(set(clusters.tolist()))
    most_frequent = sum(
        max(int(np.sum((clusters == c) & (truth == t))) for t in names) for c in numbers
    )
    assert metrics.cluster_purity(truth, clusters) == pytest.approx(most_frequent / len(truth))
    padded = [*names, *["nobody"] * max(0, len(numbers) - len(names))]
    best = max(
        sum(
            int(np.sum((clusters == c) & (truth == t))) for c, t in zip(numbers, match, strict=True)
        )
        for match in itertools.permutations(padded, len(numbers))
    )
    assert metrics.hungarian_accuracy(truth, clusters) == pytest.approx(best / len(truth))


@settings(max_examples=60, deadline=None)
@given(labels)
def test_nmi_and_ari_match_their_definitions(pair):
    truth, clusters = pair
    n = len(truth)
    joint = {}
    for t, c in zip(truth.tolist(), clusters.tolist(), strict=True):
        joint[t, c] = joint.get((t, c), 0) + 1
    p_t = {t: sum(v for (a, _), v in joint.items() if a == t) / n for t, _ in joint}
    p_c = {c: sum(v for (_, b), v in joint.items() if b == c) / n for _, c in joint}
    mutual = sum(v / n * math.log(v / n / (p_t[t] * p_c[c])) for (t, c), v in joint.items())
    entropy = [-sum(p * math.log(p) for p in q.values()) for q in (p_t, p_c)]
    expected = 1.0 if max(entropy) == 0 else mutual / (sum(entropy) / 2)
    got = metrics.normalised_mutual_information(truth, clusters)
    assert got == pytest.approx(expected, abs=1e-9)

    both = in_t = in_c = 0
    for i, j in itertools.combinations(range(n), 2):
        same_t, same_c = truth[i] == truth[j], clusters[i] == clusters[j]
        both, in_t, in_c = both + (same_t and same_c), in_t + same_t, in_c + same_c
    pairs = n * (n - 1) / 2
    if pairs and in_t + in_c not in (0, 2 * pairs):
        chance = in_t * in_c / pairs
        ari = (both - chance) / ((in_t + in_c) / 2 - chance)
        assert metrics.adjusted_rand_index(truth, clusters) == pytest.approx(ari, abs=1e-9)


def test_the_best_match_is_over_the_data_set_and_spare_clusters_are_wrong():
    truth = np.array([0, 0, 0, 1, 1, 1])
    clusters = np.array([0, 0, 1, 2, 2, 3])
    assert metrics.hungarian_accuracy(truth, clusters) == pytest.approx(4 / 6)
    assert metrics.cluster_purity(truth, clusters) == 1.0


@settings(max_examples=60, deadline=None)
@given(labels)
def test_agreement_by_chance_is_the_mean_over_all_shuffles(pair):
    a, b = pair
    over_all_pairs = np.mean([x == y for x in a.tolist() for y in b.tolist()])
    assert metrics.chance_agreement(a, b) == pytest.approx(over_all_pairs)
    assert metrics.agreement(a, b) == pytest.approx(np.mean(a == b))


def test_top_k_matches_a_loop_and_ties_count_against():
    rng = np.random.default_rng(0)
    scores, names = rng.random((200, 6)).round(1), np.array(list("abcdef"))
    truth = rng.choice(names, 200)
    for k in (1, 3, 5):
        right = 0
        for row, t in zip(scores, truth, strict=True):
            own = row["abcdef".index(t)]
            right += sum(s >= own for s in row) <= k
        assert metrics.top_k_accuracy(truth, scores, names, k) == pytest.approx(right / 200)
    assert metrics.top_k_accuracy(np.array(["z"]), scores[:1], names, 6) == 0.0
    assert metrics.top_k_accuracy(np.array(["a"]), np.zeros((1, 6)), names, 5) == 0.0


def test_precision_at_coverage_keeps_the_most_confident():
    confidence = np.array([0.9, 0.2, 0.8, 0.4])
    correct = np.array([True, False, True, False])
    assert metrics.precision_at_coverage(confidence, correct, 0.5) == 1.0
    assert metrics.precision_at_coverage(confidence, correct, 0.75) == pytest.approx(2 / 3)
    assert metrics.precision_at_coverage(confidence, correct, 0.01) == 1.0
    with pytest.raises(ValueError, match="coverage"):
        metrics.precision_at_coverage(confidence, correct, 0.0)


def test_calibration_error_weighs_bins_by_their_windows():
    confidence = np.r_[np.full(10, 0.6), np.full(20, 0.9)]
    correct = np.r_[np.ones(6), np.zeros(4), np.ones(9), np.zeros(11)]
    assert metrics.expected_calibration_error(confidence, correct, 3) == pytest.approx(
        (0 * 10 + abs(9 - 9) + 9) / 30
    )


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8))
def test_mean_and_sd_are_those_of_the_sample(values):
    got = metrics.MeanSd.of(values)
    assert got.mean == pytest.approx(statistics.fmean(values), abs=1e-9)
    assert got.sd == pytest.approx(statistics.stdev(values), abs=1e-9)


def test_mean_and_sd_are_written_as_in_a_table():
    assert str(metrics.MeanSd(0.7764, 0.0451, 3)) == "77.6 ± 4.5"
    assert metrics.MeanSd(1.234, 0.5, 2).text(scale=1, digits=2) == "1.23 ± 0.50"
    assert str(metrics.MeanSd.of([0.5])) == "50.0 (n=1)"
    with pytest.raises(ValueError, match="no values"):
        metrics.MeanSd.of([])


@pytest.mark.parametrize(
    "metric",
    [
        metrics.accuracy,
        metrics.macro_f1,
        metrics.balanced_accuracy,
        metrics.cluster_purity,
        metrics.hungarian_accuracy,
        metrics.normalised_mutual_information,
        metrics.adjusted_rand_index,
        metrics.agreement,
        metrics.chance_agreement,
    ],
)
def test_no_window_or_unequal_lengths_are_refused(metric):
    with pytest.raises(ValueError, match="no windows"):
        metric(np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="one value per window"):
        metric(np.zeros(3), np.zeros(2))

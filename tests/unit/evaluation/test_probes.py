import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from comodo_app.activities.folds import group_folds
from comodo_app.errors import NotEnoughData
from comodo_app.evaluation import probes
from comodo_app.evaluation.splits import stratified_folds


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(12), 30)
    labels = np.array(["cycle", "sit", "stairs", "walk"])[rng.integers(0, 4, 360)]
    centres = dict(zip(np.unique(labels), rng.normal(size=(4, 10)), strict=True))
    rows = np.array([centres[label] for label in labels])
    rows = rows + 0.6 * rng.normal(size=(12, 10))[groups] + 1.3 * rng.normal(size=rows.shape)
    rows[:, 0] *= 50.0  # one loud dimension: probes must standardise
    test = groups >= 9
    return rows[~test], labels[~test], groups[~test], rows[test], labels[test]


def test_knn_votes_as_a_loop_over_neighbours_does(data, monkeypatch):
    monkeypatch.setattr(probes, "_BLOCK_ROWS", 16)
    train, labels, _, test, truth = data
    for k in (1, 4, 20):
        expected = []
        for query in test:
            cosines = train @ query / np.linalg.norm(train, axis=1) / np.linalg.norm(query)
            nearest = np.argsort(-cosines)[:k]
            votes = {
                name: (
                    sum(labels[i] == name for i in nearest),
                    sum(cosines[i] for i in nearest if labels[i] == name),
                )
                for name in np.unique(labels[nearest])
            }
            expected.append(max(votes, key=votes.get))
        assert probes.knn_predict(train, labels, test, k=k).tolist() == expected
        share = np.mean(np.array(expected) == truth)
        assert probes.knn_accuracy(train, labels, test, truth, k=k) == pytest.approx(share)


def test_knn_never_answers_a_label_without_a_vote_even_if_all_cosines_are_negative():
    train = np.array([[-1.0, 0.1], [-1.0, -0.1], [0.0, -1.0]])
    said = probes.knn_predict(train, np.array(["b", "b", "a"]), np.array([[1.0, 0.3]]), k=3)
    assert said.tolist() == ["b"]


def test_knn_with_fewer_rows_than_k_asks_them_all():
    train = np.eye(3)
    said = probes.knn_predict(train, np.array([1, 1, 2]), np.array([[0.0, 0.0, 1.0]]), k=20)
    assert said.tolist() == [1]


@pytest.mark.parametrize("grouped", [True, False])
def test_linear_probe_equals_scikit_learns_search_on_the_same_folds(data, grouped):
    train, labels, groups, test, truth = data
    folds = (
        group_folds(groups, n_folds=3, seed=0)
        if grouped
        else stratified_folds(labels, n_folds=3, seed=0)
    )
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, tol=1e-3)),
        {"logisticregression__C": list(probes.LINEAR_C)},
        cv=PredefinedSplit(folds),
    ).fit(train, labels)
    got = probes.linear_predict(train, labels, test, groups=groups if grouped else None)
    scores = search.cv_results_["mean_test_score"].round(9)  # of equals the most regularised
    chosen = search.estimator.set_params(
        logisticregression__C=probes.LINEAR_C[int(np.argmax(scores))]
    ).fit(train, labels)
    assert got.tolist() == chosen.predict(test).tolist()
    accuracy = probes.linear_accuracy(
        train, labels, test, truth, groups=groups if grouped else None
    )
    assert accuracy == np.mean(got == truth)


def test_svm_probe_equals_scikit_learns_search_on_the_same_folds(data):
    train, labels, groups, test, truth = data
    search = GridSearchCV(
        make_pipeline(StandardScaler(), SVC()),
        {"svc__C": list(probes.SVM_C)},
        cv=PredefinedSplit(group_folds(groups, n_folds=2, seed=0)),
    ).fit(train, labels)
    got = probes.svm_predict(train, labels, test, groups=groups, n_folds=2)
    assert got.tolist() == search.predict(test).tolist()
    assert probes.svm_accuracy(
        train, labels, test, truth, groups=groups, n_folds=2
    ) == pytest.approx(np.mean(got == truth))


def test_the_papers_grid_normalises_rows_and_caps_the_training_set(data, monkeypatch):
    train, labels, _, test, _ = data
    monkeypatch.setattr(probes, "PAPER_SVM_ROWS", 120)
    rows = probes.stratified_rows(labels, n_rows=120, seed=0)
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (train[rows], test)]
    search = GridSearchCV(
        make_pipeline(StandardScaler(), SVC()),
        {"svc__C": [10.0**p for p in range(-4, 5)]},
        cv=PredefinedSplit(stratified_folds(labels[rows], n_folds=5, seed=0)),
    ).fit(unit[0], labels[rows])
    got = probes.svm_predict(train, labels, test, grid="paper")
    assert got.tolist() == search.predict(unit[1]).tolist()


def test_probes_beat_chance_and_standardise_the_loud_dimension(data):
    train, labels, groups, test, truth = data
    chance = max(np.mean(truth == name) for name in np.unique(truth))
    linear = probes.linear_accuracy(train, labels, test, truth, groups=groups)
    assert linear > chance + 0.2
    loud = train * np.r_[1.0, np.full(9, 1e-6)]
    assert probes.linear_accuracy(loud, labels, test * np.r_[1.0, np.full(9, 1e-6)], truth) > (
        linear - 0.05
    )


def test_few_shot_draws_the_wanted_rows_of_each_label(data):
    _, labels, _, _, _ = data
    rng = np.random.default_rng(0)
    for _ in range(5):
        drawn = probes._draw(labels, 5, rng)
        assert len(set(drawn.tolist())) == 20
        assert all(np.sum(labels[drawn] == name) == 5 for name in np.unique(labels))


def test_few_shot_is_repeatable_has_a_spread_and_grows_with_shots(data):
    train, labels, _, test, truth = data
    few = probes.few_shot_accuracy(train, labels, test, truth, n_shot=2, n_draws=6, seed=1)
    again = probes.few_shot_accuracy(train, labels, test, truth, n_shot=2, n_draws=6, seed=1)
    many = probes.few_shot_accuracy(train, labels, test, truth, n_shot=30, n_draws=3, seed=1)
    assert few == again
    assert few.n == 6
    assert few.sd > 0.0
    assert many.mean > few.mean


def test_few_shot_with_too_few_windows_says_of_which_label(data):
    train, labels, _, test, truth = data
    rare = labels.astype("U8")
    rare[0] = "swim"
    with pytest.raises(NotEnoughData, match="1 training windows of swim"):
        probes.few_shot_accuracy(train, rare, test, truth)


def test_rare_labels_and_one_label_folds_do_not_break_a_probe():
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(30, 3)), np.repeat([0, 1, 2], [14, 15, 1])
    assert probes.linear_predict(rows, labels, rows).shape == (30,)
    assert probes.svm_predict(rows, labels, rows, groups=labels).shape == (30,)
    assert set(probes.linear_predict(rows, np.zeros(30, int), rows).tolist()) == {0}


def test_one_group_cannot_choose_a_setting(data):
    train, labels, _, test, _ = data
    with pytest.raises(NotEnoughData, match="one group"):
        probes.linear_predict(train, labels, test, groups=np.zeros(len(labels)))


def test_stratified_rows_keep_the_shares():
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    rows = probes.stratified_rows(labels, n_rows=100, seed=0)
    assert np.bincount(labels[rows]).tolist() == [60, 30, 10]
    assert len(set(rows.tolist())) == 100
    assert probes.stratified_rows(labels, n_rows=5000, seed=0).tolist() == list(range(1000))


def test_labels_must_fit_the_rows(data):
    train, labels, _, test, truth = data
    with pytest.raises(ValueError, match="training rows"):
        probes.knn_predict(train, labels[:-1], test)
    with pytest.raises(ValueError, match="predictions for"):
        probes.knn_accuracy(train, labels, test, truth[:-1])

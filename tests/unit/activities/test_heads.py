import numpy as np
import pytest

from comodo_app.activities import heads
from comodo_app.activities.heads import Head, fit_head
from tests.unit.activities.worlds import blobs


def test_prototypes_are_the_unit_mean_of_standardised_unit_windows():
    world = blobs(0, dim=8)
    ids = world.truth * 3 + 2
    fitted = fit_head(world.embeddings, ids, Head.PROTOTYPE)
    assert fitted.activity_ids.tolist() == sorted(set(ids.tolist()))
    z = (world.embeddings - world.embeddings.mean(0)) / world.embeddings.std(0)
    z = np.array([row / np.linalg.norm(row) for row in z])
    for k, activity in enumerate(fitted.activity_ids):
        mean = np.sum([row for row, i in zip(z, ids, strict=True) if i == activity], axis=0)
        np.testing.assert_allclose(fitted.prototypes[k], mean / np.linalg.norm(mean), atol=1e-12)
    np.testing.assert_allclose(
        fitted.scores(world.embeddings[:5]), z[:5] @ fitted.prototypes.T, atol=1e-12
    )


@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_logistic_head_says_what_scikit_learn_says(n_classes):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    world = blobs(1, n_classes=n_classes, dim=12)
    fitted = fit_head(world.embeddings, world.truth + 1, Head.LOGISTIC)
    reference = make_pipeline(
        StandardScaler(), LogisticRegression(C=heads.LOGISTIC_C, max_iter=1000)
    ).fit(world.embeddings, world.truth + 1)
    scores = fitted.scores(world.embeddings)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p, reference.predict_proba(world.embeddings), atol=1e-6)


def test_a_dimension_that_slept_in_training_cannot_shout_later():
    world = blobs(2, dim=6)
    rows = np.column_stack([world.embeddings, np.zeros(len(world.embeddings))])
    rows[0, -1] = 1e-6
    fitted = fit_head(rows, world.truth + 1, Head.LOGISTIC)
    awake = rows[:50].copy()
    awake[:, -1] = 0.3
    same = fitted.scores(rows[:50]).argmax(1) == fitted.scores(awake).argmax(1)
    assert same.mean() == 1.0


def test_one_activity_and_equal_windows_do_not_break_the_fit():
    rows = np.ones((9, 4)) / 2
    for kind in Head:
        fitted = fit_head(rows, np.full(9, 3), kind)
        assert fitted.scores(rows).shape == (9, 1)
        assert np.isfinite(fitted.scores(rows)).all()


def test_large_sets_are_thinned_evenly_and_lose_no_activity(monkeypatch):
    monkeypatch.setattr(heads, "LOGISTIC_MAX_WINDOWS", 60)
    world = blobs(3, n_classes=4, dim=16, noise=0.7)
    ids = world.truth + 1
    ids[0] = 9  # a single window of its own
    fitted = fit_head(world.embeddings, ids, Head.LOGISTIC)
    assert 60 <= fitted.n_windows <= 65
    assert fitted.activity_ids.tolist() == [1, 2, 3, 4, 9]
    assert len(fitted.weights) == 5
    right = fitted.activity_ids[fitted.scores(world.embeddings).argmax(1)] == ids
    assert right.mean() > 0.7


def test_embeddings_of_another_student_are_refused():
    world = blobs(0, dim=8)
    fitted = fit_head(world.embeddings, world.truth + 1, Head.PROTOTYPE)
    with pytest.raises(ValueError, match="7 dimensions, not 8"):
        fitted.scores(world.embeddings[:, :7])

import numpy as np
import pytest

from comodo_app.activities.discovery import exemplars, spherical_kmeans
from comodo_app.evaluation.cluster_naming import label_accuracy, name_by_medoid, named


def test_each_cluster_is_called_what_its_medoid_is():
    truth = np.array(["walk", "walk", "sit", "sit", "sit", "run"])
    assignments = np.array([0, 0, 0, 1, 1, 1])
    names = name_by_medoid(assignments, np.array([2, 4]), truth)
    assert names.tolist() == ["sit", "sit"]
    assert named(assignments, names).tolist() == ["sit"] * 6
    assert label_accuracy(assignments, names, truth) == pytest.approx(3 / 6)


def test_over_clustering_and_medoids_name_separated_activities_rightly():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 300)
    rows = rng.normal(size=(5, 16))[truth] + 0.4 * rng.normal(size=(300, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = spherical_kmeans(rows, n_clusters=15, seed=0)
    medoids = np.array([shown[0] for shown in exemplars(rows, found, 1)])
    names = name_by_medoid(found.assignments, medoids, truth)
    by_loop = np.mean([names[a] == t for a, t in zip(found.assignments, truth, strict=True)])
    assert label_accuracy(found.assignments, names, truth) == pytest.approx(by_loop)
    assert by_loop > 0.98


def test_a_medoid_of_another_cluster_is_refused():
    with pytest.raises(ValueError, match="outside its cluster"):
        name_by_medoid(np.array([0, 0, 1]), np.array([0, 1]), np.array([5, 6, 7]))
    with pytest.raises(ValueError, match="1 medoids for 2"):
        name_by_medoid(np.array([0, 0, 1]), np.array([0]), np.array([5, 6, 7]))


def test_no_window_is_refused():
    with pytest.raises(ValueError, match="no windows"):
        label_accuracy(np.zeros(0, int), np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="differ"):
        label_accuracy(np.zeros(2, int), np.zeros(1), np.zeros(3))

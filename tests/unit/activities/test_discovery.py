import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from comodo_app.activities.discovery import (
    Clustering,
    default_n_clusters,
    exemplars,
    spherical_kmeans,
)
from comodo_app.errors import NotEnoughData
from tests.unit.activities.worlds import blobs, unit


def random_rows(seed, n, dim=5):
    return unit(np.random.default_rng(seed).normal(size=(n, dim)))


def objective(rows, assignments):
    """Summed cosine to the own centroid, by loops."""
    total = 0.0
    for k in set(assignments.tolist()):
        members = [row for row, a in zip(rows, assignments, strict=True) if a == k]
        centroid = np.sum(members, axis=0)
        total += float(np.linalg.norm(centroid))  # Σ x·c/|c| = |c|
    return total


def test_well_separated_activities_are_found_exactly():
    world = blobs(0, noise=0.3, shift=0.0)
    found = spherical_kmeans(world.embeddings, n_clusters=6, seed=1)
    assert adjusted_rand_score(world.truth, found.assignments) == 1.0


def test_centroids_are_unit_means_of_their_windows_and_windows_sit_at_the_nearest():
    rows = random_rows(3, 200)
    found = spherical_kmeans(rows, n_clusters=7, seed=0)
    for k in range(7):
        mean = rows[found.assignments == k].sum(axis=0)
        np.testing.assert_allclose(found.centroids[k], mean / np.linalg.norm(mean), atol=1e-12)
    for n, row in enumerate(rows):
        cosines = [float(row @ centroid) for centroid in found.centroids]
        assert int(np.argmax(cosines)) == found.assignments[n]
        assert found.similarity[n] == pytest.approx(max(cosines))


def test_clusters_come_largest_first_and_sizes_add_up():
    found = spherical_kmeans(random_rows(5, 300), n_clusters=12, seed=0)
    assert list(found.sizes) == sorted(found.sizes, reverse=True)
    assert found.sizes.sum() == 300


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 40),
    n_distinct=st.integers(1, 12),
    k=st.integers(1, 15),
)
def test_no_cluster_is_empty_and_fewer_come_only_from_fewer_distinct_windows(
    seed, n, n_distinct, k
):
    rng = np.random.default_rng(seed)
    pool = unit(rng.normal(size=(n_distinct, 4)))
    rows = pool[rng.integers(0, n_distinct, n)]
    found = spherical_kmeans(rows, n_clusters=k, seed=seed, n_starts=2)
    assert (found.sizes > 0).all()
    assert found.n_clusters == min(k, len(np.unique(rows, axis=0)))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 20))
def test_more_rounds_never_make_it_worse(seed, k):
    rows = random_rows(seed, 60, dim=3)
    sums = [
        objective(
            rows,
            spherical_kmeans(rows, n_clusters=k, seed=seed, n_starts=1, max_iter=i).assignments,
        )
        for i in (1, 2, 3, 50)
    ]
    assert all(b >= a - 1e-9 for a, b in itertools.pairwise(sums))


def test_more_starts_never_make_it_worse():
    rows = random_rows(8, 200)
    one, eight = (
        spherical_kmeans(rows, n_clusters=15, seed=4, n_starts=n).similarity.sum() for n in (1, 8)
    )
    assert eight >= one


def test_a_cluster_that_runs_empty_takes_the_worst_fitting_window():
    from comodo_app.activities.discovery import _fill_empty

    similarity = np.array([[0.9, 0.1, -1.0], [0.8, 0.2, -1.0], [0.1, 0.7, -1.0], [0.3, 0.2, -1.0]])
    assert _fill_empty(similarity).tolist() == [0, 0, 1, 2]
    alone = np.array([[0.9, 0.0, -1.0], [0.8, 0.0, -1.0], [0.0, 0.1, -1.0]])
    assert _fill_empty(alone).tolist() == [0, 2, 1]  # the worst fit is alone: it stays


def test_same_seed_same_result():
    rows = random_rows(1, 150).astype(np.float32)
    a, b = (spherical_kmeans(rows, n_clusters=9, seed=7) for _ in range(2))
    assert np.array_equal(a.assignments, b.assignments)
    assert np.array_equal(a.centroids, b.centroids)


def test_opposite_windows_in_one_cluster_keep_a_unit_centroid():
    rows = np.array([[1.0, 0.0], [-1.0, 0.0]])
    found = spherical_kmeans(rows, n_clusters=1, seed=0)
    assert np.linalg.norm(found.centroids, axis=1) == pytest.approx(1.0)


def test_no_window_is_a_problem_the_user_can_fix():
    with pytest.raises(NotEnoughData, match="no window"):
        spherical_kmeans(np.zeros((0, 4)), n_clusters=3, seed=0)


def test_rows_that_are_no_embeddings_are_refused():
    with pytest.raises(ValueError, match="unit-length"):
        spherical_kmeans(np.full((4, 3), 2.0), n_clusters=2, seed=0)
    with pytest.raises(ValueError, match="finite"):
        spherical_kmeans(np.full((4, 3), np.nan), n_clusters=2, seed=0)


@pytest.mark.parametrize(("n_windows", "n_clusters"), [(0, 2), (50, 13), (269, 30), (2600, 60)])
def test_default_number_of_clusters_stays_near_what_was_measured(n_windows, n_clusters):
    assert default_n_clusters(n_windows) == n_clusters


def test_windows_that_overlap_more_do_not_ask_for_more_names():
    assert default_n_clusters(500, stride_share=0.1) == default_n_clusters(100, stride_share=0.5)
    assert default_n_clusters(100, stride_share=1.0) == default_n_clusters(100)


def test_exemplars_are_most_central_first_and_the_medoid_leads():
    rows = random_rows(2, 120)
    found = spherical_kmeans(rows, n_clusters=5, seed=0)
    for k, shown in enumerate(exemplars(rows, found, 4)):
        members = np.flatnonzero(found.assignments == k)
        cosines = rows[members] @ found.centroids[k]
        expected = members[np.argsort(-cosines)][:4]
        assert shown.tolist() == expected.tolist()


def test_exemplars_of_a_small_cluster_are_all_of_it():
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = spherical_kmeans(rows, n_clusters=2, seed=0)
    assert [len(shown) for shown in exemplars(rows, found, 6)] == [1, 1]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), stride=st.sampled_from([1.0, 2.5, 5.0, 7.0]))
def test_exemplars_never_overlap_within_a_recording(seed, stride):
    rng = np.random.default_rng(seed)
    rows = random_rows(seed, 60, dim=3)
    recordings = np.repeat(np.array(["a", "b", "c"]), 20)
    starts = np.tile(np.arange(20) * stride, 3)
    clustering = Clustering(
        centroids=rows[:3], assignments=rng.permutation(np.arange(60) % 3), similarity=np.ones(60)
    )
    for k, shown in enumerate(
        exemplars(rows, clustering, 6, recordings=recordings, starts_s=starts, window_s=5.0)
    ):
        # the same choice by loops: the most central that overlaps none taken so far
        expected = []
        members = np.flatnonzero(clustering.assignments == k)
        for row in members[np.argsort(-(rows[members] @ rows[k]), kind="stable")]:
            clash = any(
                recordings[row] == recordings[other] and abs(starts[row] - starts[other]) < 5.0
                for other in expected
            )
            if not clash and len(expected) < 6:
                expected.append(int(row))
        assert shown.tolist() == expected


def test_exemplars_need_all_or_none_of_the_times():
    rows = random_rows(0, 10)
    found = spherical_kmeans(rows, n_clusters=2, seed=0)
    with pytest.raises(ValueError, match="belong together"):
        exemplars(rows, found, window_s=5.0)

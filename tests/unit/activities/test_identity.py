import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.identity import match_ids


def ids_of(assignments, id_of_cluster):
    return np.asarray(id_of_cluster)[np.asarray(assignments)]


partitions = st.lists(st.integers(0, 4), min_size=1, max_size=30).map(
    lambda raw: np.unique(raw, return_inverse=True)[1]
)


@given(partitions)
def test_identical_assignments_keep_every_id(assignments):
    permanent = 3 + 2 * np.arange(assignments.max() + 1)  # ids need not be 1, 2, 3
    keys = np.arange(len(assignments))
    match = match_ids(permanent[assignments], keys, assignments, keys)
    assert match.ids.tolist() == permanent.tolist()
    assert (match.n_moved, match.added, match.retired) == (0, (), ())
    assert match.n_common == len(assignments)


@given(partitions, st.randoms(use_true_random=False))
def test_permuted_cluster_numbers_change_no_windows_id(assignments, random):
    k = int(assignments.max()) + 1
    renumbered = np.array(random.sample(range(k), k))
    old_ids = assignments + 1
    keys = np.array([f"recording-{i}" for i in range(len(assignments))])
    order = np.array(random.sample(range(len(keys)), len(keys)))
    match = match_ids(old_ids, keys, renumbered[assignments][order], keys[order])
    assert match.apply(renumbered[assignments]).tolist() == old_ids.tolist()
    assert match.n_moved == 0


@settings(max_examples=200)
@given(partitions, partitions, st.integers(0, 20), st.integers(1, 40), st.floats(0.0, 1.0))
def test_no_two_clusters_share_an_id_and_new_ids_are_new(old, new, shift, next_id, min_share):
    match = match_ids(
        old + 1,
        np.arange(len(old)),
        new,
        np.arange(len(new)) + shift,
        min_share=min_share,
        next_id=next_id,
    )
    assert len(set(match.ids.tolist())) == len(match.ids) == new.max() + 1
    assert set(match.kept) | set(match.retired) == set((old + 1).tolist())
    assert not set(match.kept) & set(match.retired)
    assert set(match.kept) | set(match.added) == set(match.ids.tolist())
    assert all(i >= max(next_id, old.max() + 2) for i in match.added)
    assert set(match.split_from) <= set(match.added)


@settings(max_examples=60)
@given(partitions, st.integers(0, 1000))
def test_the_pairing_shares_as_many_windows_as_any_pairing_could(old, seed):
    rng = np.random.default_rng(seed)
    new = np.unique(rng.integers(0, 4, len(old)), return_inverse=True)[1]
    keys = np.arange(len(old))
    match = match_ids(old + 1, keys, new, keys, min_share=0.0)
    kept = len(old) - match.n_moved
    k_old, k_new = old.max() + 1, new.max() + 1
    shared = [[int(np.sum((old == i) & (new == j))) for j in range(k_new)] for i in range(k_old)]
    size = max(k_old, k_new)
    best = max(
        sum(shared[i][p[i]] for i in range(k_old) if p[i] < k_new)
        for p in itertools.permutations(range(size), int(k_old))
    )
    assert kept == best


def test_an_added_recording_brings_a_new_id_and_moves_nobody():
    old_keys = np.arange(6)
    match = match_ids(
        np.array([1, 1, 1, 2, 2, 2]),
        old_keys,
        np.array([1, 1, 1, 0, 0, 0, 2, 2]),
        np.arange(8),
        next_id=9,
    )
    assert match.ids.tolist() == [2, 1, 9]
    assert (match.n_common, match.n_moved, match.added, match.split_from) == (6, 0, (9,), {})


def test_a_split_activity_keeps_its_id_on_the_larger_part_and_names_the_origin_of_the_other():
    keys = np.arange(10)
    match = match_ids(np.ones(10, dtype=int), keys, np.array([0] * 3 + [1] * 7), keys)
    assert match.ids.tolist() == [2, 1]
    assert match.split_from == {2: 1}
    assert match.n_moved == 3


def test_a_small_minority_does_not_hand_its_name_on():
    keys = np.arange(10)
    old = np.array([1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    new = np.zeros(10, dtype=int)
    assert match_ids(old, keys, new, keys, min_share=0.3).ids.tolist() == [10]
    assert match_ids(old, keys, new, keys, min_share=0.1).ids.tolist() == [1]


def test_first_fit_gives_ids_from_one():
    empty = np.array([], dtype=np.int64)
    match = match_ids(empty, empty, np.array([0, 2, 1]), np.arange(3))
    assert match.ids.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "old_keys", "new", "new_keys", "words"),
    [
        ([0], [1], [0], [1], "start at 1"),
        ([1, 1], [1, 1], [0], [1], "repeats"),
        ([1], [1, 2], [0], [1], "differ"),
        ([1], [1], [-1], [1], "start at 0"),
    ],
)
def test_wrong_input_is_refused(old, old_keys, new, new_keys, words):
    with pytest.raises(ValueError, match=words):
        match_ids(*(np.array(values) for values in (old, old_keys, new, new_keys)))

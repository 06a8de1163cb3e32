import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.activities.folds import block_folds, group_folds


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(1, 5), st.integers(0, 99))
def test_no_group_is_split_and_no_fold_is_empty(groups, n_folds, seed):
    groups = np.array(groups)
    n_folds = min(n_folds, len(set(groups.tolist())))
    folds = group_folds(groups, n_folds=n_folds, seed=seed)
    for group in set(groups.tolist()):
        assert len(set(folds[groups == group].tolist())) == 1
    assert set(folds.tolist()) == set(range(n_folds))


def test_folds_differ_by_at_most_the_largest_group():
    groups = np.repeat(np.arange(12), np.arange(1, 13))
    sizes = np.bincount(group_folds(groups, n_folds=4, seed=0))
    assert sizes.max() - sizes.min() <= 12


def test_seed_decides_among_equals_only():
    groups = np.repeat(np.array(["a", "b", "c", "d"]), 5)
    assert np.array_equal(
        group_folds(groups, n_folds=2, seed=1), group_folds(groups, n_folds=2, seed=1)
    )
    assert any(
        not np.array_equal(
            group_folds(groups, n_folds=2, seed=s), group_folds(groups, n_folds=2, seed=0)
        )
        for s in range(5)
    )


def test_more_folds_than_groups_is_refused():
    with pytest.raises(ValueError, match="2 groups to 3 folds"):
        group_folds(np.array([1, 1, 2]), n_folds=3, seed=0)


@given(st.integers(0, 50), st.integers(1, 6))
def test_blocks_are_contiguous_and_even(n_rows, n_folds):
    folds = block_folds(n_rows, n_folds=n_folds)
    assert np.all(np.diff(folds) >= 0)
    counts = np.bincount(folds, minlength=n_folds)
    assert counts.max() - counts.min() <= 1

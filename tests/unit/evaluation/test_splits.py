import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.errors import NotEnoughData, UsageError
from comodo_app.evaluation.splits import (
    check_disjoint,
    group_split,
    leave_groups_out,
    stratified_folds,
)

many_groups = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60).filter(
    lambda groups: len(set(groups)) > 1
)


@given(many_groups, st.floats(0.01, 0.99), st.integers(0, 50))
def test_a_split_never_shares_a_group_and_covers_everything(groups, share, seed):
    groups = np.array(groups)
    split = group_split(groups, test_share=share, seed=seed)
    check_disjoint(groups[split.train], groups[split.test])
    assert sorted([*split.train, *split.test]) == list(range(len(groups)))
    assert len(split.train) > 0
    assert len(split.test) > 0


def test_the_wanted_share_is_met_as_closely_as_equal_groups_allow():
    groups = np.repeat(np.arange(20), 10)
    for seed in range(10):
        assert len(group_split(groups, test_share=0.3, seed=seed).test) == 60


def test_different_seeds_put_different_groups_aside():
    groups = np.repeat(np.arange(20), 3)
    drawn = {tuple(group_split(groups, test_share=0.2, seed=s).test) for s in range(5)}
    assert len(drawn) > 1


@given(many_groups, st.integers(2, 4), st.integers(0, 50))
def test_every_row_is_tested_once_by_folds_that_do_not_leak(groups, n_folds, seed):
    groups = np.array(groups)
    n_folds = min(n_folds, len(set(groups.tolist())))
    tested = []
    for split in leave_groups_out(groups, n_folds=n_folds, seed=seed):
        check_disjoint(groups[split.train], groups[split.test])
        tested += split.test.tolist()
    assert sorted(tested) == list(range(len(groups)))


def test_one_group_cannot_be_split():
    with pytest.raises(NotEnoughData, match="another wearer"):
        group_split(np.zeros(10), test_share=0.2, seed=0)
    with pytest.raises(NotEnoughData, match="there are 2"):
        list(leave_groups_out(np.array([1, 2]), n_folds=3, seed=0))


def test_a_leak_is_refused_and_named():
    with pytest.raises(UsageError, match=r"1 group\(s\).*anna"):
        check_disjoint(np.array(["anna", "ben"]), np.array(["anna", "cleo"]))
    check_disjoint(np.array(["anna"]), np.array(["ben"]))


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.integers(2, 4))
def test_stratified_folds_spread_every_label_evenly(labels, n_folds):
    labels = np.array(labels)
    folds = stratified_folds(labels, n_folds=n_folds, seed=0)
    for label in set(labels.tolist()):
        counts = np.bincount(folds[labels == label], minlength=n_folds)
        assert counts.max() - counts.min() <= 1


def test_a_share_outside_zero_and_one_is_refused():
    with pytest.raises(ValueError, match="test_share"):
        group_split(np.arange(4), test_share=1.0, seed=0)

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from comodo_app.distillation.targets import TeacherSpace, fit_teacher_space, random_mlp_targets
from comodo_app.errors import NotEnoughData


def scenes(*, activities_per_recording, n_recordings=24, n=30, seed=0):
    """Windows whose embedding is activity + an offset of the recording as strong + noise."""
    rng = np.random.default_rng(seed)
    activities = rng.standard_normal((6, 64))
    labels, recordings, rows = [], [], []
    for recording in range(n_recordings):
        offset = rng.standard_normal(64)
        chosen = rng.permutation(6)[:activities_per_recording]
        own = np.sort(rng.choice(chosen, n))
        rows.append(activities[own] + offset + 0.8 * rng.standard_normal((n, 64)))
        labels.append(own)
        recordings.append(np.full(n, recording))
    return (
        np.concatenate(rows).astype(np.float32),
        np.concatenate(labels),
        np.concatenate(recordings).astype(np.int64),
    )


def cluster_purity(space, labels):
    """Share of windows that have the most frequent activity of their cluster, 24 clusters."""
    clusters = KMeans(24, n_init=2, random_state=0).fit_predict(space)
    return sum(np.bincount(labels[clusters == c]).max() for c in range(24)) / len(labels)


def purity_with_and_without(x, labels, recordings):
    spaces = [
        fit_teacher_space(x, recordings, blocks=[(0, 64)], seed=0, correct=correct)
        for correct in (True, False)
    ]
    return [cluster_purity(space.transform(x, recordings), labels) for space in spaces]


def test_correction_lets_clusters_follow_the_activity_instead_of_the_recording():
    corrected, plain = purity_with_and_without(*scenes(activities_per_recording=5))
    assert corrected > 0.95
    assert plain < 0.6


def test_recordings_of_a_single_activity_do_not_lose_it():
    # Plain centring per recording would leave chance here: 1 in 6.
    corrected, plain = purity_with_and_without(*scenes(activities_per_recording=1, n_recordings=60))
    assert corrected > plain - 0.03
    assert corrected > 0.9


def test_unseen_recordings_are_corrected_with_the_clusters_held_fixed():
    x, labels, recordings = scenes(activities_per_recording=5)
    seen = recordings < 16
    space = fit_teacher_space(x[seen], recordings[seen], blocks=[(0, 64)], seed=0)
    unseen = space.transform(x[~seen], recordings[~seen])
    assert cluster_purity(unseen, labels[~seen]) > 0.9
    # and the fit knows nothing of them
    assert set(space.effects) == set(np.unique(recordings[seen]).tolist())


def test_targets_are_unit_length_and_the_space_survives_arrays(tmp_path):
    x, _, recordings = scenes(activities_per_recording=4)
    space = fit_teacher_space(x, recordings, blocks=[(0, 20), (20, 64)], seed=0)
    targets = space.transform(x, recordings)
    assert np.allclose(np.linalg.norm(targets, axis=1), 1.0)
    np.savez(tmp_path / "space.npz", **space.to_arrays())
    with np.load(tmp_path / "space.npz", allow_pickle=False) as arrays:
        again = TeacherSpace.from_arrays(dict(arrays))
    assert np.allclose(again.transform(x, recordings), targets)
    unseen = recordings + 999
    assert np.allclose(again.transform(x, unseen), space.transform(x, unseen))


def test_two_recordings_are_too_few_to_correct_and_the_space_says_so():
    x, _, recordings = scenes(activities_per_recording=4, n_recordings=2)
    assert not fit_teacher_space(x, recordings, blocks=[(0, 64)], seed=0).corrected


def test_constant_embeddings_give_finite_targets():
    x = np.ones((40, 10), np.float32)
    space = fit_teacher_space(x, np.arange(40) % 4, blocks=[(0, 5), (5, 10)], seed=0)
    assert np.isfinite(space.transform(x, np.arange(40) % 4)).all()


def test_too_few_windows_are_refused():
    with pytest.raises(NotEnoughData):
        fit_teacher_space(np.ones((7, 4), np.float32), np.zeros(7, int), blocks=[(0, 4)], seed=0)


def test_random_mlp_targets_are_unit_length_and_fixed_by_the_seed():
    base = np.random.default_rng(0).standard_normal((9, 48))
    one, two, other = (random_mlp_targets(base, hidden=64, dim=16, seed=seed) for seed in (1, 1, 2))
    assert np.allclose(np.linalg.norm(one, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(one, two)
    assert not np.allclose(one, other)

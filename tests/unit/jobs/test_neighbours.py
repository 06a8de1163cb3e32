from __future__ import annotations

import numpy as np

from comodo_app.jobs.dataset import PairedWindows
from comodo_app.jobs.neighbours import Neighbourhood


def windows(n, recording):
    return PairedWindows(
        np.full(n, recording), np.arange(n) * 1.0, np.zeros((n, 4, 6), np.float32),
        np.zeros((n, 3), np.float32),
    )  # fmt: skip


def unit(angles_deg):
    a = np.deg2rad(np.asarray(angles_deg, float))
    return np.stack([np.cos(a), np.sin(a)], axis=1).astype(np.float32)


def test_neighbours_are_the_nearest_by_cosine_and_agree_if_the_teacher_has_them_among_ten():
    targets = unit(np.arange(0, 180, 9))  # 20 windows, 9 degrees apart
    near = Neighbourhood(
        targets, unit([0.0]), train=windows(20, 1), held_out=windows(1, 2), window_s=4.0
    )
    right = near.look(3.0 * unit([1.0]), step=5)  # length does not matter
    assert right.near_starts_s.tolist() == [[0.0, 1.0, 2.0, 3.0]]
    assert right.agreed.all() and right.near_recordings.tolist() == [[1, 1, 1, 1]]
    np.testing.assert_allclose(right.similarity[0], np.cos(np.deg2rad([1, 8, 17, 26])), atol=1e-5)
    wrong = near.look(unit([170.0]), step=6)
    assert not wrong.agreed.any()


def test_without_held_out_windows_there_is_nothing_to_see():
    near = Neighbourhood(
        unit(range(20)), unit([]), train=windows(20, 1), held_out=windows(0, 2), window_s=4.0
    )
    assert near.look(unit([]), step=0) is None

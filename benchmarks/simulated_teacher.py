"""Simulated teacher embeddings, 768-d, for learning benchmarks that need no video.

What real frozen video features are made of, with known shares: a common mean, the wearer, the
scene of the recording, the activity, how this wearer does it, bouts that look like another
activity, slow and white noise. All but the white noise lie in one subspace, as in real features,
so scenes and wearers collide with activities. `HARD` weakens the scene and adds white noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIM = 768


@dataclass(frozen=True, slots=True)
class Shares:
    """Lengths of the parts of an embedding; the activity's own direction has `activity`."""

    common: float = 2.5
    wearer: float = 0.7
    scene: float = 1.0
    activity: float = 1.0
    wearer_activity: float = 0.5
    look_alike_bouts: float = 0.38
    blend: float = 0.43
    slow_noise: float = 0.8
    white_noise: float = 1.2
    subspace: int = 48


HARD = Shares(scene=0.4, white_noise=2.4)


def simulated_embeddings(
    labels: NDArray[np.int64],
    wearers: NDArray[np.int64],
    recordings: NDArray[np.int64],
    *,
    seed: int,
    shares: Shares = Shares(),
) -> NDArray[np.float32]:
    """Embeddings (N, 768) of windows in time order within each recording.

    Parameters
    ----------
    labels, wearers, recordings : (N,) int64
        Activity, person and recording of each window.
    """
    rng = np.random.default_rng([seed, 768])
    n_classes = int(labels.max()) + 1
    lift = np.linalg.qr(rng.standard_normal((DIM, shares.subspace)))[0].T  # (subspace, DIM)

    def directions(*shape: int) -> NDArray[np.float64]:
        within = rng.standard_normal((*shape, shares.subspace)) / np.sqrt(shares.subspace)
        return np.asarray(within @ lift)

    activity = directions(n_classes)
    # Neighbouring activities resemble each other, as walking and climbing stairs do.
    activity = activity + 0.5 * np.roll(activity, 1, axis=0)
    scene = directions(int(recordings.max()) + 1)
    wearer = directions(int(wearers.max()) + 1)
    manner = directions(int(wearers.max()) + 1, n_classes)
    x = shares.common * directions(1) + np.zeros((len(labels), DIM))
    x += shares.scene * scene[recordings] + shares.wearer * wearer[wearers]
    x += shares.wearer_activity * manner[wearers, labels]
    # A bout is a run of one activity; some are half-way to the look-alike neighbour.
    starts = np.r_[True, (np.diff(labels) != 0) | (np.diff(recordings) != 0)]
    bout = np.cumsum(starts) - 1
    blend = np.where(rng.random(bout[-1] + 1) < shares.look_alike_bouts, shares.blend, 0.0)[bout]
    neighbour = (labels + rng.choice([-1, 1], bout[-1] + 1)[bout]) % n_classes
    x += shares.activity * (
        (1 - blend)[:, None] * activity[labels] + blend[:, None] * activity[neighbour]
    )
    x += shares.slow_noise * 0.7 * directions(bout[-1] + 1)[bout]
    x += shares.slow_noise * 0.7 * directions(len(labels))
    x += shares.white_noise * rng.standard_normal(x.shape) / np.sqrt(DIM)
    return x.astype(np.float32)

"""The corrected teacher space against no correction, by how many activities a recording holds.

    python benchmarks/teacher_space.py                                # some three minutes
    python benchmarks/teacher_space.py --first-seed 200 --seeds 10    # others

Cluster naming: 48 spherical k-means clusters of training windows, each named by the true label of
its most central window. A correction that helps where recordings hold many activities must not
harm where they hold one. Simulated 768-d teacher embeddings, no IMU; mean ± sd over seeds.
"""

from __future__ import annotations

import argparse

import numpy as np
from arms import Figures
from numpy.typing import NDArray
from simulated_teacher import HARD, Shares, simulated_embeddings
from table import learning_table

from comodo_app.activities.discovery import exemplars, spherical_kmeans
from comodo_app.distillation.targets import fit_teacher_space
from comodo_app.evaluation.cluster_naming import label_accuracy, name_by_medoid

N_ACTIVITIES = 12


def layout(
    *, per_recording: int, n_windows: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Labels, people, recordings (N,): bouts of 2-3 windows, `per_recording` activities each."""
    rng = np.random.default_rng([seed, per_recording])
    length = {1: 5, 2: 10}.get(per_recording, 54)
    labels: list[int] = []
    for _ in range(n_windows // length):
        own = rng.permutation(N_ACTIVITIES)[:per_recording]
        part: list[int] = []
        while len(part) < length:
            part += [int(rng.choice(own))] * int(rng.integers(2, 4))
        labels += part[:length]
    recordings = np.repeat(np.arange(len(labels) // length), length)
    return np.array(labels), recordings // 3, recordings


def naming(unit: NDArray[np.float64], labels: NDArray[np.int64], seed: int) -> float:
    """Label accuracy after naming 48 clusters by their medoids."""
    found = spherical_kmeans(unit, n_clusters=48, seed=seed, n_starts=2)
    medoids = np.array([rows[0] for rows in exemplars(unit, found, 1)])
    names = name_by_medoid(found.assignments, medoids, labels)
    return label_accuracy(found.assignments, names, labels)


def main() -> None:
    """Print one row per number of activities."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--first-seed", type=int, default=0)
    args = parser.parse_args()
    rows: dict[str, list[Figures]] = {}
    regimes = {"": Shares(), "hard regime, ": HARD}
    for regime, shares in regimes.items():
        for per_recording in (1, 2, 4, 8):
            arm = f"{regime}{per_recording} activities per recording"
            for seed in range(args.first_seed, args.first_seed + args.seeds):
                labels, people, recordings = layout(
                    per_recording=per_recording, n_windows=2600, seed=seed
                )
                x = simulated_embeddings(labels, people, recordings, seed=seed, shares=shares)
                raw = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float64)
                figures = {"raw": naming(raw, labels, seed)}
                for name, correct in (("half-whitened", False), ("corrected", True)):
                    space = fit_teacher_space(
                        x, recordings, blocks=[(0, x.shape[1])], seed=seed, correct=correct
                    )
                    figures[name] = naming(space.transform(x, recordings), labels, seed)
                centred = x.astype(np.float64)
                for recording in np.unique(recordings):
                    centred[recordings == recording] -= x[recordings == recording].mean(axis=0)
                centred /= np.linalg.norm(centred, axis=1, keepdims=True)
                figures["plain centring"] = naming(centred, labels, seed)
                rows.setdefault(arm, []).append(figures)
            print(arm, rows[arm], flush=True)
    print("\n" + learning_table(rows))


if __name__ == "__main__":
    main()

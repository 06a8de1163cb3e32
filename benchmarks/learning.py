"""Learning on simulated IMU with simulated teacher embeddings, people kept apart.

    python benchmarks/learning.py                 # 3 seeds, all arms; about half an hour on 2 cores
    python benchmarks/learning.py --seeds 1 --arms "comodo+" "untrained student"
    python benchmarks/learning.py --first-seed 10 --comodo-weights 1 0.3 0.1 0   # instead of arms

12 activities, 16 people × 3 sessions × 4.5 min, 5 s windows without overlap; 10 people teach, one
validates, 5 test. Writes a Markdown table and, with --json, every figure.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from arms import ARMS, Bench, Figures, Part, distilled_arm
from imu_data import simulate_windows
from simulated_teacher import HARD, Shares, simulated_embeddings
from table import learning_table

from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.students.spec import StudentSpec


def make_bench(seed: int, *, rate_hz: float, shares: Shares, n_clusters: int = 48) -> Bench:
    """One seed's data and split."""
    data = simulate_windows(people=16, sessions=3, minutes=4.5, seed=seed, rate_hz=rate_hz)
    rows = simulated_embeddings(data.labels, data.people, data.recordings, seed=seed, shares=shares)
    whole = Part(data.windows, rows, data.labels, data.people, data.recordings)
    order = np.random.default_rng(seed).permutation(16)
    return Bench(
        train=whole.where(np.isin(data.people, order[:10])),
        validation=whole.where(np.isin(data.people, order[10:11])),
        test=whole.where(np.isin(data.people, order[11:])),
        blocks=((0, rows.shape[1]),),
        spec=StudentSpec(sample_rate_hz=rate_hz),
        n_clusters=n_clusters,
        seed=seed,
    )


def weighted_arm(comodo_weight: float) -> Callable[[Bench], Figures]:
    """comodo+ with another weight of the COMODO loss beside the cosine loss."""
    recipe = COMODO_PLUS.with_settings(comodo_weight=comodo_weight)
    return lambda bench: distilled_arm(bench, recipe)


def main() -> None:
    """Run the chosen arms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument(
        "--comodo-weights", nargs="+", type=float, metavar="W",
        help="instead of the arms: comodo+ with these weights of the COMODO loss",
    )  # fmt: skip
    parser.add_argument("--rate", type=float, default=50.0, help="student's sample rate, Hz")
    parser.add_argument("--hard", action="store_true", help="weak scenes, strong white noise")
    parser.add_argument("--json", type=Path, help="also write every figure here")
    args = parser.parse_args()
    arms = {name: ARMS[name] for name in args.arms}
    if args.comodo_weights is not None:
        arms = {f"COMODO × {w:g} + cosine": weighted_arm(w) for w in args.comodo_weights}
    figures: dict[str, list[Figures]] = {arm: [] for arm in arms}
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        bench = make_bench(seed, rate_hz=args.rate, shares=HARD if args.hard else Shares())
        print(
            f"seed {seed}: {len(bench.train.labels)} training, {len(bench.validation.labels)} "
            f"validation, {len(bench.test.labels)} test windows",
            flush=True,
        )
        for arm, measure in arms.items():
            start = time.perf_counter()
            result = measure(bench)
            figures[arm].append(result | {"seconds": time.perf_counter() - start})
            text = "  ".join(f"{k} {v:.3g}" for k, v in figures[arm][-1].items())
            print(f"  {arm:<42} {text}", flush=True)
    print("\n" + learning_table(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

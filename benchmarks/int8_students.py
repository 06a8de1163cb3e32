"""int8 students beside fp32 on trained weights, by what they say and not by cosine alone.

    python benchmarks/int8_students.py                       # 3 seeds, 4 min of processor time
    python benchmarks/int8_students.py --students mantis-v1  # training it takes 12 min per seed
    python benchmarks/int8_students.py --students mantis-v2 --layer 5 --pretrained-steps 20

Each student is distilled with comodo+ on simulated IMU and simulated teacher embeddings (12
activities; 12 people × 2 sessions × 3 min; 8 people teach, one validates, 3 test), from random
weights, for `--steps` optimiser steps. Its clusters are named by their most central window, the
recognizer is fitted to the fp32 features, and all three models meet the same test windows:

- fp32: the packaged ``student.onnx``
- int8: the packaged ``student.int8.onnx``: matrix products alone, one scale per output channel
- int8 everywhere: what the quantiser does if it is left alone, convolutions too

`right`: the true name. `as teacher`: the teacher's cluster. `as fp32`: what fp32 says. Seeds are
apart in data, people, weights and clusters. Times are the median of single windows on one thread.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnx
from arms import Bench, Figures, Part
from imu_data import simulate_windows
from numpy.typing import NDArray
from simulated_teacher import Shares, simulated_embeddings
from table import learning_table
from torch import nn

from comodo_app.activities.discovery import exemplars, spherical_kmeans
from comodo_app.activities.recognizer import fit_recognizer
from comodo_app.distillation.objective import CrossModal
from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.distillation.training import Trainer, TrainingWindows
from comodo_app.evaluation.cluster_naming import name_by_medoid
from comodo_app.students.encoder import threads_for
from comodo_app.students.onnx_export import export_onnx, quantise_onnx
from comodo_app.students.onnx_session import OnnxStudent, cosines
from comodo_app.students.spec import StudentSpec

MODELS = ("fp32", "int8", "int8 everywhere")
N_CLUSTERS = 36


@lru_cache(maxsize=1)
def make_bench(seed: int, rate_hz: float) -> Bench:
    """One seed's data, with the people apart."""
    data = simulate_windows(people=12, sessions=2, minutes=3, seed=seed, rate_hz=rate_hz)
    rows = simulated_embeddings(
        data.labels, data.people, data.recordings, seed=seed, shares=Shares()
    )
    whole = Part(data.windows, rows, data.labels, data.people, data.recordings)
    order = np.random.default_rng(seed).permutation(12)
    return Bench(
        train=whole.where(np.isin(data.people, order[:8])),
        validation=whole.where(np.isin(data.people, order[8:9])),
        test=whole.where(np.isin(data.people, order[9:])),
        blocks=((0, rows.shape[1]),),
        spec=StudentSpec(sample_rate_hz=rate_hz),
        n_clusters=N_CLUSTERS,
        seed=seed,
    )


def distilled(
    bench: Bench, targets: NDArray[np.float32], held: NDArray[np.float32], steps: int
) -> nn.Module:
    """A student after `steps` optimiser steps, or the fewest whole epochs that hold them."""
    recipe = COMODO_PLUS.with_settings(epochs=1, min_steps=steps)
    objective = CrossModal(
        recipe, targets=targets, held_out_targets=held, n_clusters=N_CLUSTERS, seed=bench.seed
    )
    trainer = Trainer(
        recipe, bench.spec, TrainingWindows(bench.train.imu, bench.validation.imu), objective,
        seed=bench.seed,
    )  # fmt: skip
    with threads_for(bench.spec):
        for _ in trainer.run():
            pass
    return trainer.result()


def quantise_everything(model: bytes) -> bytes:
    """The quantiser with its defaults, one scale per output channel."""
    from onnxruntime.quantization import quant_utils, quantize_dynamic

    proto = onnx.load_model_from_string(model)
    for node in [node for node in proto.graph.node if node.op_type == "Constant"]:
        weights = node.attribute[0].t  # the quantiser wants to find kernels among the initialisers
        weights.name = node.output[0]
        proto.graph.initializer.append(weights)
        proto.graph.node.remove(node)
    quant_utils.add_pre_process_metadata(proto)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.onnx"
        quantize_dynamic(proto, path, per_channel=True, reduce_range=True)
        return path.read_bytes()


def measure(bench: Bench, steps: int) -> dict[str, Figures]:
    """Train one student and put its three models side by side."""
    seed, spec = bench.seed, bench.spec
    space = bench.space(correct=True)
    targets, held, truth = (
        space.transform(part.teacher, part.recordings).astype(np.float32)
        for part in (bench.train, bench.validation, bench.test)
    )
    student = distilled(bench, targets, held, steps)
    model = export_onnx(student, spec, bench.test.imu[:16])
    models = (model, quantise_onnx(model), quantise_everything(model))
    runs = [OnnxStudent(content) for content in models]

    found = spherical_kmeans(targets, n_clusters=N_CLUSTERS, seed=seed)
    medoids = np.array([rows[0] for rows in exemplars(targets, found, 1)])
    names = name_by_medoid(found.assignments, medoids, bench.train.labels)
    seen_by_teacher = (truth @ found.centroids.T).argmax(axis=1) + 1
    recognizer = fit_recognizer(
        runs[0].embed(bench.train.imu), found.assignments + 1, recordings=bench.train.recordings
    )
    first = {int(name): int(np.flatnonzero(names == name)[0]) + 1 for name in np.unique(names)}
    groups = {k + 1: first[int(name)] for k, name in enumerate(names)}
    features = [run.embed(bench.test.imu) for run in runs]
    clusters = [recognizer.predict(rows).activity_ids for rows in features]
    said = [names[recognizer.predict(rows, groups).activity_ids - 1] for rows in features]
    figures = {}
    for name, content, run, rows, cluster, label in zip(
        MODELS, models, runs, features, clusters, said, strict=True
    ):
        cosine = cosines(rows, features[0])
        figures[name] = {
            "right": float(np.mean(label == bench.test.labels)),
            "as teacher": float(np.mean(cluster == seen_by_teacher)),
            "as fp32": float(np.mean(label == said[0])),
            "cosine, mean": float(cosine.mean()),
            "cosine, least": float(cosine.min()),
            "MB": len(content) / 1e6,
            "ms": run.ms_per_window(bench.test.imu[0], repeats=50),
            "test windows": float(len(label)),
        }
    return figures


def main() -> None:
    """Run all seeds and students and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--students", nargs="+", default=["tcn", "transformer"])
    parser.add_argument("--layer", type=int, help="layer of a pretrained architecture")
    parser.add_argument("--steps", type=int, default=300, help="optimiser steps")
    parser.add_argument(
        "--pretrained-steps", type=int, default=60,
        help="optimiser steps of the large students (Mantis, MOMENT)",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, help="also write every figure here")
    args = parser.parse_args()
    every: dict[str, dict[str, list[Figures]]] = {
        architecture: {name: [] for name in MODELS} for architecture in args.students
    }
    for seed in range(args.seeds):
        for architecture, figures in every.items():
            small = architecture in ("tcn", "transformer")
            spec = StudentSpec(architecture, layer=None if small else args.layer)
            begun = time.perf_counter()
            bench = replace(make_bench(seed, spec.sample_rate_hz), spec=spec)
            measured = measure(bench, args.steps if small else args.pretrained_steps)
            for name, values in measured.items():
                figures[name].append(values)
            text = ", ".join(f"{n} {v['right']:.1%}" for n, v in measured.items())
            took = time.perf_counter() - begun
            print(f"seed {seed}, {architecture}: {text}; {took:.0f} s", flush=True)
    for architecture, figures in every.items():
        print(f"\n{architecture}\n\n{table(figures)}")
    if args.json:
        args.json.write_text(json.dumps(every, indent=1))


def table(figures: dict[str, list[Figures]]) -> str:
    """Shares as mean ± sd in %, then what is no share, as medians."""
    shares = ("right", "as teacher", "as fp32")
    lines = learning_table(
        {m: [{k: run[k] for k in shares} for run in runs] for m, runs in figures.items()}
    ).splitlines()
    lines[0] += " cosine to fp32, mean / least | MB | ms per window |"
    lines[1] += "---:|---:|---:|"
    for index, runs in enumerate(figures.values(), start=2):
        mean, least, size, ms = (
            float(np.median([run[k] for run in runs]))
            for k in ("cosine, mean", "cosine, least", "MB", "ms")
        )
        lines[index] += f" {mean:.5f} / {least:.4f} | {size:.2f} | {ms:.2f} |"
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Speed and memory of the main job, as a table with the limits that it must keep.

    python benchmarks/speed.py                  # everything, about four minutes on 2 cores
    python benchmarks/speed.py --only training  # one part

The teacher has a benchmark of its own, `teacher_speed.py`.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure and its limit."""

    what: str
    value: str
    limit: str
    kept: bool


def demo() -> list[Row]:
    """Start to timeline of the demo, as a process of its own; wall time and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "--demo", folder],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = time.perf_counter() - start
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    return [
        Row("demo, start to timelines", f"{seconds:.0f} s", "≤ 120 s", seconds <= 120),
        Row("demo, peak memory", f"{peak_gb:.2f} GB", "≤ 2 GB", peak_gb <= 2.0),
    ]


def training() -> list[Row]:
    """600 optimiser steps of 64 windows, augmentation and losses included."""
    from comodo_app.distillation.objective import CrossModal
    from comodo_app.distillation.recipes import COMODO_PLUS
    from comodo_app.distillation.training import Trainer, TrainingWindows
    from comodo_app.students.encoder import single_threaded
    from comodo_app.students.spec import StudentSpec

    rng = np.random.default_rng(0)
    rows = []
    for architecture, limit_s in (("tcn", 60.0), ("transformer", float("inf"))):
        spec = StudentSpec(architecture)
        windows = rng.standard_normal((1920, spec.n_samples, 6)).astype(np.float32)
        targets = rng.standard_normal((1920, 32)).astype(np.float32)
        targets /= np.linalg.norm(targets, axis=1, keepdims=True)
        objective = CrossModal(
            COMODO_PLUS, targets=targets, held_out_targets=targets[:0], n_clusters=30, seed=0
        )
        trainer = Trainer(
            COMODO_PLUS, spec, TrainingWindows(windows, windows[:0]), objective, seed=0
        )
        start, steps = time.perf_counter(), 0
        with single_threaded():  # as the job does
            for report in trainer.run():
                steps = report.step
                if steps == 600:
                    break
        seconds = (time.perf_counter() - start) * 600 / steps
        limit = f"≤ {limit_s:.0f} s" if np.isfinite(limit_s) else "–"
        what = f"600 steps of 64 windows, {architecture}"
        rows.append(Row(what, f"{seconds:.0f} s", limit, seconds <= limit_s))
    return rows


def prediction() -> list[Row]:
    """One hour of 200 Hz IMU to a smoothed timeline, a window a second; torch is loaded before."""
    from comodo_app.activities.recognizer import fit_recognizer
    from comodo_app.jobs.lanes import Evidence, draw_timeline
    from comodo_app.recordings.model import ImuTrack, Recording
    from comodo_app.recordings.windows import WindowGrid, cut_imu, usable, windows_of
    from comodo_app.students.encoder import build_student, embed
    from comodo_app.students.spec import StudentSpec

    rng = np.random.default_rng(0)
    times = np.arange(3600 * 200) / 200.0
    track = ImuTrack(times, rng.standard_normal((len(times), 6)).astype(np.float32), 200.0)
    recording, spec = Recording("hour", None, track), StudentSpec()
    student = build_student(spec, seed=0)
    known = rng.standard_normal((300, spec.n_samples, 6)).astype(np.float32)
    recognizer = fit_recognizer(embed(student, known), rng.integers(1, 31, 300))

    start = time.perf_counter()
    windows = windows_of(recording, WindowGrid(5.0, 1.0), cover=True)
    starts = np.array([window.start_s for window in windows])
    has_data = usable(windows)
    features = embed(student, cut_imu(recording, starts, window_s=5.0, sample_rate_hz=50.0))
    evidence = Evidence(
        starts, 5.0, 1.0, recording.span_s, recognizer.activity_ids,
        recognizer.probabilities(features).astype(np.float32), has_data,
        recognizer.novelty(features) < recognizer.novelty_floor,
    )  # fmt: skip
    draw_timeline(evidence, {}, threshold=recognizer.threshold)
    seconds = time.perf_counter() - start
    what = f"predicting one hour of IMU ({len(starts)} windows)"
    return [Row(what, f"{seconds:.1f} s", "≤ 5 s", seconds <= 5.0)]


PARTS: dict[str, Callable[[], list[Row]]] = {
    "training": training,
    "prediction": prediction,
    "demo": demo,
}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=list(PARTS), nargs="+", default=list(PARTS))
    wanted = parser.parse_args().only
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before the start\n")
    print("| what | measured | limit | kept |\n|---|---:|---:|---|")
    for part in wanted:
        for row in PARTS[part]():
            kept = "yes" if row.kept else "**no**"
            print(f"| {row.what} | {row.value} | {row.limit} | {kept} |", flush=True)


if __name__ == "__main__":
    main()

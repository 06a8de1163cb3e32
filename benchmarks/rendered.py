"""Learning on rendered recordings: files, built-in teacher, student; people kept apart.

    python benchmarks/rendered.py --folder OUT            # 3 seeds; about 40 minutes on one core
    python benchmarks/rendered.py --folder OUT --seed 1   # one seed, to run several side by side
    python benchmarks/rendered.py --folder OUT --table    # the table of the seeds that are done

Each seed: 40 simulated recordings of 100 s, one a person, 160×120 at 10 frames a second, 12
activities; 28 people teach (3 of them validate), 12 test. Windows of 5 s, every 2.5 s for learning
and without overlap for testing. "8 classes" is the same with the windows of eight distinct
activities only. Everything rendered and encoded is kept in OUT and used again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from arms import ARMS, Bench, Figures, Part
from table import learning_table

from comodo_app.jobs.add import AddRequest, add_recordings
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.dataset import paired_windows
from comodo_app.jobs.embed import EmbedRequest, embed
from comodo_app.jobs.models import make_teacher
from comodo_app.jobs.simulate import SimulateRequest, simulate
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.truth import read_truth
from comodo_app.students.spec import StudentSpec

N_TRAIN, N_TEST, N_VALIDATION = 28, 12, 3
GRID = WindowGrid(5.0, 2.5)
EIGHT = ("walk", "run", "cycle", "type", "chop", "sweep", "jump", "drive")
CHOSEN = (
    "teacher, raw", "teacher, corrected", "untrained student", "paper", "comodo+", "supervised",
)  # fmt: skip


def quiet() -> JobContext:
    """A context that reports to nobody."""
    return JobContext(lambda progress: None)


def labelled_windows(folder: Path, seed: int, spec: StudentSpec) -> tuple[Part, list[str]]:
    """All windows of one seed's recordings, through the app's own jobs; labels from the truth."""
    place, project = folder / f"seed{seed}", folder / f"seed{seed}.comodo"
    plans = plan_recordings(
        people=N_TRAIN + N_TEST, minutes=100 / 60, seed=seed, width_px=160, height_px=120,
        frame_rate_hz=10,
    )  # fmt: skip
    missing = tuple(plan for plan in plans if not (place / f"{plan.name}.mp4").exists())
    simulate(SimulateRequest(place, missing), quiet())
    add_recordings(AddRequest(project, (place,)), quiet())
    embed(EmbedRequest(project, GRID), quiet())
    with Project.open(project) as opened:
        rows = opened.recordings()
        data = paired_windows(
            opened, rows, make_teacher("builtin"), grid=GRID,
            sample_rate_hz=spec.sample_rate_hz, context=quiet(),
        )  # fmt: skip
    names: list[str] = sorted({s.activity for plan in plans for s in plan.schedule})
    labels = np.full(len(data), -1)
    for row in rows:
        mask = data.recordings == row.id
        said = read_truth(place / f"{row.name}.truth.json").label_windows(data.starts_s[mask], 5.0)
        labels[mask] = [-1 if name is None else names.index(name) for name in said]
    # One recording a person, so recordings stand for people; test windows do not overlap.
    whole = Part(data.imu, data.embeddings, labels, data.recordings, data.recordings)
    test_ids = [row.id for row in rows if row.name in {p.name for p in plans[N_TRAIN:]}]
    overlapping = np.isin(data.recordings, test_ids) & (np.mod(data.starts_s, 5.0) > 1e-6)
    return whole.where((labels >= 0) & ~overlapping), names


def benches(folder: Path, seed: int) -> dict[str, Bench]:
    """The two tasks of a seed."""
    spec = StudentSpec()
    whole, names = labelled_windows(folder, seed, spec)
    ids = np.unique(whole.recordings)
    train, validation = ids[: N_TRAIN - N_VALIDATION], ids[N_TRAIN - N_VALIDATION : N_TRAIN]
    blocks = tuple((block.start, block.stop) for block in make_teacher("builtin").blocks)
    tasks = {"12 classes": (names, 48), "8 classes": (list(EIGHT), 30)}
    made = {}
    for task, (kept, n_clusters) in tasks.items():
        part = whole.where(np.isin(whole.labels, [names.index(name) for name in kept]))
        made[task] = Bench(
            part.where(np.isin(part.recordings, train)),
            part.where(np.isin(part.recordings, validation)),
            part.where(np.isin(part.recordings, ids[N_TRAIN:])),
            blocks, spec, n_clusters, seed,
        )  # fmt: skip
    return made


def run_seed(folder: Path, seed: int) -> None:
    """Measure every arm of a seed and keep the figures in the folder."""
    done: dict[str, Figures] = {}
    for task, bench in benches(folder, seed).items():
        counts = [len(p.labels) for p in (bench.train, bench.validation, bench.test)]
        print(f"seed {seed}, {task}: windows {counts}", flush=True)
        for arm in CHOSEN:
            done[f"{task}: {arm}"] = figures = ARMS[arm](bench)
            text = "  ".join(f"{k} {v:.3g}" for k, v in figures.items())
            print(f"  {arm:<30} {text}", flush=True)
    (folder / f"figures{seed}.json").write_text(json.dumps(done, indent=1))


def main() -> None:
    """Run the chosen seeds, then print the table of all that are done."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="where recordings are kept")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--table", action="store_true", help="only the table")
    args = parser.parse_args()
    if not args.table:
        for seed in range(3) if args.seed is None else (args.seed,):
            run_seed(args.folder, seed)
    figures: dict[str, list[Figures]] = {}
    for path in sorted(args.folder.glob("figures*.json")):
        for arm, values in json.loads(path.read_text()).items():
            if arm.split(": ", 1)[1] in CHOSEN:
                figures.setdefault(arm, []).append(values)
    print("\n" + learning_table(figures))


if __name__ == "__main__":
    main()

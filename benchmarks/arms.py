"""The arms that learning benchmarks compare, and what is measured of each.

Every arm gives features of training and test windows; people of the test windows are never seen
in training. Naming: the arm's own clusters (in the space it learned from) are each named by the
true label of their most central window, and the recognizer then says the name from IMU alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from comodo_app.activities.discovery import exemplars, spherical_kmeans
from comodo_app.activities.recognizer import fit_recognizer
from comodo_app.distillation.objective import CrossModal, HeldOut
from comodo_app.distillation.recipes import COMODO_PLUS, PAPER, Recipe
from comodo_app.distillation.targets import TeacherSpace, fit_teacher_space, random_mlp_targets
from comodo_app.distillation.training import Trainer, TrainingWindows
from comodo_app.evaluation.cluster_naming import label_accuracy, name_by_medoid
from comodo_app.evaluation.probes import (
    few_shot_accuracy,
    knn_accuracy,
    linear_accuracy,
    svm_accuracy,
)
from comodo_app.evaluation.retrieval import retrieval
from comodo_app.evaluation.splits import check_disjoint
from comodo_app.students.encoder import build_student, embed
from comodo_app.students.spec import StudentSpec

Figures = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Windows of some people: IMU (N, S, 6), raw teacher rows (N, D), labels and owners (N,)."""

    imu: NDArray[np.float32]
    teacher: NDArray[np.float32]
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    recordings: NDArray[np.int64]

    def where(self, rows: NDArray[np.bool_]) -> Part:
        """The windows chosen by a mask (N,)."""
        return Part(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A split and everything arms need of it."""

    train: Part
    validation: Part
    test: Part
    blocks: tuple[tuple[int, int], ...]
    spec: StudentSpec
    n_clusters: int
    seed: int

    def __post_init__(self) -> None:
        for part in (self.validation, self.test):
            if len(part.people):
                check_disjoint(self.train.people, part.people)

    def space(self, *, correct: bool) -> TeacherSpace:
        """The teacher space, fitted on training windows only."""
        return fit_teacher_space(
            self.train.teacher, self.train.recordings, blocks=self.blocks, seed=self.seed,
            correct=correct,
        )  # fmt: skip


def probes(bench: Bench, train: NDArray[np.float32], test: NDArray[np.float32]) -> Figures:
    """k-NN (20), linear, RBF-SVM and 5-shot accuracy of frozen features."""
    a, b = bench.train.labels, bench.test.labels
    groups = bench.train.people
    return {
        "k-NN": knn_accuracy(train, a, test, b),
        "linear": linear_accuracy(train, a, test, b, groups=groups),
        "SVM": svm_accuracy(train, a, test, b, groups=groups),
        "5-shot": few_shot_accuracy(train, a, test, b, seed=bench.seed).mean,
    }


def naming(
    bench: Bench,
    targets: NDArray[np.floating],
    train: NDArray[np.float32] | None,
    test: NDArray[np.float32] | None,
) -> Figures:
    """Accuracy after naming each cluster of the training targets by its most central window.

    ``labels``: of the training windows, by their cluster's name. ``IMU-only``: of the test windows,
    by the recognizer fitted on the student's features (nothing where there is no student).
    """
    unit = targets / np.linalg.norm(targets, axis=1, keepdims=True)
    found = spherical_kmeans(unit, n_clusters=bench.n_clusters, seed=bench.seed)
    medoids = np.array([rows[0] for rows in exemplars(unit, found, 1)])
    names = name_by_medoid(found.assignments, medoids, bench.train.labels)
    figures = {"labels": label_accuracy(found.assignments, names, bench.train.labels)}
    if train is not None and test is not None:
        first = {int(name): int(np.flatnonzero(names == name)[0]) + 1 for name in np.unique(names)}
        groups = {k + 1: first[int(name)] for k, name in enumerate(names)}
        recognizer = fit_recognizer(
            train, found.assignments + 1, recordings=bench.train.recordings, groups=groups
        )
        said = recognizer.predict(test, groups).activity_ids
        figures["IMU-only"] = float(np.mean(names[said - 1] == bench.test.labels))
    return figures


def teacher_arm(bench: Bench, *, correct: bool) -> Figures:
    """The teacher itself, raw (`correct` False: its own space) or in the corrected space."""
    space = bench.space(correct=correct)

    def rows(part: Part) -> NDArray[np.float64]:
        return (
            space.transform(part.teacher, part.recordings) if correct else space.base(part.teacher)
        )

    train, test = rows(bench.train), rows(bench.test)
    own = naming(bench, train, None, None)
    return probes(bench, train.astype(np.float32), test.astype(np.float32)) | own


def untrained_arm(bench: Bench) -> Figures:
    """A student with random weights, input statistics fitted, named by the corrected clusters."""
    student = build_student(bench.spec, seed=bench.seed)
    student.get_submodule("standardise").fit(bench.train.imu)
    train, test = embed(student, bench.train.imu), embed(student, bench.test.imu)
    space = bench.space(correct=True)
    targets = space.transform(bench.train.teacher, bench.train.recordings)
    return probes(bench, train, test) | naming(bench, targets, train, test)


def distilled_arm(bench: Bench, recipe: Recipe) -> Figures:
    """A student distilled with `recipe`."""
    space = bench.space(correct=recipe.targets == "corrected")

    def targets(part: Part) -> NDArray[np.float32]:
        if len(part.labels) == 0:
            return np.zeros((0, recipe.head_dim or space.dim), np.float32)
        if recipe.targets == "random-mlp":
            return random_mlp_targets(
                space.base(part.teacher), hidden=recipe.head_hidden, dim=recipe.head_dim,
                seed=bench.seed,
            )  # fmt: skip
        return space.transform(part.teacher, part.recordings).astype(np.float32)

    learned = targets(bench.train)
    objective = CrossModal(
        recipe, targets=learned, held_out_targets=targets(bench.validation),
        n_clusters=bench.n_clusters, seed=bench.seed,
    )  # fmt: skip
    trainer = Trainer(
        recipe, bench.spec, TrainingWindows(bench.train.imu, bench.validation.imu), objective,
        seed=bench.seed,
    )  # fmt: skip
    for _ in trainer.run():
        pass
    student = trainer.result()
    train, test = embed(student, bench.train.imu), embed(student, bench.test.imu)
    projected = trainer.project(bench.test.imu)
    projected /= np.linalg.norm(projected, axis=1, keepdims=True)
    found = retrieval(projected, targets(bench.test))
    return (
        probes(bench, train, test)
        | naming(bench, learned, train, test)
        | {"R@5": found.r_at_5, "median rank": found.median_rank, "steps": float(trainer.n_steps)}
    )


class CrossEntropy:
    """The supervised objective: true labels of the training windows; nothing is held out."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self.dim = int(labels.max()) + 1
        self.state: nn.Module = nn.Identity()
        self._labels = torch.from_numpy(labels)

    def loss(self, projected: Tensor, rows: Tensor) -> Tensor:
        """Cross-entropy with a label smoothing of 0.1."""
        return nn.functional.cross_entropy(projected, self._labels[rows], label_smoothing=0.1)

    def held_out(self, projected: NDArray[np.float32]) -> HeldOut | None:
        """Nothing is selected."""
        return None


def supervised_arm(bench: Bench) -> Figures:
    """The same student trained from scratch on all true labels, with comodo+'s schedule.

    ``own head`` is what its classifier says; naming is as for the untrained student, through the
    corrected clusters, so that the column means the same in every row.
    """
    trainer = Trainer(
        COMODO_PLUS, bench.spec, TrainingWindows(bench.train.imu, bench.train.imu[:0]),
        CrossEntropy(bench.train.labels), seed=bench.seed,
    )  # fmt: skip
    for _ in trainer.run():
        pass
    student = trainer.result()
    train, test = embed(student, bench.train.imu), embed(student, bench.test.imu)
    said = trainer.project(bench.test.imu).argmax(axis=1)
    head = float(np.mean(said == bench.test.labels))
    targets = bench.space(correct=True).transform(bench.train.teacher, bench.train.recordings)
    return (
        probes(bench, train, test)
        | naming(bench, targets, train, test)
        | {"own head": head, "steps": float(trainer.n_steps)}
    )


FIXED_PAPER = PAPER.with_settings(
    name="paper, schedule and augmentation fixed", schedule="cosine", learning_rate=1e-3,
    warmup_share=0.05, batch_size=64, min_steps=600, queue_prefill=False, rotation_deg=15.0,
    time_warp=0.12, acc_bias_mps2=0.15, gyro_bias_radps=0.015,
)  # fmt: skip

ARMS: dict[str, Callable[[Bench], Figures]] = {
    "teacher, raw": lambda bench: teacher_arm(bench, correct=False),
    "teacher, corrected": lambda bench: teacher_arm(bench, correct=True),
    "untrained student": untrained_arm,
    "paper": lambda bench: distilled_arm(bench, PAPER),
    FIXED_PAPER.name: lambda bench: distilled_arm(bench, FIXED_PAPER),
    "comodo+": lambda bench: distilled_arm(bench, COMODO_PLUS),
    "comodo+, COMODO loss only": lambda bench: distilled_arm(
        bench, COMODO_PLUS.with_settings(comodo_weight=1.0, cosine_weight=0.0)
    ),
    "comodo+, cosine loss only": lambda bench: distilled_arm(
        bench, COMODO_PLUS.with_settings(comodo_weight=0.0)
    ),
    "supervised": supervised_arm,
}

"""Every parameter of a distillation in plain words: what it does, and how it is edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comodo_app.distillation.recipes import COMODO_PLUS, PAPER, Recipe
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec

QUICK_NAME = "quick"
_QUICK_STEPS = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter. `group` and `name` say where it lives; the rest how a person edits it.

    `choices` makes it a list of values; a bool becomes a switch, an int or float a number between
    `low` and `high`. `digits` are those after the point.
    """

    group: str
    name: str
    label: str
    help: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    digits: int = 0
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()


RECIPE, GRID, STUDENT, OTHER = "recipe", "grid", "student", "other"

FIELDS: tuple[Field, ...] = (
    Field(
        GRID, "window_s", "Window",
        "Length of the pieces that teacher and student compare. Longer sees slower activities.",
        0.5, 60.0, 0.5, 1, "s",
    ),
    Field(
        GRID, "stride_s", "Stride",
        "Distance between two window starts. Shorter gives more, overlapping windows.",
        0.1, 60.0, 0.5, 2, "s",
    ),
    Field(
        STUDENT, "sample_rate_hz", "Student's rate",
        "The IMU is resampled to this. 50 Hz holds what a body does.",
        10.0, 200.0, 5.0, 0, "Hz",
    ),
    Field(
        STUDENT, "embedding_dim", "Embedding size",
        "Numbers by which the student describes a window.",
        16, 1024, 16,
    ),
    Field(
        OTHER, "n_clusters", "Activities to look for",
        "0 chooses by the amount of data. More gives finer activities; equal names merge them.",
        0, 200, 1,
    ),
    Field(
        OTHER, "seed", "Seed",
        "Where the dice start. The same seed and data give the same student.",
        0, 999_999, 1,
    ),
    Field(
        RECIPE, "targets", "Teacher's space",
        "Corrected takes out what is only the scene or the wearer. Random is as published.",
        choices=(("corrected", "Corrected"), ("random-mlp", "Random projection")),
    ),
    Field(
        RECIPE, "comodo_weight", "COMODO loss",
        "Weight of comparing with the instance queue. 0 switches it off.",
        0, 10, 0.1, 2,
    ),
    Field(
        RECIPE, "cosine_weight", "Cosine loss",
        "Weight of pointing at the teacher's target directly. 0 switches it off.",
        0, 10, 0.1, 2,
    ),
    Field(
        RECIPE, "info_nce_weight", "InfoNCE loss",
        "Weight of telling the windows of one batch apart. 0 switches it off.",
        0, 10, 0.1, 2,
    ),
    Field(
        RECIPE, "tau_teacher", "Teacher temperature",
        "Lower makes the teacher's likeness to queue entries sharper.",
        0.01, 1, 0.01, 3,
    ),
    Field(
        RECIPE, "tau_student", "Student temperature",
        "The same for the student; about the teacher's is right.",
        0.01, 1, 0.01, 3,
    ),
    Field(
        RECIPE, "queue_size", "Instance queue",
        "Teacher embeddings to compare with; never more than a third of the windows.",
        1, 100_000, 64,
    ),
    Field(
        RECIPE, "queue_prefill", "Fill the queue first",
        "As published: the windows in it then sit out the first epoch.",
    ),
    Field(
        RECIPE, "learning_rate", "Learning rate",
        "Size of a step at its highest.",
        0.00001, 0.1, 0.0001, 5,
    ),
    Field(
        RECIPE, "pretrained_rate", "Pretrained share",
        "Published weights learn at this share of the rate, so that they keep what they know.",
        0, 1, 0.05, 2,
    ),
    Field(
        RECIPE, "weight_decay", "Weight decay",
        "Pulls weights towards 0; guards against learning by heart.",
        0, 1, 0.005, 4,
    ),
    Field(
        RECIPE, "warmup_share", "Warm-up",
        "Share of the steps in which the rate rises.",
        0, 0.5, 0.01, 2,
    ),
    Field(
        RECIPE, "schedule", "Schedule",
        "Cosine counts real steps. Published counts as the paper's code does.",
        choices=(("cosine", "Cosine"), ("published", "Published")),
    ),
    Field(
        RECIPE, "batch_size", "Batch",
        "Windows per step; halved by itself where the data are few.",
        8, 4096, 8,
    ),
    Field(
        RECIPE, "epochs", "Epochs",
        "Passes over all windows.",
        1, 1000, 1,
    ),
    Field(
        RECIPE, "min_steps", "Least steps",
        "Adds epochs until so many steps are made: few data need more passes.",
        0, 100_000, 50,
    ),
    Field(
        RECIPE, "head_hidden", "Head, hidden",
        "Width of the layer between the student and the target, used in training only.",
        8, 8192, 64,
    ),
    Field(
        RECIPE, "head_dim", "Target size",
        "Of the random projection; 0 is the size of the corrected space.",
        0, 4096, 16,
    ),
    Field(
        RECIPE, "rotation_deg", "Rotation",
        "How far the sensor is turned at random: a strap never sits twice alike.",
        0, 180, 1, 0, "°",
    ),
    Field(
        RECIPE, "time_warp", "Time warp",
        "Spread of the random speed of a window (0.12 is about ±12 %).",
        0, 1, 0.01, 2,
    ),
    Field(
        RECIPE, "acc_bias_mps2", "Acceleration bias",
        "Random offset of the accelerometer.",
        0, 5, 0.01, 3, "m/s²",
    ),
    Field(
        RECIPE, "gyro_bias_radps", "Gyroscope bias",
        "Random offset of the gyroscope.",
        0, 1, 0.005, 4, "rad/s",
    ),
    Field(
        RECIPE, "keep_best", "Keep the best",
        "Keeps the student of the highest held-out agreement instead of the last.",
    ),
)  # fmt: skip


def quick_recipe() -> Recipe:
    """The default recipe with a third of its steps."""
    return COMODO_PLUS.with_settings(name=QUICK_NAME, min_steps=_QUICK_STEPS, epochs=10)


PRESETS = (("quick", "Quick"), ("comodo+", "Balanced"), ("paper", "Paper"), ("custom", "Custom"))


def preset(key: str) -> Recipe:
    """The recipe behind a choice of `PRESETS`; "custom" starts from the default."""
    return {"quick": quick_recipe(), "paper": PAPER}.get(key, COMODO_PLUS)


def recipe_label(name: str) -> str:
    """What a person calls a recipe."""
    return dict(PRESETS).get(name, name.capitalize())


def default_of(field: Field, grid: WindowGrid) -> Any:
    """The value that a reset brings back; `grid` holds those of the settings."""
    if field.group == RECIPE:
        return getattr(COMODO_PLUS, field.name)
    if field.group == GRID:
        return getattr(grid, field.name)
    if field.group == STUDENT:
        return getattr(StudentSpec(), field.name)
    return 0

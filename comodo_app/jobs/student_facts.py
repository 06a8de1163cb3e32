"""What a student costs on this computer: measured on a new one, before anything is trained."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.students.spec import N_CHANNELS, PER_CHANNEL, StudentSpec

_STEPS = 3
_WINDOWS = 10
_PART = 8


@dataclass(frozen=True, slots=True)
class StudentFactsRequest:
    """Measure one student with batches of `batch_size`."""

    student: StudentSpec
    batch_size: int


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """Size of the student; seconds per window on one core, and per training step as trained."""

    student: StudentSpec
    batch_size: int
    n_parameters: int
    file_bytes: int
    s_per_window: float
    s_per_step: float


def student_facts(request: StudentFactsRequest, context: JobContext) -> StudentFacts:
    """Build the student and time it on noise; about a second.

    Weights make no difference to the time: a pretrained student need not have been fetched.
    """
    context.step(Progress(0, None, "loading torch"))
    import torch

    from comodo_app.students.encoder import (
        build_student,
        embed,
        single_threaded,
        student_bytes,
        threads_for,
    )

    spec = request.student
    student = build_student(spec, seed=0)
    # A step of the large ones takes seconds, in proportion to its windows: a part of it tells.
    large = spec.architecture in PER_CHANNEL
    n = min(request.batch_size, _PART) if large else request.batch_size
    rng = np.random.default_rng(0)
    windows = rng.standard_normal((n, spec.n_samples, N_CHANNELS)).astype(np.float32)
    with single_threaded():
        embed(student, windows[:1])
        begun = time.perf_counter()
        for _ in range(_WINDOWS):
            embed(student, windows[:1])
        per_window = (time.perf_counter() - begun) / _WINDOWS
    with threads_for(spec):
        student.train()
        took = []
        for _ in range(_STEPS):
            context.step(Progress(0, None, "timing"))
            begun = time.perf_counter()
            loss = student(torch.from_numpy(windows)).square().mean()
            loss.backward()
            took.append(time.perf_counter() - begun)
    return StudentFacts(
        spec,
        request.batch_size,
        sum(p.numel() for p in student.parameters()),
        len(student_bytes(student, spec)),
        per_window,
        min(took) * request.batch_size / n,
    )

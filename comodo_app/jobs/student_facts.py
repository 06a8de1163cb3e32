"""What a student costs on this computer: measured on a new one, before anything is trained."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from comodo_app.jobs.core import JobContext, Progress
from comodo_app.students.spec import N_CHANNELS, StudentSpec

_STEPS = 3
_WINDOWS = 10


@dataclass(frozen=True, slots=True)
class StudentFactsRequest:
    """Measure one student with batches of `batch_size`."""

    student: StudentSpec
    batch_size: int


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """Size of the student, and seconds on one core: per window when used, per training step."""

    student: StudentSpec
    batch_size: int
    n_parameters: int
    file_bytes: int
    s_per_window: float
    s_per_step: float


def student_facts(request: StudentFactsRequest, context: JobContext) -> StudentFacts:
    """Build the student and time it on noise; under a second."""
    context.step(Progress(0, None, "loading torch"))
    import torch

    from comodo_app.students.encoder import build_student, embed, single_threaded, student_bytes

    student = build_student(request.student, seed=0)
    rng = np.random.default_rng(0)
    shape = (request.batch_size, request.student.n_samples, N_CHANNELS)
    windows = rng.standard_normal(shape).astype(np.float32)
    with single_threaded():
        embed(student, windows[:1])
        begun = time.perf_counter()
        for _ in range(_WINDOWS):
            embed(student, windows[:1])
        per_window = (time.perf_counter() - begun) / _WINDOWS
        student.train()
        took = []
        for _ in range(_STEPS):
            context.step(Progress(0, None, "timing"))
            begun = time.perf_counter()
            loss = student(torch.from_numpy(windows)).square().mean()
            loss.backward()
            took.append(time.perf_counter() - begun)
    return StudentFacts(
        request.student,
        request.batch_size,
        sum(p.numel() for p in student.parameters()),
        len(student_bytes(student, request.student)),
        per_window,
        min(took),
    )

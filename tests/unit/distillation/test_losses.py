from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.distillation.losses import comodo_loss, cosine_loss, info_nce_loss


def unit_rows(n, dim, seed):
    rows = np.random.default_rng(seed).standard_normal((n, dim))
    return torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def comodo_loss_in_loops(student, teacher, queue, tau_student, tau_teacher):
    keys = [list(map(float, row)) for row in (*queue, *teacher)]
    total = 0.0
    for z_x, z_v in zip(student.tolist(), teacher.tolist(), strict=True):
        p = [math.exp(sum(a * b for a, b in zip(z_v, k, strict=True)) / tau_teacher) for k in keys]
        q = [math.exp(sum(a * b for a, b in zip(z_x, k, strict=True)) / tau_student) for k in keys]
        for p_k, q_k in zip(p, q, strict=True):
            total -= p_k / sum(p) * math.log(q_k / sum(q))
    return total / len(student)


@settings(deadline=None, max_examples=60)
@given(
    batch=st.integers(1, 9),
    queue=st.integers(0, 17),
    dim=st.integers(1, 6),
    tau_student=st.floats(0.03, 1.0),
    tau_teacher=st.floats(0.03, 1.0),
    seed=st.integers(0, 10**6),
)
def test_comodo_loss_equals_its_formula_in_plain_loops(
    batch, queue, dim, tau_student, tau_teacher, seed
):
    student, teacher = unit_rows(batch, dim, seed), unit_rows(batch, dim, seed + 1)
    keys = unit_rows(queue, dim, seed + 2) if queue else torch.zeros(0, dim, dtype=torch.float64)
    loss = comodo_loss(student, teacher, keys, tau_student=tau_student, tau_teacher=tau_teacher)
    assert float(loss) == pytest.approx(
        comodo_loss_in_loops(student, teacher, keys, tau_student, tau_teacher), rel=1e-9
    )


def test_comodo_loss_is_least_at_the_teacher_for_equal_temperatures():
    teacher, queue = unit_rows(8, 4, 0), unit_rows(20, 4, 1)
    at_teacher = comodo_loss(teacher, teacher, queue, tau_student=0.1, tau_teacher=0.1)
    for seed in range(5):
        other = torch.nn.functional.normalize(teacher + 0.3 * unit_rows(8, 4, 10 + seed), dim=1)
        assert comodo_loss(other, teacher, queue, tau_student=0.1, tau_teacher=0.1) > at_teacher


def test_no_gradient_reaches_teacher_or_queue():
    student, teacher, queue = (unit_rows(4, 3, i).requires_grad_() for i in range(3))
    comodo_loss(student, teacher, queue, tau_student=0.1, tau_teacher=0.1).backward()
    assert student.grad is not None
    assert teacher.grad is None
    assert queue.grad is None


def test_cosine_loss_is_the_squared_distance_of_unit_vectors():
    a, b = unit_rows(7, 5, 0), unit_rows(7, 5, 1)
    assert float(cosine_loss(a, b)) == pytest.approx(float((a - b).square().sum(1).mean()))


def test_info_nce_equals_its_formula_in_plain_loops():
    a, b = unit_rows(4, 3, 0), unit_rows(4, 3, 1)
    sims = [[float(x @ y) / 0.2 for y in b] for x in a]
    rows = [s[i] - math.log(sum(map(math.exp, s))) for i, s in enumerate(sims)]
    columns = list(zip(*sims, strict=True))
    cols = [s[i] - math.log(sum(map(math.exp, s))) for i, s in enumerate(columns)]
    assert float(info_nce_loss(a, b, tau=0.2)) == pytest.approx(-(sum(rows) + sum(cols)) / 8)

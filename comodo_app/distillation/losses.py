"""Losses of cross-modal distillation: pure functions of embeddings."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def comodo_loss(
    student: Tensor, teacher: Tensor, queue: Tensor, *, tau_student: float, tau_teacher: float
) -> Tensor:
    """Cross-entropy between the teacher's and the student's similarity to the same keys.

    With keys ``Q = [queue; teacher]`` (K + B rows, so every sample meets its own teacher
    embedding) and p = softmax(teacher · Qᵀ / τ_t), q = softmax(student · Qᵀ / τ_s):
    ``mean_b -Σ_k p_bk log q_bk``. No gradient reaches the keys or p.

    Parameters
    ----------
    student, teacher : (B, D)
        Unit-length embeddings of the same windows, from IMU and from video.
    queue : (K, D)
        Unit-length teacher embeddings of earlier windows; K may be 0.
    tau_student, tau_teacher : float
        Temperatures; the published ones are 0.05 and 0.10.

    Returns
    -------
    scalar Tensor

    Source: COMODO (arXiv 2503.07259), its released loss; the same quantity as SEED
    (arXiv 2101.04731, eq. 5) with other temperatures.
    """
    keys = torch.cat([queue, teacher]).detach()
    target = functional.softmax(teacher.detach() @ keys.T / tau_teacher, dim=1)
    log_q = functional.log_softmax(student @ keys.T / tau_student, dim=1)
    return -(target * log_q).sum(dim=1).mean()


def cosine_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean_b (2 - 2 student_b · teacher_b)``, the squared distance of unit vectors, (B, D)."""
    return (2.0 - 2.0 * (student * teacher.detach()).sum(dim=1)).mean()


def info_nce_loss(student: Tensor, teacher: Tensor, *, tau: float) -> Tensor:
    """Symmetric InfoNCE within the batch, (B, D); the loss of IMU2CLIP (arXiv 2210.14395)."""
    logits = student @ teacher.detach().T / tau  # (B, B)
    own = torch.arange(len(student))
    return 0.5 * (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own))

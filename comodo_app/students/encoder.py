"""Build, run, save and load students. A new architecture is one file and one entry here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.students.spec import N_CHANNELS, StudentSpec
from comodo_app.students.tcn import TemporalConvNet
from comodo_app.students.transformer import ImuTransformer

ARCHITECTURES: dict[str, Callable[[StudentSpec], nn.Module]] = {
    "tcn": TemporalConvNet,
    "transformer": ImuTransformer,
}


def require_architecture(spec: StudentSpec) -> None:
    """Raise a `UsageError` that lists the known students unless `spec` names one of them."""
    if spec.architecture not in ARCHITECTURES:
        raise UsageError(
            f"There is no student called {spec.architecture!r}.",
            hint=f"Known students: {', '.join(sorted(ARCHITECTURES))}.",
        )


def build_student(spec: StudentSpec, *, seed: int) -> nn.Module:
    """An untrained student; the same seed gives the same weights.

    Raises
    ------
    UsageError
        If the architecture is unknown; the known ones are listed.
    """
    require_architecture(spec)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ARCHITECTURES[spec.architecture](spec)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Within this, torch computes on one thread.

    Students are small: a second thread gains a third on an idle machine, and on a busy one the
    threads' waiting for each other made a training step five times slower.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def embed_batches(
    student: nn.Module, windows: NDArray[np.float32], *, batch_size: int = 256
) -> Iterator[NDArray[np.float32]]:
    """Features of `windows` (N, S, 6) in evaluation mode, yielded as (≤ batch, D) arrays."""
    training = student.training
    student.eval()
    try:
        with torch.inference_mode():
            for start in range(0, len(windows), batch_size):
                batch = np.ascontiguousarray(windows[start : start + batch_size])
                yield student(torch.from_numpy(batch)).numpy()
    finally:
        student.train(training)


def embed(student: nn.Module, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of all `windows` (N, S, 6) → (N, D) float32; (0, D) for no windows."""
    if len(windows) == 0:
        windows = np.zeros((1, windows.shape[1], N_CHANNELS), np.float32)
        return np.concatenate(list(embed_batches(student, windows)))[:0]
    return np.concatenate(list(embed_batches(student, windows)))


def student_bytes(student: nn.Module, spec: StudentSpec) -> bytes:
    """The student's weights in safetensors format, with its spec in the header."""
    tensors = {name: tensor.contiguous() for name, tensor in student.state_dict().items()}
    return save(tensors, metadata={"spec": json.dumps(spec.to_json())})


def load_student(path: Path, spec: StudentSpec) -> nn.Module:
    """Read weights written by `student_bytes` into a student of `spec`, in evaluation mode.

    Raises
    ------
    UnreadableFile
        If the file is missing, is not safetensors, or belongs to another architecture.
    """
    student = build_student(spec, seed=0)
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UnreadableFile(
            f"The student's weights cannot be read ({error}).",
            where=str(path),
            hint="Distil again, or restore the file from a backup.",
        ) from error
    wanted: dict[str, Any] = student.state_dict()
    wrong = sorted(
        set(wanted) ^ set(tensors)
        | {name for name in set(wanted) & set(tensors) if wanted[name].shape != tensors[name].shape}
    )
    if wrong:
        raise UnreadableFile(
            f"The weights do not fit a {spec.architecture} student: {', '.join(wrong[:4])} "
            f"differ ({len(wrong)} in all).",
            where=str(path),
            hint="Use the weights together with the contract.json beside them.",
        )
    student.load_state_dict(tensors)
    student.eval()
    return student

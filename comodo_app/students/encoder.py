"""Build, run, save and load students. A new architecture is one file and one entry here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.students.mantis import MantisV1
from comodo_app.students.mantis_v2 import MantisV2
from comodo_app.students.moment import MomentEncoder
from comodo_app.students.named import weights_of, with_digest
from comodo_app.students.per_channel import PerChannelStudent
from comodo_app.students.spec import N_CHANNELS, PER_CHANNEL, StudentSpec
from comodo_app.students.tcn import TemporalConvNet
from comodo_app.students.transformer import ImuTransformer
from comodo_app.weights.reading import read_safetensors


def _mantis_v1(spec: StudentSpec) -> nn.Module:
    return PerChannelStudent(MantisV1(layer=spec.layer, pooling=spec.pooling), spec)


def _mantis_v2(spec: StudentSpec) -> nn.Module:
    return PerChannelStudent(MantisV2(layer=spec.layer, pooling=spec.pooling), spec)


def _moment_small(spec: StudentSpec) -> nn.Module:
    return PerChannelStudent(MomentEncoder(layer=spec.layer), spec)


ARCHITECTURES: dict[str, Callable[[StudentSpec], nn.Module]] = {
    "tcn": TemporalConvNet,
    "transformer": ImuTransformer,
    "mantis-v1": _mantis_v1,
    "mantis-v2": _mantis_v2,
    "moment-small": _moment_small,
}


def require_architecture(spec: StudentSpec) -> None:
    """Raise a `UsageError` that lists the known students unless `spec` names one of them."""
    if spec.architecture not in ARCHITECTURES:
        raise UsageError(
            f"There is no student called {spec.architecture!r}.",
            hint=f"Known students: {', '.join(sorted(ARCHITECTURES))}.",
        )


def build_student(spec: StudentSpec, *, seed: int) -> nn.Module:
    """A student with random weights; the same seed gives the same ones.

    Raises
    ------
    UsageError
        If the architecture is unknown; the known ones are listed.
    """
    require_architecture(spec)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ARCHITECTURES[spec.architecture](spec)


def starting_student(spec: StudentSpec, *, seed: int) -> nn.Module:
    """The student that a new run begins with: random weights, or the published ones of its encoder.

    Raises
    ------
    UsageError
        If the published weights are not on this computer, or are others than the spec says.
    UnreadableFile
        If they cannot be read, or a tensor is missing, superfluous or of another shape.
    """
    student = build_student(spec, seed=seed)
    if spec.pretrained:
        folder, _ = weights_of(with_digest(spec))
        encoder: Any = student.get_submodule("encoder")
        encoder.load_published(read_safetensors(folder), where=folder)
    return student


def pretrained_parameters(student: nn.Module, spec: StudentSpec) -> list[nn.Parameter]:
    """The parameters that came from published weights; none for a student from scratch."""
    return list(student.get_submodule("encoder").parameters()) if spec.pretrained else []


@contextmanager
def threads_for(spec: StudentSpec) -> Iterator[None]:
    """As many threads as pay for this student: one for the small ones, else as torch chose."""
    with nullcontext() if spec.architecture in PER_CHANNEL else single_threaded():
        yield


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

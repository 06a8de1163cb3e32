"""Checkpoints: everything a run needs to go on, in one safetensors file. No pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from comodo_app.distillation.recipes import Recipe
from comodo_app.distillation.training import Evaluation, Trainer
from comodo_app.errors import UnreadableFile
from comodo_app.students.spec import StudentSpec

FORMAT = "comodo-checkpoint-1"


def fingerprint(*arrays: NDArray[Any]) -> str:
    """Digest of the training data; a checkpoint resumes only on the very data it was made from."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def checkpoint_bytes(trainer: Trainer, *, data: str, losses: list[float]) -> bytes:
    """The trainer's state as a safetensors file: student, head, optimiser, queue, best, step."""
    parts: dict[str, dict[str, Tensor]] = {
        "student": trainer.student.state_dict(),
        "head": trainer.head.state_dict(),
        "objective": trainer.objective.state.state_dict(),
        "best": trainer.best_student,
    }
    tensors = {f"{part}/{k}": v for part, values in parts.items() for k, v in values.items()}
    for index, values in trainer.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{key}": value for key, value in values.items()}
    meta = {
        "format": FORMAT,
        "data": data,
        "seed": trainer.seed,
        "step": trainer.step,
        "n_steps": trainer.n_steps,
        "best_step": trainer.best_step,
        "best_similarity": trainer.best_similarity,
        "recipe": trainer.recipe.to_json(),
        "student": trainer.spec.to_json(),
        "losses": losses,
        "history": [asdict(evaluation) for evaluation in trainer.history],
        "n_parts": trainer.n_parts,
    }
    cloned = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    return save(cloned, metadata={"checkpoint": json.dumps(meta)})


def resume(trainer: Trainer, path: Path, *, data: str) -> list[float]:
    """Bring a fresh `trainer` to the state saved in `path`; returns the losses until then.

    Raises
    ------
    UnreadableFile
        If the file is damaged, or was made with other data, settings or seed.
    """
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {}).get("checkpoint", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise UnreadableFile(
            f"The checkpoint cannot be read ({error}).",
            where=str(path),
            hint="Start the distillation again; nothing else depends on this file.",
        ) from error
    expected = {
        "format": FORMAT,
        "data": data,
        "seed": trainer.seed,
        "recipe": trainer.recipe.to_json(),
        "student": trainer.spec.to_json(),
    }
    # Checkpoints of earlier versions lack the settings that came later.
    for name, kind in (("recipe", Recipe), ("student", StudentSpec)):
        if isinstance(meta.get(name), dict):
            meta[name] = kind.from_json(meta[name]).to_json()
    different = [name for name, value in expected.items() if meta.get(name) != value]
    if different:
        raise UnreadableFile(
            f"The checkpoint was made with other {', '.join(different)}.",
            where=str(path),
            hint="Start the distillation again.",
        )
    _load(trainer, tensors)
    trainer.step = int(meta["step"])
    trainer.best_step = int(meta["best_step"])
    trainer.best_similarity = float(meta.get("best_similarity", -1.0))
    # Checkpoints of earlier versions know neither.
    trainer.history = [Evaluation(**values) for values in meta.get("history", [])]
    trainer.n_parts = int(meta.get("n_parts", 1))
    return [float(loss) for loss in meta["losses"]]


def _load(trainer: Trainer, tensors: dict[str, Tensor]) -> None:
    def part(name: str) -> dict[str, Tensor]:
        start = name + "/"
        return {k[len(start) :]: v for k, v in tensors.items() if k.startswith(start)}

    trainer.student.load_state_dict(part("student"))
    trainer.head.load_state_dict(part("head"))
    trainer.objective.state.load_state_dict(part("objective"))
    trainer.best_student = part("best")
    states: dict[int, dict[str, Tensor]] = {}
    for name, tensor in part("optimiser").items():
        index, key = name.split("/", 1)
        states.setdefault(int(index), {})[key] = tensor
    saved = trainer.optimiser.state_dict()
    trainer.optimiser.load_state_dict({"state": states, "param_groups": saved["param_groups"]})

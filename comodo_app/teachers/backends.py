"""What runs a video transformer: the protocol, and torch on a processor or a graphics card."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError

if TYPE_CHECKING:
    from comodo_app.teachers.video_model import VideoModel

DEVICES = ("cpu", "cuda", "mps")
PRECISIONS = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


class Backend(Protocol):
    """Runs a model; `precision` is part of the names of cached embeddings."""

    @property
    def name(self) -> str: ...

    @property
    def precision(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → (B, D) float32, pooled, not normalised.

        When memory is full, the library's own error comes through: `MemoryError`,
        `torch.OutOfMemoryError` or a `RuntimeError` that says so.
        """
        ...


class TorchBackend:
    """A model in torch.

    Parameters
    ----------
    model : VideoModel
        Shared where nothing has to be changed, copied where device or precision are others.
    device : str
        "cpu", "cuda" or "mps".
    precision : str
        "fp32", "bf16" or "fp16": weights and activations.

    Raises
    ------
    UsageError
        If there is no such device here.
    """

    def __init__(self, model: VideoModel, device: str = "cpu", precision: str = "fp32") -> None:
        import torch

        if device not in DEVICES or precision not in PRECISIONS:
            raise ValueError(f"no such way to run a model: {device}, {precision}")
        if (device == "cuda" and not torch.cuda.is_available()) or (
            device == "mps" and not torch.backends.mps.is_available()
        ):
            raise UsageError(
                f"torch finds no {device} device on this computer.",
                hint="Use the device cpu, or install the torch build for your graphics card.",
            )
        self.name = f"torch-{device}-{precision}"
        self.precision = precision
        self.dim = model.dim
        self._device, self._dtype = torch.device(device), getattr(torch, PRECISIONS[precision])
        module = model.module
        if (device, precision) != ("cpu", "fp32"):
            module = copy.deepcopy(module).to(self._device, self._dtype)
        self._module = module.eval()

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → (B, D).

        Raises
        ------
        UsageError
            If numbers grow too large for the precision.
        """
        import torch

        with torch.inference_mode():
            given = torch.from_numpy(clips).to(self._device, self._dtype)
            rows: NDArray[np.float32] = self._module(given).float().cpu().numpy()
        refuse_infinite(rows, self.name)
        return rows


def refuse_infinite(rows: NDArray[np.float32], name: str) -> None:
    """Raise `UsageError` if a backend's rows (B, D) are not all finite."""
    if not np.isfinite(rows).all():
        raise UsageError(
            f"The teacher's numbers are not finite ({name}).",
            hint="Run it in full precision (fp32), or check its weights: `comodo models verify`.",
        )

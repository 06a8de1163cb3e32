"""A published video transformer, loaded from its folder: module, clip, labels, words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError
from comodo_app.teachers.architectures import find_architecture, read_outline
from comodo_app.teachers.architectures.model import read_config
from comodo_app.teachers.clip import ClipSpec
from comodo_app.weights.reading import read_safetensors

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class VideoModel:
    """A frozen video transformer.

    Attributes
    ----------
    module : nn.Module
        ``pixel_values (B, F, 3, h, w) float32 → (B, D)``, pooled, not normalised; on the CPU, in
        evaluation mode.
    clip : ClipSpec
        How it wants to see a window.
    dim : int
        D.
    labels : tuple of str
        What its own classifier can say; empty without one.
    architecture : str
        Key of `architectures.ARCHITECTURES`.
    exportable : bool
        Whether it can be written as an ONNX graph.
    """

    module: nn.Module
    clip: ClipSpec
    dim: int
    labels: tuple[str, ...]
    architecture: str
    exportable: bool
    _logits: Callable[[Tensor], Tensor] | None = None
    _texts: Callable[[Sequence[str]], Tensor] | None = None

    @property
    def reads_text(self) -> bool:
        """Whether `embed_texts` can be asked."""
        return self._texts is not None

    def label_scores(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """Clips (B, F, 3, h, w) → probabilities of its own `labels` (B, L), rows sum to 1.

        Raises
        ------
        UsageError
            If it has no classifier.
        """
        if self._logits is None:
            raise UsageError("This teacher knows no labels of its own.")
        import torch

        with torch.inference_mode():
            scores: NDArray[np.float32] = (
                self._logits(torch.from_numpy(clips)).float().softmax(dim=-1).numpy()
            )
        return scores

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Words (n) → unit rows (n, D), to be compared by cosine with embeddings of clips.

        The text tower is read from the folder at each call: ask for many texts at once.

        Raises
        ------
        UsageError
            If the model has no text tower.
        UnreadableFile
            If its tokenizer or weights cannot be read.
        """
        if self._texts is None:
            raise UsageError("This teacher does not read text.")
        import torch

        if not texts:
            return np.empty((0, self.dim), np.float32)
        with torch.inference_mode():
            rows: NDArray[np.float32] = torch.nn.functional.normalize(
                self._texts(texts).float(), dim=-1
            ).numpy()
        return rows


def load_video_model(
    folder: Path,
    *,
    architecture: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> VideoModel:
    """Load a checkpoint in the published format; nothing in it is ever run as code.

    Parameters
    ----------
    folder : Path
        Holds config.json, a processor's configuration and safetensors.
    architecture : str, optional
        Key of `architectures.ARCHITECTURES`; from config.json's ``model_type`` if None.
    options : mapping, optional
        What the architecture leaves open: "pooling", "n_frames".

    Raises
    ------
    UnreadableFile
        If a file is missing or damaged, a tensor is missing, unknown or of another shape, the
        architecture is unknown or needs code from the folder.
    UsageError
        If there is no such option.
    """
    chosen = dict(options or {})
    config = read_config(folder)
    kind = find_architecture(config, architecture, where=folder)
    clip, dim = read_outline(folder, architecture=architecture, options=chosen)
    built = kind.build(config, read_safetensors(folder), chosen, folder)
    return VideoModel(
        module=built.module.eval(),
        clip=clip,
        dim=dim,
        labels=built.labels,
        architecture=kind.key,
        exportable=kind.exportable,
        _logits=built.logits,
        _texts=built.texts,
    )

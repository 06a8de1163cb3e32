"""VideoMAE: mean over all tokens, then the classifier's `fc_norm`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comodo_app.teachers.architectures.model import (
    Architecture,
    Built,
    Config,
    Options,
    Outline,
    fill,
    frames_outline,
    made_config,
    made_network,
    read_labels,
)

if TYPE_CHECKING:
    from torch import Tensor

# Of the class for pre-training: what rebuilds the hidden patches.
_DECODER = ("decoder.*", "encoder_to_decoder.*", "mask_token", "position_embeddings")
_PREFIX = "videomae."


def _outline(config: Config, options: Options, folder: Path) -> Outline:
    return frames_outline(config, folder, n_frames=16, side_px=224)


def _build(config: Config, tensors: Mapping[str, Tensor], options: Options, folder: Path) -> Built:
    """From a checkpoint for classification, for pre-training, or of the bare encoder.

    The library keeps the norm that belongs to mean pooling (`fc_norm`) in the class for
    classification; the bare class with mean pooling ends without any norm.
    """
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification, VideoMAEModel

    from comodo_app.teachers.architectures.pooled import Pooled

    made = made_config(VideoMAEConfig, config, folder)
    tensors = {_current_name(name): tensor for name, tensor in tensors.items()}
    if "classifier.weight" not in tensors:
        tensors = {name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items()}
        network: Any = made_network(VideoMAEModel, made, folder)
        fill(network, tensors, folder, ignore=_DECODER)
        return Built(Pooled(network, _mean_of_bare, made.hidden_size))
    network = made_network(VideoMAEForVideoClassification, made, folder)
    fill(network, tensors, folder)
    return Built(
        Pooled(network, _mean_then_norm, made.hidden_size),
        labels=read_labels(config, made.num_labels, folder),
        logits=lambda clips: network(pixel_values=clips).logits,
    )


def _current_name(name: str) -> str:
    """Published files keep the biases of queries and values as the library once named them."""
    return name.replace("attention.attention.q_bias", "attention.attention.query.bias").replace(
        "attention.attention.v_bias", "attention.attention.value.bias"
    )


def _mean_then_norm(network: Any, pixel_values: Tensor) -> Tensor:
    mean: Tensor = network.videomae(pixel_values).last_hidden_state.mean(1)  # (B, D)
    return mean if network.fc_norm is None else network.fc_norm(mean)


def _mean_of_bare(network: Any, pixel_values: Tensor) -> Tensor:
    mean: Tensor = network(pixel_values).last_hidden_state.mean(1)
    return mean


VIDEOMAE = Architecture("videomae", ("videomae",), (), _outline, _build)

"""TimeSformer: final norm, then the mean over all tokens, or the class token."""

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
    pooling_option,
    read_labels,
)

if TYPE_CHECKING:
    from torch import Tensor

_PREFIX = "timesformer."
_POOLINGS = ("mean", "cls")


def _outline(config: Config, options: Options, folder: Path) -> Outline:
    pooling_option(options, _POOLINGS)
    return frames_outline(config, folder, n_frames=8, side_px=224)


def _build(config: Config, tensors: Mapping[str, Tensor], options: Options, folder: Path) -> Built:
    """From a checkpoint for classification or of the bare encoder.

    Source: arXiv 2503.07259, which takes the mean over all tokens, the class token among them;
    the model's own classifier looks at the class token alone (option "cls").
    """
    from transformers import (
        TimesformerConfig,
        TimesformerForVideoClassification,
        TimesformerModel,
    )

    from comodo_app.teachers.architectures.fused_attention import fuse_attention
    from comodo_app.teachers.architectures.pooled import Pooled

    made = made_config(TimesformerConfig, config, folder)
    pool = _mean if pooling_option(options, _POOLINGS) == "mean" else _cls
    if "classifier.weight" not in tensors:
        bare = {name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items()}
        network: Any = made_network(TimesformerModel, made, folder)
        fill(network, bare, folder)
        fuse_attention(network)
        return Built(Pooled(network, pool, made.hidden_size))
    whole_network: Any = made_network(TimesformerForVideoClassification, made, folder)
    fill(whole_network, tensors, folder)
    fuse_attention(whole_network)
    return Built(
        Pooled(whole_network.timesformer, pool, made.hidden_size),
        labels=read_labels(config, made.num_labels, folder),
        logits=lambda clips: whole_network(pixel_values=clips).logits,
    )


def _mean(network: Any, pixel_values: Tensor) -> Tensor:
    tokens: Tensor = network(pixel_values).last_hidden_state  # (B, 1 + F·patches, D)
    return tokens.mean(1)


def _cls(network: Any, pixel_values: Tensor) -> Tensor:
    tokens: Tensor = network(pixel_values).last_hidden_state
    return tokens[:, 0]


TIMESFORMER = Architecture("timesformer", ("timesformer",), ("pooling",), _outline, _build)

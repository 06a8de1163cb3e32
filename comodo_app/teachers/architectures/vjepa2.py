"""V-JEPA 2: mean over the encoder's tokens; its predictor is left out."""

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
    frames_option,
    made_config,
    made_network,
    read_labels,
    whole,
)

if TYPE_CHECKING:
    from torch import Tensor

_PREFIX = "vjepa2."
_PREDICTOR = ("predictor.*", f"{_PREFIX}predictor.*")


def _outline(config: Config, options: Options, folder: Path) -> Outline:
    side = whole(config, "crop_size", 256, folder)
    return Outline(
        # Positions are rotations: any number of frames will do, in whole tubelets.
        n_frames=frames_option(
            options,
            whole(config, "frames_per_clip", 64, folder),
            multiple_of=whole(config, "tubelet_size", 2, folder),
        ),
        height_px=side,
        width_px=side,
        dim=whole(config, "hidden_size", 1024, folder),
    )


def _build(config: Config, tensors: Mapping[str, Tensor], options: Options, folder: Path) -> Built:
    """From a checkpoint of the encoder or for classification (attentive pooler and head)."""
    from torch import nn
    from transformers import VJEPA2Config, VJEPA2ForVideoClassification, VJEPA2Model

    from comodo_app.teachers.architectures.pooled import Pooled

    made = made_config(VJEPA2Config, config, folder)
    if "classifier.weight" not in tensors:
        bare = {name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items()}
        network: Any = made_network(VJEPA2Model, made, folder)
        network.predictor = nn.Identity()
        fill(network, bare, folder, ignore=_PREDICTOR)
        return Built(Pooled(network.encoder, _mean, made.hidden_size))
    whole_network: Any = made_network(VJEPA2ForVideoClassification, made, folder)
    whole_network.vjepa2.predictor = nn.Identity()
    fill(whole_network, tensors, folder, ignore=_PREDICTOR)
    return Built(
        Pooled(whole_network.vjepa2.encoder, _mean, made.hidden_size),
        labels=read_labels(config, made.num_labels, folder),
        logits=lambda clips: whole_network(pixel_values_videos=clips).logits,
    )


def _mean(encoder: Any, pixel_values: Tensor) -> Tensor:
    tokens: Tensor = encoder(pixel_values_videos=pixel_values).last_hidden_state
    return tokens.mean(1)


VJEPA2 = Architecture("vjepa2", ("vjepa2",), ("n_frames",), _outline, _build)

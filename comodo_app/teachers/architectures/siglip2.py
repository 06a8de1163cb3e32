"""SigLIP and SigLIP 2 frame by frame: the mean of the frames' pooled embeddings; reads text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comodo_app.errors import UnreadableFile
from comodo_app.teachers.architectures.model import (
    Architecture,
    Built,
    Config,
    Options,
    Outline,
    fill,
    frames_option,
    image_size,
    made_config,
    made_network,
    part,
    whole,
)

if TYPE_CHECKING:
    from torch import Tensor

_VISION, _TEXT = "vision_model.", "text_model."
_BOTH = "siglip"
# Variants that take a picture in its own shape, as a list of patches.
_ANY_SHAPE = ("siglip2", "siglip2_vision_model")
_FRAMES = 8


def _vision_config(config: Config, folder: Path) -> Config:
    if config.get("model_type") in _ANY_SHAPE:
        raise UnreadableFile(
            "This variant of SigLIP 2 sees each picture in its own shape (NaFlex); the app loads "
            "those of a fixed size.",
            where=str(folder / "config.json"),
            hint="Choose one such as siglip2-base-patch16-224.",
        )
    vision = part(config, "vision_config", folder) if config["model_type"] == _BOTH else config
    if vision.get("vision_use_head") is False:
        raise UnreadableFile(
            "This variant of SigLIP does not pool a picture's patches.",
            where=str(folder / "config.json"),
        )
    return vision


def _outline(config: Config, options: Options, folder: Path) -> Outline:
    vision = _vision_config(config, folder)
    height, width = image_size(vision, 224, folder)
    return Outline(
        n_frames=frames_option(options, _FRAMES),
        height_px=height,
        width_px=width,
        dim=whole(vision, "hidden_size", 768, folder),
    )


def _build(config: Config, tensors: Mapping[str, Tensor], options: Options, folder: Path) -> Built:
    """From a checkpoint of both towers or of the picture tower; words are read when asked for."""
    from transformers import SiglipVisionConfig, SiglipVisionModel

    from comodo_app.teachers.architectures.pooled import Pooled

    made = made_config(SiglipVisionConfig, _vision_config(config, folder), folder)
    network = made_network(SiglipVisionModel, made, folder)
    bare = {name.removeprefix(_VISION): tensor for name, tensor in tensors.items()}
    reads = any(name.startswith(_TEXT) for name in tensors)
    both = (f"{_TEXT}*", "logit_scale", "logit_bias") if config["model_type"] == _BOTH else ()
    fill(network, bare, folder, ignore=both)
    return Built(
        Pooled(network, _mean_of_frames, made.hidden_size),
        texts=(lambda texts: _texts(texts, config, folder)) if reads else None,
    )


def _mean_of_frames(network: Any, pixel_values: Tensor) -> Tensor:
    n_frames = pixel_values.shape[1]
    frames: Tensor = network(pixel_values.flatten(0, 1)).pooler_output  # (B·F, D)
    return frames.view(-1, n_frames, frames.shape[1]).mean(1)


def _texts(texts: Sequence[str], config: Config, folder: Path) -> Tensor:
    from transformers import SiglipTextConfig, SiglipTextModel

    from comodo_app.teachers.architectures.texts import tokenized
    from comodo_app.weights.reading import read_safetensors

    made = made_config(SiglipTextConfig, part(config, "text_config", folder), folder)
    # It was trained on lower case, padded and without a mask.
    numbers, _ = tokenized(
        [text.lower() for text in texts], folder, length=made.max_position_embeddings
    )
    network: Any = made_network(SiglipTextModel, made, folder)
    tower = {
        name.removeprefix(_TEXT): tensor
        for name, tensor in read_safetensors(folder).items()
        if name.startswith(_TEXT)
    }
    fill(network, tower, folder)
    embedded: Tensor = network(input_ids=numbers).pooler_output
    return embedded


SIGLIP2 = Architecture(
    "siglip2", (_BOTH, "siglip_vision_model", *_ANY_SHAPE), ("n_frames",), _outline, _build
)

"""VideoPrism: the global vector of its video-text model, or the mean over the encoder's tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    part,
    read_labels,
)

if TYPE_CHECKING:
    from torch import Tensor

_VIDEO, _TEXT = "video_model.", "text_model."
_BOTH = "videoprism"


def _vision_config(config: Config, folder: Path) -> Config:
    return part(config, "vision_config", folder) if config["model_type"] == _BOTH else config


def _outline(config: Config, options: Options, folder: Path) -> Outline:
    return frames_outline(_vision_config(config, folder), folder, n_frames=16, side_px=288)


def _build(config: Config, tensors: Mapping[str, Tensor], options: Options, folder: Path) -> Built:
    """From a checkpoint of video and text, of the encoder alone, or for classification."""
    from transformers import (
        VideoPrismForVideoClassification,
        VideoPrismVideoModel,
        VideoPrismVisionConfig,
        VideoPrismVisionModel,
    )

    from comodo_app.teachers.architectures.pooled import Pooled

    made = made_config(VideoPrismVisionConfig, _vision_config(config, folder), folder)
    if config["model_type"] == _BOTH:
        network: Any = made_network(VideoPrismVideoModel, made, folder)
        tower = {name.removeprefix(_VIDEO): tensor for name, tensor in tensors.items()}
        fill(network, tower, folder, ignore=(f"{_TEXT}*",))
        reads = any(name.startswith(_TEXT) for name in tensors)
        return Built(
            Pooled(network, _global, made.hidden_size),
            texts=(lambda texts: _texts(texts, config, folder)) if reads else None,
        )
    if "classifier.weight" not in tensors:
        network = made_network(VideoPrismVisionModel, made, folder)
        bare = {name.removeprefix("vision_model."): tensor for name, tensor in tensors.items()}
        fill(network, bare, folder)
        return Built(Pooled(network, _mean, made.hidden_size))
    whole_network: Any = made_network(VideoPrismForVideoClassification, made, folder)
    fill(whole_network, tensors, folder)
    return Built(
        Pooled(whole_network.vision_model, _mean, made.hidden_size),
        labels=read_labels(config, made.num_labels, folder),
        logits=lambda clips: whole_network(pixel_values_videos=clips).logits,
    )


def _global(network: Any, pixel_values: Tensor) -> Tensor:
    pooled: Tensor = network(pixel_values_videos=pixel_values).pooler_output  # (B, 1, D)
    return pooled


def _mean(network: Any, pixel_values: Tensor) -> Tensor:
    tokens: Tensor = network(pixel_values_videos=pixel_values).last_hidden_state
    return tokens.mean(1)


def _texts(texts: Sequence[str], config: Config, folder: Path) -> Tensor:
    from transformers import VideoPrismTextConfig, VideoPrismTextModel

    from comodo_app.teachers.architectures.texts import tokenized
    from comodo_app.weights.reading import read_safetensors

    made = made_config(VideoPrismTextConfig, part(config, "text_config", folder), folder)
    numbers, words = tokenized(texts, folder, length=made.max_position_embeddings)
    network: Any = made_network(VideoPrismTextModel, made, folder)
    tower = {
        name.removeprefix(_TEXT): tensor
        for name, tensor in read_safetensors(folder).items()
        if name.startswith(_TEXT)
    }
    fill(network, tower, folder)
    embedded: Tensor = network(input_ids=numbers, attention_mask=words).pooler_output
    return embedded


VIDEOPRISM = Architecture("videoprism", (_BOTH, "videoprism_vision_model"), (), _outline, _build)

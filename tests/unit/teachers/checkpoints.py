"""Small checkpoints in the published format, made with the library's own classes.

Each function writes a folder with config.json, a processor's configuration like the published one
(smaller) and model.safetensors, and returns the library's own model, its weights random.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 2}
SMALL = {"hidden_size": 32, "intermediate_size": 64, **LAYERS}
LABELS = {0: "juggling balls", 1: "washing dishes", 2: "tying knots"}

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
# As published beside VideoMAE: an image processor's file.
VIDEOMAE_PROCESSOR = {
    "crop_size": {"height": 32, "width": 32},
    "do_center_crop": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "feature_extractor_type": "VideoMAEFeatureExtractor",
    **IMAGENET,
    "image_processor_type": "VideoMAEImageProcessor",
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
    "size": {"shortest_edge": 32},
}
TIMESFORMER_PROCESSOR = {
    **VIDEOMAE_PROCESSOR,
    "feature_extractor_type": None,
    "image_mean": [0.45, 0.45, 0.45],
    "image_std": [0.225, 0.225, 0.225],
}
VJEPA2_PROCESSOR = {
    "crop_size": {"height": 32, "width": 32},
    "data_format": "channels_first",
    "default_to_square": True,
    "device": None,
    "do_center_crop": True,
    "do_convert_rgb": None,
    "do_normalize": True,
    "do_pad": None,
    "do_rescale": True,
    "do_resize": True,
    **IMAGENET,
    "input_data_format": None,
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
    "size": {"shortest_edge": 36},
    "size_divisor": None,
    "video_processor_type": "VJEPA2VideoProcessor",
}
VIDEOPRISM_PROCESSOR = {
    "do_convert_rgb": True,
    "do_normalize": False,
    "do_rescale": True,
    "do_resize": True,
    "do_sample_frames": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "resample": 3,
    "rescale_factor": 0.00392156862745098,
    "size": {"height": 36, "width": 36},
    "video_processor_type": "LlavaOnevisionVideoProcessor",
}
SIGLIP2_PROCESSOR = {
    "do_convert_rgb": None,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_processor_type": "SiglipImageProcessor",
    "image_std": [0.5, 0.5, 0.5],
    "processor_class": "SiglipProcessor",
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
    "size": {"height": 32, "width": 32},
}


def save(
    model: Any, folder: Path, processor: dict[str, Any], name: str = "preprocessor_config.json"
) -> Any:
    """Write the model, its weights all random (also those that start as zeros), and return it."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.1)
    model.eval().save_pretrained(folder)
    (folder / name).write_text(json.dumps(processor))
    return model


def videomae(folder: Path, *, bare: bool = False, **values: Any) -> Any:
    """`values` go into the configuration."""
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification, VideoMAEModel

    shape = {**SMALL, "image_size": 32, "patch_size": 16, "num_frames": 4, "id2label": LABELS}
    config = VideoMAEConfig(**{**shape, "use_mean_pooling": True, **values})
    kind = VideoMAEModel if bare else VideoMAEForVideoClassification
    return save(kind(config), folder, VIDEOMAE_PROCESSOR)


def renamed_videomae(folder: Path) -> Any:
    """With the names of today's class; files are saved with those the library once gave them."""
    model = videomae(folder)
    n_old = 0

    def rename(state: dict[str, torch.Tensor]) -> None:
        nonlocal n_old
        for name in list(state):
            new = name.replace(".q_bias", ".query.bias").replace(".v_bias", ".value.bias")
            n_old += new != name
            state[new] = state.pop(name)

    rewrite_weights(folder, rename)
    assert n_old == 4
    return model


def timesformer(folder: Path, *, bare: bool = False) -> Any:
    """For classification, or the encoder alone."""
    from transformers import (
        TimesformerConfig,
        TimesformerForVideoClassification,
        TimesformerModel,
    )

    config = TimesformerConfig(**SMALL, image_size=32, patch_size=16, num_frames=4, id2label=LABELS)
    kind = TimesformerModel if bare else TimesformerForVideoClassification
    return save(kind(config), folder, TIMESFORMER_PROCESSOR)


def vjepa2(folder: Path, *, classifier: bool = False) -> Any:
    """The published encoder comes with its predictor."""
    from transformers import VJEPA2Config, VJEPA2ForVideoClassification, VJEPA2Model

    config = VJEPA2Config(
        **{**LAYERS, "hidden_size": 36, "num_attention_heads": 3}, crop_size=32, patch_size=16,
        frames_per_clip=8, pred_hidden_size=24, pred_num_attention_heads=2,
        pred_num_hidden_layers=1, pred_num_mask_tokens=2, num_pooler_layers=1, id2label=LABELS,
    )  # fmt: skip
    kind = VJEPA2ForVideoClassification if classifier else VJEPA2Model
    return save(kind(config), folder, VJEPA2_PROCESSOR, "video_preprocessor_config.json")


def videoprism(folder: Path, kind: str = "clip") -> Any:
    """`kind`: "clip" (video and text), "vision" (the encoder) or "classifier"."""
    from transformers import (
        VideoPrismClipModel,
        VideoPrismConfig,
        VideoPrismForVideoClassification,
        VideoPrismVisionConfig,
        VideoPrismVisionModel,
    )

    heads = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
    vision = {
        **heads, "image_size": 36, "num_frames": 4, "num_spatial_layers": 1,
        "num_temporal_layers": 1, "num_auxiliary_layers": 1,
    }  # fmt: skip
    model: Any
    if kind == "clip":
        text = {**heads, "num_hidden_layers": 1, "vocab_size": 40, "max_position_embeddings": 8}
        model = VideoPrismClipModel(VideoPrismConfig(vision_config=vision, text_config=text))
        write_tokenizer(folder)
    else:
        config = VideoPrismVisionConfig(**vision, id2label=LABELS)
        classes = {"vision": VideoPrismVisionModel, "classifier": VideoPrismForVideoClassification}
        model = classes[kind](config)
    return save(model, folder, VIDEOPRISM_PROCESSOR, "video_preprocessor_config.json")


def siglip2(folder: Path, *, vision_only: bool = False) -> Any:
    """Fixed size; published with both towers."""
    from transformers import SiglipConfig, SiglipModel, SiglipVisionConfig, SiglipVisionModel

    vision = {**SMALL, "image_size": 32, "patch_size": 16}
    if vision_only:
        return save(SiglipVisionModel(SiglipVisionConfig(**vision)), folder, SIGLIP2_PROCESSOR)
    text = {**SMALL, "vocab_size": 40, "max_position_embeddings": 8}
    write_tokenizer(folder)
    config = SiglipConfig(vision_config=vision, text_config=text)
    return save(SiglipModel(config), folder, SIGLIP2_PROCESSOR)


def write_tokenizer(folder: Path) -> None:
    """A tokenizer of a few words, in the published format."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "a", "person", "washing", "dishes", "tying", "knots", "Tying"]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]"
    ).save_pretrained(folder)


def rewrite_weights(folder: Path, change: Any) -> None:
    """Apply `change` to the tensors in the folder's file."""
    path = folder / "model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path, metadata={"format": "pt"})


def rewrite_json(path: Path, **values: Any) -> None:
    """Change values of a JSON file; None drops one."""
    about = json.loads(path.read_text()) | values
    path.write_text(json.dumps({k: v for k, v in about.items() if v is not None}))

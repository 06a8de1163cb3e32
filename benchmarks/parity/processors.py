"""Our frames against the published models' own processors, those that need torchvision included.

The app does without torchvision, whose builds go with one build of torch each, so it is compared
in an environment of its own. From the repository's folder:

    python -m venv /tmp/parity && /tmp/parity/bin/pip install . torchvision
    /tmp/parity/bin/python -P benchmarks/parity/processors.py

Each processor is configured as published, and shown pictures of several shapes: enlarged,
shrunk, upright. Prints how many levels of 255 the frames differ by before they are normalised,
how many of the values differ at all, and the largest difference of what the model is given; ends
with an error if a frame is not the processor's own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from comodo_app.teachers.clip import ClipSpec, preprocess_frame
from comodo_app.teachers.processor_config import read_clip_spec

try:
    import torchvision
except RuntimeError:  # built for another torch: its compiled operators are missing, and not needed
    for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[module]
    operators = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision
import transformers

SHAPES = ((480, 848), (1080, 1920), (720, 1280), (848, 480), (240, 320), (224, 224), (180, 200))
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
KINETICS = {"image_mean": [0.45, 0.45, 0.45], "image_std": [0.225, 0.225, 0.225]}
HALVES = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
SQUARE_224 = {"height": 224, "width": 224}
CENTRE_224 = {"size": {"shortest_edge": 224}, "crop_size": SQUARE_224, "resample": 2}
# Name, class of the library, its file's values, side of the model.
CASES: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("VideoMAE", "VideoMAEImageProcessorPil", {**CENTRE_224, **IMAGENET}, 224),
    ("TimeSformer", "VideoMAEImageProcessorPil", {**CENTRE_224, **KINETICS}, 224),
    ("SigLIP 2", "SiglipImageProcessorPil", {"size": SQUARE_224, "resample": 2, **HALVES}, 224),
    ("VideoMAE", "VideoMAEVideoProcessor", {**CENTRE_224, **IMAGENET}, 224),
    ("TimeSformer", "TimesformerVideoProcessor", {**CENTRE_224, **KINETICS}, 224),
    ("V-JEPA 2", "VJEPA2VideoProcessor",
     {"crop_size": {"height": 256, "width": 256}, "resample": 2, **IMAGENET}, 256),
    ("VideoPrism", "LlavaOnevisionVideoProcessor",
     {"size": {"height": 288, "width": 288}, "do_normalize": False, "resample": 3}, 288),
)  # fmt: skip


def picture(height_px: int, width_px: int) -> NDArray[np.uint8]:
    """Noise over gradients: every level, and detail at every scale."""
    rng = np.random.default_rng(height_px)
    y, x = np.mgrid[0:height_px, 0:width_px]
    smooth = np.stack([x * 255 / width_px, y * 255 / height_px, (x + y) % 256], axis=-1)
    noise = rng.integers(0, 256, size=smooth.shape)
    return np.where(rng.random(smooth.shape) < 0.3, noise, smooth).astype(np.uint8)


def their_frame(processor: Any, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(3, h, w) of the library's processor for one picture."""
    if "Video" in type(processor).__name__ and "Image" not in type(processor).__name__:
        made = processor(torch.from_numpy(image[None]), return_tensors="np")
    else:
        made = processor([image], return_tensors="np")
    values = next(iter(made.values()))
    frame: NDArray[np.float32] = np.asarray(values).reshape(-1, *np.asarray(values).shape[-3:])[0]
    return frame


def in_levels(frame: NDArray[np.float32], spec: ClipSpec) -> NDArray[np.float64]:
    """What a frame was before its normalisation, 0 to 255."""
    mean, std = (np.array(v, np.float64)[:, None, None] for v in (spec.mean, spec.std))
    levels: NDArray[np.float64] = (frame * std + mean) / spec.scale
    return levels


def compare(name: str, kind: str, values: dict[str, Any], side: int) -> float:
    """Print one row; the largest difference of the values that the model is given."""
    key = "video_processor_type" if kind.endswith("VideoProcessor") else "image_processor_type"
    processor = getattr(transformers, kind)(**values)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        text = json.dumps({key: kind, **values})
        (folder / "preprocessor_config.json").write_text(text)
        spec = read_clip_spec(folder, n_frames=1, height_px=side, width_px=side)
    levels, values_apart, n_values, worst = 0.0, 0, 0, 0.0
    for shape in SHAPES:
        image = picture(*shape)
        ours, theirs = preprocess_frame(image, spec), their_frame(processor, image)
        if ours.shape != theirs.shape:
            raise SystemExit(f"{name}: {ours.shape} instead of {theirs.shape}")
        apart = np.abs(in_levels(ours, spec) - in_levels(theirs, spec))
        levels = max(levels, float(apart.max()))
        values_apart += int((apart > 0.5).sum())
        n_values += ours.size
        worst = max(worst, float(np.abs(ours - theirs).max()))
    print(
        f"{name:<13}{kind:<30}{spec.engine:<8}{round(levels):>7}"
        f"{values_apart / n_values:>12.4%}{worst:>12.2g}"
    )
    return worst


def main() -> int:
    """Compare all; 1 if a frame is not the processor's own."""
    print(
        f"torch {torch.__version__}, torchvision {torchvision.__version__}, transformers "
        f"{transformers.__version__}, {torch.backends.cpu.get_cpu_capability()}"
    )
    print(f"{'model':<13}{'processor':<30}{'engine':<8}{'levels':>7}{'values':>12}{'largest':>12}")
    worst = max(compare(*case) for case in CASES)
    return int(worst > 1e-6)


if __name__ == "__main__":
    sys.exit(main())

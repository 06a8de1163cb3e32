"""From a checkpoint's preprocessor configuration to a `ClipSpec`; what it cannot say is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from comodo_app.errors import UnreadableFile
from comodo_app.teachers.clip import ClipSpec

_RESAMPLES = {2: "bilinear", 3: "bicubic"}
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CLIP_MEAN, _CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_HALVES = (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class _Processor:
    """A processor class of the library: its arithmetic, and what its files may leave out."""

    engine: str
    resample: int
    size: Mapping[str, int] = field(default_factory=dict)
    crop: int = 0  # 0: it does not cut
    mean: tuple[float, float, float] = _HALVES
    std: tuple[float, float, float] = _HALVES


_SHORTEST_224 = MappingProxyType({"shortest_edge": 224})
_IMAGES = _Processor("pillow", 2, _SHORTEST_224, 224)
_SIGLIP = MappingProxyType({"height": 224, "width": 224})
_PROCESSORS = MappingProxyType(
    {
        "VideoMAEFeatureExtractor": _IMAGES,
        "VideoMAEImageProcessor": _IMAGES,
        "VideoMAEImageProcessorPil": _IMAGES,
        "VideoMAEVideoProcessor": _Processor("tensor", 2, _SHORTEST_224, 224),
        "TimesformerVideoProcessor": _Processor(
            "tensor", 2, _SHORTEST_224, 224, _IMAGENET_MEAN, _IMAGENET_STD
        ),
        "VJEPA2VideoProcessor": _Processor(
            "tensor",
            2,
            MappingProxyType({"shortest_edge": 292}),
            256,
            _IMAGENET_MEAN,
            _IMAGENET_STD,
        ),
        # VideoPrism's.
        "LlavaOnevisionVideoProcessor": _Processor(
            "tensor", 3, MappingProxyType({"height": 384, "width": 384}), 0, _CLIP_MEAN, _CLIP_STD
        ),
        "SiglipFeatureExtractor": _Processor("pillow", 3, _SIGLIP),
        "SiglipImageProcessor": _Processor("pillow", 3, _SIGLIP),
        "SiglipImageProcessorPil": _Processor("pillow", 3, _SIGLIP),
        "SiglipImageProcessorFast": _Processor("tensor", 3, _SIGLIP),
    }
)
_TYPES = ("video_processor_type", "image_processor_type", "feature_extractor_type")
_HONOURED = {
    "do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor",
    "do_normalize", "image_mean", "image_std",
}  # fmt: skip
# Without effect on a frame that is already chosen, RGB and an array.
_WITHOUT_EFFECT = {
    *_TYPES, "processor_class", "auto_map", "do_convert_rgb", "default_to_square", "data_format",
    "input_data_format", "device", "disable_grouping", "return_metadata", "return_tensors",
    "do_sample_frames", "num_frames", "fps", "video_metadata", "model_input_names",
}  # fmt: skip


def read_clip_spec(folder: Path, *, n_frames: int, height_px: int, width_px: int) -> ClipSpec:
    """How the model in a folder wants to see a window, as its processor's file says.

    Parameters
    ----------
    n_frames, height_px, width_px : int
        What the model itself was made for.

    Raises
    ------
    UnreadableFile
        If there is no such file, it asks for something that the app cannot do exactly, or does
        not fit the model.
    """
    path, values = _find(folder)
    kind = next((values[name] for name in _TYPES if values.get(name)), None)
    processor = _PROCESSORS.get(str(kind))
    if processor is None:
        _refuse(path, f"the processor {kind!r} is not known")
    spec = _spec(path, values, str(kind), processor, n_frames)
    if (spec.height_px, spec.width_px) != (height_px, width_px):
        _refuse(
            path,
            f"it makes frames of {spec.width_px}×{spec.height_px}, the model looks at "
            f"{width_px}×{height_px}",
        )
    return spec


def _find(folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """The file in force, in the library's own order, and its table."""
    path = folder / "processor_config.json"
    if path.exists():
        whole = _read(path)
        for name in ("video_processor", "image_processor"):
            inner = whole.get(name)
            if isinstance(inner, dict):
                return path, _as_called(whole, inner)
    for name in ("video_preprocessor_config.json", "preprocessor_config.json"):
        path = folder / name
        if path.exists():
            values = _read(path)
            return path, _as_called(values, values)
    raise UnreadableFile(
        "The folder does not say how the model wants to see frames: there is no "
        "preprocessor_config.json.",
        where=str(folder),
        hint="Get the whole model again; the file is published beside its weights.",
    )


def _as_called(about: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """VideoPrism's processor calls the one inside with values of its own."""
    if about.get("processor_class") == "VideoPrismProcessor":
        return {**values, "size": {"height": 288, "width": 288}, "do_normalize": False}
    return values


def _read(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror or error}.", where=str(path)
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("The file is damaged: it is not JSON.", where=str(path)) from error
    if not isinstance(values, dict):
        raise UnreadableFile("The file is no processor's configuration.", where=str(path))
    return values


def _spec(
    path: Path, values: Mapping[str, Any], kind: str, processor: _Processor, n_frames: int
) -> ClipSpec:
    for name, value in values.items():
        if name not in _HONOURED | _WITHOUT_EFFECT and value not in (None, False):
            _refuse(path, f"{name} is {value!r}")
    if not _yes(path, values, "do_resize", default=True):
        _refuse(path, "do_resize is off, but the model needs one size")
    crop = _crop(path, values, processor)
    size = values.get("size") or dict(processor.size)
    if kind == "VJEPA2VideoProcessor":
        # The class works the size out from the crop, whatever the file says.
        crop = crop or (processor.crop, processor.crop)
        size = {"shortest_edge": int(crop[0] * 256 / 224)}
    height, width, shortest = _sizes(path, size, crop)
    resample = values.get("resample")
    resample = processor.resample if resample is None else resample
    if resample not in _RESAMPLES:
        _refuse(path, f"resample is {resample!r}, not one of 2 (bilinear) and 3 (bicubic)")
    scale, mean, std = 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if _yes(path, values, "do_rescale", default=True):
        scale = _number(path, "rescale_factor", values.get("rescale_factor") or 1 / 255)
    if _yes(path, values, "do_normalize", default=True):
        mean = _three(path, values, "image_mean", processor.mean)
        std = _three(path, values, "image_std", processor.std)
    try:
        return ClipSpec(
            n_frames=n_frames,
            height_px=height,
            width_px=width,
            resize="shortest" if shortest else "exact",
            shortest_px=shortest,
            resample=_RESAMPLES[resample],
            engine=processor.engine,
            scale=scale,
            mean=mean,
            std=std,
        )
    except ValueError:
        _refuse(path, f"size {dict(size)} with crop {crop}, scale {scale} and std {std}")


def _crop(path: Path, values: Mapping[str, Any], processor: _Processor) -> tuple[int, int] | None:
    if not _yes(path, values, "do_center_crop", default=processor.crop > 0):
        return None
    crop = values.get("crop_size") or processor.crop
    if isinstance(crop, dict) and set(crop) == {"height", "width"}:
        crop = (crop["height"], crop["width"])
    else:
        crop = (crop, crop)
    if not all(isinstance(side, int) and side > 0 for side in crop):
        _refuse(path, f"crop_size is {values.get('crop_size')!r}")
    return crop


def _sizes(path: Path, size: Any, crop: tuple[int, int] | None) -> tuple[int, int, int]:
    """Height, width, and the shortest side before cutting (0: squashed)."""
    if isinstance(size, int) and not isinstance(size, bool):
        size = {"shortest_edge": size}  # files of old versions
    known = isinstance(size, dict) and all(isinstance(v, int) and v > 0 for v in size.values())
    if not known or set(size) not in ({"shortest_edge"}, {"height", "width"}):
        _refuse(path, f"size is {size!r}")
    if "shortest_edge" in size:
        if crop is None:
            _refuse(path, "the frame is not cut, so it has no fixed size")
        return crop[0], crop[1], size["shortest_edge"]
    if crop not in (None, (size["height"], size["width"])):
        _refuse(path, f"it squashes to {size} and then cuts {crop}")
    return size["height"], size["width"], 0


def _yes(path: Path, values: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = values.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        _refuse(path, f"{name} is {value!r}")
    return value


def _number(path: Path, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(path, f"{name} is {value!r}")
    return float(value)


def _three(
    path: Path, values: Mapping[str, Any], name: str, default: tuple[float, float, float]
) -> tuple[float, float, float]:
    value = values.get(name)
    if value is None:
        return default
    if isinstance(value, int | float):
        value = [value] * 3
    if not isinstance(value, list | tuple) or len(value) != 3:
        _refuse(path, f"{name} is {value!r}")
    red, green, blue = (_number(path, name, each) for each in value)
    return red, green, blue


def _refuse(path: Path, what: str) -> NoReturn:
    raise UnreadableFile(
        f"Frames cannot be prepared as this model wants them: {what}.",
        where=str(path),
        hint="Choose a model of the catalogue, or one with the same processor.",
    )

"""How a published model wants to see a window, and frames made so: its own processor's numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from comodo_app.errors import UnreadableFile

RESIZES = ("shortest", "exact")
RESAMPLES = ("bilinear", "bicubic")
ENGINES = ("pillow", "tensor")

_PILLOW = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """Frames of a window as a model wants them.

    Attributes
    ----------
    n_frames : int
        Frames per window, evenly spaced in time.
    height_px, width_px : int
        Size of a frame when the model sees it.
    resize : str
        "shortest": the shorter side becomes `shortest_px`, then the centre is cut out.
        "exact": squashed to height and width, whatever the shape; `shortest_px` is 0.
    resample : str
        "bilinear" or "bicubic", smoothed where the picture shrinks.
    engine : str
        Which arithmetic the model's own processor resizes in: "pillow" (its image processors) or
        "tensor" (its video processors). They differ by a level or two of 255.
    scale : float
        Levels are multiplied by this, then ``(x - mean) / std`` is taken per channel (R, G, B).
    """

    n_frames: int
    height_px: int
    width_px: int
    resize: str
    shortest_px: int
    resample: str
    engine: str
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        sizes = (self.n_frames, self.height_px, self.width_px)
        crop_fits = self.shortest_px >= max(self.height_px, self.width_px)
        if (
            min(sizes) < 1
            or self.resize not in RESIZES
            or (self.resize == "shortest" and not crop_fits)
            or self.resample not in RESAMPLES
            or self.engine not in ENGINES
            or len(self.mean) != 3
            or len(self.std) != 3
            or not np.all(np.isfinite((self.scale, *self.mean, *self.std)))
            or 0.0 in self.std
        ):
            raise ValueError(f"no way to see a clip: {self}")

    def name(self) -> str:
        """All of it in one line, for the names of cached embeddings."""
        mean, std = (",".join(map(repr, values)) for values in (self.mean, self.std))
        side = str(self.shortest_px) if self.resize == "shortest" else ""
        return (
            f"{self.n_frames}x{self.height_px}x{self.width_px}-{self.resize}{side}-"
            f"{self.resample}-{self.engine}-{self.scale!r}-{mean}-{std}"
        )

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ClipSpec:
        """The opposite of `to_json`.

        Raises
        ------
        ValueError
            If a field is missing, unknown, or has a value that there is no way for.
        """
        try:
            return cls(
                **{
                    **values,
                    **{name: tuple(map(float, values[name])) for name in ("mean", "std")},
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a clip's description: {error}") from error


def clip_beside(path: Path) -> tuple[ClipSpec, int]:
    """What the JSON file beside an ONNX graph says about its input and its D.

    ``model.onnx`` goes with ``model.json``: ``{"dim": 768, "clip": {...}}`` with the fields of
    `ClipSpec`.

    Raises
    ------
    UnreadableFile
        If it is missing or says something else.
    """
    beside = path.with_suffix(".json")
    hint = 'It says {"dim": D, "clip": {"n_frames": …, …}} with all fields of ClipSpec.'
    try:
        about = json.loads(beside.read_text(encoding="utf-8"))
        dim, clip = int(about["dim"]), ClipSpec.from_json(about["clip"])
    except FileNotFoundError as error:
        raise UnreadableFile(
            f"The graph does not say how it wants to see a video: {beside.name} is missing.",
            where=str(path),
            hint=hint,
        ) from error
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror or error}.", where=str(beside)
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFile(
            f"The file does not describe a clip ({error}).", where=str(beside), hint=hint
        ) from error
    if dim < 1:
        raise UnreadableFile(f"dim is {dim}.", where=str(beside), hint=hint)
    return clip, dim


def resized_shape(height_px: int, width_px: int, spec: ClipSpec) -> tuple[int, int]:
    """Height and width of a frame after resizing, before the centre is cut out."""
    if spec.resize == "exact":
        return spec.height_px, spec.width_px
    short, long = sorted((height_px, width_px))
    longer_px = int(spec.shortest_px * long / short)
    if width_px <= height_px:
        return longer_px, spec.shortest_px
    return spec.shortest_px, longer_px


def preprocess_frame(image: NDArray[np.uint8], spec: ClipSpec) -> NDArray[np.float32]:
    """A frame as the model's own processor makes it.

    Parameters
    ----------
    image : (H, W, 3) uint8
        RGB, upright, any size; not changed.

    Returns
    -------
    (3, height_px, width_px) float32
        A new array.
    """
    height, width = resized_shape(image.shape[0], image.shape[1], spec)
    if (height, width) == image.shape[:2]:
        small = image
    elif spec.engine == "pillow":
        small = np.asarray(Image.fromarray(image).resize((width, height), _PILLOW[spec.resample]))
    else:
        small = _resize_as_tensor(image, height, width, spec.resample)
    top, left = (height - spec.height_px) // 2, (width - spec.width_px) // 2
    centre = small[top : top + spec.height_px, left : left + spec.width_px]
    levels = _levels(spec)
    out = np.empty((3, spec.height_px, spec.width_px), np.float32)
    for channel in range(3):
        np.take(levels[channel], centre[:, :, channel], out=out[channel], mode="clip")
    return out


def _resize_as_tensor(
    image: NDArray[np.uint8], height: int, width: int, resample: str
) -> NDArray[np.uint8]:
    import torch

    # torch warns of arrays that it must not write to.
    writable = image if image.flags.writeable else image.copy()
    pixels = torch.from_numpy(writable).permute(2, 0, 1)[None]  # (1, 3, H, W), channels last
    small = torch.nn.functional.interpolate(
        pixels, size=(height, width), mode=resample, align_corners=False, antialias=True
    )
    made: NDArray[np.uint8] = small[0].permute(1, 2, 0).numpy()
    return made


@lru_cache(maxsize=16)
def _levels(spec: ClipSpec) -> NDArray[np.float32]:
    """What each of the 256 levels becomes, (3, 256); in the steps of the model's own processor."""
    levels = np.arange(256)
    mean, std = (np.array(values, np.float32)[:, None] for values in (spec.mean, spec.std))
    normalised = spec.mean != (0.0, 0.0, 0.0) or spec.std != (1.0, 1.0, 1.0)
    if spec.engine == "pillow":
        scaled = (levels.astype(np.float64) * spec.scale).astype(np.float32)
    elif normalised:
        # The library folds the scale into mean and std.
        scaled = levels.astype(np.float32)
        mean, std = mean * np.float32(1.0 / spec.scale), std * np.float32(1.0 / spec.scale)
    else:
        scaled = levels.astype(np.float32) * np.float32(spec.scale)
    table: NDArray[np.float32] = (
        (scaled - mean) / std if normalised else np.repeat(scaled[None], 3, axis=0)
    )
    table.flags.writeable = False
    return table

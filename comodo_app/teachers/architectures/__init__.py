"""The video transformers that the app can load: one file each, by the library's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.teachers.architectures.model import Architecture, Config, read_config
from comodo_app.teachers.architectures.siglip2 import SIGLIP2
from comodo_app.teachers.architectures.timesformer import TIMESFORMER
from comodo_app.teachers.architectures.videomae import VIDEOMAE
from comodo_app.teachers.architectures.videoprism import VIDEOPRISM
from comodo_app.teachers.architectures.vjepa2 import VJEPA2
from comodo_app.teachers.clip import ClipSpec, clip_beside
from comodo_app.teachers.processor_config import read_clip_spec

ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {each.key: each for each in (TIMESFORMER, VIDEOMAE, VJEPA2, VIDEOPRISM, SIGLIP2)}
)


def find_architecture(config: Config, key: str | None, *, where: Path) -> Architecture:
    """The architecture called `key`, or the one that a configuration's ``model_type`` means.

    Raises
    ------
    UsageError
        If there is none called `key`.
    UnreadableFile
        If the configuration is of another model, or of one that needs code of its own.
    """
    if key is not None and key not in ARCHITECTURES:
        raise UsageError(
            f"There is no architecture {key!r}.", hint=f"Known: {', '.join(ARCHITECTURES)}."
        )
    model_type = config.get("model_type")
    for each in ARCHITECTURES.values():
        if model_type in each.model_types and key in (None, each.key):
            return each
    known = sorted(t for each in ARCHITECTURES.values() for t in each.model_types)
    if key is not None:
        known = list(ARCHITECTURES[key].model_types)
    own_code = " It would need the code in its folder, which is never run." * ("auto_map" in config)
    raise UnreadableFile(
        f"The app has no architecture for this model (model_type {model_type!r}).{own_code}",
        where=str(where / "config.json"),
        hint=f"Known: {', '.join(known)}.",
    )


def read_outline(
    path: Path, *, architecture: str | None = None, options: Mapping[str, Any] | None = None
) -> tuple[ClipSpec, int]:
    """How a model wants to see a window, and its D, from its small files; loads no weights.

    Parameters
    ----------
    path : Path
        A folder in the published format, or an ONNX graph with its JSON file.

    Raises
    ------
    UnreadableFile
        If a file is missing or damaged, the model is unknown, or its frames cannot be made.
    UsageError
        If there is no such architecture or option.
    """
    if path.suffix.lower() == ".onnx":
        return clip_beside(path)
    config = read_config(path)
    kind = find_architecture(config, architecture, where=path)
    chosen = dict(options or {})
    unknown = sorted(set(chosen) - set(kind.options))
    if unknown:
        raise UsageError(
            f"{kind.key} has no option {unknown[0]!r}.",
            hint=f"Known: {', '.join(kind.options)}." if kind.options else "It has none.",
        )
    outline = kind.outline(config, chosen, path)
    clip = read_clip_spec(
        path,
        n_frames=outline.n_frames,
        height_px=outline.height_px,
        width_px=outline.width_px,
    )
    return clip, outline.dim

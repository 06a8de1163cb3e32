"""Whether a folder holds the model that an entry of the catalogue means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from comodo_app.errors import UnreadableFile
from comodo_app.weights.catalog import CatalogEntry, catalog
from comodo_app.weights.reading import read_shapes

CONFIG = "config.json"


def check_folder(folder: Path, entry: CatalogEntry, *, weights: bool = True) -> None:
    """Check ``config.json`` and the names of the tensors against what `entry` expects.

    Parameters
    ----------
    weights : bool
        False while the weights are not safetensors yet.

    Raises
    ------
    UnreadableFile
        If a file is missing or damaged, or it is another model; says which.
    """
    config = read_config(folder) if entry.model_types or (folder / CONFIG).exists() else {}
    kind = config.get("model_type")
    if entry.model_types and kind not in entry.model_types:
        raise UnreadableFile(
            f"This is another model: config.json says {kind!r}, but {entry.title} is "
            f"{' or '.join(entry.model_types)}.",
            where=str(folder),
            hint="Choose the folder of that model, or import this one under a name of its own.",
        )
    size = hidden_size(config)
    if entry.model_types and size not in (0, entry.embedding_dim):
        raise UnreadableFile(
            f"This is another size of the model: its vectors have {size} numbers, those of "
            f"{entry.title} {entry.embedding_dim}.",
            where=str(folder),
            hint="Choose the folder of that model, or import this one under a name of its own.",
        )
    if not weights:
        return
    shapes = read_shapes(folder)
    missing = [
        pattern
        for pattern in entry.expects_keys
        if not any(fnmatchcase(name, pattern) for name in shapes)
    ]
    if missing:
        raise UnreadableFile(
            f"This is another model: no tensor is called {missing[0]}, as in {entry.title}.",
            where=str(folder),
            hint="Choose the folder of that model.",
        )


def recognise(folder: Path) -> CatalogEntry:
    """The entry of the catalogue that a folder of one's own is built like.

    Raises
    ------
    UnreadableFile
        If it is no model, or of a kind that the app cannot read; the known kinds are listed.
    """
    shapes = read_shapes(folder)
    kind = read_config(folder).get("model_type")
    for entry in catalog():
        if entry.model_types:
            if kind in entry.model_types:
                return entry
        elif kind is None and all(
            any(fnmatchcase(name, pattern) for name in shapes) for pattern in entry.expects_keys
        ):
            return entry
    known = sorted({name for entry in catalog() for name in entry.model_types})
    raise UnreadableFile(
        f"The app has no architecture for this model (model_type {kind!r}).",
        where=str(folder),
        hint=f"Known: {', '.join(known)}, and the students of the catalogue.",
    )


def read_config(folder: Path) -> Mapping[str, Any]:
    """The folder's ``config.json``.

    Raises
    ------
    UnreadableFile
        If it is missing or not a JSON object.
    """
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnreadableFile(
            "The folder has no config.json.",
            where=str(folder),
            hint="Choose the folder that holds config.json and model.safetensors, as published.",
        ) from error
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror or error}.", where=str(path)
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            "The file is damaged: it is not JSON.", where=str(path), hint="Get it again."
        ) from error
    if not isinstance(config, dict):
        raise UnreadableFile("The file is no model's config.json.", where=str(path))
    return config


def hidden_size(config: Mapping[str, Any]) -> int:
    """How many numbers a token has by ``config.json``; 0 if it does not say."""
    vision = config.get("vision_config")
    for part in (config, vision if isinstance(vision, dict) else {}):
        size = part.get("hidden_size")
        if isinstance(size, int) and not isinstance(size, bool):
            return size
    return 0

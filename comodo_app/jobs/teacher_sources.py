"""From what a person calls a teacher to where its weights are; nothing is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from comodo_app.errors import UnreadableFile, UsageError

BUILTIN_TEACHER = "builtin"
_CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class TeacherSource:
    """A model that is on this computer.

    Attributes
    ----------
    key : str
        Its name in caches and tables: the catalogue's id, ``folder:NAME`` or ``onnx:NAME``.
    revision, digest : str
        Which version of it, and a short hash over its weights.
    path : Path
        The folder in the published format, or the .onnx file.
    architecture : str or None
        None: as its ``config.json`` says.
    """

    key: str
    revision: str
    digest: str
    path: Path
    architecture: str | None = None
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_onnx(self) -> bool:
        """Whether it is a graph instead of a folder."""
        return self.path.suffix.lower() == ".onnx"


def is_path(wish: str) -> bool:
    """Whether a teacher is called by its place, not by its name."""
    path = Path(wish).expanduser()
    return wish != BUILTIN_TEACHER and (
        path.name != wish or wish.lower().endswith(".onnx") or path.is_dir()
    )


def lasting_name(wish: str) -> str:
    """`wish` so that it means the same wherever the app is started: paths become absolute."""
    return str(Path(wish).expanduser().resolve()) if is_path(wish) else wish


def find_source(wish: str) -> TeacherSource:
    """The model called `wish`: an id of the catalogue, a folder, or a .onnx file.

    Raises
    ------
    UsageError
        If there is no such teacher, or it is not on this computer; says how to get it.
    UnreadableFile
        If the place holds no model.
    """
    return _at(Path(wish).expanduser().resolve()) if is_path(wish) else _installed(wish)


def _installed(model_id: str) -> TeacherSource:
    from comodo_app.weights import store
    from comodo_app.weights.catalog import Kind, catalog

    entries = {each.id: each for each in catalog()}
    entry = entries.get(model_id)
    if entry is not None and entry.kind is not Kind.TEACHER:
        raise UsageError(
            f"{model_id} is a student, not a teacher.", hint=f"Use --student {model_id}."
        )
    here = {model.id: model for model in store.installed()}
    model = here.get(model_id)
    if model is None and entry is not None:
        raise UsageError(
            f"The teacher {model_id} is not on this computer.",
            hint=f"Get it: `comodo models get {model_id}`.",
        )
    if model is None:
        teachers = [each.id for each in entries.values() if each.kind is Kind.TEACHER]
        own = [each for each in here if each.startswith(store.LOCAL)]
        known = ", ".join([BUILTIN_TEACHER, *teachers, *own])
        raise UsageError(
            f"There is no teacher called {model_id!r}.",
            hint=f"Known: {known}; or the path of a model's folder or .onnx file.",
        )
    manifest = store.read_manifest(model.folder)
    about = manifest.about if manifest is not None else {}
    if entry is None and about.get("kind", Kind.TEACHER.value) != Kind.TEACHER.value:
        raise UsageError(f"{model_id} is a student, not a teacher.")
    return TeacherSource(
        key=model.id,
        revision=model.revision,
        digest=model.digest,
        path=model.folder,
        architecture=entry.architecture if entry is not None else None,
        options=entry.options if entry is not None else MappingProxyType({}),
    )


def _at(path: Path) -> TeacherSource:
    if path.suffix.lower() == ".onnx":
        if not path.is_file():
            raise UsageError("There is no such .onnx file.", where=str(path))
        beside = path.with_suffix(".json")  # says how the graph wants to see a video
        digest = _digest((path, *([beside] if beside.is_file() else [])))
        return TeacherSource(f"onnx:{path.stem}", digest, digest, path)
    if not path.is_dir():
        raise UsageError(
            "There is no such teacher.",
            where=str(path),
            hint="Give the folder that holds config.json and the .safetensors files.",
        )
    if not (path / _CONFIG).is_file():
        raise UnreadableFile(
            "This folder holds no model: config.json is missing.",
            where=str(path),
            hint="Choose the folder with config.json, preprocessor_config.json and .safetensors.",
        )
    weights = tuple(sorted(path.glob("*.safetensors")))
    if not weights:
        raise UnreadableFile(
            "This folder holds no weights (.safetensors).",
            where=str(path),
            hint="Pickled weights (.bin, .pt) are not loaded: they may carry code. "
            "`comodo models import` converts a .bin.",
        )
    # Besides the weights the configuration decides the numbers.
    digest = _digest((*weights, *sorted(path.glob("*config.json"))))
    return TeacherSource(f"folder:{path.name}", digest, digest, path)


def _digest(paths: tuple[Path, ...]) -> str:
    parts = []
    for path in paths:
        state = path.stat()
        parts.append(f"{path.name} {_hash(path, state.st_size, state.st_mtime_ns)}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, changed_ns: int) -> str:
    """Of a file of that size and age: hundreds of megabytes are read once, not at each plan."""
    from comodo_app.weights.files import hash_file

    return hash_file(path)

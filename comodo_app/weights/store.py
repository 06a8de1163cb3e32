"""Published models on this disk: complete and checked, or not there at all.

``<models folder>/<id>/<revision>/`` holds the files and ``manifest.json``, which is written last:
a folder without it, or whose files are not as it says, is not used. ``<revision>.partial`` is what
an interrupted download left; the next one goes on there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import appdirs

from comodo_app.errors import UsageError
from comodo_app.weights.files import (
    flush,
    folder_bytes,
    hash_file,
    one_writer,
    storage_errors,
    write_json,
)

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
PARTIAL = ".partial"
LOCAL = "local-"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that can be used; `source` is "hub" or "folder".

    Attributes
    ----------
    revision : str
        The commit it was fetched at, or ``folder-<digest>`` where it came from a folder.
    fetched_at, accepted_at : str
        When it came here and when its licence was accepted, ISO 8601 in UTC.
    digest : str
        Short hash over the weights: equal weights have equal digests, wherever they came from.
    """

    id: str
    folder: Path
    revision: str
    size_bytes: int
    source: str
    fetched_at: str
    licence: str
    accepted_at: str
    digest: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was when it was found good."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``manifest.json`` says; `about` describes models that no catalogue knows."""

    id: str
    revision: str
    source: str
    fetched_at: str
    licence: str
    accepted_at: str
    files: Mapping[str, FileRecord]
    repo: str = ""
    architecture: str = ""
    converted_from: str = ""  # SHA-256 of the .bin that was converted
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Short hash over the weights."""
        return weights_digest(self.files)


def weights_digest(files: Mapping[str, FileRecord]) -> str:
    """Short hash over the SHA-256 of all weight files, whatever they are called."""
    hashes = sorted(f.sha256 for name, f in files.items() if name.endswith(".safetensors"))
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:12]


def models_folder() -> Path:
    """Where models lie: COMODO_MODELS if set, else ``models`` in the app's data folder."""
    chosen = os.environ.get("COMODO_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    moved = os.environ.get("COMODO_CONFIG_DIR")
    data = Path(moved) / "data" if moved else Path(appdirs.user_data_dir("comodo", False))
    return data / "models"


def model_folder(model_id: str) -> Path:
    """Where the revisions of one model lie.

    Raises
    ------
    UsageError
        If the id could not be a folder's name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", model_id):
        raise UsageError(f"{model_id!r} is no model's id.")
    return models_folder() / model_id


def installed() -> tuple[InstalledModel, ...]:
    """Every model that can be used, the latest revision of each, ordered by id."""
    found: dict[str, InstalledModel] = {}
    for folder, manifest in _complete():
        known = found.get(manifest.id)
        if known is None or known.fetched_at <= manifest.fetched_at:
            found[manifest.id] = _model(folder, manifest)
    return tuple(found[model_id] for model_id in sorted(found))


def find(model_id: str) -> InstalledModel | None:
    """The model called `model_id` if it is here, complete."""
    return next((model for model in installed() if model.id == model_id), None)


def find_revision(model_id: str, revision: str) -> InstalledModel | None:
    """One revision of a model if it is here, complete."""
    folder = model_folder(model_id) / revision
    manifest = read_manifest(folder)
    return None if manifest is None else _model(folder, manifest)


def _complete() -> Iterator[tuple[Path, Manifest]]:
    for model in _folders(models_folder()):
        for folder in _folders(model):
            if folder.name.endswith(PARTIAL):
                continue
            manifest = read_manifest(folder)
            if manifest is not None and manifest.id == model.name:
                yield folder, manifest


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith("."))


def _model(folder: Path, manifest: Manifest) -> InstalledModel:
    return InstalledModel(
        id=manifest.id,
        folder=folder,
        revision=manifest.revision,
        size_bytes=sum(record.size for record in manifest.files.values()),
        source=manifest.source,
        fetched_at=manifest.fetched_at,
        licence=manifest.licence,
        accepted_at=manifest.accepted_at,
        digest=manifest.digest,
    )


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest; None if it is not there, damaged, or a file is not of its size."""
    path = folder / MANIFEST
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("schema") != SCHEMA:
            raise ValueError("written by another version of the app")
        files = {str(name): FileRecord(**record) for name, record in stored.pop("files").items()}
        manifest = Manifest(files=files, **stored)
        for name, record in files.items():
            if Path(name).name != name:
                raise ValueError(f"{name!r} is no file of this folder")
            size = (folder / name).stat().st_size
            if size != record.size:
                raise ValueError(f"{name} has {size} bytes instead of {record.size}")
    except FileNotFoundError as error:
        if path.exists():
            log.warning("%s is not used: %s is missing", folder, error.filename)
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("%s is not used: %s", folder, error)
        return None
    return manifest


def partial_folder(model_id: str, revision: str) -> Path:
    """Where one revision is put together before it is complete."""
    return model_folder(model_id) / (revision + PARTIAL)


def publish(partial: Path, manifest: Manifest) -> InstalledModel:
    """Make a folder whose files were all checked the model's folder; atomic.

    Parameters
    ----------
    partial : Path
        A `partial_folder` that holds exactly the manifest's files; what else lies there is removed.
    """
    folder = model_folder(manifest.id) / manifest.revision
    with storage_errors(folder):
        for path in partial.iterdir():
            if path.name not in manifest.files:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in manifest.files:
            flush(partial / name)
        if folder.exists():  # damaged, or the same once more
            discard(folder)
        # The manifest first: the rename alone makes it count, since no one reads "….partial".
        write_json(partial / MANIFEST, {"schema": SCHEMA, **asdict(manifest)})
        partial.rename(folder)
        flush(folder.parent)
    return _model(folder, manifest)


def discard(folder: Path) -> int:
    """Remove a folder of the store, its manifest first, so that no half of it is ever used."""
    size = folder_bytes(folder)
    with storage_errors(folder):
        (folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(folder)
    return size


def changing(model_id: str) -> AbstractContextManager[None]:
    """Within the block nobody else fetches, imports or removes this model."""
    model_folder(model_id)  # refuses what is no id
    return one_writer(models_folder() / ".locks" / f"{model_id}.lock", model_id)


def remove(model_id: str) -> int:
    """Remove a model, all its revisions and leftovers; returns the bytes freed.

    Raises
    ------
    UsageError
        If nothing of it is here, or it is being fetched.
    StorageError
        If the disk refuses.
    """
    folder = model_folder(model_id)
    if not folder.is_dir():
        raise UsageError(f"The model {model_id} is not on this disk.", where=str(models_folder()))
    with changing(model_id), storage_errors(folder):
        freed = sum(discard(each) for each in _folders(folder))
        freed += folder_bytes(folder)
        shutil.rmtree(folder)
    return freed


def partial_bytes(model_id: str) -> int:
    """Bytes of a model that nobody uses: interrupted downloads, damaged and older copies."""
    return sum(folder_bytes(folder) for folder in _leftovers(model_id))


def remove_partial(model_id: str) -> int:
    """Remove what of a model nobody uses; returns the bytes freed."""
    with changing(model_id):
        return sum(discard(folder) for folder in _leftovers(model_id))


def _leftovers(model_id: str) -> list[Path]:
    used = find(model_id)
    folders = _folders(model_folder(model_id))
    return [folder for folder in folders if used is None or folder != used.folder]


def verify(model: InstalledModel, progress: Callable[[int], None] | None = None) -> tuple[str, ...]:
    """Hash every file again; returns what is wrong, one line per file, empty if all is well.

    `progress` is told how many bytes were read since the last time.
    """
    manifest = read_manifest(model.folder)
    if manifest is None:
        return ("The folder is incomplete.",)
    problems = []
    for name, record in manifest.files.items():
        if hash_file(model.folder / name, progress=progress) != record.sha256:
            problems.append(f"{name} is not as it was when it was fetched")
    return tuple(problems)


def set_aside(model: InstalledModel) -> None:
    """Take a damaged model out of use; fetching it again keeps its good files."""
    with changing(model.id), storage_errors(model.folder):
        partial = partial_folder(model.id, model.revision)
        if partial.exists():
            discard(model.folder)
        else:
            model.folder.rename(partial)
            (partial / MANIFEST).unlink(missing_ok=True)


def now() -> str:
    """This moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")

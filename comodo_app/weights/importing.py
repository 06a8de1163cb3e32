"""Import a model from a folder in the published format: checked, copied whole, then used."""

from __future__ import annotations

import hashlib
import math
import re
import secrets
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from comodo_app.errors import UnreadableFile
from comodo_app.weights import store
from comodo_app.weights.catalog import CatalogEntry, Kind
from comodo_app.weights.checking import check_folder, hidden_size, read_config, recognise
from comodo_app.weights.convert import convert_bin
from comodo_app.weights.download import WEIGHTS, Report, Transfer, make_room
from comodo_app.weights.files import CHUNK_BYTES, hash_file, storage_errors
from comodo_app.weights.reading import read_shapes
from comodo_app.weights.store import FileRecord, InstalledModel, Manifest

_PUBLISHED = (
    "config.json", "*preprocessor_config.json", "processor_config.json", "*.safetensors",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "*.model",
)  # fmt: skip
_BIN = "pytorch_model.bin"


def import_folder(
    folder: Path, entry: CatalogEntry | None, report: Report, *, accepted_at: str = ""
) -> InstalledModel:
    """Copy a model's folder into the store, as `entry` or under a name of its own.

    Parameters
    ----------
    folder : Path
        In the published format, or the hub's cache of a repository (with ``snapshots``).
    entry : CatalogEntry or None
        What it must be; None makes it ``local-<name>``, built like what it is recognised as.

    Raises
    ------
    UnreadableFile
        If it is no model, another one, damaged, or has its weights only as a pickle.
    StorageError
        If the disk has no room or refuses.
    """
    source = _snapshot(folder)
    pickled = entry is not None and _takes_bin(source, entry)
    like = entry if entry is not None else _own(source)
    check_folder(source, like, weights=not pickled)
    model_id = like.id if entry is not None else local_id(folder)
    with store.changing(model_id):
        return _Import(source, model_id, like, report, accepted_at).run(pickled, entry is None)


def _own(source: Path) -> CatalogEntry:
    """The entry that a folder of one's own is built like, in the folder's own size."""
    like = recognise(source)
    size = hidden_size(read_config(source)) if like.model_types else 0
    return replace(like, embedding_dim=size or like.embedding_dim)


def local_id(folder: Path) -> str:
    """The id of an imported folder that no catalogue knows."""
    name = re.sub(r"[^a-z0-9_.-]+", "-", folder.resolve().name.lower()).strip("-.")
    return store.LOCAL + (name or "model")


def _snapshot(folder: Path) -> Path:
    if not folder.is_dir():
        what = "This is a file, not a folder." if folder.exists() else "There is no such folder."
        raise UnreadableFile(
            what, where=str(folder), hint="Choose the folder that holds config.json."
        )
    snapshots = folder / "snapshots"
    if not snapshots.is_dir():
        return folder
    main = folder / "refs" / "main"
    if main.is_file():
        named = snapshots / main.read_text(encoding="utf-8").strip()
        if named.is_dir():
            return named
    found = sorted(path for path in snapshots.iterdir() if path.is_dir())
    return found[-1] if found else folder


def _takes_bin(source: Path, entry: CatalogEntry) -> bool:
    """Whether the weights are a pickle of a kind that is published so, to be converted."""
    if any(source.glob("*.safetensors")) or not (source / _BIN).is_file():
        return False
    return any(fnmatchcase(_BIN, pattern) for pattern in entry.files)


class _Import:
    """One import on its way."""

    def __init__(
        self, source: Path, model_id: str, like: CatalogEntry, report: Report, accepted_at: str
    ) -> None:
        self._source, self._id, self._like = source, model_id, like
        self._report, self._accepted_at = report, accepted_at
        self._total = self._done = 0

    def run(self, pickled: bool, own: bool) -> InstalledModel:
        names = sorted(
            path.name
            for path in self._source.iterdir()
            if path.is_file() and any(fnmatchcase(path.name, p) for p in self._patterns(own))
        )
        names = [name for name in names if name != _BIN]
        to_copy = [*names, _BIN] if pickled else names
        sizes = {name: (self._source / name).stat().st_size for name in to_copy}
        self._total = sum(sizes.values())
        partial = store.partial_folder(self._id, f"folder-{secrets.token_hex(6)}")
        with storage_errors(partial):
            partial.mkdir(parents=True)
        try:
            make_room(self._like, partial, self._total * (2 if pickled else 1))
            records = {name: self._copy(self._source / name, partial / name) for name in to_copy}
            converted_from = ""
            if pickled:
                converted_from = records.pop(_BIN).sha256
                records[WEIGHTS] = self._convert(partial)
            check_folder(partial, self._like)
            revision = f"folder-{store.weights_digest(records)}"
            manifest = Manifest(
                id=self._id,
                revision=revision,
                source="folder",
                fetched_at=store.now(),
                licence="" if own else self._like.licence,
                accepted_at=self._accepted_at,
                files=records,
                repo="" if own else self._like.repo,
                architecture=self._like.architecture,
                converted_from=converted_from,
                about=self._about(partial) if own else {},
            )
            return store.publish(partial, manifest)
        finally:
            if partial.exists():
                store.discard(partial)

    def _patterns(self, own: bool) -> tuple[str, ...]:
        return _PUBLISHED if own else (*_PUBLISHED, *self._like.files)

    def _copy(self, source: Path, target: Path) -> FileRecord:
        digest = hashlib.sha256()
        size = 0
        try:
            with source.open("rb") as read, storage_errors(target), target.open("wb") as written:
                while chunk := read.read(CHUNK_BYTES):
                    digest.update(chunk)
                    written.write(chunk)
                    size += len(chunk)
                    self._done += len(chunk)
                    self._tell(source.name, "copying")
        except OSError as error:
            raise UnreadableFile(
                f"The file cannot be read: {error.strerror or error}.", where=str(source)
            ) from error
        return FileRecord(size, digest.hexdigest())

    def _convert(self, partial: Path) -> FileRecord:
        convert_bin(
            partial / _BIN, partial / WEIGHTS, lambda: self._tell(_BIN, "converting to safetensors")
        )
        path = partial / WEIGHTS
        return FileRecord(path.stat().st_size, hash_file(path))

    def _tell(self, name: str, doing: str) -> None:
        self._report(Transfer(min(self._done, self._total), self._total, name, doing))

    def _about(self, partial: Path) -> dict[str, object]:
        config = read_config(partial) if self._like.kind is Kind.TEACHER else {}
        labels = config.get("id2label")
        named = isinstance(labels, dict) and not all(
            str(label).startswith("LABEL_") for label in labels.values()
        )
        return {
            "kind": self._like.kind.value,
            "title": self._id.removeprefix(store.LOCAL),
            "embedding_dim": hidden_size(config) or self._like.embedding_dim,
            "n_parameters": sum(math.prod(shape) for shape in read_shapes(partial).values()),
            "naming": f"{len(labels)} labels" if named and isinstance(labels, dict) else "",
        }

"""Teacher embeddings on the disk, in chunks: a killed process loses the chunk it was writing.

``embeddings/<content>/<entry>/`` holds ``meta.json`` (the key, for people) and one file per
chunk, each written whole or not at all and carrying checksums. What is looked up is found by
the start time of its window, so that a cache survives longer or shorter lists of windows.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from comodo_app.errors import ProjectError
from comodo_app.project.files import load_arrays, save_arrays, storage_errors, write_atomic

log = logging.getLogger(__name__)

START_TOLERANCE_S = 1e-6
_CHUNK = re.compile(r"chunk-(\d{20})-[0-9a-f]{8}\.npz")


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What an embedding depends on; two keys that differ in anything never share a file.

    `content_key` is the hash of the media's content, `preprocessing` says in words how frames
    become the teacher's input.
    """

    content_key: str
    teacher_key: str
    teacher_revision: str
    preprocessing: str
    window_s: float
    stride_s: float

    @property
    def digest(self) -> str:
        """Name of the entry: 32 hexadecimal digits of a hash over all fields."""
        fields = asdict(self) | {"window_s": float(self.window_s), "stride_s": float(self.stride_s)}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, eq=False)
class CachedEmbeddings:
    """What the cache knows about the windows it was asked for.

    Attributes
    ----------
    embeddings : (N, D) float32
        Zero in rows that are not present.
    present : (N,) bool
    n_damaged_chunks : int
        Chunk files that could not be read, whose windows count as not present.
    """

    embeddings: NDArray[np.float32]
    present: NDArray[np.bool_]
    n_damaged_chunks: int = 0


class EmbeddingCache:
    """Embeddings of a project's windows; several processes may read and append at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, key: CacheKey, starts_s: ArrayLike, dim: int) -> CachedEmbeddings:
        """Look up windows by their start; what was appended last wins.

        Parameters
        ----------
        key : CacheKey
        starts_s : (N,) array_like
            Starts on the recording clock, found within `START_TOLERANCE_S`.
        dim : int
            D, the teacher's embedding size; chunks of another size count as damaged.
        """
        wanted = np.asarray(starts_s, dtype=np.float64).reshape(-1)
        embeddings = np.zeros((len(wanted), dim), dtype=np.float32)
        present = np.zeros(len(wanted), dtype=np.bool_)
        stored, vectors, _, damaged = self._read(key, dim)
        if len(stored) and len(wanted):
            # Stable: of equal starts the later chunk comes last, and the search finds the last.
            order = np.argsort(stored, kind="stable")
            place = np.searchsorted(stored[order], wanted + START_TOLERANCE_S, side="right") - 1
            found = order[np.maximum(place, 0)]  # (N,)
            present = (place >= 0) & (stored[found] >= wanted - START_TOLERANCE_S)
            embeddings[present] = vectors[found[present]]
        return CachedEmbeddings(embeddings, present, len(damaged))

    def append(self, key: CacheKey, starts_s: ArrayLike, embeddings: ArrayLike) -> None:
        """Write one chunk, whole or not at all; it is on the disk when this returns.

        Parameters
        ----------
        key : CacheKey
        starts_s : (N,) array_like
            Starts of the windows on the recording clock.
        embeddings : (N, D) array_like
            Kept as float32. N = 0 writes nothing.

        Raises
        ------
        ValueError
            If shapes differ or a number is not finite; nothing is written then.
        StorageError
            If the disk is full or refuses the write.
        """
        starts = np.asarray(starts_s, dtype=np.float64)
        vectors = np.asarray(embeddings, dtype=np.float32)
        if starts.ndim != 1 or vectors.ndim != 2 or len(starts) != len(vectors):
            raise ValueError(f"starts {starts.shape} do not fit embeddings {vectors.shape}")
        bad = int((~np.isfinite(vectors).all(axis=1) | ~np.isfinite(starts)).sum())
        if bad:
            raise ValueError(f"{bad} of {len(starts)} embeddings are not finite")
        if not len(starts):
            return
        entry = self._entry(key)
        if not (entry / "meta.json").exists():
            with storage_errors(entry):
                entry.mkdir(parents=True, exist_ok=True)
            meta = {"schema": 1, **asdict(key), "dim": vectors.shape[1]}
            write_atomic(entry / "meta.json", json.dumps(meta, indent=2).encode())
        save_arrays(_chunk_path(entry, time.time_ns()), starts_s=starts, embeddings=vectors)

    def compact(self, key: CacheKey) -> int:
        """Merge a key's chunks into one file and delete them; returns how many there were.

        Damaged chunks are deleted too. Killed in between, some windows lie there twice, which
        does no harm. What another process appends meanwhile stays and wins.
        """
        starts, vectors, whole, damaged = self._read(key, dim=None)
        if len(whole) > 1:
            # Of equal starts the last appended stays.
            unique, first = np.unique(starts[::-1], return_index=True)
            newest = int(_CHUNK.fullmatch(whole[-1].name)[1])  # type: ignore[index]
            save_arrays(
                _chunk_path(self._entry(key), newest),
                starts_s=unique,
                embeddings=vectors[::-1][first],
            )
        for path in [*(whole if len(whole) > 1 else ()), *damaged]:
            with storage_errors(path):
                path.unlink(missing_ok=True)
        return len(whole) + len(damaged)

    def stored_keys(self) -> tuple[CacheKey, ...]:
        """Every key that something is kept under, as its ``meta.json`` says it."""
        found = []
        for path in sorted(self.folder.glob("*/*/meta.json")):
            try:
                stored = json.loads(path.read_text(encoding="utf-8"))
                key = CacheKey(**{field.name: stored[field.name] for field in fields(CacheKey)})
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("%s is not counted: %s", path, error)
                continue
            if key.digest == path.parent.name:
                found.append(key)
        return tuple(found)

    def files(self, key: CacheKey) -> list[str]:
        """Names of a key's chunk files: they change whenever what they hold changes."""
        return sorted(p.name for p in self._entry(key).glob("chunk-*.npz"))

    def rows(self, key: CacheKey) -> NDArray[np.float32]:
        """All embeddings of a key, (N, D), ordered by the start of their windows."""
        starts, vectors, _, _ = self._read(key, dim=None)
        # Of equal starts the last appended stays.
        _, first = np.unique(starts[::-1], return_index=True)
        rows: NDArray[np.float32] = vectors[::-1][first]
        return rows

    def size_bytes(self) -> int:
        """Room that all embeddings take."""
        total = 0
        paths = (Path(root, name) for root, _, names in os.walk(self.folder) for name in names)
        for path in paths:
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # merged or removed a moment ago
                continue
        return total

    def remove(self, content_key: str) -> None:
        """Forget everything about one media content, of all teachers."""
        folder = self.folder / _content_name(content_key)
        if folder.exists():
            with storage_errors(folder):
                shutil.rmtree(folder)

    def _entry(self, key: CacheKey) -> Path:
        return self.folder / _content_name(key.content_key) / key.digest

    def _read(
        self, key: CacheKey, dim: int | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float32], list[Path], list[Path]]:
        """All of a key's windows in the order they were appended, and its files by soundness."""
        entry = self._entry(key)
        starts: list[NDArray[np.float64]] = []
        vectors: list[NDArray[np.float32]] = []
        whole: list[Path] = []
        damaged: list[Path] = []
        for path in sorted(p for p in entry.glob("chunk-*.npz") if _CHUNK.fullmatch(p.name)):
            try:
                arrays = load_arrays(path)
                chunk = _check_chunk(path, arrays, dim)
            except ProjectError as error:
                if not path.exists():  # another process has just merged it: read what it made
                    return self._read(key, dim)
                log.warning("embeddings are computed anew: %s", error)
                damaged.append(path)
                continue
            dim = chunk[1].shape[1]
            starts.append(chunk[0])
            vectors.append(chunk[1])
            whole.append(path)
        if not whole:
            empty = np.zeros((0, dim or 0), dtype=np.float32)
            return np.zeros(0), empty, whole, damaged
        return np.concatenate(starts), np.concatenate(vectors), whole, damaged


def _check_chunk(
    path: Path, arrays: dict[str, NDArray[Any]], dim: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    starts, vectors = arrays.get("starts_s"), arrays.get("embeddings")
    if (
        starts is None
        or vectors is None
        or starts.dtype != np.float64
        or vectors.dtype != np.float32
        or vectors.ndim != 2
        or starts.shape != (len(vectors),)
        or (dim is not None and vectors.shape[1] != dim)
    ):
        raise ProjectError(f"These are not embeddings of size {dim}.", where=str(path))
    return starts.astype(np.float64, copy=False), vectors.astype(np.float32, copy=False)


def _chunk_path(entry: Path, order: int) -> Path:
    # Sorted by name is sorted by time; the random part keeps two processes apart.
    return entry / f"chunk-{order:020d}-{secrets.token_hex(4)}.npz"


def _content_name(content_key: str) -> str:
    # Hashed: a content key may hold signs that a file system refuses.
    return hashlib.sha256(content_key.encode()).hexdigest()[:16]

"""Fetch a published model: looked up, room made sure of, every file whole and checked, then used.

What was fetched stays in the store's ``….partial`` folder until everything is there; an
interrupted download goes on in it. Nothing reads from there.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comodo_app.errors import DownloadFailed, StorageError, UnreadableFile
from comodo_app.weights import store
from comodo_app.weights.catalog import CatalogEntry
from comodo_app.weights.checking import check_folder
from comodo_app.weights.convert import convert_bin
from comodo_app.weights.files import hash_file, storage_errors
from comodo_app.weights.hub import Connection, Hub, RemoteFile, RemoteModel, way_out
from comodo_app.weights.store import FileRecord, InstalledModel, Manifest
from comodo_app.weights.transfer import Changed, fetch_file, is_listed

WEIGHTS = "model.safetensors"
_SPARE_BYTES = 64_000_000  # a disk filled to the last byte stops everything else
_MAX_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far a model has come: bytes of all its files, and what is being done with which file."""

    done_bytes: int
    total_bytes: int
    file: str = ""
    doing: str = "fetching"


Report = Callable[[Transfer], None]


def fetch(
    entry: CatalogEntry, connection: Connection, report: Report, *, accepted_at: str
) -> InstalledModel:
    """Fetch `entry` into the store, or return it if it is there already.

    Parameters
    ----------
    report : callable
        Called at least every 0.2 s; what it raises ends the download, which can go on later.
    accepted_at : str
        When the user accepted the licence, ISO 8601; goes into the manifest.

    Raises
    ------
    DownloadFailed
        If it cannot be had; says why and names the way out.
    StorageError
        If the disk has no room, told before the first byte, or refuses.
    UnreadableFile
        If what is published is not the model that the catalogue means.
    """
    with store.changing(entry.id):
        here = _already_here(entry)
        if here is not None:
            return here
        report(Transfer(0, 0, doing=f"asking {connection.host}"))
        with Hub(entry, connection) as hub:
            return _Download(hub, entry, report, accepted_at).run()


def _already_here(entry: CatalogEntry) -> InstalledModel | None:
    here = store.find(entry.id)
    pinned = len(entry.revision) == 40
    if here is None or not pinned or here.source == "folder":
        return here
    return store.find_revision(entry.id, entry.revision)


class _Download:
    """One download on its way."""

    def __init__(self, hub: Hub, entry: CatalogEntry, report: Report, accepted_at: str) -> None:
        self._hub, self._entry, self._report = hub, entry, report
        self._accepted_at = accepted_at
        self._total = 0
        self._done = 0  # bytes of files that are complete

    def run(self) -> InstalledModel:
        remote = self._look(self._entry.revision)
        partial = self._prepare(remote)
        changes = 0
        while True:
            try:
                self._fetch_all(remote, partial)
                break
            except Changed as changed:
                changes += 1
                if changes >= _MAX_CHANGES:
                    raise self._hub.failed(
                        f"{changed} keeps being another file than the hub lists.",
                        "Try again later; if a mirror is set as endpoint, use the hub itself.",
                    ) from changed
                remote = self._look(remote.commit)
        return self._finish(remote, partial)

    def _look(self, revision: str) -> RemoteModel:
        tell = Transfer(self._done, self._total, doing=f"asking {self._hub.connection.host}")
        return self._hub.look(revision, lambda: self._report(tell))

    def _prepare(self, remote: RemoteModel) -> Path:
        """The folder to fetch into, with what is already there; checks that the rest has room."""
        partial = store.partial_folder(self._entry.id, remote.commit)
        with storage_errors(partial):
            partial.parent.mkdir(parents=True, exist_ok=True)
            if not partial.exists():
                # The branch has moved on since: most files are the same, all are checked.
                older = sorted(partial.parent.glob(f"*{store.PARTIAL}"))
                older = [folder for folder in older if not folder.name.startswith("folder-")]
                older[0].rename(partial) if older else partial.mkdir()
        make_room(self._entry, partial, remote.size_bytes * (2 if _is_pickled(remote) else 1))
        return partial

    def _fetch_all(self, remote: RemoteModel, partial: Path) -> None:
        self._total, self._done = remote.size_bytes, 0
        for file in remote.files:
            path = partial / file.name
            if path.exists() and not self._is_good(file, path):
                path.unlink()
            if not path.exists():
                fetch_file(
                    self._hub, file, remote.commit, partial, functools.partial(self._tell, file)
                )
            self._done += file.size
            self._tell(file, 0, "")

    def _is_good(self, file: RemoteFile, path: Path) -> bool:
        done = 0

        def progress(n_bytes: int) -> None:
            nonlocal done
            done += n_bytes
            self._tell(file, done, "checking")

        return is_listed(file, path, progress)

    def _tell(self, file: RemoteFile, n_bytes: int, doing: str) -> None:
        done = min(self._done + n_bytes, self._total)
        self._report(Transfer(done, self._total, file.name, doing or "fetching"))

    def _finish(self, remote: RemoteModel, partial: Path) -> InstalledModel:
        names = [file.name for file in remote.files]
        converted_from = ""
        pickled = [file for file in remote.files if file.name.endswith(".bin")]
        if pickled:
            names = [name for name in names if name != pickled[0].name]
            converted_from = self._convert(pickled, partial)
            names.append(WEIGHTS)
        try:
            check_folder(partial, self._entry)
        except UnreadableFile as error:
            raise DownloadFailed(
                f"{self._entry.repo} is not what the catalogue means: {error.what}",
                where=self._entry.title,
                hint=way_out(self._entry),
            ) from error
        listed = {file.name: file.sha256 for file in remote.files}
        records = {name: self._record(partial / name, listed.get(name, "")) for name in names}
        manifest = Manifest(
            id=self._entry.id,
            revision=remote.commit,
            source="hub",
            fetched_at=store.now(),
            licence=self._entry.licence,
            accepted_at=self._accepted_at,
            files=records,
            repo=self._entry.repo,
            architecture=self._entry.architecture,
            converted_from=converted_from,
        )
        return store.publish(partial, manifest)

    def _convert(self, pickled: list[RemoteFile], partial: Path) -> str:
        if len(pickled) > 1 or not pickled[0].sha256:
            raise self._hub.failed(
                f"{self._entry.repo} has its weights as pickles that cannot be checked."
            )
        tell = Transfer(self._total, self._total, pickled[0].name, "converting to safetensors")
        convert_bin(partial / pickled[0].name, partial / WEIGHTS, lambda: self._report(tell))
        return pickled[0].sha256

    def _record(self, path: Path, checked: str) -> FileRecord:
        def progress(_: int) -> None:
            self._report(Transfer(self._total, self._total, path.name, "checking"))

        return FileRecord(path.stat().st_size, checked or hash_file(path, progress=progress))


def _is_pickled(remote: RemoteModel) -> bool:
    return any(file.name.endswith(".bin") for file in remote.files)


def make_room(entry: CatalogEntry, partial: Path, wanted_bytes: int) -> None:
    """Raise `StorageError` if the disk of `partial` has no room for `wanted_bytes` in it."""
    here = sum(path.stat().st_size for path in partial.iterdir() if path.is_file())
    needed = max(wanted_bytes - here, 0) + _SPARE_BYTES
    free = shutil.disk_usage(partial).free
    if free < needed:
        raise StorageError(
            f"{entry.title} needs {_gb(needed)}, the disk has {_gb(free)} left.",
            where=str(store.models_folder()),
            hint="Free some space, or set COMODO_MODELS to a folder on another disk.",
        )


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"

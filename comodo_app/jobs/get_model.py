"""Jobs about published models: fetch one, import one from a folder, verify it, remove it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.model_cards import ModelCard, list_models, model_card
from comodo_app.project.settings import Settings
from comodo_app.weights import store
from comodo_app.weights.catalog import CatalogEntry, entry
from comodo_app.weights.download import Transfer, fetch
from comodo_app.weights.hub import Connection
from comodo_app.weights.importing import import_folder
from comodo_app.weights.store import InstalledModel

__all__ = [
    "GetModelRequest",
    "ImportModelRequest",
    "ModelCard",
    "RemoveModelRequest",
    "VerifiedModel",
    "VerifyModelRequest",
    "connection_of",
    "get_model",
    "import_model",
    "list_models",
    "model_card",
    "remove_model",
    "verify_model",
]

_PACE_S = 6.0  # the rate is that of the last seconds


@dataclass(frozen=True, slots=True)
class GetModelRequest:
    """Fetch the model `model_id` of the catalogue, whose licence the user has accepted or not."""

    model_id: str
    licence_accepted: bool = False
    connection: Connection = field(default_factory=Connection)


@dataclass(frozen=True, slots=True)
class ImportModelRequest:
    """Copy a model from `folder`, as `model_id` of the catalogue or, if None, as one's own."""

    model_id: str | None
    folder: Path
    licence_accepted: bool = False


@dataclass(frozen=True, slots=True)
class VerifyModelRequest:
    """Hash the files of an installed model again."""

    model_id: str


@dataclass(frozen=True, slots=True)
class RemoveModelRequest:
    """Remove a model, or with `only_leftovers` what interrupted downloads of it left."""

    model_id: str
    only_leftovers: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """What hashing found; `problems` is empty if every file is as it was when it came.

    A model with problems was taken out of use: it is no longer installed.
    """

    model: InstalledModel
    problems: tuple[str, ...] = ()


def connection_of(settings: Settings) -> Connection:
    """How to reach the hub by the user's settings."""
    return Connection(
        endpoint=settings.hub_endpoint, proxy=settings.proxy, offline=settings.offline
    )


def get_model(request: GetModelRequest, context: JobContext) -> InstalledModel:
    """Fetch a published model; a stop or a cancel leaves what came, and the next one goes on.

    Raises
    ------
    UsageError
        If there is no such model, or its licence was not accepted: before the first byte.
    DownloadFailed, StorageError, UnreadableFile
        See `weights.download.fetch`.
    """
    wanted = entry(request.model_id)
    if not request.licence_accepted and store.find(wanted.id) is None:
        raise licence_not_accepted(wanted)
    pace = _Pace(context)
    return fetch(wanted, request.connection, pace.report, accepted_at=store.now())


def licence_not_accepted(wanted: CatalogEntry) -> UsageError:
    """The error of a download whose licence nobody accepted."""
    return UsageError(
        f"The licence of {wanted.title} is not accepted: {wanted.licence_line}.",
        where=wanted.licence_url,
        hint="Read and accept it first (comodo models get asks; --accept-licence for scripts).",
    )


def import_model(request: ImportModelRequest, context: JobContext) -> InstalledModel:
    """Copy a folder in the published format into the store.

    Raises
    ------
    UsageError
        If the catalogue knows no such model.
    UnreadableFile, StorageError
        See `weights.importing.import_folder`.
    """
    wanted = None if request.model_id is None else entry(request.model_id)
    accepted_at = store.now() if request.licence_accepted else ""
    pace = _Pace(context)
    return import_folder(request.folder, wanted, pace.report, accepted_at=accepted_at)


def verify_model(request: VerifyModelRequest, context: JobContext) -> VerifiedModel:
    """Hash every file of a model again; one that is damaged is taken out of use.

    Raises
    ------
    UsageError
        If it is not on this disk.
    """
    model = store.find(request.model_id)
    if model is None:
        raise UsageError(
            f"The model {request.model_id} is not on this disk.", where=str(store.models_folder())
        )
    pace = _Pace(context)
    done = 0

    def progress(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        pace.report(Transfer(done, model.size_bytes, doing="checking"))

    problems = store.verify(model, progress)
    if problems:
        store.set_aside(model)
    return VerifiedModel(model, problems)


def remove_model(request: RemoveModelRequest, context: JobContext) -> int:
    """Remove a model or its leftovers; returns the bytes freed.

    Raises
    ------
    UsageError
        If nothing of it is here, or it is being fetched.
    """
    context.step(Progress(0, None, f"removing {request.model_id}"))
    if request.only_leftovers:
        return store.remove_partial(request.model_id)
    from comodo_app.jobs.fast_path import forget_fast_path

    model = store.find(request.model_id)
    freed = store.remove(request.model_id)
    # The graphs made of it go with it.
    return freed + (forget_fast_path(model.digest) if model is not None else 0)


class _Pace:
    """Turns transfers into progress with rate and time left."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._seen: deque[tuple[float, int]] = deque()

    def report(self, transfer: Transfer) -> None:
        """Tell the job's context, which may pause or end the job here."""
        moment = time.monotonic()
        paused = self._seen and moment - self._seen[-1][0] > 2.0
        if paused or (self._seen and transfer.done_bytes < self._seen[-1][1]):
            self._seen.clear()  # the time of a pause is no time of the transfer
        self._seen.append((moment, transfer.done_bytes))
        while moment - self._seen[0][0] > _PACE_S:
            self._seen.popleft()
        total = transfer.total_bytes or None
        self._context.step(Progress(transfer.done_bytes, total, self._note(transfer)))

    def _note(self, transfer: Transfer) -> str:
        what = f"{transfer.doing} {transfer.file}".strip()
        if transfer.doing not in ("fetching", "copying", "checking"):
            return what
        (start, before), (end, now) = self._seen[0], self._seen[-1]
        if end - start < 0.5 or now <= before:
            return what
        rate = (now - before) / (end - start)
        left_s = (transfer.total_bytes - now) / rate
        return f"{what}, {rate / 1e6:.1f} MB/s, {_duration(left_s)} left"


def _duration(duration_s: float) -> str:
    if duration_s < 60:
        return f"{duration_s:.0f} s"
    if duration_s < 3600:
        return f"{duration_s / 60:.0f} min"
    return f"{duration_s / 3600:.1f} h"

"""Published models in the window: what is here, what can be had, and what is being done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import End, JobContext, Outcome, Progress
from comodo_app.jobs.get_model import (
    GetModelRequest,
    ImportModelRequest,
    ModelCard,
    RemoveModelRequest,
    VerifiedModel,
    VerifyModelRequest,
    connection_of,
    get_model,
    import_model,
    list_models,
    remove_model,
    verify_model,
)
from comodo_app.jobs.measure_model import MeasureModelRequest, measure_model
from comodo_app.session.jobs import NOT_YET, JobState
from comodo_app.session.notices import Notice, Tone
from comodo_app.weights.catalog import Kind

if TYPE_CHECKING:
    from comodo_app.session.session import Session

OWN = ""  # stands for a folder of one's own until it has an id


@dataclass(frozen=True, slots=True)
class Work:
    """What a job does with a model.

    `what` is "get", "import", "verify", "measure", "remove" or "discard".
    """

    what: str
    job_id: int
    folder: Path | None = None
    state: JobState = JobState.QUEUED
    progress: Progress = NOT_YET

    @property
    def share(self) -> float | None:
        """Done part, 0 to 1; None before there is a total."""
        total = self.progress.total
        return None if not total else max(0.0, min(1.0, self.progress.done / total))


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with a model last; `damaged` if its files are not as they were."""

    what: str
    error: str
    details: str = ""
    folder: Path | None = None
    damaged: bool = False


class Models(QObject):
    """The models of catalogue and disk; lasting work is done by jobs that the drawer shows.

    Attributes
    ----------
    cards : tuple of ModelCard
        Teachers, then students; empty until `ask` was answered.
    loaded : bool
        Whether `cards` were read at all.
    error : str
        Why they could not be read.
    work : dict of str to Work
        What is being done, by id; `OWN` for a folder of one's own.
    troubles : dict of str to Trouble
        What went wrong last and was not mended since, by id.
    checked : dict of str to datetime
        When files were hashed anew and found good, in this session.
    """

    changed = Signal()  # the list, or what is known of it
    work_changed = Signal(str)  # the id: what is being done with one model, and how far it is

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.cards: tuple[ModelCard, ...] = ()
        self.loaded = False
        self.error = ""
        self.work: dict[str, Work] = {}
        self.troubles: dict[str, Trouble] = {}
        self.checked: dict[str, datetime] = {}
        self._accepted: set[str] = set()
        self._list_job = 0
        session.jobs.ended.connect(self._ended)
        session.jobs.changed.connect(self._follow)
        session.settings_changed.connect(self.changed)

    @property
    def offline(self) -> bool:
        """Whether settings or environment forbid the network."""
        return connection_of(self._session.settings).is_offline

    @property
    def host(self) -> str:
        """Where models are fetched from, as a person names it."""
        return connection_of(self._session.settings).host

    @property
    def n_downloads(self) -> int:
        """How many models are being fetched, or wait for it."""
        return sum(work.what == "get" for work in self.work.values())

    def ask(self) -> None:
        """Read the list anew; `changed` when it is there."""
        if not self._list_job:
            self._list_job = self._session.jobs.start(
                _list, None, kind="layers", title="List models", lane="look", quiet=True
            )

    def card(self, model_id: str) -> ModelCard | None:
        """One model; None if neither catalogue nor disk knows it, or nothing was read yet."""
        return next((card for card in self.cards if card.entry.id == model_id), None)

    def of_kind(self, kind: Kind) -> tuple[ModelCard, ...]:
        """All teachers, or all students."""
        return tuple(card for card in self.cards if card.entry.kind is kind)

    def is_here(self, model_id: str) -> bool:
        """Whether a model can be used now."""
        card = self.card(model_id)
        return card is not None and card.installed is not None

    def title(self, model_id: str) -> str:
        """What people call a model; its id if it is not known."""
        card = self.card(model_id)
        return card.entry.title if card is not None else model_id

    def has_accepted(self, model_id: str) -> bool:
        """Whether the licence was accepted since the window was opened."""
        return model_id in self._accepted

    def get(self, model_id: str, *, licence_accepted: bool) -> None:
        """Fetch a model, or go on with what is here of it; one at a time, the others wait."""
        if licence_accepted:
            self._accepted.add(model_id)
        connection = connection_of(self._session.settings)
        request = GetModelRequest(model_id, licence_accepted, connection)
        title = f"Get {self.title(model_id)}"
        self._start(model_id, "get", get_model, request, "download", title, lane="fetch")

    def import_folder(
        self, model_id: str | None, folder: Path, *, licence_accepted: bool = False
    ) -> None:
        """Copy a model from a folder; None takes it as one's own, under the folder's name."""
        if licence_accepted and model_id is not None:
            self._accepted.add(model_id)
        request = ImportModelRequest(model_id, folder, licence_accepted)
        title = f"Import {self.title(model_id) if model_id is not None else folder.name}"
        key = OWN if model_id is None else model_id
        self._start(key, "import", import_model, request, "import-model", title, folder=folder)

    def verify(self, model_id: str) -> None:
        """Hash the files again; a damaged model is taken out of use."""
        title = f"Verify {self.title(model_id)}"
        request = VerifyModelRequest(model_id)
        self._start(model_id, "verify", verify_model, request, "shield", title)

    def measure(self, model_id: str) -> None:
        """Find the fastest way to run a teacher on this computer, after what is learned now."""
        title = f"Measure {self.title(model_id)}"
        request = MeasureModelRequest(model_id, self._session.settings.device)
        self._start(model_id, "measure", measure_model, request, "cpu", title, lane="learn")

    def remove(self, model_id: str) -> None:
        """Remove a model from this computer, with whatever downloads of it have left."""
        title = f"Remove {self.title(model_id)}"
        request = RemoveModelRequest(model_id)
        self._start(model_id, "remove", remove_model, request, "trash", title, quiet=True)

    def discard_leftovers(self, model_id: str) -> None:
        """Remove what an interrupted download has left."""
        title = f"Discard what is here of {self.title(model_id)}"
        request = RemoveModelRequest(model_id, only_leftovers=True)
        self._start(model_id, "discard", remove_model, request, "trash", title, quiet=True)

    def retry(self, model_id: str) -> None:
        """Do again what went wrong last."""
        trouble = self.troubles.get(model_id)
        if trouble is None:
            return
        accepted = self.has_accepted(model_id)
        if trouble.what == "import" and trouble.folder is not None:
            wanted = None if model_id == OWN else model_id
            self.import_folder(wanted, trouble.folder, licence_accepted=accepted)
        elif trouble.what == "get":
            self.get(model_id, licence_accepted=accepted)
        elif trouble.what == "verify":
            self.verify(model_id)
        elif trouble.what == "measure":
            self.measure(model_id)
        elif trouble.what == "discard":
            self.discard_leftovers(model_id)
        else:
            self.remove(model_id)

    def forget_trouble(self, model_id: str) -> None:
        """Do not speak of what went wrong any more."""
        if self.troubles.pop(model_id, None) is not None:
            self.changed.emit()

    def pause(self, model_id: str) -> None:
        """Let a download wait."""
        self._with_job(model_id, self._session.jobs.pause)

    def resume(self, model_id: str) -> None:
        """Let a download go on."""
        self._with_job(model_id, self._session.jobs.resume)

    def cancel(self, model_id: str) -> None:
        """End what is being done; a download keeps what it has and can go on another time."""
        self._with_job(model_id, self._session.jobs.stop)

    def _with_job(self, model_id: str, ask: Callable[[int], None]) -> None:
        if model_id in self.work:
            ask(self.work[model_id].job_id)

    def _start(
        self,
        model_id: str,
        what: str,
        job: Callable[[Any, JobContext], Any],
        request: object,
        kind: str,
        title: str,
        *,
        lane: str = "load",
        folder: Path | None = None,
        quiet: bool = False,
    ) -> None:
        if model_id in self.work:
            return
        self.troubles.pop(model_id, None)
        job_id = self._session.jobs.start(
            job, request, kind=kind, title=title, lane=lane, quiet=quiet, can_stop=what == "get"
        )
        self.work[model_id] = Work(what, job_id, folder)
        self.changed.emit()

    def _follow(self) -> None:
        for model_id, work in list(self.work.items()):
            entry = self._session.jobs.entry(work.job_id)
            if entry is None or (entry.state, entry.progress) == (work.state, work.progress):
                continue
            self.work[model_id] = replace(work, state=entry.state, progress=entry.progress)
            self.work_changed.emit(model_id)

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._list_job:
            self._list_job = 0
            self._take_list(outcome)
            return
        model_id = next((i for i, work in self.work.items() if work.job_id == job_id), None)
        if model_id is None:
            return
        work = self.work.pop(model_id)
        if outcome.end is End.FAILED:
            error = "Unexpected error. Copy the details." if outcome.bug else outcome.error
            self.troubles[model_id] = Trouble(work.what, error, outcome.details, work.folder)
        elif outcome.end is End.SUCCEEDED:
            self._succeeded(model_id, work, outcome.result)
        self.ask()
        self.changed.emit()

    def _take_list(self, outcome: Outcome) -> None:
        if outcome.end is End.SUCCEEDED:
            self.cards, self.loaded, self.error = outcome.result, True, ""
        elif outcome.end is End.FAILED:
            self.error = outcome.error
        self.changed.emit()

    def _succeeded(self, model_id: str, work: Work, result: Any) -> None:
        title = self.title(model_id)
        if isinstance(result, VerifiedModel) and result.problems:
            found = "; ".join(result.problems)
            error = f"{found}. It is not used any more: get or import it again."
            self.troubles[model_id] = Trouble("verify", error, damaged=True)
            self._session.say(Notice(f"{title} is damaged.", Tone.ERR, error))
        elif work.what == "verify":
            self.checked[model_id] = datetime.now()
            self._session.say(Notice(f"{title}: every file is as it was when it came.", Tone.OK))
        elif work.what == "measure":
            per_s = f"{result.speed_per_s:.2g}" if result.speed_per_s is not None else "no"
            self._session.say(Notice(f"{title}: {per_s} windows/s on this computer.", Tone.OK))
        elif work.what in ("get", "import"):
            name = title if model_id != OWN or work.folder is None else work.folder.name
            self.checked[result.id] = datetime.now()
            self._session.say(Notice(f"{name} is here, every file is checked.", Tone.OK))
        else:
            self.checked.pop(model_id, None)
            freed = f"{result / 1e6:.0f} MB" if result >= 1e6 else f"{result / 1e3:.0f} kB"
            said = "removed" if work.what == "remove" else "what was here of it is removed"
            self._session.say(Notice(f"{title}: {said}, {freed} are free.", Tone.OK))


def _list(request: None, context: JobContext) -> tuple[ModelCard, ...]:
    context.step(NOT_YET)
    return list_models()

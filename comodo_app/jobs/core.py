"""What every job shares: the context it reports to, its three ends, the app's only catch-all."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from comodo_app.errors import ComodoError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` (None: not known yet) and one line for the user."""

    done: float
    total: float | None
    note: str = ""
    stage: str = ""


class End(Enum):
    """How a job ended; exactly one per job."""

    SUCCEEDED = auto()
    CANCELLED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A job's end: its result if it succeeded, the text for the user and the details if not.

    `bug` is True for a failure that is nobody's input but the app's own mistake.
    """

    end: End
    result: Any = None
    error: str = ""
    details: str = ""
    bug: bool = False


class JobCancelled(Exception):
    """Raised by `JobContext.step` once the user has asked to cancel; never caught inside a job."""


class JobStopped(JobCancelled):
    """Raised by `JobContext.step` once the user has asked to stop a job that can go on later."""


class JobContext:
    """The only thing a job may use to talk to the app."""

    def __init__(self, send: Callable[[Progress], None]) -> None:
        self._send = send
        self._cancelled = threading.Event()
        self._stopped = threading.Event()
        self._stops_by_itself = False

    def cancel(self) -> None:
        """Ask the job to end as soon as possible and to discard what it was making."""
        self._cancelled.set()

    def stop(self) -> None:
        """Ask the job to end early and keep what it has so far."""
        self._stopped.set()

    @contextmanager
    def stops_by_itself(self) -> Iterator[None]:
        """Within this a stop does not raise: the job looks at `stopping` and rounds off."""
        self._stops_by_itself = True
        try:
            yield
        finally:
            self._stops_by_itself = False

    def stopping(self) -> bool:
        """Whether the user wants the job to finish now with what it has."""
        return self._stopped.is_set()

    def within(self, stage: str) -> JobContext:
        """The same context for one stage of a larger job: its reports carry the stage's name."""
        return _StageContext(self, stage)

    def step(self, progress: Progress) -> None:
        """Report and, if asked to, stop: called at least every 0.2 s."""
        if self._cancelled.is_set():
            raise JobCancelled
        if self._stopped.is_set() and not self._stops_by_itself:
            raise JobStopped
        self._send(progress)


class _StageContext(JobContext):
    """Passes everything on to the outer context; cancel and stop stay shared."""

    def __init__(self, outer: JobContext, stage: str) -> None:
        super().__init__(lambda progress: outer._send(replace(progress, stage=stage)))
        self._cancelled, self._stopped = outer._cancelled, outer._stopped


def run_job(job: Callable[[Any, JobContext], Any], request: object, context: JobContext) -> Outcome:
    """Run `job` to one of its three ends; no exception leaves this function."""
    try:
        context.step(Progress(0, None))  # cancelled while still waiting?
        return Outcome(End.SUCCEEDED, job(request, context))
    except JobCancelled:
        return Outcome(End.CANCELLED)
    except BaseException as error:  # the app's only catch-all
        # Text only: a kept exception keeps its frames, and they keep tensors.
        log.debug("job failed", exc_info=True)
        return Outcome(
            End.FAILED,
            error=str(error) or type(error).__name__,
            details=traceback.format_exc(),
            bug=not isinstance(error, ComodoError),
        )

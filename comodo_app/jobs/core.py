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


class _Wishes:
    """What the user wants of a running job; set from any thread."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.stopped = threading.Event()
        self.suspended = threading.Event()
        self.running = threading.Event()  # cleared while paused
        self.running.set()


class JobContext:
    """The only thing a job may use to talk to the app.

    Parameters
    ----------
    send : callable
        Takes every `Progress`; whoever shows it may keep only the latest.
    publish : callable, optional
        Takes every value that the job publishes, in order, none left out.
    """

    def __init__(
        self,
        send: Callable[[Progress], None],
        publish: Callable[[object], None] | None = None,
    ) -> None:
        self._send = send
        self._publish = publish
        self._wishes = _Wishes()
        self._stops_by_itself = False

    def cancel(self) -> None:
        """Ask the job to end as soon as possible and to discard what it was making."""
        self._wishes.cancelled.set()
        self._wishes.running.set()

    def stop(self) -> None:
        """Ask the job to end early and keep what it has so far."""
        self._wishes.stopped.set()
        self._wishes.running.set()

    def suspend(self) -> None:
        """Ask the job to end now and to leave what it has so that it can go on another time."""
        self._wishes.suspended.set()
        self._wishes.running.set()

    def pause(self) -> None:
        """Ask the job to wait in its next `step` until `resume`, `stop` or `cancel`."""
        self._wishes.running.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._wishes.running.set()

    def pausing(self) -> bool:
        """Whether the next `step` will wait: the moment to save what must survive a long pause."""
        return not self._wishes.running.is_set()

    def publish(self, value: object) -> None:
        """Hand out a result while the job goes on; frozen values only, no live model."""
        if self._publish is not None:
            self._publish(value)

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
        return self._wishes.stopped.is_set()

    def suspending(self) -> bool:
        """Whether the next `step` ends the job for another time: the moment to save."""
        return self._wishes.suspended.is_set()

    def within(self, stage: str) -> JobContext:
        """The same context for one stage of a larger job: its reports carry the stage's name."""
        return _StageContext(self, stage)

    def step(self, progress: Progress) -> None:
        """Report and, if asked to, pause or stop: called at least every 0.2 s."""
        self._send(progress)
        self._wishes.running.wait()
        if self._wishes.cancelled.is_set():
            raise JobCancelled
        if self._wishes.suspended.is_set():
            raise JobStopped
        if self._wishes.stopped.is_set() and not self._stops_by_itself:
            raise JobStopped


class _StageContext(JobContext):
    """Passes everything on to the outer context; cancel and stop stay shared."""

    def __init__(self, outer: JobContext, stage: str) -> None:
        super().__init__(
            lambda progress: outer._send(replace(progress, stage=stage)), outer._publish
        )
        self._wishes = outer._wishes


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

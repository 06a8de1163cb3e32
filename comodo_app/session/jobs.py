"""Background jobs seen from the GUI thread: started, watched, paused, ended; nothing waits."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from comodo_app.jobs.core import End, JobContext, Outcome, Progress, run_job

LANES = ("load", "learn", "look", "fetch", "live")
_POLL_MS, _QUICK_POLL_MS = 50, 15
NOT_YET = Progress(0, None)
_KEEP_ENDED = 50


class JobState(Enum):
    """Where a job is, in the words that the window shows."""

    QUEUED = "Queued"
    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPING = "Stopping…"
    FINISHED = "Finished"
    CANCELLED = "Cancelled"
    FAILED = "Failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of the job."""
        return self in (JobState.FINISHED, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class JobEntry:
    """One job as the drawer lists it. Times are of `time.monotonic`, 0 if not yet."""

    id: int
    kind: str
    title: str
    lane: str
    quiet: bool
    can_stop: bool
    state: JobState = JobState.QUEUED
    progress: Progress = NOT_YET
    started_s: float = 0.0
    ended_s: float = 0.0
    stage_started_s: float = 0.0
    outcome: Outcome | None = None

    @property
    def share(self) -> float | None:
        """Done part of the present stage, 0 to 1; None before there is a total."""
        total = self.progress.total
        return None if not total else max(0.0, min(1.0, self.progress.done / total))

    @property
    def left_s(self) -> float | None:
        """Seconds that the present stage will still take at its pace so far; None if unknown."""
        share = self.share
        if not share or share < 0.01 or self.state is not JobState.RUNNING:
            return None
        return (time.monotonic() - self.stage_started_s) * (1.0 - share) / share


class Jobs(QObject):
    """Runs each lane's jobs one after another on a thread of its own.

    "load" reads files and frames, "learn" trains, "look" answers quick questions of a page, "fetch"
    waits for a network, "live" listens to a sensor. The part of the session that started a job
    keeps its id; an `ended` with another id is old news.
    """

    started = Signal(int)
    progressed = Signal(int, object)  # Progress: the latest only
    published = Signal(int, object)  # every value, in order
    changed = Signal()  # something about `entries`
    ended = Signal(int, object)  # Outcome: exactly once per job

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids = itertools.count(1)
        self._contexts: dict[int, JobContext] = {}
        self._entries: dict[int, JobEntry] = {}
        self._inbox: queue.SimpleQueue[tuple[int, str, Any]] = queue.SimpleQueue()
        self._pools = {
            lane: ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"comodo-{lane}")
            for lane in LANES
        }
        self._closed = False
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self.drain)

    @property
    def entries(self) -> tuple[JobEntry, ...]:
        """Jobs that wait, run, or ended a while ago, oldest first."""
        return tuple(self._entries.values())

    @property
    def running(self) -> tuple[JobEntry, ...]:
        """Jobs that a person should know of and that have not ended."""
        return tuple(e for e in self.entries if not e.state.ended and not e.quiet)

    def entry(self, job_id: int) -> JobEntry | None:
        """One job; None if it was cleared."""
        return self._entries.get(job_id)

    def start(
        self,
        job: Callable[[Any, JobContext], Any],
        request: object,
        *,
        kind: str,
        title: str,
        lane: str = "load",
        quiet: bool = False,
        can_stop: bool = False,
    ) -> int:
        """Queue a job and return its id at once.

        Parameters
        ----------
        job, request
            A function of `jobs/` and its frozen request.
        kind : str
            Name of the icon that stands for it.
        title : str
            What the drawer calls it.
        lane : str
            One of `LANES`; jobs of one lane run in the order in which they were started.
        quiet : bool
            Not worth a row in the drawer (thumbnails, frames).
        can_stop : bool
            The job keeps what it has when it is stopped early.
        """
        job_id = next(self._ids)
        if self._closed:  # the end of one job may lead to another while the window closes
            return job_id
        context = JobContext(
            lambda progress: self._inbox.put((job_id, "progress", progress)),
            lambda value: self._inbox.put((job_id, "value", value)),
        )
        self._contexts[job_id] = context
        self._entries[job_id] = JobEntry(job_id, kind, title, lane, quiet, can_stop)

        def run() -> None:
            self._inbox.put((job_id, "outcome", run_job(job, request, context)))

        self._pools[lane].submit(run)
        self._poll.start()
        self.changed.emit()
        return job_id

    def cancel(self, job_id: int) -> None:
        """Ask a job to end and discard what it made; a job that ended is left alone."""
        self._wish(job_id, JobContext.cancel, JobState.STOPPING)

    def stop(self, job_id: int) -> None:
        """Ask a job to end early and keep what it has."""
        self._wish(job_id, JobContext.stop, JobState.STOPPING)

    def suspend(self, job_id: int) -> None:
        """Ask a job to end now in a way that it can go on another time."""
        self._wish(job_id, JobContext.suspend, JobState.STOPPING)

    def pause(self, job_id: int) -> None:
        """Let a job wait at its next step."""
        self._wish(job_id, JobContext.pause, JobState.PAUSED)

    def resume(self, job_id: int) -> None:
        """Let a paused job go on."""
        self._wish(job_id, JobContext.resume, JobState.RUNNING)

    def set_quick(self, quick: bool) -> None:
        """Look for what jobs have sent more often, while something live is shown."""
        wanted = _QUICK_POLL_MS if quick else _POLL_MS
        self._poll.setTimerType(Qt.TimerType.PreciseTimer if quick else Qt.TimerType.CoarseTimer)
        if self._poll.interval() != wanted:
            self._poll.setInterval(wanted)

    def clear_ended(self) -> None:
        """Forget the jobs that have ended."""
        self._entries = {i: e for i, e in self._entries.items() if not e.state.ended}
        self.changed.emit()

    def shut_down(self, *, keep: bool = True) -> None:
        """Stop (or, without `keep`, cancel) all jobs and wait until their threads have ended.

        Nothing that is started from now on runs.
        """
        self._closed = True
        for job_id, context in list(self._contexts.items()):
            entry = self._entries.get(job_id)
            stoppable = keep and entry is not None and entry.can_stop
            context.stop() if stoppable else context.cancel()
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self.drain()
        self._poll.stop()

    def drain(self) -> None:
        """Emit what the jobs have sent since the last time; the timer calls this."""
        latest: dict[int, Progress] = {}
        changed = False
        while True:
            try:
                job_id, what, value = self._inbox.get_nowait()
            except queue.Empty:
                break
            if what == "progress":
                latest[job_id] = value
                changed |= self._note_progress(job_id, value)
            elif what == "value":
                self.published.emit(job_id, value)
            else:
                changed = True
                if job_id in latest:
                    self.progressed.emit(job_id, latest.pop(job_id))
                self._end(job_id, value)
        for job_id, progress in latest.items():
            self.progressed.emit(job_id, progress)
        if not self._contexts:
            self._poll.stop()
        if changed:
            self.changed.emit()

    def _wish(self, job_id: int, ask: Callable[[JobContext], None], state: JobState) -> None:
        context = self._contexts.get(job_id)
        if context is not None:
            ask(context)
            self._entries[job_id] = replace(self._entries[job_id], state=state)
            self.changed.emit()

    def _note_progress(self, job_id: int, progress: Progress) -> bool:
        """Keep it; whether that changes something that is listed."""
        entry = self._entries.get(job_id)
        if entry is None:
            return False
        now = time.monotonic()
        begins = entry.state is JobState.QUEUED
        if entry.state is JobState.QUEUED:
            entry = replace(entry, state=JobState.RUNNING, started_s=now, stage_started_s=now)
            self.started.emit(job_id)
        if progress.stage != entry.progress.stage or progress.done < entry.progress.done:
            entry = replace(entry, stage_started_s=now)
        self._entries[job_id] = replace(entry, progress=progress)
        return begins or not entry.quiet

    def _end(self, job_id: int, outcome: Outcome) -> None:
        self._contexts.pop(job_id, None)
        state = {
            End.SUCCEEDED: JobState.FINISHED,
            End.CANCELLED: JobState.CANCELLED,
            End.FAILED: JobState.FAILED,
        }[outcome.end]
        entry = self._entries.get(job_id)
        if entry is not None:
            # The drawer keeps texts, not results: those may be large.
            kept = replace(outcome, result=None)
            self._entries[job_id] = replace(
                entry, state=state, ended_s=time.monotonic(), outcome=kept
            )
            if entry.quiet and state is not JobState.FAILED:
                del self._entries[job_id]
        ended = [i for i, e in self._entries.items() if e.state.ended]
        for old in ended[:-_KEEP_ENDED]:
            del self._entries[old]
        self.ended.emit(job_id, outcome)

"""What the rows of the drawer say: pure functions of a job's entry."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from comodo_app.session.jobs import JobEntry, Jobs, JobState
from comodo_app.ui.numbers import grouped, size

_WHY_AFTER_S = 2.0
# Counts bytes and knows its own pace: it may go on where an earlier one was cut off.
TRANSFER = "download"


def clock(seconds: float) -> str:
    """01:25, or 1:02:03 from an hour on."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def amount(entry: JobEntry) -> str:
    """ "2 771 of 4 331"; empty before there is a total, or where it is but a share of one."""
    total = entry.progress.total
    if not total or total <= 1:
        return ""
    if entry.kind == TRANSFER:
        return f"{size(entry.progress.done)} of {size(total)}"
    return f"{grouped(entry.progress.done)} of {grouped(total)}"


def rate(entry: JobEntry) -> str:
    """ "18.4 /s" of the present stage; empty if nothing is counted or nothing moves."""
    if entry.kind == TRANSFER:
        return _of_note(entry, "/s")
    took_s = time.monotonic() - entry.stage_started_s
    if entry.state is not JobState.RUNNING or not amount(entry) or took_s < 1:
        return ""
    per_s = entry.progress.done / took_s
    if per_s <= 0:
        return ""
    return f"{grouped(per_s)} /s" if per_s >= 100 else f"{per_s:.1f} /s"


def left(entry: JobEntry) -> str:
    """ "01:25 left"; empty if unknown."""
    if entry.kind == TRANSFER:
        return _of_note(entry, " left")
    seconds = entry.left_s
    return "" if seconds is None else f"{clock(seconds)} left"


def stage(entry: JobEntry) -> str:
    """What is being done now, or how it ended."""
    if entry.state is JobState.FINISHED:
        return f"Done in {took(entry)}"
    if entry.state is JobState.CANCELLED:
        return f"Stopped after {took(entry)}"
    failed = "Failed" if entry.state is JobState.FAILED else ""
    note = entry.progress.note
    if entry.kind == TRANSFER:
        note = note.partition(", ")[0]
    parts = [part for part in (failed, entry.progress.stage, note) if part]
    return " · ".join(
        part[0].upper() + part[1:] if i == 0 else part for i, part in enumerate(parts)
    )


def _of_note(entry: JobEntry, ending: str) -> str:
    """The part of "fetching model.safetensors, 2.1 MB/s, 24 s left" with this ending."""
    if entry.state is not JobState.RUNNING:
        return ""
    parts = entry.progress.note.split(", ")
    return next((part for part in parts if part.endswith(ending)), "")


def took(entry: JobEntry) -> str:
    """How long an ended job ran: "6.2 s", "12:41"."""
    seconds = entry.ended_s - entry.started_s if entry.started_s else 0.0
    return f"{seconds:.1f} s" if seconds < 60 else clock(seconds)


def instead_of_bar(entry: JobEntry, others: Sequence[JobEntry], stopping_s: float) -> str:
    """What stands in the bar's place; empty where the bar tells more.

    `others` are the jobs of the drawer, `stopping_s` how long this one has been asked to stop.
    """
    if entry.state is JobState.STOPPING:
        at = amount(entry)
        return f"Stopping… at {at}" if at and stopping_s > _WHY_AFTER_S else "Stopping…"
    if entry.state is JobState.QUEUED:
        before = [
            o for o in others if o.lane == entry.lane and o.id < entry.id and not o.state.ended
        ]
        return f"Waits for {before[0].title}" if before else "Queued, starts by itself"
    if entry.state.ended or entry.share is not None:
        return ""
    return "Paused" if entry.state is JobState.PAUSED else "Starting…"


def summary(entries: Sequence[JobEntry]) -> str:
    """ "1 running · 1 waiting · 1 finished"."""
    running = (JobState.RUNNING, JobState.STOPPING)
    counts = (
        ("running", sum(e.state in running for e in entries)),
        ("paused", sum(e.state is JobState.PAUSED for e in entries)),
        ("waiting", sum(e.state is JobState.QUEUED for e in entries)),
        ("finished", sum(e.state is JobState.FINISHED for e in entries)),
        ("cancelled", sum(e.state is JobState.CANCELLED for e in entries)),
        ("failed", sum(e.state is JobState.FAILED for e in entries)),
    )
    return " · ".join(f"{count} {word}" for word, count in counts if count)


def shown_entries(jobs: Jobs, cleared: Collection[int] = ()) -> tuple[JobEntry, ...]:
    """Jobs that a person should know of: quiet ones only if they failed, none that was cleared."""
    return tuple(
        e
        for e in jobs.entries
        if (not e.quiet or e.state is JobState.FAILED) and e.id not in cleared
    )

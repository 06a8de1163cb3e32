"""Run a job in the terminal: progress with ETA, Ctrl-C that keeps what is done, exit codes."""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import signal
import threading
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from comodo_app.jobs import core

OK, SOME_FAILED, NOTHING_USABLE, BUG, INTERRUPTED = 0, 1, 2, 3, 130

out = Console()
err = Console(stderr=True)


def run(
    job: Callable[[Any, core.JobContext], Any],
    request: object,
    *,
    quiet: bool = False,
    publish: Callable[[object], None] | None = None,
) -> Any:
    """Run `job` on a thread while this one draws; returns its result or exits.

    `publish` gets every value that the job publishes, on the job's thread.

    The first Ctrl-C asks the job to stop and keep what is done; a second one leaves at once, which
    loses at most the last chunk. Exit codes: 2 for what the user can fix, 3 for a bug, 130 after
    Ctrl-C.
    """
    inbox: queue.SimpleQueue[core.Progress | core.Outcome] = queue.SimpleQueue()
    context = core.JobContext(inbox.put, publish)
    worker = threading.Thread(
        target=lambda: inbox.put(core.run_job(job, request, context)), name="job", daemon=True
    )
    interrupts = _Interrupts(context)
    with interrupts, _bars(quiet) as bars:
        worker.start()
        outcome = _draw(inbox, bars)
        worker.join()
    if outcome.end is core.End.SUCCEEDED:
        return outcome.result
    if outcome.end is core.End.CANCELLED:
        err.print("Stopped. What is done is kept; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED)
    if outcome.bug:
        err.print(f"[bold red]Unexpected error[/]: {_plain(outcome.error)}", highlight=False)
        err.print(outcome.details, markup=False, highlight=False)
        raise typer.Exit(BUG)
    show_error(outcome.error)
    raise typer.Exit(NOTHING_USABLE)


class _Interrupts:
    """SIGINT within the block: first a stop, then the end."""

    def __init__(self, context: core.JobContext) -> None:
        self._context = context
        self._count = 0
        self._before: Any = None

    @property
    def stopped(self) -> bool:
        return self._count > 0

    def __enter__(self) -> _Interrupts:
        self._before = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _on_interrupt(self, *_: object) -> None:
        self._count += 1
        if self._count > 1:
            os._exit(INTERRUPTED)
        self._context.stop()
        err.print("Stopping … (Ctrl-C again leaves at once)")


def _bars(quiet: bool) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[stage]:<9}", style="bold"),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("eta"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", style="dim"),
        console=err,
        disable=quiet or not err.is_terminal,
        refresh_per_second=8,
    )


def _draw(inbox: queue.SimpleQueue[core.Progress | core.Outcome], bars: Progress) -> core.Outcome:
    tasks: dict[str, TaskID] = {}
    stage = None
    while True:
        try:
            message = inbox.get(timeout=0.2)
        except queue.Empty:  # a wait that Ctrl-C can interrupt on every system
            continue
        if isinstance(message, core.Outcome):
            return message
        if message.stage not in tasks:
            _finish(bars, tasks.get(stage or ""))
            stage = message.stage
            tasks[stage] = bars.add_task("", total=None, stage=stage or "working")
            if bars.disable and stage:
                err.print(f"{stage} …")
        note = _plain(message.note)
        bars.update(
            tasks[message.stage], completed=message.done, total=message.total, description=note
        )


def _finish(bars: Progress, task: TaskID | None) -> None:
    if task is not None:
        known = bars.tasks[bars.task_ids.index(task)]
        bars.update(task, total=known.total or 1, completed=known.total or 1, description="")


def show_error(text: str) -> None:
    """Print an error; the terminal wraps it, so that paths stay whole when they are copied."""
    err.print(f"[bold red]Error[/]: {_plain(text)}", highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def to_plain(value: Any) -> Any:
    """A result as JSON values: dataclasses become objects, paths text, arrays lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, float) and value != value:
        return None  # JSON has no NaN
    return value


def print_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    typer.echo(json.dumps(to_plain(value), ensure_ascii=False, indent=1))

"""A process to be killed: writes to a project without end and says what it was told is kept.

``python -m tests.unit.project.writer random FOLDER``: prints one line per finished write,
until somebody kills it.

``python -m tests.unit.project.writer steps FOLDER``: makes one project per place in
`every_kind_of_write` where a file is flushed, renamed or deleted, and kills itself there
(before and after); prints ``<project> <line>`` for what had been confirmed by then.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from comodo_app.activities.model import Lane
from comodo_app.project.files import write_atomic
from comodo_app.project.store import Project
from tests.unit.project.samples import cache_key, embeddings, read_recording, timeline

N_SAMPLES = 3000
CHUNK = 40  # windows per chunk


def every_kind_of_write(project: Project, i: int) -> Iterator[str]:
    """Round `i`: writes, and after each one line that confirms it."""
    key = f"content-{i}"
    row = project.add_recording(
        read_recording(i, name=key, n_samples=N_SAMPLES),
        sources=[],
        content_key=key,
        importer="test",
    )
    yield f"recording {i} {row.id}"
    ids = project.allocate_activities(2)
    yield f"activities {i} {ids[0]} {ids[1]}"
    project.name_activity(ids[0], f"name {i}")
    yield f"name {i} {ids[0]}"
    for part in range(2):
        starts = np.arange(part * CHUNK, (part + 1) * CHUNK, dtype=float)
        project.embeddings.append(cache_key(key), starts, embeddings(i + part, CHUNK))
        yield f"chunk {i} {part}"
    run = project.create_run(f'{{"round": {i}}}', recipe="", teacher="", student="")
    yield f"run {i} {run.id}"
    project.save_assignments(run.id, [(row.id, np.arange(9.0) + i, np.full(9, ids[1]), np.ones(9))])
    yield f"assignments {i} {run.id}"
    project.save_timelines(
        run.id, Lane.STUDENT, {row.id: timeline(ids[0], ids[1], *([ids[0]] * 50))}
    )
    yield f"timeline {i} {run.id} {row.id} {ids[0]} {ids[1]}"
    write_atomic(project.students_folder(run.id) / "card.md", b"card " * 4000)
    yield f"card {i} {run.id}"
    project.embeddings.compact(cache_key(key))
    yield f"merged {i}"
    project.finish_run(run.id, "finished")
    yield f"finished {i} {run.id}"
    if i % 3 == 2:
        project.discard_run(run.id)
        yield f"discarded {i} {run.id}"
        project.remove_recording(row.id)
        yield f"removed {i} {row.id}"


def write_until_killed(folder: Path) -> None:
    with Project.open(folder) as project:
        i = int(project.get_meta("round") or 0)
        while True:
            project.set_meta("round", str(i + 1))  # a killed round is not taken up again
            for line in every_kind_of_write(project, i):
                print(line, flush=True)
            i += 1


def die_at(step: int, work: Callable[[], None]) -> bool:
    """Run `work` in a forked process that is killed at its `step`-th touch of the disk."""
    child = os.fork()
    if child == 0:
        left = step

        def deadly(function: Callable[..., object]) -> Callable[..., object]:
            def touch(*args: object, **options: object) -> object:
                nonlocal left
                for act in (None, lambda: function(*args, **options)):
                    result = act() if act is not None else None
                    left -= 1
                    if left == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return result

            return touch

        for name in ("fsync", "replace", "unlink", "mkdir"):
            setattr(os, name, deadly(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def die_everywhere(folder: Path) -> None:
    step = 1
    while True:
        target = folder / f"{step}.comodo"

        def work(target: Path = target) -> None:
            with Project.open_or_create(target) as project:
                for line in every_kind_of_write(project, 2):
                    print(target.name, line, flush=True)

        if not die_at(step, work):
            return
        step += 1


if __name__ == "__main__":
    if sys.argv[1] == "random":
        write_until_killed(Path(sys.argv[2]))
    else:
        die_everywhere(Path(sys.argv[2]))

"""What was confirmed survives ``kill -9``, and nothing half is ever seen."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from comodo_app.activities.model import Lane
from comodo_app.errors import ProjectError
from comodo_app.project.store import Project
from tests.unit.project.samples import cache_key, embeddings, read_recording, timeline
from tests.unit.project.writer import CHUNK, N_SAMPLES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and fork")

ROOT = Path(__file__).parents[3]


def start(kind: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.unit.project.writer", kind, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def check_confirmed(project: Project, lines: Iterable[str]) -> None:
    """Everything that was confirmed is there, unless its removal was begun."""
    events = [line.split() for line in lines]
    last = {int(event[1]): event[0] for event in events}  # round: its last confirmed write
    rows = {row.id: row for row in project.recordings()}
    runs = {run.id: run for run in project.runs()}
    names = {activity.id: activity.name for activity in project.activities()}
    for kind, *numbers in events:
        i, *ids = (int(number) for number in numbers)
        # A round of the third kind takes its run and recording out again at its end: they may
        # be gone as soon as the write before was confirmed.
        run_may_be_gone = i % 3 == 2 and last[i] in ("finished", "discarded", "removed")
        row_may_be_gone = i % 3 == 2 and last[i] in ("discarded", "removed")
        if kind == "recording" and not row_may_be_gone:
            assert rows[ids[0]].content_key == f"content-{i}"
        elif kind == "activities":
            assert set(ids) <= set(names)
        elif kind == "name":
            assert names[ids[0]] == f"name {i}"
        elif kind == "chunk":
            starts = np.arange(ids[0] * CHUNK, (ids[0] + 1) * CHUNK, dtype=float)
            assert project.embeddings.load(cache_key(f"content-{i}"), starts, 8).present.all()
        elif kind == "discarded":
            assert ids[0] not in runs
            assert not (project.folder / "students" / str(ids[0])).exists()
        elif kind == "removed":
            assert ids[0] not in rows
        elif run_may_be_gone:
            continue
        elif kind == "run":
            assert runs[ids[0]].settings_json == f'{{"round": {i}}}'
        elif kind == "assignments":
            assert len(project.assignments(ids[0])[0].activity_id) == 9
        elif kind == "timeline":
            assert project.timeline(ids[0], Lane.STUDENT, ids[1]) is not None
        elif kind == "card":
            assert (project.students_folder(ids[0]) / "card.md").exists()
        elif kind == "finished":
            assert runs[ids[0]].status == "finished"


def check_nothing_half(project: Project) -> None:
    """Whatever can be seen, confirmed or not, is whole and is what was to be written."""
    with project._database.bare() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert not list(project.folder.rglob(".part-*"))
    rows = project.recordings()
    for row in rows:
        i = int(row.content_key.removeprefix("content-"))
        loaded = project.load_recording(row.id).imu
        expected = read_recording(i, n_samples=N_SAMPLES).recording.imu
        assert loaded is not None
        assert expected is not None
        np.testing.assert_array_equal(loaded.samples, expected.samples)
        np.testing.assert_array_equal(loaded.times_s, expected.times_s)
        found = project.embeddings.load(cache_key(row.content_key), np.arange(2.0 * CHUNK), 8)
        assert found.n_damaged_chunks == 0
        for part in range(2):
            windows = slice(part * CHUNK, (part + 1) * CHUNK)
            present = found.present[windows]
            assert present.all() or not present.any()
            if present.any():
                np.testing.assert_array_equal(
                    found.embeddings[windows], embeddings(i + part, CHUNK)
                )
    tracks = {int(path.stem) for path in (project.folder / "tracks").iterdir()}
    # One file may lie there without its row: the next recording gets this id and replaces it.
    orphans = tracks - {row.id for row in rows}
    assert len(orphans) <= 1
    assert all(orphan > max([0, *(row.id for row in rows)]) for orphan in orphans)
    for run in project.runs():
        for assignment in project.assignments(run.id):
            assert len(set(assignment.activity_id.tolist())) == 1
        for saved in project.timelines(run.id, Lane.STUDENT).values():
            first, second = saved.segments[0].activity_id, saved.segments[1].activity_id
            assert first is not None
            assert second is not None
            assert saved == timeline(first, second, *([first] * 50))
        card = project.folder / "students" / str(run.id) / "card.md"
        assert not card.exists() or card.read_bytes() == b"card " * 4000


def test_a_writer_killed_at_random_moments_loses_nothing_it_was_told_is_kept(tmp_path):
    folder = tmp_path / "study.comodo"
    Project.create(folder).close()
    chance = random.Random(0)
    confirmed: list[str] = []
    n_rounds = 8
    for _ in range(n_rounds):
        child = start("random", folder)
        assert child.stdout is not None
        confirmed.append(child.stdout.readline())  # it has opened the project and works
        time.sleep(chance.uniform(0.0, 0.25))
        child.kill()
        rest = child.stdout.read()
        child.stdout.close()
        assert child.wait() == -9
        confirmed += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        with Project.open(folder) as project:
            check_confirmed(project, confirmed)
            check_nothing_half(project)
            with project.lock_for_writing():
                pass
    assert len(confirmed) >= 5 * n_rounds, "the writer hardly wrote anything"
    assert len(set(confirmed)) == len(confirmed)


def test_a_writer_killed_at_every_touch_of_the_disk_loses_nothing(tmp_path):
    child = start("steps", tmp_path)
    assert child.stdout is not None
    lines = [line.split(maxsplit=1) for line in child.stdout.read().splitlines()]
    child.stdout.close()
    assert child.wait() == 0
    projects = sorted(tmp_path.iterdir(), key=lambda path: int(path.stem))
    n_lines = []
    for folder in projects:
        confirmed = [line for name, line in lines if name == folder.name]
        n_lines.append(len(confirmed))
        with Project.open_or_create(folder) as project:
            check_confirmed(project, confirmed)
            check_nothing_half(project)
            # … and work goes on: the same round can be written once more.
            row = project.add_recording(
                read_recording(2, name="content-2", n_samples=N_SAMPLES),
                sources=[],
                content_key="content-2",
                importer="test",
            )
            check_nothing_half(project)
            assert project.load_recording(row.id).imu is not None
    assert n_lines == sorted(n_lines)  # each died later than the one before
    assert n_lines[0] == 0
    assert n_lines[-1] >= 13
    with pytest.raises(ProjectError):
        Project.create(projects[0])

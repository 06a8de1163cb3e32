"""Several teachers over real files: what is cached, kept, said; with teachers made here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from comodo_app.errors import InputError, UsageError
from comodo_app.jobs import embed as embed_module
from comodo_app.jobs import embed_recording
from comodo_app.jobs.add import AddRequest, add_recordings
from comodo_app.jobs.careful import Careful
from comodo_app.jobs.core import End, JobContext, run_job
from comodo_app.jobs.embed import EmbedRequest, embed
from comodo_app.jobs.info import InfoRequest, info
from comodo_app.jobs.models import OpenTeacher, teacher_facts
from comodo_app.jobs.speeds import known_speed, known_teacher_speed
from comodo_app.project.store import Project
from comodo_app.recordings import decoding
from comodo_app.recordings.windows import WindowGrid
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording
from comodo_app.teachers.base import Block, Decoding, Encoded, TeacherFacts
from comodo_app.teachers.clip import ClipSpec
from comodo_app.teachers.model_teacher import ModelTeacher
from comodo_app.teachers.passes import encode_alone, stretches_of

GRID = WindowGrid(4.0, 1.0)
QUIET = JobContext(lambda progress: None)


class Slow:
    """Says of each window its start and its number; takes `s_per_window` for it."""

    revision, preprocessing, dim = "1", "none", 2
    blocks = (Block("all", 0, 2),)

    def __init__(self, key="slow", s_per_window=0.0, fails_after=10**9, refuses=()) -> None:
        self.key, self.s_per_window = key, s_per_window
        self.fails_after, self.refuses, self.n = fails_after, refuses, 0

    def watch(self, video, starts_s, window_s):
        if video.path.stem in self.refuses:
            raise InputError("has too few frames", where=str(video.path))
        return _Watching(self, starts_s, window_s)

    def encode(self, video, starts_s, window_s) -> Iterator[Encoded]:
        return encode_alone(self, video, starts_s, window_s)


class _Watching:
    decoding, dim = Decoding(), 2

    def __init__(self, teacher, starts_s, window_s) -> None:
        self._teacher, self._starts, self._window_s = teacher, starts_s, window_s
        self._left = np.argsort(starts_s).tolist()
        self.stretches = stretches_of(starts_s, window_s)

    def see(self, picture, before):
        return self.rest(before, picture.time_s)

    def rest(self, last, until_s):
        while self._left and self._starts[self._left[0]] + self._window_s <= until_s:
            index = self._left.pop(0)
            self._teacher.n += 1
            time.sleep(self._teacher.s_per_window)
            if self._teacher.n > self._teacher.fails_after:
                raise RuntimeError("a bug in the model")
            row = np.array([[self._starts[index], 1.0]], np.float32)
            yield Encoded(until_s, np.array([index]), row, np.zeros(0, np.int64))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embed")
    for made in plan_recordings(
        people=2, minutes=0.2, seed=3, activities=("walk",), width_px=96, height_px=72,
        frame_rate_hz=12,
    ):  # fmt: skip
        write_recording(made, folder / "recordings", None)
    add_recordings(AddRequest(folder / "p.comodo", (folder / "recordings",)), QUIET)
    return folder / "p.comodo"


@pytest.fixture
def project(prepared, tmp_path):
    return shutil.copytree(prepared, prepared.parent / f"{tmp_path.name}.comodo")


@pytest.fixture
def there(monkeypatch):
    """Teachers of this test by name; taken away by removing them."""
    teachers: dict[str, Slow] = {}
    original_facts, original_open = embed_module.teacher_facts, embed_module.open_teacher

    def facts(wish, device="auto"):
        if wish == "builtin":
            return original_facts(wish, device)
        if wish not in teachers:
            raise UsageError(f"The teacher {wish} is not on this computer.")
        return TeacherFacts.of(teachers[wish])

    def opened(wish, **how):
        if wish == "builtin":
            return original_open(wish, **how)
        return OpenTeacher(teachers[wish], "torch-cpu-fp32")

    monkeypatch.setattr(embed_module, "teacher_facts", facts)
    monkeypatch.setattr(embed_module, "open_teacher", opened)
    return teachers


def windows(result, teacher):
    return [r.n_encoded for r in result.recordings if r.teacher == teacher]


def test_several_teachers_watch_in_one_pass(project, there, monkeypatch):
    there.update(slow=Slow(), other=Slow("other"))
    passes = []
    original = decoding.packets_from
    monkeypatch.setattr(decoding, "packets_from", lambda *a: passes.append(a[0]) or original(*a))
    result = embed(EmbedRequest(project, GRID, ("slow", "other")), QUIET)
    assert len(passes) == 2  # one for each recording
    assert windows(result, "slow") == windows(result, "other") == [9, 9]
    again = embed(EmbedRequest(project, GRID, ("slow", "other", "builtin")), QUIET)
    assert windows(again, "slow") == windows(again, "other") == [0, 0]
    assert windows(again, "builtin") == [9, 9]
    with Project.open(project) as opened:
        row = opened.recordings()[0]
        starts = GRID.covering_starts((0.0, row.duration_s))
        key = embed_recording.cache_key(row, TeacherFacts.of(there["slow"]), GRID)
        rows = opened.embeddings.load(key, starts, 2).embeddings
        np.testing.assert_allclose(rows[:, 0], starts, rtol=1e-6)


def test_what_a_teacher_has_said_is_not_asked_again_and_it_is_not_loaded(project, there):
    there["slow"] = Slow()
    first = embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    assert first.teachers[0].backend == "torch-cpu-fp32"
    again = embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    assert again.teachers[0].backend == ""
    assert there["slow"].n == 18


def test_a_teacher_that_is_gone_serves_from_the_cache(project, there):
    there["slow"] = Slow()
    facts = embed(EmbedRequest(project, GRID, ("slow",)), QUIET).teachers[0].facts
    del there["slow"]
    with pytest.raises(UsageError, match="not on this computer"):
        embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    result = embed(EmbedRequest(project, GRID, ("slow",), known=(facts,)), QUIET)
    assert all(r.n_cached == r.n_windows and not r.error for r in result.recordings)
    other = WindowGrid(4.0, 2.0)
    result = embed(EmbedRequest(project, other, ("slow",), known=(facts,)), QUIET)
    assert all("not on this computer" in r.error for r in result.recordings)


def test_a_slow_teacher_that_dies_loses_seconds_not_all(project, there, monkeypatch):
    monkeypatch.setattr(embed_recording, "_CHUNK_S", 0.1)
    there["slow"] = Slow(s_per_window=0.06, fails_after=7)
    outcome = run_job(embed, EmbedRequest(project, GRID, ("slow",)), QUIET)
    assert outcome.end is End.FAILED
    assert "a bug in the model" in outcome.error
    there["slow"].fails_after = 10**9
    result = embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    assert result.recordings[0].n_cached == 7


def test_nothing_waits_long_for_the_disk(project, there, monkeypatch):
    monkeypatch.setattr(embed_recording, "_CHUNK_S", 0.2)
    written = []
    original = embed_recording._Chunk.flush

    def counted(chunk):
        if chunk.n:
            written.append(chunk.n)
        original(chunk)

    monkeypatch.setattr(embed_recording._Chunk, "flush", counted)
    there["slow"] = Slow(s_per_window=0.08)
    embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    assert max(written) <= 4
    assert sum(written) == 18


def test_a_teacher_that_cannot_use_a_video_says_so_and_the_other_goes_on(project, there):
    there.update(slow=Slow(refuses=("p01-s1",)), other=Slow("other"))
    result = embed(EmbedRequest(project, GRID, ("slow", "other")), QUIET)
    by_name = {(r.name, r.teacher): r for r in result.recordings}
    assert "too few frames" in by_name["p01-s1", "slow"].error
    assert by_name["p01-s1", "other"].n_encoded == 9
    assert by_name["p02-s1", "slow"].n_encoded == 9


def test_speed_is_kept_for_each_backend_and_only_of_one_teacher_alone(project, there):
    there.update(slow=Slow(s_per_window=0.02), other=Slow("other"))
    embed(EmbedRequest(project, GRID, ("slow", "other")), QUIET)
    with Project.open(project) as opened:
        assert known_speed(opened, "teacher/slow/torch-cpu-fp32") is None
    fine = WindowGrid(4.0, 0.5)
    embed(EmbedRequest(project, fine, ("slow",)), QUIET)
    with Project.open(project) as opened:
        facts = TeacherFacts.of(there["slow"])
        speed = known_teacher_speed(opened, facts, "torch-cpu-fp32", fine)
        assert 5 < speed.windows_per_s < 50
        assert speed.video_per_s == pytest.approx(speed.windows_per_s * 0.5)
        assert known_teacher_speed(opened, facts, "onnx-int8", fine).windows_per_s is None


def test_memory_that_is_full_in_the_middle_halves_the_batches_and_is_said(
    project, there, monkeypatch
):
    class Filling:
        """From its third batch on only two clips fit."""

        name, precision, dim = "torch-cuda-bf16", "bf16", 3

        def __init__(self) -> None:
            self.batches: list[int] = []

        def embed(self, clips):
            self.batches.append(len(clips))
            if len(self.batches) >= 3 and len(clips) > 2:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return clips.mean(axis=(1, 3, 4))

    clip = ClipSpec(2, 8, 8, "exact", 0, "bilinear", "pillow", 1.0, (0.0,) * 3, (1.0,) * 3)
    backend = Filling()
    careful = Careful(backend, 4)
    teacher = there["slow"] = ModelTeacher("slow", "1", clip, careful, max_batch=4)
    monkeypatch.setattr(
        embed_module,
        "open_teacher",
        lambda wish, **how: OpenTeacher(teacher, backend.name, "", careful, clip),
    )
    result = embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    assert [r.n_encoded for r in result.recordings] == [9, 9]
    notes = [note.line for r in result.recordings for note in r.notes]
    assert notes == ["the memory was full: batches now hold 2"]
    full = backend.batches.index(4, 2)
    assert max(backend.batches[full + 1 :]) == 2


def test_info_tells_how_the_features_are_spread(project, there):
    there["slow"] = Slow()
    embed(EmbedRequest(project, GRID, ("slow", "builtin")), QUIET)
    features = {f.teacher: f for f in info(InfoRequest(project), QUIET).features}
    assert features["slow"].n_windows == features["builtin"].n_windows == 18
    assert features["slow"].dim == 2
    assert features["slow"].n_directions == pytest.approx(1.0)  # the second number is constant
    assert features["builtin"].n_directions > 1


def test_each_teacher_is_named_once(project):
    with pytest.raises(UsageError, match="once"):
        embed(EmbedRequest(project, GRID, ("builtin", "builtin")), QUIET)


def test_other_names_never_share_rows(project, there):
    there["slow"] = Slow()
    embed(EmbedRequest(project, GRID, ("slow",)), QUIET)
    there["slow"].preprocessing = "none-int8"
    assert windows(embed(EmbedRequest(project, GRID, ("slow",)), QUIET), "slow") == [9, 9]
    assert replace(teacher_facts("builtin"), revision="2") != teacher_facts("builtin")

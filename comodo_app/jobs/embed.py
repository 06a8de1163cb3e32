"""Teacher embeddings: one pass over each video, what is cached is never encoded twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comodo_app.errors import ComodoError, UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.embed_recording import (
    AskedTeacher,
    EmbeddedRecording,
    cache_key,
    embed_recording,
)
from comodo_app.jobs.models import BUILTIN_TEACHER, open_teacher, teacher_facts
from comodo_app.jobs.speeds import remember_teacher_speed
from comodo_app.project.embedding_cache import CacheKey
from comodo_app.project.embedding_statistics import feature_statistics
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.teachers.base import TeacherFacts


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Embed the windows of these recordings (None: all that have a video).

    Attributes
    ----------
    teachers : tuple of str
        As `jobs.models.open_teacher` takes them; all look at each video in one pass.
    device : str
        One of `jobs.compute.DEVICES`.
    known : tuple of TeacherFacts or None
        Under which names earlier rows of each teacher are cached: serves where a teacher is not
        on this computer any more. May be shorter than `teachers`.
    """

    project: Path
    grid: WindowGrid
    teachers: tuple[str, ...] = (BUILTIN_TEACHER,)
    recording_ids: tuple[int, ...] | None = None
    device: str = "auto"
    known: tuple[TeacherFacts | None, ...] = ()


@dataclass(frozen=True, slots=True)
class UsedTeacher:
    """A teacher as it was used; `backend` and `reason` are empty where all was cached."""

    wish: str
    facts: TeacherFacts
    backend: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """One entry per recording with a video and teacher, and the teachers in their order."""

    recordings: tuple[EmbeddedRecording, ...]
    teachers: tuple[UsedTeacher, ...] = ()


def embed(request: EmbedRequest, context: JobContext) -> EmbedResult:
    """Encode every window that is not cached; a bad video does not stop the others.

    A teacher is loaded only if a window is missing. On its first use on this computer the ways to
    run it are measured.

    Raises
    ------
    UsageError
        If a teacher is not there and nothing of it is cached.
    """
    if len(set(request.teachers)) != len(request.teachers) or not request.teachers:
        raise UsageError("Name each teacher once, and at least one.", where="--teacher")
    with Project.open(request.project) as project, project.lock_for_writing():
        rows = [
            row
            for row in project.recordings()
            if row.video is not None
            and (request.recording_ids is None or row.id in request.recording_ids)
        ]
        known = (*request.known, *(None for _ in request.teachers))
        teachers = [
            _asked(project, rows, wish, before, request, context)
            for wish, before in zip(request.teachers, known, strict=False)
        ]
        total_s = sum(row.duration_s for row in rows)
        done: list[EmbeddedRecording] = []
        before_s = 0.0
        for row in rows:
            span = _Span(context, before_s, total_s, row.name)
            done += embed_recording(project, row, teachers, request.grid, span.step)
            before_s += row.duration_s
        _remember(project, request.grid, teachers, rows, done)
        context.step(Progress(total_s, total_s, "seconds of video"))
    return EmbedResult(tuple(done), tuple(_used(teacher) for teacher in teachers))


def _asked(
    project: Project,
    rows: list[RecordingRow],
    wish: str,
    before: TeacherFacts | None,
    request: EmbedRequest,
    context: JobContext,
) -> AskedTeacher:
    """The teacher, loaded if any window is missing."""
    try:
        facts = teacher_facts(wish, request.device)
    except ComodoError as error:
        if before is None:
            raise
        return AskedTeacher(wish, before, absent=str(error))
    row = next((row for row in rows if _lacks(project, row, facts, request.grid)), None)
    if row is None or row.video is None:
        return AskedTeacher(wish, facts)
    context.step(Progress(0, None, "loading the teacher"))
    opened = open_teacher(
        wish,
        device=request.device,
        video=row.video,
        window_s=request.grid.window_s,
        context=context,
    )
    return AskedTeacher(wish, TeacherFacts.of(opened.teacher), opened)


def _lacks(project: Project, row: RecordingRow, facts: TeacherFacts, grid: WindowGrid) -> bool:
    starts = grid.covering_starts((0.0, row.duration_s))
    try:
        cached = project.embeddings.load(cache_key(row, facts, grid), starts, facts.dim)
    except ComodoError:
        return False  # said with its reason when the recording's turn comes
    return not bool(np.all(cached.present))


def _used(teacher: AskedTeacher) -> UsedTeacher:
    opened = teacher.opened
    if opened is None:
        return UsedTeacher(teacher.wish, teacher.facts)
    return UsedTeacher(teacher.wish, teacher.facts, opened.backend, opened.reason)


def _remember(
    project: Project,
    grid: WindowGrid,
    teachers: list[AskedTeacher],
    rows: list[RecordingRow],
    done: list[EmbeddedRecording],
) -> None:
    """Keep each teacher's speed and the statistics of its features."""
    video_s = {row.id: row.duration_s for row in rows}
    for teacher in teachers:
        fresh = [it for it in done if it.teacher == teacher.facts.key and it.n_encoded]
        if not fresh:
            continue
        mostly = [it for it in fresh if it.n_encoded > it.n_cached]
        took_s = sum(it.seconds for it in mostly)
        # Several teachers at once share the time of decoding: it says nothing about one alone.
        if teacher.opened is not None and len(teachers) == 1 and took_s > 0:
            remember_teacher_speed(
                project,
                teacher.facts,
                teacher.opened.backend,
                n_windows=sum(it.n_encoded for it in mostly),
                video_s=sum(video_s[it.recording_id] for it in mostly),
                took_s=took_s,
            )
        keys = [key for key in project.embeddings.stored_keys() if _is_of(key, teacher.facts, grid)]
        feature_statistics(project.embeddings, keys)


def _is_of(key: CacheKey, facts: TeacherFacts, grid: WindowGrid) -> bool:
    named = key.teacher_key, key.teacher_revision, key.preprocessing, key.window_s, key.stride_s
    return named == (
        facts.key,
        facts.revision,
        facts.preprocessing,
        grid.window_s,
        grid.stride_s,
    )


class _Span:
    """Reports positions within one video as positions within all videos."""

    def __init__(self, context: JobContext, before_s: float, total_s: float, name: str) -> None:
        self._context, self._before_s, self._total_s = context, before_s, total_s
        self._name = name

    def step(self, position_s: float) -> None:
        self._context.step(Progress(self._before_s + position_s, self._total_s, self._name))

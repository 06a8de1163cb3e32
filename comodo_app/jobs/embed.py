"""Teacher embeddings: one pass over each video, what is cached is never encoded twice."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ComodoError, InputError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.models import BUILTIN_TEACHER, make_teacher
from comodo_app.jobs.speeds import remember_speed
from comodo_app.project.embedding_cache import CacheKey
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.recordings.media_ref import content_key
from comodo_app.recordings.model import Note, merge_notes
from comodo_app.recordings.windows import WindowGrid
from comodo_app.teachers.base import Teacher

_CHUNK_WINDOWS = 16  # a crash loses at most so many windows' work


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Embed the windows of these recordings (None: all that have a video)."""

    project: Path
    grid: WindowGrid
    teacher: str = BUILTIN_TEACHER
    recording_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class EmbeddedRecording:
    """`n_cached` windows were there, `n_encoded` are new, `n_unusable` have too few frames.

    `seconds` is how long encoding took, without pauses.
    """

    recording_id: int
    name: str
    n_windows: int
    n_cached: int
    n_encoded: int = 0
    n_unusable: int = 0
    error: str = ""
    notes: tuple[Note, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """One entry per recording with a video."""

    recordings: tuple[EmbeddedRecording, ...]


def cache_key(row: RecordingRow, teacher: Teacher, grid: WindowGrid) -> CacheKey:
    """What the embeddings of a recording's video depend on.

    Raises
    ------
    InputError
        If the recording has no video, or it is not where it was.
    """
    if row.video is None:
        raise InputError("has no video", where=row.name)
    if row.missing_media:
        raise InputError(
            "The video is not where it was.",
            where=str(row.video.path),
            hint="Put it back, or tell where it is now.",
        )
    return CacheKey(
        content_key=content_key(row.video.path),
        teacher_key=teacher.key,
        teacher_revision=teacher.revision,
        preprocessing=teacher.preprocessing,
        window_s=grid.window_s,
        stride_s=grid.stride_s,
    )


def embed(request: EmbedRequest, context: JobContext) -> EmbedResult:
    """Encode every window that is not cached; a bad video does not stop the others."""
    teacher = make_teacher(request.teacher)
    with Project.open(request.project) as project, project.lock_for_writing():
        rows = [
            row
            for row in project.recordings()
            if row.video is not None
            and (request.recording_ids is None or row.id in request.recording_ids)
        ]
        total_s = sum(row.duration_s for row in rows)
        done, before_s = [], 0.0
        for row in rows:
            within = _Span(context, before_s, total_s, row.name)
            done.append(_embed_one(project, row, teacher, request.grid, within))
            before_s += row.duration_s
        _remember_speeds(project, teacher, rows, done)
        context.step(Progress(total_s, total_s, "seconds of video"))
    return EmbedResult(tuple(done))


def _remember_speeds(
    project: Project, teacher: Teacher, rows: list[RecordingRow], done: list[EmbeddedRecording]
) -> None:
    """Keep how many windows, and how many seconds of video, go through per second."""
    fresh = [(row, it) for row, it in zip(rows, done, strict=True) if it.n_encoded > it.n_cached]
    seconds = sum(it.seconds for _, it in fresh)
    if seconds > 0:
        n_windows, video_s = (
            sum(it.n_encoded for _, it in fresh),
            sum(row.duration_s for row, _ in fresh),
        )
        remember_speed(project, f"teacher/{teacher.key}", n_windows / seconds)
        remember_speed(project, f"video/{teacher.key}", video_s / seconds)


class _Span:
    """Reports positions within one video as positions within all videos."""

    def __init__(self, context: JobContext, before_s: float, total_s: float, name: str) -> None:
        self._context, self._before_s, self._total_s = context, before_s, total_s
        self._name = name

    def step(self, position_s: float) -> None:
        self._context.step(Progress(self._before_s + position_s, self._total_s, self._name))


def _embed_one(
    project: Project, row: RecordingRow, teacher: Teacher, grid: WindowGrid, span: _Span
) -> EmbeddedRecording:
    starts = grid.covering_starts((0.0, row.duration_s))
    span.step(0.0)
    n_unusable = n_cached = n_encoded = 0
    seconds = 0.0
    notes: list[Note] = []
    try:
        key = cache_key(row, teacher, grid)
        cached = project.embeddings.load(key, starts, teacher.dim)
        n_cached = int(cached.present.sum())
        missing = starts[~cached.present]
        chunk = _Chunk(project, key)
        try:
            if row.video is not None and len(missing):
                mark_s = time.monotonic()
                for part in teacher.encode(row.video, missing, grid.window_s):
                    chunk.add(missing[part.indexes], part.embeddings)
                    n_unusable += len(part.unusable)
                    notes += part.notes
                    seconds += time.monotonic() - mark_s
                    span.step(part.position_s)
                    mark_s = time.monotonic()
        finally:
            chunk.flush()  # a cancelled or failing pass keeps what it has
            n_encoded = chunk.n_written
        if n_encoded:
            project.embeddings.compact(key)
    except ComodoError as error:
        return EmbeddedRecording(
            row.id, row.name, len(starts), n_cached, n_encoded, n_unusable, str(error)
        )
    if cached.n_damaged_chunks:
        text = "damaged cache files; their windows were encoded again"
        notes.append(Note("damaged_chunks", cached.n_damaged_chunks, text))
    return EmbeddedRecording(
        row.id,
        row.name,
        len(starts),
        n_cached,
        n_encoded,
        n_unusable,
        notes=merge_notes(notes),
        seconds=seconds,
    )


class _Chunk:
    """Gathers windows until they are worth a file."""

    def __init__(self, project: Project, key: CacheKey) -> None:
        self._project, self._key = project, key
        self._starts: list[NDArray[np.float64]] = []
        self._embeddings: list[NDArray[np.float32]] = []
        self._n = self.n_written = 0

    def add(self, starts_s: NDArray[np.float64], embeddings: NDArray[np.float32]) -> None:
        self._starts.append(starts_s)
        self._embeddings.append(embeddings)
        self._n += len(starts_s)
        if self._n >= _CHUNK_WINDOWS:
            self.flush()

    def flush(self) -> None:
        if self._n:
            starts, embeddings = np.concatenate(self._starts), np.concatenate(self._embeddings)
            self._project.embeddings.append(self._key, starts, embeddings)
            self.n_written += self._n
        self._starts, self._embeddings, self._n = [], [], 0

"""One recording through any number of teachers: what is missing is encoded in one pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ComodoError, InputError
from comodo_app.jobs.models import OpenTeacher
from comodo_app.project.embedding_cache import CacheKey
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.recordings.media_ref import content_key
from comodo_app.recordings.model import Note, merge_notes
from comodo_app.recordings.windows import WindowGrid
from comodo_app.teachers.base import Encoded, Identity, TeacherFacts, Watcher

# A crash loses at most so many windows' work, of a slow teacher at most so many seconds' work.
_CHUNK_WINDOWS = 16
_CHUNK_S = 5.0


@dataclass(frozen=True, slots=True)
class EmbeddedRecording:
    """`n_cached` windows were there, `n_encoded` are new, `n_unusable` have too few frames.

    `seconds` is how long encoding took, without pauses; with several teachers at once each has
    the time of all.
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
    teacher: str = "builtin"


@dataclass(slots=True, eq=False)
class AskedTeacher:
    """A teacher that was asked for: its facts, and itself where anything is missing.

    `absent` says why it could not be had, where only what is cached can be used.
    """

    wish: str
    facts: TeacherFacts
    opened: OpenTeacher | None = None
    absent: str = ""


def cache_key(row: RecordingRow, teacher: Identity, grid: WindowGrid) -> CacheKey:
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


def embed_recording(
    project: Project,
    row: RecordingRow,
    teachers: Sequence[AskedTeacher],
    grid: WindowGrid,
    step: Callable[[float], None],
) -> list[EmbeddedRecording]:
    """Encode what is not cached; a teacher that cannot use the video does not stop the others.

    `step` takes the position in the video, in seconds, and may raise to cancel or stop: what is
    encoded by then is kept.
    """
    shares = [_Share(project, row, teacher, grid) for teacher in teachers]
    step(0.0)
    live = [share for share in shares if share.begin()]
    try:
        try:
            if live and row.video is not None:
                _watch(row, live, step)
        finally:
            for share in live:  # a cancelled or failing pass keeps what it has
                share.chunk.flush()
        for share in live:
            if share.chunk.n_written:
                project.embeddings.compact(share.key)
    except ComodoError as error:
        for share in live:
            share.error = str(error)
    return [share.result() for share in shares]


def _watch(row: RecordingRow, live: Sequence[_Share], step: Callable[[float], None]) -> None:
    from comodo_app.teachers.passes import show  # here: it decodes, and the window reads this file

    assert row.video is not None  # nothing to watch is filtered out by the caller
    mark_s = time.monotonic()
    watchers: list[Watcher] = [share.watcher for share in live if share.watcher is not None]
    for index, piece in show(row.video.path, watchers):
        live[index].add(piece)
        for share in live:
            share.seconds += time.monotonic() - mark_s
        step(sum(share.position_s for share in live) / len(live))
        mark_s = time.monotonic()


class _Share:
    """One teacher's part of one recording."""

    def __init__(
        self, project: Project, row: RecordingRow, teacher: AskedTeacher, grid: WindowGrid
    ) -> None:
        self._row, self._teacher, self._grid = row, teacher, grid
        self.starts = grid.covering_starts((0.0, row.duration_s))
        self.missing = np.zeros(0)
        self.n_cached = self.n_unusable = 0
        self.seconds = self.position_s = 0.0
        self.notes: list[Note] = []
        self.error = ""
        self.watcher: Watcher | None = None
        try:
            self.key = cache_key(row, teacher.facts, grid)
            cached = project.embeddings.load(self.key, self.starts, teacher.facts.dim)
        except ComodoError as error:
            self.error = str(error)
            return
        self.n_cached = int(cached.present.sum())
        self.missing = self.starts[~cached.present]
        self.chunk = _Chunk(project, self.key)
        if cached.n_damaged_chunks:
            text = "damaged cache files; their windows were encoded again"
            self.notes.append(Note("damaged_chunks", cached.n_damaged_chunks, text))

    def begin(self) -> bool:
        """Whether there is something to encode, and somebody to do it."""
        if self.error or not len(self.missing) or self._row.video is None:
            return False
        opened = self._teacher.opened
        if opened is None:
            if self.n_cached:
                text = f"windows stay without embeddings: {self._teacher.absent}"
                self.notes.append(Note("teacher_absent", len(self.missing), text))
            else:
                self.error = self._teacher.absent
            return False
        try:
            self.notes += opened.fit(self._row.video, self._grid.window_s)
            self.watcher = opened.teacher.watch(self._row.video, self.missing, self._grid.window_s)
        except ComodoError as error:
            self.error = str(error)
        return not self.error

    def add(self, piece: Encoded) -> None:
        """Take a piece of the teacher's work."""
        self.chunk.add(self.missing[piece.indexes], piece.embeddings)
        self.n_unusable += len(piece.unusable)
        self.notes += piece.notes
        self.position_s = piece.position_s

    def result(self) -> EmbeddedRecording:
        """What became of it."""
        if self._teacher.opened is not None:
            self.notes += self._teacher.opened.take_notes()
        return EmbeddedRecording(
            self._row.id,
            self._row.name,
            len(self.starts),
            self.n_cached,
            self.chunk.n_written if self.watcher is not None else 0,
            self.n_unusable,
            self.error,
            notes=merge_notes(self.notes),
            seconds=self.seconds,
            teacher=self._teacher.facts.key,
        )


@dataclass(slots=True, eq=False)
class _Chunk:
    """Gathers windows until they are worth a file."""

    project: Project
    key: CacheKey
    starts: list[NDArray[np.float64]] = field(default_factory=list)
    embeddings: list[NDArray[np.float32]] = field(default_factory=list)
    n: int = 0
    n_written: int = 0
    written_at: float = field(default_factory=time.monotonic)

    def add(self, starts_s: NDArray[np.float64], embeddings: NDArray[np.float32]) -> None:
        if len(starts_s):
            self.starts.append(starts_s)
            self.embeddings.append(embeddings)
            self.n += len(starts_s)
        if self.n >= _CHUNK_WINDOWS or time.monotonic() - self.written_at > _CHUNK_S:
            self.flush()

    def flush(self) -> None:
        if self.n:
            starts, embeddings = np.concatenate(self.starts), np.concatenate(self.embeddings)
            self.project.embeddings.append(self.key, starts, embeddings)
            self.n_written += self.n
        self.starts, self.embeddings, self.n = [], [], 0
        self.written_at = time.monotonic()

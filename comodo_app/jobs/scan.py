"""Look at dropped files before anything is added: what each is, and whether it can be read.

Light to import; the readers load inside the job.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import AmbiguousColumns, ComodoError, NoTelemetry, UnreadableFile
from comodo_app.jobs.core import End, JobContext, Progress, run_job
from comodo_app.jobs.table_look import TableLook, look_at_table
from comodo_app.recordings.model import Note, ReadRecording
from comodo_app.recordings.sources import TABLE_SUFFIXES, VIDEO_SUFFIXES, ReadOptions

if TYPE_CHECKING:
    from comodo_app.recordings.sources import Source

N_PREVIEW = 300
# What was read is kept for adding, so that it is not read twice, up to this many bytes per scan.
_KEEP_BYTES = 256 * 2**20


class Verdict(Enum):
    """What can be done with files that belong together."""

    PENDING = "pending"  # not read yet
    READY = "ready"
    COLUMNS = "columns"  # a table whose columns or units a person has to name
    SENSOR = "sensor"  # a video without motion data: a sensor's file is missing
    KNOWN = "known"  # in the project already, or twice among what was dropped
    FAILED = "failed"
    LEFT_OUT = "left out"  # no recording at all
    ADDED = "added"


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """Files that belong together.

    Attributes
    ----------
    paths : tuple of Path
        The video first where there is one; also its key.
    importer : str
        Label of who reads it; empty if nobody does.
    length_s, rate_hz : float or None
        Of the recording and of its IMU; None where it could not be read or there is none.
    what, hint : str
        What is wrong and what to do about it; empty if all is well.
    table : TableLook or None
        How its table is written, for the column panel.
    preview : (N_PREVIEW, 6) float32 or None
        Samples spread over the whole recording, in m/s² and rad/s.
    usual_mps2 : float
        Median size of the acceleration; NaN without IMU.
    read : ReadRecording or None
        What was read, while it fits into memory.
    """

    paths: tuple[Path, ...]
    importer: str = ""
    verdict: Verdict = Verdict.PENDING
    options: ReadOptions = ReadOptions()
    length_s: float | None = None
    rate_hz: float | None = None
    has_video: bool = False
    notes: tuple[Note, ...] = ()
    what: str = ""
    hint: str = ""
    details: str = ""
    table: TableLook | None = None
    preview: NDArray[np.float32] | None = None
    usual_mps2: float = float("nan")
    read: ReadRecording | None = None
    recording_id: int | None = None

    @property
    def name(self) -> str:
        """The files, shortly: "walk.mp4 + walk.csv"."""
        return " + ".join(path.name for path in self.paths)


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """Look at files and folders; `known` are the content keys of what the project has.

    `source`: not to search, but to look anew at these files with these options.
    """

    paths: tuple[Path, ...] = ()
    known: frozenset[str] = frozenset()
    source: Scanned | None = None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """How many files came along and are none (READMEs, previews, truth files)."""

    n_passed_over: int = 0


def scan(request: ScanRequest, context: JobContext) -> ScanResult:
    """Publish a tuple of `Scanned` as soon as the files are found, then each one's fate.

    A bad file never stops the others, whatever happens while it is read.
    """
    from comodo_app.recordings.importers import gather
    from comodo_app.recordings.sources import Source

    if request.source is not None:
        one = request.source
        source = Source(one.importer, one.paths)
        context.publish(_safely(source, one.options, set(request.known), True, context))
        return ScanResult()
    context.step(Progress(0, None, "looking through the files"))
    gathered = gather(request.paths)
    context.publish(tuple(Scanned(s.paths, s.importer) for s in gathered.sources))
    context.publish(tuple(_unwanted(path, error) for path, error in gathered.problems))
    seen, kept, n = set(request.known), 0, len(gathered.sources)
    for index, source in enumerate(gathered.sources):
        context.step(Progress(index, n, source.name))
        found = _safely(source, ReadOptions(), seen, kept < _KEEP_BYTES, context)
        if found.read is not None and found.read.recording.imu is not None:
            kept += found.read.recording.imu.samples.nbytes
        context.publish(found)
    context.step(Progress(n, n))
    return ScanResult(len(gathered.skipped))


def _safely(
    source: Source, options: ReadOptions, seen: set[str], keep: bool, context: JobContext
) -> Scanned:
    """Look at one; even a reader's bug is that file's fate alone."""

    def look(request: object, inner: JobContext) -> Scanned:
        return _look(source, options, seen, keep)

    outcome = run_job(look, None, JobContext(lambda progress: None))
    if outcome.end is End.SUCCEEDED:
        found: Scanned = outcome.result
        return found
    what = "Reading it failed unexpectedly."
    hint = f"Please report this: {outcome.error.splitlines()[0] if outcome.error else 'no reason'}"
    return Scanned(
        source.paths, source.importer, Verdict.FAILED, options, what=what, hint=hint,
        details=outcome.details,
    )  # fmt: skip


def _look(source: Source, options: ReadOptions, seen: set[str], keep: bool) -> Scanned:
    from comodo_app.jobs.reading import read_person, source_key

    blank = Scanned(source.paths, source.importer, options=options)
    table = next((p for p in source.paths if p.suffix.lower() in TABLE_SUFFIXES), None)
    looked = look_at_table(table, options) if table is not None else None
    try:
        key = source_key(source)
        if key in seen:
            return replace(blank, verdict=Verdict.KNOWN, table=looked)
        read = read_person(source, options)
    except ComodoError as error:
        # A wrong offset or unit can be mended as wrong columns can.
        mendable = isinstance(error, AmbiguousColumns) and looked is not None
        verdict = Verdict.COLUMNS if mendable else Verdict.FAILED
        return replace(
            blank, verdict=verdict, what=error.what, hint=error.hint, table=looked,
            details=str(error),
        )  # fmt: skip
    seen.add(key)
    recording, imu = read.recording, read.recording.imu
    first, last = recording.span_s
    found = replace(
        blank, verdict=Verdict.READY, length_s=last - first, notes=read.notes, table=looked,
        has_video=recording.video is not None, read=read if keep else None,
    )  # fmt: skip
    if imu is None or len(imu.times_s) < 2:
        return found
    picked = np.linspace(0, len(imu.samples) - 1, N_PREVIEW).astype(np.int64)
    return replace(
        found,
        rate_hz=imu.sample_rate_hz,
        preview=imu.samples[picked],
        usual_mps2=float(np.median(np.linalg.norm(imu.samples[:, :3], axis=1))),
    )


def _unwanted(path: Path, error: ComodoError) -> Scanned:
    """A path that no importer would read."""
    suffix = path.suffix.lower()
    if isinstance(error, NoTelemetry) and suffix in VIDEO_SUFFIXES:
        verdict, importer = Verdict.SENSOR, "video_csv"
    elif isinstance(error, UnreadableFile) and suffix not in VIDEO_SUFFIXES and path.is_file():
        verdict, importer = Verdict.LEFT_OUT, ""
    else:
        verdict, importer = Verdict.FAILED, ""
    return Scanned((path,), importer, verdict, what=error.what, hint=error.hint, details=str(error))

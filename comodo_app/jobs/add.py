"""Add recordings: every path offered to every importer, each file's fate told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from comodo_app.errors import AmbiguousColumns, ComodoError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.reading import read_person, source_key
from comodo_app.jobs.scan import Scanned, Verdict
from comodo_app.project.store import Project
from comodo_app.recordings.importers import gather
from comodo_app.recordings.model import Note, ReadRecording
from comodo_app.recordings.sources import ReadOptions, Source


@dataclass(frozen=True, slots=True)
class AddRequest:
    """Files and folders to add to the project folder `project`, made if it is not there."""

    project: Path
    paths: tuple[Path, ...]
    options: ReadOptions = ReadOptions()


@dataclass(frozen=True, slots=True)
class AddedSource:
    """What became of files that belong together; `error` is empty if they are a recording now.

    `ambiguous`: a table whose columns or units the user has to name; then it can be read.
    """

    paths: tuple[Path, ...]
    name: str
    recording_id: int | None = None
    already_there: bool = False
    notes: tuple[Note, ...] = ()
    error: str = ""
    importer: str = ""
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class AddResult:
    """One entry per source, then one per path that nothing could read."""

    sources: tuple[AddedSource, ...]
    skipped: tuple[Path, ...] = ()

    @property
    def n_usable(self) -> int:
        """Recordings that the project has now."""
        return sum(not source.error for source in self.sources)

    @property
    def n_failed(self) -> int:
        """Files that could not be used."""
        return sum(bool(source.error) for source in self.sources)


def add_recordings(request: AddRequest, context: JobContext) -> AddResult:
    """Read what can be read; a bad file never stops the others.

    Publishes an `AddedSource` as soon as each one's fate is known.
    """
    context.step(Progress(0, None, "looking through the files"))
    gathered = gather(request.paths)
    done: list[AddedSource] = []
    with Project.open_or_create(request.project) as project, project.lock_for_writing():
        for index, source in enumerate(gathered.sources):
            context.step(Progress(index, len(gathered.sources), source.name))
            done.append(_add(project, source, request.options))
            context.publish(done[-1])
        context.step(Progress(len(gathered.sources), len(gathered.sources)))
    for path, error in gathered.problems:
        done.append(AddedSource((path,), path.name, error=str(error)))
        context.publish(done[-1])
    return AddResult(tuple(done), gathered.skipped)


@dataclass(frozen=True, slots=True)
class AddScannedRequest:
    """Add what a scan has found ready to the project folder `project`, made if it is not there."""

    project: Path
    items: tuple[Scanned, ...]


def add_scanned(request: AddScannedRequest, context: JobContext) -> AddResult:
    """Add recordings that were looked at before; what was kept is not read a second time.

    Publishes for each the `Scanned` with its fate.
    """
    done: list[AddedSource] = []
    with Project.open_or_create(request.project) as project, project.lock_for_writing():
        for index, item in enumerate(request.items):
            context.step(Progress(index, len(request.items), item.name))
            source = Source(item.importer, item.paths)
            added = _add(project, source, item.options, item.read)
            done.append(added)
            context.publish(_fate(item, added))
        context.step(Progress(len(request.items), len(request.items)))
    return AddResult(tuple(done))


def _fate(item: Scanned, added: AddedSource) -> Scanned:
    if added.error:
        return replace(
            item, verdict=Verdict.FAILED, what=added.error, details=added.error, read=None
        )
    verdict = Verdict.KNOWN if added.already_there else Verdict.ADDED
    return replace(item, verdict=verdict, recording_id=added.recording_id, read=None)


def _add(
    project: Project, source: Source, options: ReadOptions, read: ReadRecording | None = None
) -> AddedSource:
    try:
        read = read or read_person(source, options)
        row = project.add_recording(
            read,
            sources=source.paths,
            content_key=source_key(source),
            importer=source.importer,
            options_json=options.to_json(),
        )
    except ComodoError as error:
        ambiguous = isinstance(error, AmbiguousColumns)
        return AddedSource(
            source.paths,
            source.name,
            error=str(error),
            importer=source.importer,
            ambiguous=ambiguous,
        )
    notes = row.notes
    if row.already_there and row.options_json != options.to_json():
        text = "was added before with other reading options; remove it to read it anew"
        notes = (*notes, Note("other_options", 1, text))
    return AddedSource(
        source.paths, row.name, row.id, row.already_there, notes, importer=source.importer
    )

"""Add recordings: every path offered to every importer, each file's fate told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from comodo_app.errors import AmbiguousColumns, ComodoError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.project.store import Project
from comodo_app.recordings.importers import gather, read_source
from comodo_app.recordings.media import content_key
from comodo_app.recordings.model import Note, ReadRecording
from comodo_app.recordings.sources import ReadOptions, Source
from comodo_app.simulation.truth import read_truth, truth_path


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


def _add(project: Project, source: Source, options: ReadOptions) -> AddedSource:
    try:
        read = _with_person(read_source(source, options), source)
        row = project.add_recording(
            read,
            sources=source.paths,
            content_key=_key(source),
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


def _key(source: Source) -> str:
    keys = [content_key(path) for path in source.paths]
    return keys[0] if len(keys) == 1 else hashlib.sha256("+".join(keys).encode()).hexdigest()


def _with_person(read: ReadRecording, source: Source) -> ReadRecording:
    """Simulated recordings say who wore the sensor; keep people apart as their truth file does."""
    path = truth_path(source.paths[0])
    if not path.exists():
        return read
    truth = read_truth(path)
    recording = replace(read.recording, wearer=truth.wearer, session=truth.session)
    note = Note("simulated", 1, f"simulated recording; worn by {truth.wearer} ({truth.session})")
    return ReadRecording(recording, (*read.notes, note))

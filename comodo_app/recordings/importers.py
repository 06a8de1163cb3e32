"""From paths to recordings: every importer is asked what it would read; nothing gets lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comodo_app.errors import ComodoError, InputError, NoTelemetry, UnreadableFile, UsageError
from comodo_app.recordings.formats.gopro import GoProImporter
from comodo_app.recordings.formats.imu_csv import ImuCsvImporter
from comodo_app.recordings.formats.imu_log import ImuLogImporter
from comodo_app.recordings.formats.video_csv import VideoCsvImporter
from comodo_app.recordings.media_ref import unreadable
from comodo_app.recordings.model import ReadRecording
from comodo_app.recordings.mp4 import movie_header
from comodo_app.recordings.sources import (
    LOG_SUFFIXES,
    TABLE_SUFFIXES,
    VIDEO_SUFFIXES,
    Importer,
    ReadOptions,
    Source,
    parse_columns,
)
from comodo_app.recordings.video import probe_video

__all__ = [
    "IMPORTERS",
    "Gathered",
    "Importer",
    "ReadOptions",
    "Source",
    "gather",
    "parse_columns",
    "read_source",
]

# Asked in this order; a new format is a new file and one entry here.
IMPORTERS: tuple[Importer, ...] = (
    GoProImporter(),
    VideoCsvImporter(),
    ImuCsvImporter(),
    ImuLogImporter(),
)

# Files that come along with recordings and are none: the simulation's truth, papers, a camera's
# previews (`.lrv` holds a small copy of the video and all of its telemetry), system files.
_SIDECAR_STEMS = ("readme", "license", "licence", "copying", "notice", "citation", "changelog")
_SIDECAR_ENDINGS = (".truth.json", ".md", ".lrv", ".thm", "thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found under some paths.

    Attributes
    ----------
    sources : tuple of Source
        Recordings to read, in the order of their first files.
    problems : tuple of (Path, ComodoError)
        Paths that will not be read, and why.
    skipped : tuple of Path
        Hidden files, project folders, truth files, READMEs and the like.
    """

    sources: tuple[Source, ...]
    problems: tuple[tuple[Path, ComodoError], ...]
    skipped: tuple[Path, ...] = ()


def gather(paths: Sequence[Path]) -> Gathered:
    """Find the recordings among files and folders; one bad path does not stop the others.

    Folders are searched to the bottom, in the order of their names. A path that comes twice, also
    by another name, counts once. Only directory entries, the index of MP4s and file names are
    read here.
    """
    found = _Found()
    for path in paths:
        found.add(path)
    sources: list[Source] = []
    free = list(found.files)
    for importer in IMPORTERS:
        claimed = importer.claims(free)
        sources.extend(claimed)
        taken = {path for source in claimed for path in source.paths}
        free = [path for path in free if path not in taken]
    place = {path: i for i, path in enumerate(found.files)}
    sources.sort(key=lambda source: place[source.paths[0]])
    problems = [*found.problems, *((path, _why_not(path)) for path in free)]
    return Gathered(tuple(sources), tuple(problems), tuple(found.skipped))


def read_source(source: Source, options: ReadOptions) -> ReadRecording:
    """Read one recording.

    Raises
    ------
    InputError
        What the user can fix; see the importers.
    UsageError
        If no importer has this label.
    """
    for importer in IMPORTERS:
        if importer.label == source.importer:
            return importer.read(source, options)
    known = ", ".join(importer.label for importer in IMPORTERS)
    raise UsageError(
        f"No importer is called '{source.importer}'.",
        where=str(source.paths[0]),
        hint=f"Known: {known}. Perhaps the project was made by a newer version.",
    )


class _Found:
    """Files under the given paths, each once, in order."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.problems: list[tuple[Path, ComodoError]] = []
        self.skipped: list[Path] = []
        self._seen: set[Path] = set()

    def add(self, path: Path) -> None:
        """Add a path that the user named."""
        try:
            real = path.resolve(strict=True)
            is_folder = real.is_dir()
        except OSError as error:
            self.problems.append((path, unreadable(path, error)))
            return
        if real in self._seen:
            return
        if not is_folder:
            self._add_file(path, real)
        elif path.suffix.lower() == ".comodo":
            self._seen.add(real)
            hint = "Open it as a project, or name the recordings in it."
            error_ = InputError("This is a project, not a recording.", where=str(path), hint=hint)
            self.problems.append((path, error_))
        else:
            before = len(self.files) + len(self.problems) + len(self.skipped)
            self._add_folder(path, real)
            if len(self.files) + len(self.problems) + len(self.skipped) == before:
                empty = UnreadableFile("The folder holds no files.", where=str(path))
                self.problems.append((path, empty))

    def _add_folder(self, folder: Path, real: Path) -> None:
        self._seen.add(real)  # a link back to here ends the search
        try:
            entries = sorted(folder.iterdir(), key=lambda path: path.name)
        except OSError as error:
            self.problems.append((folder, unreadable(folder, error)))
            return
        for path in entries:
            is_project = path.suffix.lower() == ".comodo"
            if path.name.startswith(".") or (is_project and path.is_dir()):
                self.skipped.append(path)
                continue
            try:
                real = path.resolve(strict=True)
            except OSError as error:
                self.problems.append((path, unreadable(path, error)))
                continue
            if real in self._seen:
                continue
            if real.is_dir():
                self._add_folder(path, real)
            else:
                self._add_file(path, real)

    def _add_file(self, path: Path, real: Path) -> None:
        self._seen.add(real)
        if _is_sidecar(path.name.lower()):
            self.skipped.append(path)
            return
        try:
            with path.open("rb"):
                self.files.append(path)
        except OSError as error:
            self.problems.append((path, unreadable(path, error)))


def _is_sidecar(name: str) -> bool:
    stem = name.split(".")[0].split("-")[0]
    return stem in _SIDECAR_STEMS or name.endswith(_SIDECAR_ENDINGS)


def _why_not(path: Path) -> ComodoError:
    """Why no importer wants a file."""
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        known = " ".join(sorted(VIDEO_SUFFIXES | TABLE_SUFFIXES | LOG_SUFFIXES))
        hint = f"Videos with motion data inside, or videos and tables ({known}) can be read."
        return UnreadableFile("No importer reads this kind of file.", where=str(path), hint=hint)
    if movie_header(path) is None:  # not an MP4, or cut off: only then it is worth a look inside
        try:
            probe_video(path)
        except ComodoError as error:
            return error
    return NoTelemetry(
        "No motion data inside and no CSV beside it.",
        where=str(path),
        hint=f"Put the sensor's samples beside it as {path.stem}.csv, or name the video and the "
        "CSV together.",
    )

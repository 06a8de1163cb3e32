"""Read the files of one recording for a project: its content key, and who wore the sensor."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from comodo_app.recordings.importers import read_source
from comodo_app.recordings.media import content_key
from comodo_app.recordings.model import Note, ReadRecording
from comodo_app.recordings.sources import ReadOptions, Source
from comodo_app.simulation.truth import read_truth, truth_path


def source_key(source: Source) -> str:
    """Hash of the content of a source's files, by which a project knows them again."""
    keys = [content_key(path) for path in source.paths]
    return keys[0] if len(keys) == 1 else hashlib.sha256("+".join(keys).encode()).hexdigest()


def read_person(source: Source, options: ReadOptions) -> ReadRecording:
    """Read a source; simulated recordings say in their truth file who wore the sensor.

    Raises
    ------
    InputError
        What the user can fix; see the importers.
    """
    read = read_source(source, options)
    path = truth_path(source.paths[0])
    if not path.exists():
        return read
    truth = read_truth(path)
    recording = replace(read.recording, wearer=truth.wearer, session=truth.session)
    note = Note("simulated", 1, f"simulated recording; worn by {truth.wearer} ({truth.session})")
    return ReadRecording(recording, (*read.notes, note))

"""The app's own log of a live stream: append-only, readable after a crash at any byte.

A file is a row of blocks. Each block is ``MAGIC``, its kind (1 byte), the length of its content
and the CRC-32 of kind and content (4 bytes each, little-endian), then the content. What is damaged
or cut off costs its own block: reading goes on at the next ``MAGIC`` whose checksum is right.

======  =========  ==================================================================
kind    name       content
======  =========  ==================================================================
0       header     JSON: format, schema, stream, when it began; later ones add to it
1       samples    n × float64 live times in s, then n × 6 float32 (m/s², rad/s)
2       said       JSON: a list of predictions
3       moment     JSON: time_s, text
4       event      JSON: time_s, text; what happened to the stream
5       end        JSON: n_samples; only if recording was ended on purpose
======  =========  ==================================================================
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.media_ref import unreadable
from comodo_app.recordings.model import CHANNELS, Note, ReadRecording, Recording, merge_notes
from comodo_app.recordings.sources import LOG_SUFFIXES, ReadOptions, Source
from comodo_app.recordings.timestamps import repair

FORMAT, SCHEMA = "comodo imu log", 1
MAGIC = b"\xc9IML"
MAX_CONTENT = 1 << 24
_HEAD = struct.Struct("<4sBII")
_ROW_BYTES = 8 + 4 * len(CHANNELS)


class Block(IntEnum):
    """Kinds of blocks; unknown ones of later versions are skipped."""

    HEADER = 0
    SAMPLES = 1
    SAID = 2
    MOMENT = 3
    EVENT = 4
    END = 5


@dataclass(frozen=True, slots=True, eq=False)
class ImuLog:
    """What a log holds; times are live times as they were written.

    Attributes
    ----------
    header : mapping
        Empty if its blocks are lost.
    times_s, samples : (T,) float64, (T, 6) float32
    said : tuple of mapping
        Predictions, as their dataclass was written.
    moments, events : tuple of (float, str)
    is_ended : bool
        False after a crash.
    n_damaged_bytes : int
        That are no block, the cut-off end included.
    """

    header: Mapping[str, Any]
    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]
    said: tuple[Mapping[str, Any], ...]
    moments: tuple[tuple[float, str], ...]
    events: tuple[tuple[float, str], ...]
    is_ended: bool
    n_damaged_bytes: int


def block(kind: Block, content: bytes) -> bytes:
    """The bytes of one block."""
    return _HEAD.pack(MAGIC, kind, len(content), _checksum(kind, content)) + content


def samples_content(times_s: NDArray[np.float64], samples: NDArray[np.float32]) -> bytes:
    """Content of a block of samples, (n,) and (n, 6)."""
    return times_s.astype("<f8").tobytes() + samples.astype("<f4").tobytes()


def json_content(value: Any) -> bytes:
    """Content of the other blocks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def read_log(path: Path) -> ImuLog:
    """Read whatever is whole in a log.

    Raises
    ------
    UnreadableFile
        If it cannot be opened or has no block at all.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise UnreadableFile("The file is empty.", where=str(path))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                log = _read(content)
    except OSError as error:
        raise unreadable(path, error) from error
    if log is None:
        raise UnreadableFile(
            "This is no log of a live stream.",
            where=str(path),
            hint=f"Files that end in {min(LOG_SUFFIXES)} are made by recording in Live.",
        )
    return log


def _read(content: mmap.mmap) -> ImuLog | None:
    header: Mapping[str, Any] = {}
    times, samples = [np.zeros(0)], [np.zeros((0, len(CHANNELS)), np.float32)]
    said: list[Mapping[str, Any]] = []
    noted: dict[Block, list[tuple[float, str]]] = {Block.MOMENT: [], Block.EVENT: []}
    is_ended, n_whole_bytes, n_blocks = False, 0, 0
    for kind, body in _blocks(content):
        n_whole_bytes += _HEAD.size + len(body)
        n_blocks += 1
        if kind == Block.SAMPLES:
            n = len(body) // _ROW_BYTES
            if n * _ROW_BYTES == len(body):
                times.append(np.frombuffer(body, "<f8", n))
                samples.append(np.frombuffer(body, "<f4", offset=8 * n).reshape(n, len(CHANNELS)))
            continue
        try:
            value = json.loads(body)
            if kind == Block.HEADER:
                header = {**header, **value}
            elif kind == Block.SAID:
                said += [dict(one) for one in value]
            elif kind in (Block.MOMENT, Block.EVENT):
                noted[Block(kind)].append((float(value["time_s"]), str(value["text"])))
            is_ended |= kind == Block.END
        except (ValueError, TypeError, KeyError):  # its checksum is right: another version's
            continue
    if n_blocks == 0:
        return None
    return ImuLog(
        header,
        np.concatenate(times).astype(np.float64),
        np.concatenate(samples).astype(np.float32),
        tuple(said),
        tuple(noted[Block.MOMENT]),
        tuple(noted[Block.EVENT]),
        is_ended,
        len(content) - n_whole_bytes,
    )


def _blocks(content: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Kind and content of every block whose checksum is right."""
    place = 0
    while (place := content.find(MAGIC, place)) >= 0:
        head = content[place : place + _HEAD.size]
        if len(head) < _HEAD.size:
            return
        _, kind, length, checksum = _HEAD.unpack(head)
        start = place + _HEAD.size
        if length <= MAX_CONTENT and start + length <= len(content):
            body = content[start : start + length]
            if _checksum(kind, body) == checksum:
                yield kind, body
                place = start + length
                continue
        place += 1


def _checksum(kind: int, content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(bytes([kind])))


class ImuLogImporter:
    """Claims the app's own live logs."""

    label = "imu_log"

    def claims(self, paths: Sequence[Path]) -> tuple[Source, ...]:
        """One recording per log."""
        return tuple(Source(self.label, (p,)) for p in paths if p.suffix.lower() in LOG_SUFFIXES)

    def read(self, source: Source, options: ReadOptions) -> ReadRecording:
        """Read one log; its first sample is time 0, what is missing is a gap.

        Raises
        ------
        UnreadableFile
            If there is no log or too little in it.
        """
        path = source.paths[0]
        log = read_log(path)
        notes: list[Note] = []
        if not log.is_ended:
            text = (
                "the recording was not ended but broke off; all that was written until then is here"
            )
            notes.append(Note("broken_off", 1, text))
        if log.is_ended and log.n_damaged_bytes:
            text = f"damaged and left out: {log.n_damaged_bytes} bytes"
            notes.append(Note("damaged_blocks", log.n_damaged_bytes, text))
        if options.offset_s:
            text = f"the offset of {options.offset_s:.3f} s is not used: there is no video"
            notes.append(Note("offset_ignored", 1, text))
        times = log.times_s - (log.times_s.min() if len(log.times_s) else 0.0)
        track, repairs = repair(times, log.samples, where=str(path))
        recording = Recording(source.name, None, track, skew_ppm=options.skew_ppm)
        return ReadRecording(recording, merge_notes([*notes, *repairs]))

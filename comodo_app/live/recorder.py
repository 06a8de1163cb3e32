"""Writes a live stream down so that a crash costs at most its last second."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import StorageError
from comodo_app.live.model import StreamInfo
from comodo_app.live.predictions import LivePrediction
from comodo_app.recordings.formats.imu_log import (
    FORMAT,
    SCHEMA,
    Block,
    block,
    json_content,
    samples_content,
)

_WRITE_EVERY_S = 0.25
_SYNC_EVERY_S = 1.0
_MOST_WAITING_BYTES = 64 << 20  # while the disk is full; hours at 200 Hz


@dataclass(frozen=True, slots=True)
class RecordingState:
    """A recording that is going on; `trouble` says why nothing is written at the moment."""

    path: Path
    duration_s: float
    n_bytes: int
    trouble: str = ""


class Recorder:
    """Appends to one new ``.imulog`` file.

    Blocks are handed to the system every 0.25 s, so a killed app loses no more than that; a thread
    has them written to the disk every second, so a power cut loses no more than that. A full disk
    is said and tried again; nothing here raises after the beginning.

    Parameters
    ----------
    path : Path
        Must not exist: nothing is overwritten.
    header : mapping
        Facts for the first block, JSON values.
    clock : callable
        Monotonic seconds; for tests.

    Raises
    ------
    StorageError
        If the file exists or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        header: Mapping[str, Any],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._clock = path, clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o644)
        except FileExistsError as error:
            raise StorageError(
                "There is a file already, and no recording is overwritten.",
                where=str(path),
                hint="Choose another name.",
            ) from error
        except OSError as error:
            raise StorageError(
                f"The recording cannot be written ({error.strerror or error}).",
                where=str(path),
                hint="Choose another folder or free some space.",
            ) from error
        self._waiting = bytearray()
        self._times: list[NDArray[np.float64]] = []
        self._samples: list[NDArray[np.float32]] = []
        self._first_s: float | None = None
        self._last_s = 0.0
        self._n_samples = self._n_bytes = self._n_lost = 0
        self._trouble = ""
        self._written_s = clock()
        self._closing = threading.Event()
        self._put(Block.HEADER, json_content({"format": FORMAT, "schema": SCHEMA, **header}))
        self._write()
        self._syncer = threading.Thread(target=self._sync_often, name="recorder", daemon=True)
        self._syncer.start()

    @property
    def state(self) -> RecordingState:
        """How far it is."""
        duration_s = 0.0 if self._first_s is None else self._last_s - self._first_s
        return RecordingState(self._path, duration_s, self._n_bytes, self._trouble)

    def describe(self, header: Mapping[str, Any]) -> None:
        """Add to the header what was not known at the beginning."""
        self._put(Block.HEADER, json_content(header))

    def add(self, times_s: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Append repaired samples, (n,) and (n, 6)."""
        if len(times_s) == 0:
            return
        self._times.append(times_s)
        self._samples.append(samples)
        self._first_s = float(times_s[0]) if self._first_s is None else self._first_s
        self._last_s = float(times_s[-1])
        self._n_samples += len(times_s)

    def say(self, predictions: Sequence[LivePrediction]) -> None:
        """Append predictions."""
        if predictions:
            self._put(Block.SAID, json_content([_plain(p) for p in predictions]))

    def mark(self, time_s: float, text: str) -> None:
        """Append a moment."""
        self._put(Block.MOMENT, json_content({"time_s": time_s, "text": text}))

    def note(self, time_s: float, text: str) -> None:
        """Append something that happened to the stream."""
        self._put(Block.EVENT, json_content({"time_s": time_s, "text": text}))

    def tick(self) -> None:
        """Write what waits if it is time; called often."""
        if self._clock() - self._written_s >= _WRITE_EVERY_S:
            self._write()

    def close(self) -> RecordingState:
        """Write the rest and the end, on the disk when this returns; a second call does nothing."""
        if self._closing.is_set():
            return self.state
        self._collect()
        self._put(Block.END, json_content({"n_samples": self._n_samples}))
        self._write()
        self._closing.set()
        self._syncer.join()
        try:
            os.fsync(self._file)
        except OSError as error:
            self._trouble = _said(error)
        os.close(self._file)
        return self.state

    def _put(self, kind: Block, content: bytes) -> None:
        if len(self._waiting) + len(content) > _MOST_WAITING_BYTES:
            self._n_lost += 1
            return
        self._waiting += block(kind, content)

    def _collect(self) -> None:
        if self._times:
            times, samples = np.concatenate(self._times), np.concatenate(self._samples)
            self._times, self._samples = [], []
            self._put(Block.SAMPLES, samples_content(times, samples))

    def _write(self) -> None:
        self._collect()
        self._written_s = self._clock()
        try:
            while self._waiting:
                n_written = os.write(self._file, self._waiting)
                # What was written is gone from here, also if the disk is full in mid-block: a
                # reader finds the next block, and half a block is at most a quarter of a second.
                del self._waiting[:n_written]
                self._n_bytes += n_written
        except OSError as error:
            self._trouble = _said(error)
        else:
            self._trouble = "" if not self._n_lost else f"{self._n_lost} blocks did not fit"

    def _sync_often(self) -> None:
        """On its own thread: a slow disk must not hold up the samples."""
        while not self._closing.wait(_SYNC_EVERY_S):
            try:
                os.fsync(self._file)
            except OSError as error:
                self._trouble = _said(error)


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends


def stream_header(stream: StreamInfo | None, **facts: Any) -> dict[str, Any]:
    """The header's facts about the stream, with others beside them."""
    said = {} if stream is None else asdict(stream)
    return {"stream": _plain_value(said), **_plain_value(facts)}


def _plain(prediction: LivePrediction) -> dict[str, Any]:
    plain: dict[str, Any] = _plain_value(asdict(prediction))
    for name in ("probabilities", "smoothed"):
        plain[name] = [float(f"{value:.6g}") for value in plain[name]]
    return plain


def _plain_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain_value(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_value(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _said(error: OSError) -> str:
    return f"The disk does not take it: {error.strerror or error}"

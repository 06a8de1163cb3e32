"""GoPro videos: the motion sensor's samples lie in the file as a GPMF track."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import telemetry_parser
from numpy.typing import NDArray

from comodo_app.errors import NoTelemetry, UnreadableFile
from comodo_app.recordings.model import Note, ReadRecording, Recording, merge_notes
from comodo_app.recordings.mp4 import movie_header
from comodo_app.recordings.sources import ReadOptions, Source
from comodo_app.recordings.timestamps import GAP_S, repair
from comodo_app.recordings.video import probe_video_notes

# The name of a GPMF track's sample description. `GPMF` alone, in the user data, only means that a
# GoPro wrote the file; the track itself can be lost when a video is cut.
_TRACK_NAME = b"gpmd"
_LONGEST_PAYLOAD_S = 1.5


class GoProImporter:
    """Claims videos by the telemetry track in them, whatever they are called."""

    label = "gopro"

    def claims(self, paths: Sequence[Path]) -> tuple[Source, ...]:
        """One recording per video with a GPMF track."""
        return tuple(Source(self.label, (path,)) for path in paths if has_gpmf(path))

    def read(self, source: Source, options: ReadOptions) -> ReadRecording:
        """Read video and telemetry; both are on the video's clock.

        Raises
        ------
        UnreadableFile
            If the video cannot be read.
        NoTelemetry
            If the track holds no accelerometer and gyroscope samples.
        """
        path = source.paths[0]
        video, video_notes = probe_video_notes(path)
        times_s, samples, notes = _telemetry(path)
        try:
            track, repairs = repair(times_s, samples, where=str(path))
        except UnreadableFile as error:
            raise NoTelemetry(
                f"The motion data cannot be used. {error.what}", where=str(path), hint=error.hint
            ) from error
        recording = Recording(
            source.name, video, track, offset_s=options.offset_s, skew_ppm=options.skew_ppm
        )
        return ReadRecording(recording, merge_notes([*video_notes, *notes, *repairs]))


def has_gpmf(path: Path) -> bool:
    """Whether a file is an MP4 with a telemetry track; reads its index only."""
    header = movie_header(path)
    return header is not None and _TRACK_NAME in header


def _telemetry(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Note]]:
    """Times in s (T,), samples in m/s² and rad/s (T, 6), at the times of the gyroscope."""
    rows = _parsed(path)
    times_s = np.array([row["timestamp_ms"] for row in rows], dtype=np.float64) / 1000.0
    acc, gyro = _axes(rows, "accl"), _axes(rows, "gyro")
    has_acc, has_gyro = ~np.isnan(acc[:, 0]), ~np.isnan(gyro[:, 0])
    sensors = (("accelerometer", has_acc), ("gyroscope", has_gyro))
    missing = [name for name, has in sensors if has.sum() < 2]
    if missing:
        raise _no_samples(path, f"no {' and no '.join(missing)} samples")
    acc_s, gyro_s = own_times(times_s, has_acc), own_times(times_s, has_gyro)
    acc, gyro = acc[has_acc], np.deg2rad(gyro[has_gyro])
    notes: list[Note] = []
    if not np.array_equal(acc_s, gyro_s):
        known = _within_reach(gyro_s, acc_s)
        acc = np.stack([np.interp(gyro_s, acc_s, axis) for axis in acc.T], axis=1)
        acc[~known] = np.nan  # no acceleration for longer than a gap: not made up
        text = f"acc interpolated from {_rate_hz(acc_s):.1f} Hz to {_rate_hz(gyro_s):.1f} Hz"
        notes.append(Note("interpolated_acc", int(known.sum()), text))
    return gyro_s, np.hstack([acc, gyro]), notes


def own_times(times_s: NDArray[np.float64], has: NDArray[np.bool_]) -> NDArray[np.float64]:
    """When the samples of the slower of two sensors really were.

    A GPMF track consists of payloads of about one second. `normalized_imu` lays the sensors of a
    payload side by side, first sample to first sample: the slower one fills the first rows of
    each payload, at the times of the faster, and leaves the others empty. A payload therefore
    begins where the slower sensor sets in again; its samples are spread over the whole payload.

    Parameters
    ----------
    times_s : (T,) float64
        Times of the rows.
    has : (T,) bool
        Which rows hold a sample of this sensor.

    Returns
    -------
    (has.sum(),) float64
        Never decreasing; `times_s` itself where every row has a sample.
    """
    filled = np.flatnonzero(has)
    starts = np.flatnonzero(np.diff(has.astype(np.int8), prepend=0) == 1)
    payload = np.searchsorted(starts, filled, side="right") - 1
    n_rows = np.diff(starts, append=len(times_s))
    rows_per_sample = n_rows / np.bincount(payload)
    # What lasts longer is several payloads: all but the last were full, or lack the sensor.
    ends = starts + n_rows - 1
    is_one = times_s[ends] - times_s[starts] <= _LONGEST_PAYLOAD_S
    usual = float(np.median(rows_per_sample[is_one])) if is_one.any() else 1.0
    rows_per_sample[~is_one] = np.minimum(rows_per_sample[~is_one], usual)
    rows = starts[payload] + (filled - starts[payload]) * rows_per_sample[payload]
    return np.interp(rows, np.arange(len(times_s)), times_s)


def _parsed(path: Path) -> list[dict[str, Any]]:
    """What telemetry-parser makes of the file: axes and units alike for all models."""
    try:
        rows: list[dict[str, Any]] = telemetry_parser.Parser(str(path)).normalized_imu()
    except (OSError, ValueError) as error:
        raise _no_samples(path, str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a Rust panic is no Exception in Python
            raise
        raise _no_samples(path, f"the telemetry is damaged: {error}") from error
    if not rows:
        raise _no_samples(path, "the telemetry track is empty")
    return rows


def _axes(rows: Sequence[dict[str, Any]], key: str) -> NDArray[np.float64]:
    """(T, 3), NaN where a row has none."""
    nothing = (np.nan, np.nan, np.nan)
    return np.array([row[key] or nothing for row in rows], dtype=np.float64)


def _within_reach(times_s: NDArray[np.float64], known_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times lie no further than a gap's length from the known times before and after."""
    at = np.searchsorted(known_s, times_s)
    after = known_s[np.minimum(at, len(known_s) - 1)]
    before = known_s[np.maximum(at - 1, 0)]
    return (np.abs(after - times_s) <= GAP_S) & (np.abs(times_s - before) <= GAP_S)


def _rate_hz(times_s: NDArray[np.float64]) -> float:
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0]))


def _no_samples(path: Path, why: str) -> NoTelemetry:
    return NoTelemetry(
        f"The video has a telemetry track, but nothing usable in it: {why}.",
        where=str(path),
        hint="Some models (HERO4 and older, HERO7 White and Silver) record no motion; then put a "
        "CSV of another sensor beside a copy of the video without the telemetry track.",
    )

"""How a recording is put into words: one place for the table, the inspector and the tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from comodo_app.jobs.check import Checked
from comodo_app.project.rows import RecordingRow
from comodo_app.ui.numbers import grouped

LOW_RATE_HZ = 50.0
_OPTION = re.compile(r"\s*\(--[^)]*\)|[:;]?\s*--[a-z-]+ [A-Z0-9.-]+")
_IMPORTERS = {
    "gopro": "embedded telemetry",
    "video_csv": "video and CSV",
    "imu_csv": "CSV, no video",
}


@dataclass(frozen=True, slots=True)
class Sync:
    """What the sync chip says."""

    label: str
    tone: str
    icon: str | None = None


def length(seconds: float) -> str:
    """1:12.5, 12:41, 2:10:04."""
    if seconds < 60:
        return f"0:{seconds:04.1f}"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def source(row: RecordingRow) -> str:
    """The second line of a row: the files, and how they were read."""
    names = [s.path.name for s in row.sources]
    if len(names) == 2 and Path(names[0]).stem == Path(names[1]).stem:
        names = [names[0], Path(names[1]).suffix]  # p01.mp4 + .csv
    how = _IMPORTERS.get(row.importer, row.importer)
    files = names[0] if len(names) == 1 else " + ".join(names[:2])
    more = f" + {len(names) - 2} more" if len(names) > 2 else ""
    return f"{files}{more} · {how}" if files else how


def video(row: RecordingRow) -> str:
    """Size and rate."""
    track = row.video
    if track is None:
        return "—"
    return f"{track.width_px}×{track.height_px} · {track.frame_rate_hz:.2f}"


def imu(row: RecordingRow) -> str:
    """Rate and channels."""
    return "—" if row.imu is None else f"{row.imu.sample_rate_hz:.1f} Hz · 6 ch"


def low_rate(row: RecordingRow) -> bool:
    """Whether the rate is one to think about."""
    return row.imu is not None and row.imu.sample_rate_hz < LOW_RATE_HZ - 0.5


def sync(row: RecordingRow, found: Checked | None = None) -> Sync:
    """How video and sensor hang together; nothing is claimed that was not checked."""
    if row.missing_media:
        return Sync("Video missing" if row.video else "File missing", "err")
    if found is not None and found.problem:
        return Sync("Cannot read", "err")
    if row.imu is None:
        return Sync("Video only", "plain")
    if row.video is None:
        return Sync("IMU only", "plain")
    if row.offset_s or row.skew_ppm:
        return Sync(f"{signed_ms(row.offset_s)}, set", "info", "pin")
    if row.importer == "gopro":
        return Sync("Same clock", "ok")
    return Sync("Not checked", "plain", "clock")


def signed_ms(seconds: float) -> str:
    """+412 ms, −61 ms (with a true minus), or seconds where it is much."""
    sign = "\u2212" if seconds < 0 else "+"
    size = abs(seconds)
    return f"{sign}{size:.2f} s" if size >= 10 else f"{sign}{1000 * size:.0f} ms"


def note(line: str) -> str:
    """A note without the option of the command line that it ends with."""
    return _OPTION.sub("", line)


def windows(row: RecordingRow, found: Checked | None) -> tuple[str, str]:
    """How many windows are kept, and what is said beside it."""
    if found is None:
        return "…", "looking"
    kept = found.n_windows - found.n_dropped
    if row.video is None:
        return grouped(kept), "predict only"
    if row.imu is None:
        return "0", "no IMU"
    if not row.use_for_training:
        return grouped(kept), "not for training"
    if found.n_windows == 0:
        return "0", "too short"
    if not found.n_dropped:
        return grouped(kept), "none dropped"
    return grouped(kept), f"\u2212{100 * found.n_dropped / found.n_windows:.1f} %"


def attention(row: RecordingRow, found: Checked | None) -> tuple[str, ...]:
    """What a person should look at, in words; empty if all is well."""
    said = []
    if row.missing_media:
        said.append("Its files are not where they were.")
    elif row.changed_media:
        said.append("A file has another size than when it was added.")
    if low_rate(row):
        said.append("The sensor's rate is low; 100 Hz or more is advised.")
    if found is not None:
        if found.problem:
            said.append(found.problem)
        if found.n_windows and found.n_dropped > found.n_windows / 2:
            said.append("More than half of its windows lack sensor data.")
        if found.rest_mps2 < 8.8 or found.rest_mps2 > 10.8:  # neither is true without an IMU
            said.append(f"At rest it reads {found.rest_mps2:.2f} m/s²; with gravity 9.8.")
        if found.n_clipped:
            said.append(f"{grouped(found.n_clipped)} samples at the sensor's limit.")
    return tuple(said)

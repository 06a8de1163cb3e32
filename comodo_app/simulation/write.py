"""Writes a simulated recording as the files that a camera and a sensor would have left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from comodo_app.errors import StorageError
from comodo_app.simulation.camera import Camera
from comodo_app.simulation.faults import WrittenFiles, apply_fault
from comodo_app.simulation.noise import generator
from comodo_app.simulation.plan import RecordingPlan
from comodo_app.simulation.sensor import SimulatedImu, simulate_imu
from comodo_app.simulation.trajectory import Motion, simulate_motion
from comodo_app.simulation.truth import SUFFIX, Truth, truth_text

COLUMNS = (
    "timestamp_s",
    "acc_x (m/s^2)",
    "acc_y (m/s^2)",
    "acc_z (m/s^2)",
    "gyro_x (rad/s)",
    "gyro_y (rad/s)",
    "gyro_z (rad/s)",
)
ROW_FORMAT = "%.4f,%.2f,%.2f,%.2f,%.3f,%.3f,%.3f"
_ROWS_AT_ONCE = 2000
_KEY_FRAME_S = 2.0

Progress = Callable[[float], None]


def write_recording(
    plan: RecordingPlan, folder: Path, on_progress: Progress | None = None
) -> tuple[Path, ...]:
    """Simulate `plan` and write ``name.csv``, ``name.mp4`` and ``name.truth.json``.

    Everything is made in a hidden folder beside the target and moved into place at the end: an
    error, or an `on_progress` that raises, leaves nothing behind, and files of an earlier run stay
    as they were.

    Parameters
    ----------
    plan : RecordingPlan
        The same plan gives the same bytes of table and truth, and the same pictures.
    folder : Path
        Made if missing.
    on_progress : callable, optional
        Gets the share done, 0 to 1, at least every 0.2 s on an ordinary machine.

    Returns
    -------
    tuple of Path
        The written files.

    Raises
    ------
    StorageError
        If the folder cannot be written or is full.
    """
    report = on_progress or (lambda share: None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".simulating-", dir=folder))
        try:
            made = _make(plan, aside, report)
            for path in made:
                path.replace(folder / path.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"The simulated recording could not be written ({error.strerror or error}).",
            where=str(folder), hint="Choose a folder with enough space that you may write to.",
        ) from error  # fmt: skip
    report(1.0)
    return tuple(folder / path.name for path in made)


def _make(plan: RecordingPlan, aside: Path, report: Progress) -> tuple[Path, ...]:
    """Write all files of `plan` into `aside`."""
    first = 0.1 if plan.video else 0.8
    motion = simulate_motion(plan, lambda share: report(0.8 * first * share))
    table = aside / f"{plan.name}.csv"
    _write_table(simulate_imu(plan, motion), table)
    report(first)
    video: Path | None = None
    if plan.video:
        video = aside / f"{plan.name}.mp4"
        _write_video(plan, motion, video, lambda share: report(first + (0.99 - first) * share))
    for fault in plan.faults:
        rng = generator(plan.seed, "fault", plan.name, fault)
        apply_fault(fault, WrittenFiles(table, video), rng)
    truth = aside / f"{plan.name}{SUFFIX}"
    truth.write_text(truth_text(truth_of(plan, motion)), "utf-8", newline="\n")
    return tuple(path for path in (video, table, truth) if path is not None)


def truth_of(plan: RecordingPlan, motion: Motion) -> Truth:
    """What the files of `plan` do not say."""
    return Truth(
        name=plan.name, wearer=plan.wearer, session=plan.session, seed=plan.seed,
        segments=plan.schedule, offset_s=plan.offset_s, skew_ppm=plan.skew_ppm,
        mounting_deg=motion.mounting.rotation_deg,
        gaps=tuple((gap.start_s, gap.end_s) for gap in plan.gaps), faults=plan.faults,
    )  # fmt: skip


def _write_table(imu: SimulatedImu, path: Path) -> None:
    rows = np.column_stack((imu.times_s, imu.samples.astype(np.float64)))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(COLUMNS) + "\n")
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            np.savetxt(file, rows[start : start + _ROWS_AT_ONCE], fmt=ROW_FORMAT)


def _write_video(plan: RecordingPlan, motion: Motion, path: Path, report: Progress) -> None:
    """Encode all frames as H.264 with one thread, so that the same frames give the same bytes."""
    rate = Fraction(plan.frame_rate_hz).limit_denominator(1001)
    options = {
        "crf": str(plan.crf),
        "preset": "fast",
        # With macroblock-tree rate control libx264's bytes differ from run to run, even with one
        # thread and the same frames.
        "x264-params": "threads=1:mbtree=0",
        "g": str(max(1, round(_KEY_FRAME_S * plan.frame_rate_hz))),
    }
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = plan.width_px, plan.height_px, "yuv420p"
        stream.time_base = 1 / rate
        for index, picture in enumerate(Camera(plan, motion).frames()):
            planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
            report((index + 1) / plan.n_frames)
        container.mux(stream.encode(None))

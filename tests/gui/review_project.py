"""A small real project to review: two videos with sensors, a sensor alone, two runs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from comodo_app.activities.model import Lane, Segment, State, Timeline
from comodo_app.jobs.lanes import Evidence
from comodo_app.project.files import save_arrays
from comodo_app.project.store import Project
from comodo_app.recordings.model import ImuTrack, ReadRecording, Recording
from comodo_app.recordings.video import probe_video

LENGTH_S = 20.0
TICKS = np.cumsum([0, *([33, 34, 33, 40] * 150)])[:571]  # milliseconds: uneven on purpose


def timeline(*parts: tuple[float, int | None, float]) -> Timeline:
    """(end, activity, confidence) …; None is unknown, 0 no data."""
    segments, start_s = [], 0.0
    for end_s, number, confidence in parts:
        state = {None: State.UNKNOWN, 0: State.NO_DATA}.get(number, State.ACTIVITY)
        known = number if state is State.ACTIVITY else None
        segments.append(Segment(start_s, end_s, state, known, confidence))
        start_s = end_s
    return Timeline(tuple(segments))


STUDENT = timeline(
    (4.0, 1, 0.9), (8.0, 2, 0.8), (10.0, 3, 0.7), (13.0, None, 0.3), (16.0, 1, 0.4), (20.0, 2, 0.9)
)
TEACHER = timeline((4.5, 1, 1.0), (8.0, 2, 1.0), (10.0, 2, 1.0), (16.0, 1, 1.0), (20.0, 2, 1.0))


def write_video(path: Path, *, width_px: int = 64, height_px: int = 48) -> Path:
    """571 frames at uneven times; each is as bright as its number says."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.options = {"preset": "ultrafast", "g": "48", "bf": "2"}
        for number, ticks in enumerate(TICKS.tolist()):
            image = np.full((height_px, width_px, 3), 16 + number % 200, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts = ticks
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def imu() -> ImuTrack:
    times_s = np.arange(int(LENGTH_S * 50)) / 50.0
    rows = np.random.default_rng(0).normal(size=(len(times_s), 6)).astype(np.float32)
    return ImuTrack(times_s, rows, 50.0)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="comodo-review-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = folder / "made"
    made.mkdir()
    _make(made)
    # Moved, so that a copy finds its media beside it and never the ones it was made from.
    return made.rename(folder / "kept")


def make_project(folder: Path) -> Path:
    """Recordings 1 "walk" and 2 "work" with video, 3 "alone" without; runs 1 and 2."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return folder / "study.comodo"


def _make(folder: Path) -> None:
    video = write_video(folder / "walk.mp4")
    other = write_video(folder / "work.mp4", width_px=48)
    path = folder / "study.comodo"
    with Project.create(path) as project:
        for name, track in (("walk", video), ("work", other), ("alone", None)):
            shown = probe_video(track) if track is not None else None
            recording = Recording(name, shown, imu())
            sources = [track] if track is not None else []
            project.add_recording(
                ReadRecording(recording), sources=sources, content_key=name, importer="test"
            )
        project.allocate_activities(4)
        for number, name in enumerate(("walk", "sit", "cook"), start=1):
            project.name_activity(number, name)
        for _ in range(2):
            run = project.create_run("{}", recipe="comodo+", teacher="built-in", student="tcn")
            project.finish_run(run.id, "finished")
            project.save_timelines(run.id, Lane.TEACHER, {1: TEACHER})
            project.save_timelines(run.id, Lane.STUDENT, {1: STUDENT, 3: STUDENT})


def add_evidence(folder: Path, run_id: int, recognizer_arrays: dict[str, np.ndarray]) -> None:
    """What lets a run's timelines be drawn again after a change of names."""
    starts_s = np.arange(16.0)
    said = np.repeat([1, 2, 3, 1], 4)
    chances = np.full((16, 3), 0.1, np.float32)
    chances[np.arange(16), said - 1] = 0.8
    evidence = Evidence(
        starts_s, 5.0, 1.0, (0.0, LENGTH_S), np.array([1, 2, 3]), chances,
        np.ones(16, np.bool_), np.zeros(16, np.bool_),
    )  # fmt: skip
    with Project(folder) as project:
        students = project.students_folder(run_id)
        (students / "windows").mkdir(exist_ok=True)
        save_arrays(students / "recognizer.npz", **recognizer_arrays)
        save_arrays(students / "windows" / "1-student.npz", **evidence.to_arrays())


def state_of(project: Project) -> tuple[object, ...]:
    """All that a person can edit on the Review page, and all that follows from it."""
    lanes = [
        (run, lane, project.timelines(run, lane))
        for run in (1, 2)
        for lane in (Lane.TEACHER, Lane.STUDENT)
    ]
    corrections = [project.corrections(row.id) for row in project.recordings()]
    return project.activities(), project.activity_colours(), lanes, corrections

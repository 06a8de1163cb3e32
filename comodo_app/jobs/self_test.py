"""How fast this computer is at what COMODO does: watching, learning, saying."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.resources import demo_recordings
from comodo_app.students.spec import StudentSpec

BATCH = 64
_WATCH_FOR_S = 4.0  # wall clock
_STAGES = 2


@dataclass(frozen=True, slots=True)
class SelfTestRequest:
    """Watch this video and train this student; the bundled demo's first video by default."""

    video: Path | None = None
    student: StudentSpec = StudentSpec()
    watch_for_s: float = _WATCH_FOR_S


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Measured speeds.

    Attributes
    ----------
    video : str
        Size and rate of what was watched: "848×480 at 29.97 Hz".
    watched_s, took_s : float
        Seconds of video, and seconds it took the built-in teacher, decoding included.
    steps_per_s : float
        Training steps of a batch of `batch_size` windows.
    windows_per_s : float
        Windows that the student can say something about, one by one.
    n_cores : int
    """

    video: str
    watched_s: float
    took_s: float
    batch_size: int
    steps_per_s: float
    windows_per_s: float
    n_cores: int

    @property
    def times_real_time(self) -> float:
        """How many seconds of video the teacher watches in a second."""
        return self.watched_s / self.took_s


def self_test(request: SelfTestRequest, context: JobContext) -> SelfTest:
    """Measure, in about ten seconds; nothing is kept.

    Raises
    ------
    UsageError
        If the video is too short to measure anything.
    """
    from comodo_app.jobs.student_facts import StudentFactsRequest, student_facts
    from comodo_app.recordings.video import probe_video
    from comodo_app.teachers.builtin import BuiltinTeacher

    path = request.video or min(demo_recordings().glob("*.mp4"))
    track = probe_video(path)
    window_s = request.student.window_s
    starts = np.arange(0.0, max(track.duration_s - window_s, 0.0), window_s / 2)
    watched_s = took_s = 0.0
    begun = time.perf_counter()
    for piece in BuiltinTeacher().encode(track, starts, window_s):
        watched_s, took_s = piece.position_s, time.perf_counter() - begun
        share = min(1.0, took_s / request.watch_for_s)
        context.step(Progress(share, _STAGES, "the teacher watches"))
        if took_s >= request.watch_for_s:
            break
    if watched_s <= 0 or took_s <= 0:
        raise UsageError("The video is too short to measure anything.", where=str(path))
    context.step(Progress(1, _STAGES, "the student trains"))
    quiet = JobContext(lambda _: context.step(Progress(1, _STAGES, "the student trains")))
    facts = student_facts(StudentFactsRequest(request.student, BATCH), quiet)
    context.step(Progress(_STAGES, _STAGES))
    return SelfTest(
        video=f"{track.width_px}×{track.height_px} at {track.frame_rate_hz:.4g} Hz",
        watched_s=watched_s,
        took_s=took_s,
        batch_size=BATCH,
        steps_per_s=1.0 / facts.s_per_step,
        windows_per_s=1.0 / facts.s_per_window,
        n_cores=os.cpu_count() or 1,
    )

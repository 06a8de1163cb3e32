"""Enough data? What a distillation would learn from, what is left out and why, what it takes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from comodo_app.errors import ComodoError, NotEnoughData
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.dataset import choose_roles
from comodo_app.jobs.embed_recording import cache_key
from comodo_app.jobs.models import BUILTIN_TEACHER, teacher_backend, teacher_facts
from comodo_app.jobs.speeds import known_teacher_speed
from comodo_app.project.rows import RecordingRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid, usable, windows_of

if TYPE_CHECKING:
    from comodo_app.distillation.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Share:
    """One recording's part: `role` is "train", "validation", "test", or "" if it is left out.

    `n_windows` can be used, `n_dropped` lack IMU; `reason` says why it is left out. `state` is
    what the counts depend on besides the grid.
    """

    recording_id: int
    name: str
    role: str
    duration_s: float
    n_windows: int
    n_dropped: int
    reason: str
    state: str


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Plan for these windows; counts of `known` are taken where nothing has changed."""

    project: Path
    grid: WindowGrid
    seed: int = 0
    teacher: str = BUILTIN_TEACHER
    device: str = "auto"
    known: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to learn from, and what is known of the work.

    `uncached_video_s` has to be watched by the teacher yet; `video_per_s` (seconds of video)
    and `teacher_per_s` (windows) were measured here, or are None.
    """

    grid: WindowGrid
    shares: tuple[Share, ...]
    uncached_video_s: float = 0.0
    teacher_dim: int = 0
    video_per_s: float | None = None
    teacher_per_s: float | None = None
    free_disk_bytes: int = 0

    def windows_of(self, role: str) -> int:
        """Usable windows of all recordings of a role."""
        return sum(share.n_windows for share in self.shares if share.role == role)

    @property
    def n_recordings(self) -> int:
        """Recordings that take part."""
        return sum(bool(share.role) for share in self.shares)

    @property
    def n_dropped(self) -> int:
        """Windows of them that lack IMU."""
        return sum(share.n_dropped for share in self.shares if share.role)

    @property
    def paired_s(self) -> float:
        """Seconds of video and IMU that teach or validate."""
        return sum(s.duration_s for s in self.shares if s.role in ("train", "validation"))

    @property
    def left_out(self) -> tuple[Share, ...]:
        """Recordings that take no part, with the reason."""
        return tuple(share for share in self.shares if share.reason)

    def require_enough(self, recipe: Recipe) -> None:
        """Raise a `NotEnoughData` that says what to do if this cannot be distilled."""
        if not any(share.role == "train" for share in self.shares):
            raise NotEnoughData(
                "No recording with both video and IMU is used for training.",
                hint="Add a video with its IMU.",
            )
        recipe.fitted_batch_size(self.windows_of("train"))


def plan(request: PlanRequest, context: JobContext) -> Plan:
    """Count windows, look for reasons, and gather what was measured."""
    with Project(request.project) as project:  # the window has opened and checked it
        made = make_plan(project, request.grid, request.seed, known=request.known, context=context)
        teacher = teacher_facts(request.teacher, request.device)
        uncached = 0.0
        by_id = {row.id: row for row in project.recordings()}
        for index, share in enumerate(made.shares):
            context.step(Progress(index, len(made.shares), share.name))
            if not share.role:
                continue
            row = by_id[share.recording_id]
            starts = request.grid.covering_starts((0.0, row.duration_s))
            try:
                key = cache_key(row, teacher, request.grid)
                present = project.embeddings.load(key, starts, teacher.dim).present
            except ComodoError:
                continue  # said by the stage that needs it, with its reason
            missing = 1.0 - float(np.mean(present)) if len(starts) else 0.0
            uncached += missing * row.duration_s
        speed = known_teacher_speed(
            project, teacher, teacher_backend(request.teacher, request.device), request.grid
        )
        return replace(
            made,
            uncached_video_s=uncached,
            teacher_dim=teacher.dim,
            video_per_s=speed.video_per_s,
            teacher_per_s=speed.windows_per_s,
            free_disk_bytes=shutil.disk_usage(request.project).free,
        )


def make_plan(
    project: Project,
    grid: WindowGrid,
    seed: int,
    *,
    known: tuple[Share, ...] = (),
    context: JobContext | None = None,
) -> Plan:
    """Roles and windows of all recordings, without speeds."""
    rows = project.recordings()
    roles = choose_roles([row for row in rows if not row.missing_media], seed=seed)
    old = {(share.recording_id, share.state): share for share in known}
    shares = []
    for index, row in enumerate(rows):
        if context is not None:
            context.step(Progress(index, len(rows), row.name))
        role = next((r for r in ("train", "validation", "test") if row.id in getattr(roles, r)), "")
        state = f"{row.content_key} {row.offset_s} {row.skew_ppm} {grid}"
        reason = _reason(row)
        if reason:
            role = ""
        known_share = old.get((row.id, state))
        if known_share is not None:
            n_windows, n_dropped = known_share.n_windows, known_share.n_dropped
        else:
            n_windows, n_dropped = _count(project, row, grid) if role else (0, 0)
        if role and n_windows == 0:
            reason = (
                f"shorter than one window of {grid.window_s:g} s"
                if row.duration_s < grid.window_s
                else "no window has enough IMU data"
            )
        shares.append(
            Share(
                row.id,
                row.name,
                role,
                row.duration_s,
                n_windows,
                n_dropped,
                reason,
                state if role else "",
            )
        )
    return Plan(grid, tuple(shares))


def _reason(row: RecordingRow) -> str:
    """Why a recording cannot teach; empty if it can, or if a person keeps it out."""
    if row.video is None:
        return "" if row.imu is None else "no video: it can be predicted, not learned from"
    if row.imu is None:
        return "no IMU"
    return "a file is not where it was" if row.missing_media else ""


def _count(project: Project, row: RecordingRow, grid: WindowGrid) -> tuple[int, int]:
    good = usable(windows_of(project.load_recording(row.id), grid))
    return int(good.sum()), int((~good).sum())

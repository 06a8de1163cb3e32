"""Discover activities in the teacher's space, keep their ids, and fit the recognizer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.dataset import PairedWindows, paired_windows
from comodo_app.jobs.models import facts_of_run
from comodo_app.jobs.student_digest import weights_digest
from comodo_app.jobs.student_files import RunSettings, load_run_student, load_space
from comodo_app.project.files import save_arrays
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid

if TYPE_CHECKING:
    from torch import nn

    from comodo_app.activities.discovery import Clustering
    from comodo_app.distillation.targets import TeacherSpace


@dataclass(frozen=True, slots=True)
class DiscoverRequest:
    """Discover with a run's student (None: the latest); `n_clusters` None chooses by itself."""

    project: Path
    run_id: int | None = None
    n_clusters: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the student, from IMU alone, says what the teacher says from video.

    On windows of recordings that the student was not trained on, before names merge activities.
    `chance` is what two independent sayers with the same frequencies would reach, `untrained` the
    same student without distillation under the same recognizer. `selected` tells that the
    recordings also chose the checkpoint, which flatters the figure a little.
    """

    agreement: float
    chance: float
    untrained: float
    n_windows: int
    n_recordings: int
    selected: bool


@dataclass(frozen=True, slots=True)
class DiscoveredActivity:
    """One activity: id, name so far, seconds of training windows, and its most central window."""

    id: int
    name: str
    n_windows: int
    medoid_recording: str
    medoid_start_s: float


@dataclass(frozen=True, slots=True)
class DiscoverResult:
    """What was found, and how far the student follows."""

    run_id: int
    activities: tuple[DiscoveredActivity, ...]
    agreement: Agreement | None
    n_moved: int
    n_common: int


def discover(request: DiscoverRequest, context: JobContext) -> DiscoverResult:
    """Cluster the training windows in the teacher's space and fit the run's recognizer."""
    with Project.open(request.project) as project, project.lock_for_writing():
        run = choose_run(project, request.run_id)
        student, settings = load_run_student(project, run)
        space = load_space(project, run)
        teacher = facts_of_run(settings)
        roles = settings.roles
        wanted = (*roles.train, *roles.validation, *roles.test)
        rows = [row for row in project.recordings() if row.id in wanted]
        data = paired_windows(
            project,
            rows,
            teacher,
            grid=settings.grid,
            sample_rate_hz=settings.student.sample_rate_hz,
            context=context,
        )
        context.step(Progress(0, None, "finding activities"))
        learned = data.of((*roles.train, *roles.validation))
        found = _cluster(space, learned, request, settings.grid)
        ids, moved, common = _keep_ids(project, found, learned)
        _save_assignments(project, run, data, space, found, ids)
        context.step(Progress(0, None, "learning to say them from IMU alone"))
        agreement = _fit_recognizer(project, run, settings, student, data, space, found, ids)
        names = {activity.id: activity.name for activity in project.activities()}
        row_names = {row.id: row.name for row in rows}
        return DiscoverResult(
            run.id, _describe(found, ids, learned, names, row_names), agreement, moved, common
        )


def choose_run(project: Project, run_id: int | None) -> RunRow:
    """The run called for, or the latest that has a student.

    Raises
    ------
    UsageError
        If there is none.
    """
    if run_id is not None:
        return project.run(run_id)
    for run in reversed(project.runs()):
        if run.status in ("finished", "stopped"):
            return run
    raise UsageError(
        "The project has no student yet.", where=str(project.folder), hint="Distil first."
    )


def teacher_activities(
    project: Project, run: RunRow, targets: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Activity ids (K,) and their cosine to each window's target, (N, K)."""
    from comodo_app.project.files import load_arrays

    arrays = load_arrays(project.students_folder(run.id) / "clusters.npz")
    return np.asarray(arrays["ids"], np.int64), targets @ np.asarray(arrays["centroids"]).T


def _cluster(
    space: TeacherSpace, learned: PairedWindows, request: DiscoverRequest, grid: WindowGrid
) -> Clustering:
    from comodo_app.activities.discovery import default_n_clusters, spherical_kmeans

    return spherical_kmeans(
        space.transform(learned.embeddings, learned.recordings),
        n_clusters=request.n_clusters
        or default_n_clusters(len(learned), stride_share=grid.stride_s / grid.window_s),
        seed=request.seed,
    )


def _window_keys(recordings: NDArray[np.int64], starts_s: NDArray[np.float64]) -> NDArray[np.str_]:
    pairs = zip(recordings.tolist(), starts_s.tolist(), strict=True)
    return np.array([f"{recording}:{start:.3f}" for recording, start in pairs], dtype=np.str_)


def _keep_ids(
    project: Project, found: Clustering, learned: PairedWindows
) -> tuple[NDArray[np.int64], int, int]:
    """Permanent ids of the clusters: those of the last discovery where windows are shared."""
    from comodo_app.activities.identity import match_ids

    old_ids, old_keys = np.zeros(0, np.int64), np.zeros(0, np.str_)
    for run in reversed(project.runs()):
        saved = project.assignments(run.id)
        if saved:
            old_ids = np.concatenate([entry.activity_id for entry in saved])
            old_keys = np.concatenate(
                [
                    _window_keys(np.full(len(e.activity_id), e.recording_id), e.window_start_s)
                    for e in saved
                ]
            )
            break
    known = old_ids > 0
    highest = max((activity.id for activity in project.activities()), default=0)
    match = match_ids(
        old_ids[known],
        old_keys[known],
        found.assignments,
        _window_keys(learned.recordings, learned.starts_s),
        next_id=highest + 1,
    )
    ids = match.ids.copy()
    fresh = project.allocate_activities(len(match.added))
    for proposed, given in zip(match.added, fresh, strict=True):
        ids[match.ids == proposed] = given
    return ids, match.n_moved, match.n_common


def _save_assignments(
    project: Project,
    run: RunRow,
    data: PairedWindows,
    space: TeacherSpace,
    found: Clustering,
    ids: NDArray[np.int64],
) -> None:
    targets = space.transform(data.embeddings, data.recordings)
    cosine = targets @ found.centroids.T
    said, centrality = ids[cosine.argmax(axis=1)], cosine.max(axis=1).astype(np.float32)
    save_arrays(
        project.students_folder(run.id) / "clusters.npz", ids=ids, centroids=found.centroids
    )
    project.save_assignments(
        run.id,
        [
            (int(r), data.starts_s[rows], said[rows], centrality[rows])
            for r in np.unique(data.recordings)
            for rows in [data.recordings == r]
        ],
    )


def _fit_recognizer(
    project: Project,
    run: RunRow,
    settings: RunSettings,
    student: nn.Module,
    data: PairedWindows,
    space: TeacherSpace,
    found: Clustering,
    ids: NDArray[np.int64],
) -> Agreement | None:
    from comodo_app.students.encoder import build_student

    roles = settings.roles
    parts = {name: data.of(getattr(roles, name)) for name in ("train", "validation", "test")}
    truth = {
        name: ids[
            (space.transform(part.embeddings, part.recordings) @ found.centroids.T).argmax(axis=1)
        ]
        for name, part in parts.items()
    }
    untrained = build_student(settings.student, seed=settings.seed)
    untrained.get_submodule("standardise").fit(parts["train"].imu)  # type: ignore[operator]
    said = {}
    for name, encoder in (("student", student), ("untrained", untrained)):
        said[name] = _recognize(encoder, parts, truth, project, run, keep=name == "student")
    tested = "test" if len(parts["test"]) else "validation"
    if not len(parts[tested]):
        return None
    from comodo_app.evaluation.metrics import agreement, chance_agreement

    measured = Agreement(
        agreement=agreement(said["student"][tested], truth[tested]),
        chance=chance_agreement(said["student"][tested], truth[tested]),
        untrained=agreement(said["untrained"][tested], truth[tested]),
        n_windows=len(parts[tested]),
        n_recordings=len(np.unique(parts[tested].recordings)),
        selected=tested == "validation",
    )
    project.set_meta(f"agreement/{run.id}", json.dumps(asdict(measured)))
    return measured


def _recognize(
    encoder: nn.Module,
    parts: dict[str, PairedWindows],
    truth: dict[str, NDArray[np.int64]],
    project: Project,
    run: RunRow,
    *,
    keep: bool,
) -> dict[str, NDArray[np.int64]]:
    """Fit on training windows, calibrate on validation, say every held-out window."""
    from comodo_app.activities.recognizer import fit_recognizer
    from comodo_app.students.encoder import embed

    features = {name: embed(encoder, part.imu) for name, part in parts.items()}
    has_validation = len(truth["validation"]) > 0
    recognizer = fit_recognizer(
        features["train"],
        truth["train"],
        calibration=(features["validation"], truth["validation"]) if has_validation else None,
        recordings=parts["train"].recordings,
    )
    said = {}
    if has_validation:
        said["validation"] = recognizer.predict(features["validation"]).activity_ids
        # Calibrated, it may learn from the validation windows too: their embeddings are what
        # the student makes of recordings it has not seen.
        recognizer = recognizer.refitted(
            np.concatenate([features["train"], features["validation"]]),
            np.concatenate([truth["train"], truth["validation"]]),
        )
    if len(features["test"]):
        said["test"] = recognizer.predict(features["test"]).activity_ids
    if keep:
        path = project.students_folder(run.id) / "recognizer.npz"
        fitted_to = np.array(weights_digest(project, run))
        save_arrays(path, **recognizer.to_arrays(), student=fitted_to)
    return said


def _describe(
    found: Clustering,
    ids: NDArray[np.int64],
    learned: PairedWindows,
    names: dict[int, str],
    row_names: dict[int, str],
) -> tuple[DiscoveredActivity, ...]:
    described = []
    for cluster, activity_id in enumerate(ids.tolist()):
        rows = np.flatnonzero(found.assignments == cluster)
        medoid = rows[found.similarity[rows].argmax()]
        described.append(
            DiscoveredActivity(
                activity_id,
                names.get(activity_id, ""),
                len(rows),
                row_names[int(learned.recordings[medoid])],
                float(learned.starts_s[medoid]),
            )
        )
    return tuple(sorted(described, key=lambda activity: activity.id))

"""What a package says about itself: activities, provenance, licences; read from the project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import comodo_app
from comodo_app.activities.calibration import chance_floor
from comodo_app.activities.model import Activity
from comodo_app.activities.naming import Naming
from comodo_app.activities.recognizer import Recognizer
from comodo_app.activities.smoothing import stay_from_duration
from comodo_app.exports.palette import LIGHT
from comodo_app.jobs.lanes import EXPECTED_DURATION_S
from comodo_app.jobs.models import BUILTIN_TEACHER
from comodo_app.jobs.predict import PREDICT_STRIDE_S
from comodo_app.jobs.student_files import RunSettings
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project
from comodo_app.recordings.resampling import PASSBAND, STOPBAND_DB
from comodo_app.recordings.timestamps import GAP_S
from comodo_app.recordings.windows import MAX_MISSING_SHARE
from comodo_app.students.contract import (
    Contract,
    Int8Facts,
    PackagedActivity,
    PackagedHead,
    Smoothing,
    rounded,
)


def make_contract(
    project: Project,
    run: RunRow,
    settings: RunSettings,
    recognizer: Recognizer,
    *,
    embedding_dim: int,
    created_at: str,
) -> Contract:
    """The contract of a run, without files and without anything about int8."""
    activities = packaged_activities(project, run, settings, recognizer)
    head = recognizer.head
    rate_hz, window_s = settings.student.sample_rate_hz, float(settings.grid.window_s)
    stride_s = float(min(settings.grid.stride_s, PREDICT_STRIDE_S))
    per_window = stride_s / window_s
    return Contract(
        sample_rate_hz=rate_hz,
        window_s=window_s,
        stride_s=stride_s,
        max_missing_share=MAX_MISSING_SHARE,
        max_gap_s=GAP_S,
        embedding_dim=embedding_dim,
        resampling=(PASSBAND * rate_hz / 2, rate_hz / 2, STOPBAND_DB),
        head=PackagedHead(
            head.kind.value,
            tuple(head.activity_ids.tolist()),
            rounded(head.mean),
            rounded(head.scale),
            rounded(head.prototypes),
            rounded(head.weights),
            rounded(head.bias),
            head.n_windows,
        ),
        temperature=recognizer.temperature,
        threshold=max(recognizer.threshold, chance_floor(len(activities))),
        novelty_floor=recognizer.novelty_floor,
        activities=activities,
        smoothing=Smoothing(
            stay_probability=stay_from_duration(max(EXPECTED_DURATION_S, 2 * stride_s), stride_s),
            evidence_weight=min(1.0, per_window**0.5),
            unknown_median_windows=max(1, round(1.0 / per_window)) | 1,
        ),
        int8=Int8Facts(included=False),
        calibration=asdict(recognizer.facts),
        provenance=_provenance(project, run, settings),
        created_at=created_at,
    )


def packaged_activities(
    project: Project, run: RunRow, settings: RunSettings, recognizer: Recognizer
) -> tuple[PackagedActivity, ...]:
    """The recognizer's columns as activities with names, colours and time; equal names are one."""
    ids = recognizer.activity_ids.tolist()
    known = {activity.id: activity for activity in project.activities()}
    naming = Naming(tuple(known.get(i, Activity(i)) for i in sorted({*known, *ids})))
    colours = project.activity_colours()
    entries = [e for e in project.assignments(run.id) if e.recording_id in settings.roles.train]
    seen = np.concatenate([e.activity_id for e in entries] or [np.zeros(0, np.int64)])
    packaged = []
    for representative in sorted({naming.groups[i] for i in ids}):
        columns = tuple(k for k, i in enumerate(ids) if naming.groups[i] == representative)
        members = tuple(ids[k] for k in columns)
        label = naming.label(representative)
        minutes = float(np.isin(seen, members).sum()) * settings.grid.stride_s / 60.0
        packaged.append(
            PackagedActivity(
                id=representative,
                name=known[representative].name if representative in known else "",
                label=label,
                colour=LIGHT.fill(colours.get(representative, representative)),
                member_ids=members,
                columns=columns,
                minutes=round(minutes, 2),
            )
        )
    return tuple(packaged)


def _provenance(project: Project, run: RunRow, settings: RunSettings) -> dict[str, Any]:
    metrics: Mapping[str, Any] = json.loads(run.metrics_json or "{}")
    measured = project.get_meta(f"agreement/{run.id}")
    pretrained = _name_alone(settings.student.pretrained)
    student = settings.student.to_json() | {"pretrained": pretrained}
    return {
        "app_version": comodo_app.__version__,
        "project": project.folder.stem,
        "run": run.id,
        "run_status": run.status,
        "run_made": run.created_at,
        "teacher": settings.teacher_key,
        "teacher_revision": settings.teacher_revision,
        "licences": [licence_note(key) for key in (settings.teacher_key, pretrained) if key],
        "recipe": settings.recipe.name,
        "recipe_settings": settings.recipe.to_json(),
        "student": student,
        "seed": settings.seed,
        "n_train_recordings": len(settings.roles.train),
        "train_minutes": round(float(metrics.get("train_minutes", 0.0)), 1),
        "n_train_windows": int(metrics.get("n_train_windows", 0)),
        "agreement": json.loads(measured) if measured else None,
    }


def _name_alone(model: str) -> str:
    """A catalogue id as it is; of a folder its name, because a path is nobody else's business."""
    return f"folder:{Path(model).name}" if Path(model).is_absolute() else model


def licence_note(model_id: str) -> str:
    """What the licence of a published model means for students that learned from it."""
    if model_id == BUILTIN_TEACHER:
        return "The built-in teacher has no weights of others."
    from comodo_app.weights.catalog import catalog

    known = {entry.id: entry for entry in catalog()}
    if model_id not in known:
        return f"{model_id} is no published model of the catalogue: its licence is yours to know."
    entry = known[model_id]
    note = f"{entry.title}: {entry.licence} ({entry.licence_url})."
    if entry.non_commercial:
        note += " Its weights are for non-commercial use only; a student that learned from them "
        note += "should be treated alike."
    return note

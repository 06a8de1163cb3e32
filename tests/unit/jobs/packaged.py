"""A small project with a student and activities, made in a second: no video, no training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from comodo_app.activities.recognizer import fit_recognizer
from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.dataset import Roles
from comodo_app.jobs.student_digest import weights_digest
from comodo_app.jobs.student_files import RunSettings
from comodo_app.project.files import save_arrays, write_atomic
from comodo_app.project.store import Project
from comodo_app.recordings.model import ImuTrack, ReadRecording, Recording
from comodo_app.recordings.windows import WindowGrid, cut_imu
from comodo_app.students.encoder import build_student, embed, student_bytes
from comodo_app.students.spec import StudentSpec

GRID = WindowGrid(4.0, 2.0)
RATE_HZ, NATIVE_HZ, MINUTES = 25.0, 100.0, 1.0
ROLES = Roles((1, 2), (), (3,))


def quiet() -> JobContext:
    return JobContext(lambda progress: None)


def imu_of(person: int) -> tuple[ImuTrack, np.ndarray]:
    """Four activities of 5 s in turn, as oscillations one can tell apart; (T,) which one."""
    times = np.arange(round(MINUTES * 60 * NATIVE_HZ)) / NATIVE_HZ
    activity = (times // 5.0).astype(int) % 4
    rng = np.random.default_rng(person)
    phase = 2 * np.pi * np.array([0.7, 1.6, 3.0, 5.0])[activity] * times
    size = np.array([0.2, 2.0, 5.0, 9.0])[activity]
    waves = np.stack([np.sin(phase + k) for k in range(6)], axis=1) * size[:, None]
    waves[:, 3:] *= 0.3
    waves[:, 2] += 9.81
    samples = waves + rng.normal(0.0, 0.15, waves.shape)
    return ImuTrack(times, samples.astype(np.float32), NATIVE_HZ), activity


def make_project(
    folder: Path, architecture: str = "tcn", *, roles: Roles = ROLES, names: tuple[str, ...] = ()
) -> Project:
    """Three people; run 1 with a student of random weights whose recognizer is fitted to it."""
    project = Project.create(folder / "made.comodo")
    spec = StudentSpec(architecture, RATE_HZ, GRID.window_s, embedding_dim=24)
    settings = RunSettings(COMODO_PLUS, spec, "builtin", "1", GRID, 3, roles)
    imu, said, owners, assignments = [], [], [], []
    ids = np.array(project.allocate_activities(4))
    for activity_id, name in zip(ids, names, strict=False):
        project.name_activity(int(activity_id), name)
    for person in (1, 2, 3):
        track, activity = imu_of(person)
        recording = Recording(f"p{person}", None, track)
        project.add_recording(
            ReadRecording(recording, ()), sources=(), content_key=f"p{person}", importer="made"
        )
        starts = GRID.starts(recording.span_s)
        middle = np.searchsorted(track.times_s, starts + GRID.window_s / 2)
        imu.append(cut_imu(recording, starts, window_s=GRID.window_s, sample_rate_hz=RATE_HZ))
        said.append(ids[activity[middle]])
        owners.append(np.full(len(starts), person))
        assignments.append((person, starts, said[-1], np.ones(len(starts), np.float32)))
    run = project.create_run(
        settings.to_json(), recipe="comodo+", teacher="builtin@1", student=architecture
    )
    student = build_student(spec, seed=3)
    learned = np.isin(np.concatenate(owners), roles.train)
    windows, truth = np.concatenate(imu), np.concatenate(said)
    student.get_submodule("standardise").fit(windows[learned])
    students = project.students_folder(run.id)
    write_atomic(students / "weights.safetensors", student_bytes(student, spec))
    write_atomic(students / "contract.json", b"{}")
    recognizer = fit_recognizer(embed(student, windows[learned]), truth[learned])
    save_arrays(
        students / "recognizer.npz",
        **recognizer.to_arrays(),
        student=np.array(weights_digest(project, run)),
    )
    project.save_assignments(run.id, assignments)
    measured = {
        "agreement": 0.75, "chance": 0.25, "untrained": 0.5, "n_windows": 29, "n_recordings": 1,
        "selected": False,
    }  # fmt: skip
    project.set_meta(f"agreement/{run.id}", json.dumps(measured))
    metrics = {"train_minutes": 2.0, "n_train_windows": int(learned.sum())}
    project.finish_run(run.id, "finished", json.dumps(metrics))
    return project

"""From teacher and student embeddings to a scored timeline, as the app chains it."""

import numpy as np
import pytest

from comodo_app.activities.discovery import default_n_clusters, exemplars, spherical_kmeans
from comodo_app.activities.identity import match_ids
from comodo_app.activities.model import Activity
from comodo_app.activities.naming import Naming
from comodo_app.activities.recognizer import fit_recognizer
from comodo_app.activities.smoothing import viterbi
from comodo_app.activities.timelines import relabel, timeline_from_windows
from comodo_app.evaluation.cluster_naming import label_accuracy, name_by_medoid
from comodo_app.evaluation.metrics import agreement, chance_agreement
from comodo_app.evaluation.segments import edit_score, overlap

NAMES = np.array(["cycle", "run", "sit", "stand", "walk"])
WINDOW_S, STRIDE_S, PER_RECORDING = 5.0, 2.5, 60


@pytest.fixture(scope="module")
def day():
    """12 recordings of 5 activities in bouts of 10 windows; teacher 16-d, student 24-d, unit."""
    rng = np.random.default_rng(0)
    recordings = np.repeat(np.arange(12), PER_RECORDING)
    truth = np.repeat(rng.integers(0, 5, 12 * 6), 10)

    def embed(dim, noise):
        rows = rng.normal(size=(5, dim))[truth] + noise * rng.normal(size=(len(truth), dim))
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    return recordings, truth, embed(16, 1.0), embed(24, 2.2)


def timeline(ids, confidence, unknown):
    n = len(ids)
    return timeline_from_windows(
        np.arange(n) * STRIDE_S,
        window_s=WINDOW_S,
        stride_s=STRIDE_S,
        activity_ids=ids,
        confidence=confidence,
        unknown=unknown,
        has_data=np.ones(n, dtype=bool),
        span_s=(0.0, (n - 1) * STRIDE_S + WINDOW_S),
    )


def test_a_few_names_label_new_recordings_and_smoothing_mends_their_timelines(day):
    recordings, truth, teacher, student = day
    train = recordings < 9
    keys = np.arange(int(train.sum()))

    found = spherical_kmeans(teacher[train], n_clusters=default_n_clusters(train.sum()), seed=0)
    first_ids = match_ids(np.zeros(0, int), np.zeros(0, int), found.assignments, keys)
    medoids = np.array([shown[0] for shown in exemplars(teacher[train], found, 1)])
    names = name_by_medoid(found.assignments, medoids, NAMES[truth[train]])
    assert label_accuracy(found.assignments, names, NAMES[truth[train]]) > 0.95

    naming = Naming(
        tuple(Activity(int(i), str(n)) for i, n in zip(first_ids.ids, names, strict=True))
    )
    recognizer = fit_recognizer(
        student[train],
        first_ids.apply(found.assignments),
        recordings=recordings[train],
        groups=naming.groups,
    )
    raw, smooth, edits_raw, edits_smooth = [], [], [], []
    for recording in (9, 10, 11):
        here = recordings == recording
        said = recognizer.predict(student[here], naming.groups)
        true_ids = np.array([naming.find(name) for name in NAMES[truth[here]]])
        assert agreement(said.activity_ids, true_ids) > (
            chance_agreement(said.activity_ids, true_ids) + 0.3
        )
        never = np.zeros(here.sum(), dtype=bool)
        path = viterbi(
            np.log(np.maximum(said.probabilities, 1e-12)),
            expected_duration_s=25.0,
            stride_s=STRIDE_S,
        )
        lanes = [
            timeline(ids, said.confidence, never)
            for ids in (true_ids, said.activity_ids, said.group_ids[path])
        ]
        assert relabel(lanes[1], naming.groups) == lanes[1]  # already merged by name
        raw.append(overlap(lanes[0], lanes[1]).share)
        smooth.append(overlap(lanes[0], lanes[2]).share)
        edits_raw.append(edit_score(lanes[0], lanes[1]))
        edits_smooth.append(edit_score(lanes[0], lanes[2]))
    assert np.mean(raw) > 0.7
    assert np.mean(smooth) > np.mean(raw) + 0.05
    assert np.mean(edits_smooth) > np.mean(edits_raw) + 0.2


def test_a_refit_with_new_recordings_keeps_the_names_of_old_windows(day):
    recordings, _, teacher, _ = day
    few = recordings < 9
    keys = np.array([f"{r}/{n}" for n, r in enumerate(recordings)])
    before = spherical_kmeans(teacher[few], n_clusters=5, seed=0)
    ids = match_ids(np.zeros(0, int), np.zeros(0, str), before.assignments, keys[few]).ids
    old = ids[before.assignments]
    after = spherical_kmeans(teacher, n_clusters=5, seed=99)
    match = match_ids(old, keys[few], after.assignments, keys)
    assert match.n_common == few.sum()
    assert match.n_moved / match.n_common < 0.05
    assert set(match.ids.tolist()) == {1, 2, 3, 4, 5}

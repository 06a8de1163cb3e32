import io
import subprocess
import sys

import numpy as np
import pytest

from comodo_app.activities.calibration import expected_calibration_error
from comodo_app.activities.heads import Head
from comodo_app.activities.recognizer import Recognizer, fit_recognizer
from comodo_app.errors import NotEnoughData, UnreadableFile
from tests.unit.activities.worlds import blobs, unit


@pytest.fixture(scope="module")
def world():
    return blobs(0, n_recordings=14)


@pytest.fixture(scope="module")
def halves(world):
    train = world.recordings < 8
    return train, ~train


@pytest.fixture(scope="module", params=[None, *Head], ids=["auto", "prototype", "logistic"])
def recognizer(request, world, halves):
    train, _ = halves
    return fit_recognizer(
        world.embeddings[train],
        world.truth[train] + 1,
        recordings=world.recordings[train],
        head=request.param,
    )


def test_new_recordings_are_recognised(recognizer, world, halves):
    _, test = halves
    said = recognizer.predict(world.embeddings[test])
    assert np.mean(said.activity_ids == world.truth[test] + 1) > 0.8


def test_confidence_is_calibrated_on_recordings_never_seen(recognizer, world, halves):
    _, test = halves
    said = recognizer.predict(world.embeddings[test])
    right = said.activity_ids == world.truth[test] + 1
    assert expected_calibration_error(said.confidence, right) < 0.08
    assert recognizer.facts.ece_after < recognizer.facts.ece_before


def test_abstaining_holds_its_promise_on_the_calibration_windows(recognizer):
    facts = recognizer.facts
    assert 0.93 <= facts.coverage <= 0.96  # 5 % unsure, 1 % unlike anything, some are both
    assert facts.precision > facts.accuracy
    assert facts.source == "4 folds by recording"
    assert (facts.n_windows, facts.n_unseen, facts.n_groups) == (320, 0, 6)


def test_what_is_left_after_unknown_is_right_more_often(recognizer, world, halves):
    _, test = halves
    said = recognizer.predict(world.embeddings[test])
    right = said.activity_ids == world.truth[test] + 1
    assert right[~said.unknown].mean() > right.mean()
    assert said.unknown.mean() < 0.2


def test_windows_unlike_all_activities_are_unknown_more_often(recognizer, world, halves):
    _, test = halves
    strange = unit(np.random.default_rng(5).normal(size=(400, 32)))
    assert recognizer.predict(strange).unknown.mean() > 3 * max(
        recognizer.predict(world.embeddings[test]).unknown.mean(), 0.05
    )


def test_probabilities_of_one_name_add_up_without_a_refit(recognizer, world):
    rows = world.embeddings[:50]
    p = recognizer.probabilities(rows)
    said = recognizer.predict(rows, {4: 1, 6: 1, 99: 2})
    assert said.group_ids.tolist() == [1, 2, 3, 5]
    np.testing.assert_allclose(said.probabilities[:, 0], p[:, 0] + p[:, 3] + p[:, 5])
    np.testing.assert_allclose(said.probabilities.sum(axis=1), 1.0)
    for n in range(50):
        assert said.confidence[n] == said.probabilities[n].max()
        assert said.activity_ids[n] == said.group_ids[said.probabilities[n].argmax()]


def test_everything_under_one_name_is_always_that_name(recognizer, world):
    said = recognizer.predict(world.embeddings[:20], dict.fromkeys(range(1, 7), 1))
    assert set(said.activity_ids.tolist()) == {1}
    np.testing.assert_allclose(said.confidence, 1.0)


def test_no_window_gives_an_empty_prediction(recognizer):
    said = recognizer.predict(np.zeros((0, 32)))
    assert said.activity_ids.shape == (0,)
    assert said.probabilities.shape == (0, 6)


def test_saving_and_loading_changes_nothing_and_needs_no_pickle(recognizer, world):
    buffer = io.BytesIO()
    np.savez(buffer, **recognizer.to_arrays())
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as arrays:
        back = Recognizer.from_arrays(arrays)
    a, b = (r.predict(world.embeddings, {2: 1}) for r in (recognizer, back))
    assert np.array_equal(a.probabilities, b.probabilities)
    assert np.array_equal(a.unknown, b.unknown)
    assert back.facts == recognizer.facts


@pytest.mark.parametrize(
    "damage",
    [
        {"schema": np.array(99)},
        {"kind": np.array("forest")},
        {"prototypes": np.ones((2, 3))},
        {"mean": np.full(32, np.nan)},
        {"scale": np.zeros(32)},
        {"facts": np.array("{")},
        {"facts": np.array("{}")},
        {"calibration": np.ones(2)},
        {"bias": None},
    ],
)
def test_a_damaged_file_is_refused_with_advice(recognizer, damage):
    arrays = recognizer.to_arrays() | damage
    arrays = {name: value for name, value in arrays.items() if value is not None}
    with pytest.raises(UnreadableFile, match="Fit it again"):
        Recognizer.from_arrays(arrays)


def test_both_heads_are_tried_and_the_more_accurate_is_kept(world, halves):
    train, _ = halves
    fitted = fit_recognizer(
        world.embeddings[train], world.truth[train] + 1, recordings=world.recordings[train]
    )
    tried = fitted.facts.head_accuracy
    assert set(tried) == {"prototype", "logistic"}
    assert tried[fitted.head.kind.value] == max(tried.values()) == fitted.facts.accuracy


def test_held_out_windows_are_preferred_and_named(world, halves):
    train, test = halves
    held_ids = world.truth[test] + 1
    held_ids[:7] = 50  # an activity that training never saw
    fitted = fit_recognizer(
        world.embeddings[train],
        world.truth[train] + 1,
        calibration=(world.embeddings[test], held_ids),
    )
    assert fitted.facts.source == "held-out windows"
    assert (fitted.facts.n_windows, fitted.facts.n_unseen) == (int(test.sum()), 7)
    said = fitted.predict(world.embeddings[test])
    assert fitted.facts.accuracy == pytest.approx(np.mean(said.activity_ids == held_ids))
    assert fitted.facts.coverage == pytest.approx(np.mean(~said.unknown))
    kept = ~said.unknown
    assert fitted.facts.precision == pytest.approx(
        np.mean(said.activity_ids[kept] == held_ids[kept])
    )


def test_one_activity_per_recording_is_calibrated_in_time_instead(world):
    order = np.argsort(world.truth, kind="stable")
    fitted = fit_recognizer(
        world.embeddings[order], world.truth[order] + 1, recordings=world.truth[order]
    )
    assert fitted.facts.source == "4 folds in time within each recording"
    assert fitted.facts.n_unseen == 0
    assert fitted.facts.accuracy > 0.8


def test_without_recordings_time_blocks_serve(world):
    fitted = fit_recognizer(world.embeddings, world.truth + 1)
    assert fitted.facts.source == "4 folds in time"


def test_an_activity_of_one_recording_counts_as_unseen_there(world):
    ids = world.truth + 1
    ids[world.recordings == 3] = np.where(
        ids[world.recordings == 3] == 2, 40, ids[world.recordings == 3]
    )
    fitted = fit_recognizer(world.embeddings, ids, recordings=world.recordings)
    assert fitted.facts.n_unseen == int(np.sum(ids == 40)) > 0
    assert 40 in fitted.activity_ids


def test_names_known_at_fit_time_calibrate_the_named_activities(world):
    rng = np.random.default_rng(0)
    clusters = world.truth * 2 + rng.integers(0, 2, len(world.truth)) + 1  # each activity twice
    groups = {i: i - (i % 2 == 0) for i in range(1, 13)}
    fitted = fit_recognizer(world.embeddings, clusters, recordings=world.recordings, groups=groups)
    assert fitted.facts.n_groups == 6
    assert fitted.facts.accuracy > 0.8  # clusters alone are a coin toss within each name
    assert fitted.facts.ece_after < 0.08


def test_one_activity_alone_is_recognised_with_certainty():
    world = blobs(0, n_classes=1, n_recordings=2, per_recording=6)
    fitted = fit_recognizer(world.embeddings, world.truth + 1, recordings=world.recordings)
    said = fitted.predict(world.embeddings)
    assert set(said.activity_ids.tolist()) == {1}
    assert fitted.facts.accuracy == 1.0


def test_recordings_of_a_single_window_still_calibrate():
    world = blobs(0, n_classes=12, n_recordings=12, per_recording=1)
    ids = np.arange(12) + 1
    fitted = fit_recognizer(world.embeddings, ids, recordings=world.recordings)
    assert fitted.facts.source == "3 folds in time"
    assert fitted.facts.n_unseen == 12
    assert fitted.facts.accuracy == 0.0


def test_too_few_windows_are_a_problem_the_user_can_fix():
    with pytest.raises(NotEnoughData, match="7 training windows are too few"):
        fit_recognizer(np.ones((7, 4)), np.ones(7, int))
    with pytest.raises(NotEnoughData, match="no window to calibrate"):
        fit_recognizer(np.ones((8, 4)), np.ones(8, int), calibration=(np.ones((0, 4)), np.ones(0)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"assignments": np.ones(9, int)}, "for 10 windows"),
        ({"assignments": np.zeros(10, int)}, "start at 1"),
        ({"abstain_share": 1.0}, "abstain_share"),
        ({"recordings": np.zeros(9)}, "for 10 windows"),
        ({"embeddings": np.full((10, 3), np.inf)}, "finite"),
    ],
)
def test_wrong_input_is_refused(options, words):
    options = {"embeddings": np.ones((10, 3)), "assignments": np.ones(10, int)} | options
    with pytest.raises(ValueError, match=words):
        fit_recognizer(options.pop("embeddings"), options.pop("assignments"), **options)


def test_predicting_loads_no_scikit_learn():
    code = (
        "import sys; import comodo_app.activities.recognizer, comodo_app.activities.timelines;"
        "sys.exit(any(name in sys.modules for name in ('sklearn', 'torch', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_last_fit_on_more_windows_keeps_the_calibration_and_knows_new_ids():
    rng = np.random.default_rng(3)
    centres = 4.0 * rng.standard_normal((3, 8))
    ids = np.repeat([1, 2, 3], 30)
    rows = centres[ids - 1] + rng.standard_normal((90, 8))
    first = fit_recognizer(rows[:60], ids[:60])
    last = first.refitted(rows, ids)
    assert last.activity_ids.tolist() == [1, 2, 3]
    assert (last.temperature, last.threshold) == (first.temperature, first.threshold)
    assert (last.predict(rows).activity_ids == ids).mean() > 0.95

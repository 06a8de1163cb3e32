import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.errors import UnreadableFile
from comodo_app.live.now import NowLine
from comodo_app.live.predictions import LivePrediction, Say
from comodo_app.live.recognizer import LiveRecognizer
from comodo_app.live.rolling import RolledWindow, RollingWindows
from comodo_app.live.student import load_student
from comodo_app.recordings.windows import cut_imu
from tests.unit.live.packages import day, write_package
from tests.unit.live.signals import recording


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return load_student(write_package(tmp_path_factory.mktemp("package") / "small"))


def predict_all(student, times, samples, *, stride_s=1.0, settle=False):
    windows = RollingWindows(window_s=5.0, sample_rate_hz=50.0, stride_s=stride_s, settle=settle)
    recognizer = LiveRecognizer(student, stride_s=stride_s)
    rolled = windows.push(times, samples)
    return rolled, [recognizer.predict(window) for window in rolled]


def test_before_smoothing_it_says_exactly_what_the_offline_path_says(student):
    times, samples = day((0, 15), (1, 15), (2, 15), (1, 15))
    rolled, said = predict_all(student, times, samples, settle=True)
    starts = np.array([w.start_s for w in rolled])
    imu = cut_imu(recording(times, samples), starts, window_s=5.0, sample_rate_hz=50.0)
    offline = student.recognizer.predict(student.embed(imu), student.contract.groups)
    assert [p.window_id for p in said] == offline.activity_ids.tolist()
    assert [p.window_unknown for p in said] == offline.unknown.tolist()
    np.testing.assert_allclose([p.probabilities for p in said], offline.probabilities, atol=1e-5)
    assert len(set(offline.activity_ids.tolist())) == 3


def test_at_once_it_says_the_same_activities(student):
    times, samples = day((0, 15), (1, 15), (2, 15), (1, 15))
    rolled, said = predict_all(student, times, samples)
    starts = np.array([w.start_s for w in rolled])
    imu = cut_imu(recording(times, samples), starts, window_s=5.0, sample_rate_hz=50.0)
    offline = student.recognizer.predict(student.embed(imu), student.contract.groups)
    assert [p.window_id for p in said] == offline.activity_ids.tolist()


@given(
    st.lists(
        st.one_of(st.none(), st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_the_forward_filter_equals_a_plain_loop(rows, stay):
    from comodo_app.activities.smoothing import forward_step

    weight, belief, reference = 0.4, None, [1 / 3] * 3
    for n, row in enumerate(rows):
        p = [float("nan")] * 3 if row is None else [v / sum(row) for v in row]
        belief = forward_step(belief, np.log(p), stay_probability=stay, evidence_weight=weight)
        if n > 0:
            reference = [
                sum(reference[i] * (stay if i == k else (1 - stay) / 2) for i in range(3))
                for k in range(3)
            ]
        if row is not None:
            reference = [reference[k] * p[k] ** weight for k in range(3)]
            reference = [v / sum(reference) for v in reference]
        np.testing.assert_allclose(belief, reference, rtol=1e-9)


def test_what_it_smooths_is_the_filter_over_its_own_windows(student):
    times, samples = day((0, 12), (1, 12), (2, 12))
    _, said = predict_all(student, times, samples)
    stay, weight = 0.9, 0.2**0.5
    belief = np.full(3, 1 / 3)
    for n, prediction in enumerate(said):
        if n:
            belief = np.array(
                [sum(belief[i] * (stay if i == k else 0.05) for i in range(3)) for k in range(3)]
            )
        belief = belief * np.array(prediction.probabilities) ** weight
        belief /= belief.sum()
        np.testing.assert_allclose(prediction.smoothed, belief, rtol=1e-6)
        assert prediction.activity_id == int(belief.argmax()) + 1


def test_a_finer_stride_means_the_same_seconds(student):
    at_1, at_02 = student.smoothing_at(1.0), student.smoothing_at(0.2)
    assert at_1 == student.contract.smoothing
    assert 0.2 / (1 - at_02.stay_probability) == pytest.approx(1 / (1 - at_1.stay_probability))
    assert at_02.evidence_weight == pytest.approx(at_1.evidence_weight * 0.2**0.5)
    assert at_02.unknown_median_windows == 25


def test_one_doubtful_window_changes_nothing_and_doubt_that_stays_is_unknown(student):
    times, samples = day((0, 30))
    windows = RollingWindows(window_s=5.0, sample_rate_hz=50.0, stride_s=1.0).push(times, samples)
    recognizer = LiveRecognizer(student, stride_s=1.0)
    said = []
    for n, window in enumerate(windows[:20]):
        recognizer.threshold = 1.1 if n == 8 or n > 14 else 0.0
        said.append(recognizer.predict(window))
    assert all(p.say is Say.ACTIVITY for p in said[:16])
    assert all(p.say is Say.UNKNOWN and p.why == "unsure" for p in said[16:])


def test_no_data_is_said_and_forgotten_after_a_long_time(student):
    times, samples = day((0, 20), (2, 20))
    times = np.where(times >= 20, times + 600, times)
    rolled, said = predict_all(student, times, samples)
    gap = [p for p in said if p.say is Say.NO_DATA]
    assert gap
    assert all(p.activity_id == 0 and p.probabilities == () for p in gap)
    after = next(p for p in said if p.say is Say.ACTIVITY and p.start_s > 600)
    assert after.activity_id == 3
    assert rolled[-1].index == said[-1].index


def test_what_differs_makes_every_answer_unknown(student):
    times, samples = day((0, 6))
    window = RollingWindows(window_s=5.0, sample_rate_hz=50.0, stride_s=1.0).push(times, samples)[0]
    said = LiveRecognizer(student, stride_s=1.0).predict(window, differs="axes differ")
    assert (said.say, said.why, said.activity_id) == (Say.UNKNOWN, "axes differ", 1)


def test_another_stride_goes_on_with_what_is_believed(student):
    times, samples = day((1, 30))
    windows = RollingWindows(window_s=5.0, sample_rate_hz=50.0, stride_s=1.0)
    recognizer = LiveRecognizer(student, stride_s=1.0)
    half = times < 15
    first = [recognizer.predict(w) for w in windows.push(times[half], samples[half])]
    windows.set_stride(0.2)
    recognizer.set_stride(0.2)
    second = [recognizer.predict(w) for w in windows.push(times[~half], samples[~half])]
    assert second[0].start_s - first[-1].start_s == pytest.approx(0.2)
    assert second[0].index == first[-1].index + 1
    assert np.diff([p.start_s for p in second]) == pytest.approx(0.2)
    assert {p.activity_id for p in first + second} == {2}


def test_a_package_whose_model_was_changed_is_refused(tmp_path):
    folder = write_package(tmp_path / "small")
    (folder / "student.onnx").write_bytes(b"not a model")
    with pytest.raises(UnreadableFile, match=r"student\.onnx"):
        load_student(folder)


def test_live_needs_neither_torch_nor_qt_nor_a_project(tmp_path):
    folder = write_package(tmp_path / "small")
    code = (
        "import sys; from pathlib import Path; from comodo_app.live.student import load_student; "
        f"s = load_student(Path({str(folder)!r})); import comodo_app.live.sources; "
        "bad = {'torch', 'PySide6', 'cv2', 'av', 'sklearn', 'comodo_app.project'}; "
        "print(sorted(bad & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def prediction(end_s, activity_id, say=Say.ACTIVITY):
    return LivePrediction(0, end_s - 5, end_s, say, activity_id, 0.8, "", (), (), 0, False)


def test_since_when_and_what_was_before():
    line = NowLine()
    for end_s, which in ((5.0, 1), (6.0, 1), (7.0, 2), (8.0, 2)):
        now = line.follow(prediction(end_s, which))
    assert (now.activity_id, now.since_s, now.before_id) == (2, 7.0, 1)
    now = line.follow(prediction(9.0, 2, Say.UNKNOWN))
    assert (now.say, now.activity_id, now.before_id) == (Say.UNKNOWN, 0, 2)
    now = line.follow(prediction(10.0, 2))
    assert (now.activity_id, now.before_id) == (2, 1)


def test_a_change_of_name_waits_for_the_hold_and_a_flicker_never_shows():
    line = NowLine(hold_s=2.0)
    shown = [
        line.follow(prediction(float(t), which)).activity_id
        for t, which in enumerate([1, 1, 2, 1, 2, 2, 2, 2])
    ]
    assert shown == [1, 1, 1, 1, 1, 1, 2, 2]
    assert line.now.since_s == 4.0


def test_a_window_without_data_is_a_step_without_evidence(student):
    recognizer = LiveRecognizer(student, stride_s=1.0)
    empty = RolledWindow(0, 0.0, 5.0, 1.0, None)
    said = recognizer.predict(empty)
    assert said.say is Say.NO_DATA
    np.testing.assert_allclose(said.smoothed, 1 / 3)

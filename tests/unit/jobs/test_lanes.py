from __future__ import annotations

import numpy as np

from comodo_app.activities.model import State
from comodo_app.jobs.lanes import Evidence, draw_timeline


def evidence(rows, *, has_data=None, novel=None):
    probabilities = np.array(rows, np.float32)
    n = len(probabilities)
    return Evidence(
        starts_s=np.arange(n, dtype=float),
        window_s=5.0,
        stride_s=1.0,
        span_s=(0.0, n + 4.0),
        activity_ids=np.array([3, 5, 8]),
        probabilities=probabilities,
        has_data=np.ones(n, bool) if has_data is None else np.array(has_data),
        novel=np.zeros(n, bool) if novel is None else np.array(novel),
    )


SURE = {3: [0.98, 0.01, 0.01], 5: [0.01, 0.98, 0.01], 8: [0.01, 0.01, 0.98]}


def test_a_single_odd_window_does_not_cut_a_segment():
    timeline = draw_timeline(evidence([SURE[3]] * 10 + [SURE[5]] + [SURE[3]] * 10), {}, threshold=0)
    assert [(s.state, s.activity_id) for s in timeline] == [(State.ACTIVITY, 3)]
    assert timeline.segments[0].end_s == 25.0


def test_equal_names_act_as_one_activity_under_the_lowest_id():
    rows = [SURE[3]] * 15 + [SURE[8]] * 15 + [SURE[5]] * 15
    timeline = draw_timeline(evidence(rows), {3: 3, 8: 3, 5: 5}, threshold=0)
    assert [s.activity_id for s in timeline] == [3, 5]


def test_long_doubt_and_novelty_are_unknown_and_gaps_are_no_data():
    doubt = [0.4, 0.3, 0.3]
    rows = [SURE[3]] * 12 + [doubt] * 12 + [SURE[5]] * 12 + [[0, 0, 0]] * 6 + [SURE[5]] * 12
    has_data = [True] * 36 + [False] * 6 + [True] * 12
    novel = [False] * 42 + [True] * 12
    timeline = draw_timeline(evidence(rows, has_data=has_data, novel=novel), {}, threshold=0.6)
    said = [(s.state, s.activity_id) for s in timeline]
    assert said == [
        (State.ACTIVITY, 3),
        (State.UNKNOWN, None),
        (State.ACTIVITY, 5),
        (State.NO_DATA, None),
        (State.UNKNOWN, None),
    ]


def test_evidence_survives_arrays(tmp_path):
    before = evidence([SURE[3], SURE[5]])
    np.savez(tmp_path / "e.npz", **before.to_arrays())
    with np.load(tmp_path / "e.npz", allow_pickle=False) as arrays:
        after = Evidence.from_arrays(dict(arrays))
    assert draw_timeline(after, {}, threshold=0) == draw_timeline(before, {}, threshold=0)


def test_a_recording_without_windows_is_all_no_data():
    empty = Evidence(
        np.zeros(0), 5.0, 1.0, (0.0, 3.0), np.array([3]), np.zeros((0, 1), np.float32),
        np.zeros(0, bool), np.zeros(0, bool),
    )  # fmt: skip
    assert [s.state for s in draw_timeline(empty, {}, threshold=0.5)] == [State.NO_DATA]

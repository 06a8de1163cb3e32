import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.activities.timelines import (
    NO_DATA_ID,
    UNKNOWN_ID,
    activity_at,
    minutes_per_activity,
    minutes_per_state,
    relabel,
    timeline_from_windows,
)


def grid(codes, *, window_s=5.0, stride_s=2.5, first_s=0.0, span_s=None, places=None):
    """A timeline from codes (id, UNKNOWN_ID, NO_DATA_ID) on a regular grid."""
    codes = np.asarray(codes)
    places = np.arange(len(codes)) if places is None else np.asarray(places)
    starts = first_s + stride_s * places
    return timeline_from_windows(
        starts,
        window_s=window_s,
        stride_s=stride_s,
        activity_ids=np.maximum(codes, 0),
        confidence=np.linspace(0.5, 0.9, len(codes)),
        unknown=codes == UNKNOWN_ID,
        has_data=codes != NO_DATA_ID,
        span_s=span_s or (0.0, float(starts[-1] + window_s)),
    )


def shape(timeline):
    return [(s.start_s, s.end_s, s.activity_id or s.state.value) for s in timeline]


worlds = st.fixed_dictionaries(
    {
        "codes": st.lists(st.integers(-1, 3), min_size=1, max_size=25),
        "window_s": st.sampled_from([1.0, 2.56, 5.0]),
        "stride_s": st.sampled_from([0.5, 1.0, 2.5, 5.0, 7.0]),
        "first_s": st.floats(-3.0, 20.0),
        "end_s": st.floats(0.0, 150.0),
        "seed": st.integers(0, 1000),
    }
)


def build(world):
    rng = np.random.default_rng(world["seed"])
    n = len(world["codes"])
    places = np.sort(rng.permutation(2 * n)[:n])  # a grid with holes
    return grid(
        world["codes"],
        window_s=world["window_s"],
        stride_s=world["stride_s"],
        first_s=world["first_s"],
        span_s=(0.0, world["end_s"]),
        places=places,
    ), world["first_s"] + world["stride_s"] * places


@settings(max_examples=150, deadline=None)
@given(worlds)
def test_segments_cover_the_span_exactly_touch_and_never_repeat(world):
    timeline, _ = build(world)
    segments = timeline.segments
    if world["end_s"] < 1e-9:
        assert segments == ()
        return
    assert segments[0].start_s == 0.0
    assert segments[-1].end_s == world["end_s"]
    for a, b in itertools.pairwise(segments):
        assert a.end_s == b.start_s
        assert (a.state, a.activity_id) != (b.state, b.activity_id)


@settings(max_examples=150, deadline=None)
@given(worlds)
def test_every_moment_says_what_the_window_with_the_nearest_centre_says(world):
    """The rule again, moment by moment and in loops."""
    timeline, starts = build(world)
    window_s, stride_s = world["window_s"], world["stride_s"]
    centres = starts + window_s / 2
    rng = np.random.default_rng(world["seed"])
    times = rng.uniform(-1.0, world["end_s"] + 1.0, 60)
    for t, got in zip(times, activity_at(timeline, times), strict=True):
        nearest = int(np.argmin(np.abs(centres - t)))
        distance = abs(centres[nearest] - t)
        border = np.min(np.abs(np.abs(centres - t) - stride_s / 2))
        outer = np.min(np.abs([t - starts[0], t - (starts[-1] + window_s), t, t - world["end_s"]]))
        if min(border, outer) < 1e-6:
            continue  # on a border: either neighbour may be right
        outside = not 0.0 <= t < world["end_s"]
        covered = distance <= stride_s / 2
        covered |= starts[0] <= t <= centres[0] or centres[-1] <= t <= starts[-1] + window_s
        expected = NO_DATA_ID if outside or not covered else world["codes"][nearest]
        assert got == expected


def test_overlapping_windows_share_the_time_and_the_edges_reach_out():
    timeline = grid([1, 1, 2, 2])
    assert shape(timeline) == [(0.0, 6.25, 1), (6.25, 12.5, 2)]


def test_a_dropped_window_leaves_no_data_in_its_own_cell_only():
    timeline = grid([1, NO_DATA_ID, 1])
    assert shape(timeline) == [(0.0, 3.75, 1), (3.75, 6.25, "no data"), (6.25, 10.0, 1)]


def test_windows_that_do_not_reach_the_ends_leave_no_data_there():
    timeline = grid([1, 2], first_s=10.0, span_s=(0.0, 30.0))
    assert shape(timeline) == [
        (0.0, 10.0, "no data"),
        (10.0, 13.75, 1),
        (13.75, 17.5, 2),
        (17.5, 30.0, "no data"),
    ]


def test_no_window_at_all_is_no_data_everywhere():
    empty = np.zeros(0)
    timeline = timeline_from_windows(
        empty,
        window_s=5.0,
        stride_s=2.5,
        activity_ids=empty,
        confidence=empty,
        unknown=empty.astype(bool),
        has_data=empty.astype(bool),
        span_s=(0.0, 3.0),
    )
    assert shape(timeline) == [(0.0, 3.0, "no data")]


def test_unknown_windows_form_segments_with_confidence_but_without_id():
    (segment,) = grid([UNKNOWN_ID, UNKNOWN_ID])
    assert (segment.state, segment.activity_id) == (State.UNKNOWN, None)
    assert segment.confidence == pytest.approx(0.7)


def test_confidence_is_the_mean_over_the_segments_windows():
    timeline = grid([1, 1, 2])  # confidences .5 .7 .9
    assert [s.confidence for s in timeline] == pytest.approx([0.6, 0.9])


def test_starts_rounded_to_milliseconds_leave_no_holes():
    starts = np.round(np.arange(50) * (1 / 3 * 5), 3)
    n = len(starts)
    timeline = timeline_from_windows(
        starts,
        window_s=5.0,
        stride_s=5 / 3,
        activity_ids=np.full(n, 2),
        confidence=np.ones(n),
        unknown=np.zeros(n, bool),
        has_data=np.ones(n, bool),
        span_s=(0.0, float(starts[-1] + 5.0)),
    )
    assert [s.activity_id for s in timeline] == [2]


def test_float_noise_in_the_grid_makes_no_slivers():
    starts_noise = np.cumsum(np.full(4000, 0.1))
    n = len(starts_noise)
    timeline = timeline_from_windows(
        starts_noise,
        window_s=0.3,
        stride_s=0.1,
        activity_ids=np.ones(n, int),
        confidence=np.ones(n),
        unknown=np.zeros(n, bool),
        has_data=np.ones(n, bool),
        span_s=(float(starts_noise[0]), float(starts_noise[-1] + 0.3)),
    )
    assert len(timeline) == 1


@settings(max_examples=80, deadline=None)
@given(worlds)
def test_relabel_merges_equal_neighbours_and_keeps_time(world):
    timeline, _ = build(world)
    groups = {1: 1, 2: 1, 3: 3}
    merged = relabel(timeline, groups)
    times = np.random.default_rng(0).uniform(-1, world["end_s"] + 1, 80)
    before, after = activity_at(timeline, times), activity_at(merged, times)
    assert [groups.get(int(i), int(i)) for i in before] == after.tolist()
    weight = lambda t: sum(s.confidence * s.length_s for s in t)  # noqa: E731
    assert weight(merged) == pytest.approx(weight(timeline))
    for a, b in zip(merged.segments, merged.segments[1:], strict=False):
        assert (a.state, a.activity_id) != (b.state, b.activity_id)
    assert relabel(merged, groups) == merged


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_minutes_add_up_to_the_span(world):
    timeline, _ = build(world)
    per_activity, per_state = minutes_per_activity(timeline), minutes_per_state(timeline)
    loops = {}
    for s in timeline:
        if s.activity_id is not None:
            loops[s.activity_id] = loops.get(s.activity_id, 0.0) + s.length_s / 60
    assert per_activity == pytest.approx(loops)
    assert sum(per_activity.values()) == pytest.approx(per_state[State.ACTIVITY])
    total = world["end_s"] / 60 if len(timeline) else 0.0
    assert sum(per_state.values()) == pytest.approx(total)


def test_a_border_belongs_to_what_starts_there_and_the_end_to_nothing():
    timeline = Timeline((Segment(0, 2, State.ACTIVITY, 4), Segment(2, 3, State.UNKNOWN)))
    times = np.array([-0.1, 0.0, 1.99, 2.0, 2.99, 3.0])
    assert activity_at(timeline, times).tolist() == [NO_DATA_ID, 4, 4, 0, 0, NO_DATA_ID]
    assert activity_at(Timeline(), times).tolist() == [NO_DATA_ID] * 6


def test_relabel_of_nothing_is_nothing():
    assert relabel(Timeline(), {1: 2}) == Timeline()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"starts_s": np.array([0.0, 0.0])}, "must rise"),
        ({"confidence": np.ones(3)}, "confidence"),
        ({"stride_s": 0.0}, "positive"),
        ({"span_s": (2.0, 1.0)}, "before it starts"),
        ({"activity_ids": np.array([0, 1])}, "start at 1"),
    ],
)
def test_wrong_input_is_refused(change, words):
    options = {
        "starts_s": np.array([0.0, 1.0]),
        "window_s": 2.0,
        "stride_s": 1.0,
        "activity_ids": np.array([1, 1]),
        "confidence": np.ones(2),
        "unknown": np.zeros(2, bool),
        "has_data": np.ones(2, bool),
        "span_s": (0.0, 3.0),
    } | change
    with pytest.raises(ValueError, match=words):
        timeline_from_windows(options.pop("starts_s"), **options)

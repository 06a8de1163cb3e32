"""Plans: fair, repeatable, and refusing what cannot be simulated."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.errors import UsageError
from comodo_app.simulation.catalog import ACTIVITIES
from comodo_app.simulation.plan import (
    MIN_SEGMENT_S,
    TYPICAL_SEGMENT_S,
    demo_plans,
    plan_recordings,
)
from comodo_app.simulation.scenes.table import SCENES


def test_there_are_twelve_activities_or_more_and_all_their_places_exist():
    assert len(ACTIVITIES) >= 12
    assert {place for style in ACTIVITIES.values() for place in style.scenes} == set(SCENES)


@settings(deadline=None, max_examples=60)
@given(
    minutes=st.floats(0.05, 20.0),
    seed=st.integers(0, 10_000),
    names=st.sets(st.sampled_from(sorted(ACTIVITIES)), min_size=1),
)
def test_schedules_fill_the_recording_without_holes_or_repeats(minutes, seed, names):
    (plan,) = plan_recordings(people=1, minutes=minutes, seed=seed, activities=sorted(names))
    assert plan.schedule[0].start_s == 0 and plan.schedule[-1].end_s == plan.duration_s
    assert {s.activity for s in plan.schedule} <= names
    for before, after in pairwise(plan.schedule):
        assert before.end_s == after.start_s
        assert before.activity != after.activity
    if len(plan.schedule) > 1 and plan.duration_s >= MIN_SEGMENT_S * len(plan.schedule):
        assert min(s.end_s - s.start_s for s in plan.schedule) >= MIN_SEGMENT_S - 1e-3


def test_one_recording_per_person_and_session():
    plans = plan_recordings(people=3, minutes=1, seed=0, sessions=2)
    assert [(p.name, p.wearer, p.session) for p in plans][:3] == [
        ("p01-s1", "p01", "s1"),
        ("p01-s2", "p01", "s2"),
        ("p02-s1", "p02", "s1"),
    ]
    assert len(plans) == 6


def test_the_same_wish_gives_the_same_plan_and_another_seed_another():
    wish = {"people": 2, "minutes": 2.0, "gaps": 2}
    assert plan_recordings(seed=5, **wish) == plan_recordings(seed=5, **wish)
    assert plan_recordings(seed=5, **wish) != plan_recordings(seed=6, **wish)


def test_activities_come_up_about_equally_often_over_a_set():
    plans = plan_recordings(people=24, minutes=1.25, seed=0)
    counts = Counter(name for p in plans for name in {s.activity for s in p.schedule})
    assert set(counts) == set(ACTIVITIES)
    assert max(counts.values()) - min(counts.values()) <= 2


def test_a_long_recording_holds_all_activities_and_typical_lengths():
    (plan,) = plan_recordings(people=1, minutes=5, seed=0)
    assert {s.activity for s in plan.schedule} == set(ACTIVITIES)
    assert len(plan.schedule) == round(300 / TYPICAL_SEGMENT_S)


def test_one_activity_per_recording_is_one_segment():
    plans = plan_recordings(people=4, minutes=1, seed=0, activities_per_recording=1)
    assert [len(p.schedule) for p in plans] == [1, 1, 1, 1]


def test_names_may_be_written_with_dashes():
    (plan,) = plan_recordings(people=1, minutes=0.5, seed=0, activities=["Climb-Stairs"])
    assert {s.activity for s in plan.schedule} == {"climb stairs"}


def test_an_unknown_activity_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="juggle") as caught:
        plan_recordings(people=1, minutes=1, seed=0, activities=["walk", "juggle"])
    assert "wash dishes" in caught.value.hint


@pytest.mark.parametrize(
    "wish",
    [
        {"people": 0},
        {"minutes": 0.0},
        {"minutes": float("nan")},
        {"seed": -1},
        {"sessions": 0},
        {"activities": []},
        {"activities_per_recording": 13},
        {"width_px": 241},
        {"frame_rate_hz": 0.0},
        {"imu_rate_hz": 1e6},
        {"offset_s": 1e4},
        {"gaps": 1000},
        {"crf": 99},
        {"faults": ["meteor"]},
    ],
)
def test_impossible_wishes_are_refused(wish):
    with pytest.raises(UsageError):
        plan_recordings(**({"people": 1, "minutes": 1.0, "seed": 0} | wish))


def test_gaps_lie_inside_the_recording_in_order():
    (plan,) = plan_recordings(people=1, minutes=2, seed=3, gaps=4)
    edges = [edge for gap in plan.gaps for edge in (gap.start_s, gap.end_s)]
    assert len(plan.gaps) == 4
    assert edges == sorted(edges) and edges[0] > 0 and edges[-1] < plan.duration_s


def test_the_demo_holds_eight_activities_and_each_is_learnable_and_held_out():
    plans = demo_plans()
    learned = {s.activity for p in plans[:6] for s in p.schedule}
    held_out = {s.activity for p in plans[6:] for s in p.schedule}
    assert len(plans) == 8 and len(learned) == 8
    assert held_out <= learned and len(held_out) >= 7
    assert len({p.wearer for p in plans}) == 8

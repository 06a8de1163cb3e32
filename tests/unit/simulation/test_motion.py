"""Head motion and the sensor that follows from it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from comodo_app.recordings.model import GRAVITY_MPS2, Gap
from comodo_app.simulation.catalog import ACTIVITIES
from comodo_app.simulation.people import draw_mounting, draw_person
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.sensor import ideal_imu, simulate_imu
from comodo_app.simulation.trajectory import Motion, simulate_motion


def only(activity: str, **wish):
    wish = {"people": 1, "minutes": 0.5, "seed": 4} | wish
    return plan_recordings(activities=[activity], **wish)[0]


def still(n: int = 400) -> Motion:
    """A device that hangs level and does not move."""
    zeros = np.zeros((n, 3))
    return Motion(
        np.arange(n) / 200.0, 200.0, zeros, np.repeat(np.eye(3)[None], n, axis=0), zeros,
        np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64),
        draw_person(0, "p01"), draw_mounting(0, "p01", "s1"),
    )  # fmt: skip


def test_a_level_device_at_rest_reads_gravity_upwards():
    assert np.allclose(ideal_imu(still()), (0, 0, GRAVITY_MPS2, 0, 0, 0))


def test_acceleration_is_the_rotated_second_derivative_plus_gravity():
    motion = simulate_motion(only("walk"))
    ideal = ideal_imu(motion)
    for k in (700, 2500, 4000):  # by hand, sample by sample
        p = motion.position_m
        acc = (p[k + 1] - 2 * p[k] + p[k - 1]) * 200.0**2 + (0, 0, GRAVITY_MPS2)
        assert np.allclose(ideal[k, :3], motion.rotation[k].T @ acc)


def test_gyro_integrates_back_to_the_rotation():
    motion = simulate_motion(only("look around"))
    rates = ideal_imu(motion)[:, 3:]
    rotation = motion.rotation[1000].copy()
    for k in range(1000, 1400):
        step = 0.5 * (rates[k] + rates[k + 1]) / 200.0
        angle = np.linalg.norm(step)
        x, y, z = step / max(angle, 1e-12)
        skew = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
        rotation = rotation @ (np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew)
    assert np.abs(rotation - motion.rotation[1400]).max() < 2e-3


@pytest.mark.parametrize("activity", sorted(ACTIVITIES))
def test_every_activity_gives_plausible_samples(activity):
    plan = only(activity)
    samples = simulate_imu(plan, simulate_motion(plan)).samples
    size = np.linalg.norm(samples[:, :3], axis=1)
    assert samples.dtype == np.float32 and np.isfinite(samples).all()
    assert 9.3 < np.median(size) < 14.0 or activity in ("run", "jump")
    assert size.max() < 90.0
    assert np.abs(samples[:, 3:]).max() < 12.0


def test_activities_differ_in_strength_as_they_should():
    def shaking(activity: str) -> float:
        plan = only(activity)
        acc = simulate_imu(plan, simulate_motion(plan)).samples[:, :3]
        return float(np.linalg.norm(acc, axis=1).std())

    assert shaking("run") > 1.5 * shaking("walk") > 3.0 * shaking("type")


def test_a_walker_advances_and_a_climber_rises():
    walk, climb = simulate_motion(only("walk")), simulate_motion(only("climb stairs"))
    assert 15 < walk.body_m[-1, 0] - walk.body_m[0, 0] < 70
    rise = climb.body_m[-1] - climb.body_m[0]
    assert rise[2] == pytest.approx(0.6 * rise[0], rel=1e-6) and rise[2] > 2.0


def test_nobody_slides_while_activities_change():
    plan = plan_recordings(people=1, minutes=1, seed=2, activities=["drive", "type"])[0]
    motion = simulate_motion(plan)
    speed = np.gradient(motion.body_m[:, 0], 1 / 200.0)
    for segment in plan.schedule[:-1]:
        assert speed[motion.rows_at(np.array([segment.end_s]))[0]] < 0.05
    assert np.abs(np.gradient(speed, 1 / 200.0)).max() < 6.0


def test_the_same_plan_gives_the_same_samples():
    plan = plan_recordings(people=1, minutes=0.5, seed=9)[0]
    first = simulate_imu(plan, simulate_motion(plan)).samples
    assert np.array_equal(first, simulate_imu(plan, simulate_motion(plan)).samples)
    other = replace(plan, seed=10)
    assert not np.array_equal(first, simulate_imu(other, simulate_motion(other)).samples)


def test_sessions_of_one_person_differ_in_mounting_only():
    assert draw_person(1, "p01") == draw_person(1, "p01")
    first, second = draw_mounting(1, "p01", "s1"), draw_mounting(1, "p01", "s2")
    assert first.rotation_deg != second.rotation_deg


def test_offset_and_drift_shift_what_the_sensor_sees():
    plan = replace(only("look around"), offset_s=2.5, skew_ppm=400.0)
    motion = simulate_motion(plan)
    imu = simulate_imu(plan, motion)
    recording_s = imu.times_s * (1 + 400e-6) + 2.5
    expected = np.interp(recording_s, motion.times_s, ideal_imu(motion)[:, 5])
    assert imu.times_s[0] == 0.0
    assert np.corrcoef(expected, imu.samples[:, 5])[0, 1] > 0.999
    wrong = np.interp(imu.times_s, motion.times_s, ideal_imu(motion)[:, 5])
    assert np.corrcoef(wrong, imu.samples[:, 5])[0, 1] < 0.9


def test_gaps_are_cut_on_the_recording_clock():
    plan = replace(only("walk"), gaps=(Gap(5.0, 6.5),), offset_s=1.0)
    imu = simulate_imu(plan, simulate_motion(plan))
    hole = np.flatnonzero(np.diff(imu.times_s) > 0.5)
    assert len(hole) == 1
    assert imu.times_s[hole[0]] == pytest.approx(4.0, abs=0.02)
    assert imu.times_s[hole[0] + 1] == pytest.approx(5.5, abs=0.02)


def test_motion_without_video_is_quick():
    plan = plan_recordings(people=1, minutes=1.25, seed=0)[0]
    before = time.process_time()
    simulate_imu(plan, simulate_motion(plan))
    assert time.process_time() - before < 1.0  # 0.1 s when nothing else runs

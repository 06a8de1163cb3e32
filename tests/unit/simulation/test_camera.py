"""Rendered frames: full of texture, repeatable, and moving as the gyroscope says."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from comodo_app.simulation.camera import Camera
from comodo_app.simulation.catalog import ACTIVITIES
from comodo_app.simulation.hands import Moment, draw_kit, hands_now
from comodo_app.simulation.noise import generator
from comodo_app.simulation.people import draw_person
from comodo_app.simulation.plan import RecordingPlan, plan_recordings
from comodo_app.simulation.sensor import ideal_imu
from comodo_app.simulation.trajectory import Motion, simulate_motion


def only(activity: str, *, seed: int = 4, minutes: float = 0.2) -> RecordingPlan:
    return plan_recordings(
        people=1, minutes=minutes, seed=seed, activities=[activity], width_px=160, height_px=120
    )[0]


@pytest.mark.parametrize("activity", sorted(ACTIVITIES))
def test_every_activity_shows_a_textured_moving_picture(activity: str):
    plan = only(activity)
    camera = Camera(plan, simulate_motion(plan))
    first, later = camera.frame_at(1.0).copy(), camera.frame_at(6.0).copy()
    assert first.shape == (120, 160, 3) and first.dtype == np.uint8
    gradient = cv2.Sobel(cv2.cvtColor(first, cv2.COLOR_BGR2GRAY), cv2.CV_32F, 1, 0)
    assert (np.abs(gradient) > 12).mean() > 0.10
    assert np.abs(first.astype(int) - later).mean() > 1.0


def test_the_same_plan_gives_the_same_frames_in_any_order():
    plan = plan_recordings(people=1, minutes=0.5, seed=1, activities=["walk", "chop"])[0]
    motion = simulate_motion(plan)
    one, other = Camera(plan, motion), Camera(plan, motion)
    forth = [one.frame_at(t).copy() for t in (1.0, 14.9, 29.0)]
    back = [other.frame_at(t).copy() for t in (29.0, 14.9, 1.0)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forth, back, strict=True))


def test_recordings_look_different_from_each_other():
    plans = plan_recordings(people=2, minutes=0.2, seed=1, activities=["chop"])
    a, b = (Camera(plan, simulate_motion(plan)).frame_at(1.0).copy() for plan in plans)
    assert np.abs(a.astype(int) - b).mean() > 15


def test_places_are_cross_faded_at_a_change():
    plan = plan_recordings(people=1, minutes=0.5, seed=1, activities=["walk", "chop"])[0]
    camera = Camera(plan, simulate_motion(plan))
    change = plan.schedule[0].end_s
    steps = [camera.frame_at(change + d).astype(int) for d in (-0.36, -0.2, -0.05, 0.05, 0.2)]
    jumps = [np.abs(b - a).mean() for a, b in pairwise(steps)]
    hard_cut = np.abs(steps[-1] - steps[0]).mean()
    assert max(jumps) < 0.8 * hard_cut


def seen_rotation(camera: Camera, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """|ω| from the picture alone: features tracked, essential rotation by least squares, (T-1,)."""
    focal, centre = camera._canvas.focal_px, np.array((79.5, 59.5))
    before, out = None, []
    for t in times_s:
        grey = cv2.cvtColor(camera.frame_at(float(t)), cv2.COLOR_BGR2GRAY)
        if before is not None:
            found = cv2.goodFeaturesToTrack(before, 80, 0.01, 6)
            moved, good, _ = cv2.calcOpticalFlowPyrLK(before, grey, found, None)
            keep = good.ravel() == 1
            p, q = found[keep, 0], moved[keep, 0]
            out.append(fitted_rate((p - centre) / focal, (q - p) / focal))
        before = grey
    return np.array(out) / np.diff(times_s)


def fitted_rate(at: NDArray[np.float64], flow: NDArray[np.float64]) -> float:
    """Norm of the rotation that explains the flow best (Longuet-Higgins), robustly reweighted."""
    x, y = at.T
    rows = np.concatenate(
        (np.stack((x * y, -(1 + x * x), y), 1), np.stack((1 + y * y, -x * y, -x), 1))
    )
    target = flow.T.ravel()
    weight = np.ones(len(target))
    for _ in range(6):
        fit = np.linalg.lstsq(rows * weight[:, None], target * weight, rcond=None)[0]
        residual = np.abs(rows @ fit - target)
        weight = 1.0 / (1.0 + (residual / (np.median(residual) + 1e-6)) ** 2)
    return float(np.linalg.norm(fit))


def gyro_rotation(motion: Motion, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    rates = np.linalg.norm(ideal_imu(motion)[:, 3:], axis=1)
    edges = motion.rows_at(times_s)
    return np.array([rates[a:b].mean() for a, b in pairwise(edges)])


@pytest.mark.parametrize("activity", ["walk", "look around"])
def test_rotation_seen_in_the_video_agrees_with_the_gyroscope(activity: str):
    plan = only(activity, minutes=0.3)
    motion = simulate_motion(plan)
    times = np.arange(0.0, 5.0, 1 / 15.0)
    seen, felt = seen_rotation(Camera(plan, motion), times), gyro_rotation(motion, times)
    assert np.corrcoef(seen, felt)[0, 1] > 0.6


def test_a_left_handed_wearer_is_the_mirror_image():
    kit = draw_kit(generator(0, "kit"), draw_person(0, "p01"))
    now = Moment(0.3, 1.0, 2.0, 0.0, np.array((0.1, 0.0, 1.6)))
    right = hands_now("chop", kit, now, left_handed=False)
    left = hands_now("chop", kit, now, left_handed=True)
    assert right is not None and left is not None
    places = [side.corners(side.origin)[..., 1].sum() for side in (right, left)]
    assert np.allclose(places[0], -places[1])
    assert hands_now("none", kit, now, left_handed=False) is None

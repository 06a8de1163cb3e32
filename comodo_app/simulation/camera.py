"""First-person pictures of a recording: the places seen from the path of the head."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from comodo_app.simulation.catalog import ACTIVITIES, Hands
from comodo_app.simulation.hands import Kit, Moment, draw_kit, hands_now
from comodo_app.simulation.noise import generator
from comodo_app.simulation.plan import RecordingPlan
from comodo_app.simulation.raster import Canvas
from comodo_app.simulation.rotation import matrices
from comodo_app.simulation.scenes.build import Haze, Scene
from comodo_app.simulation.scenes.table import SCENES
from comodo_app.simulation.surfaces import Array, Picture, Surfaces
from comodo_app.simulation.trajectory import Motion

BEHIND_M = 14.0
"""How far back a repeating place is kept, for a wearer who looks over the shoulder."""

SWITCH_S = 0.35
"""Half the length of the cross-fade from one place to the next."""

_NEAR_SCALE = 2000.0  # nearness 1/7.8 m and above is 255: no haze there


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A scene in use during one segment, and where the trunk entered it."""

    scene: Scene
    things: Surfaces
    hands: Hands
    entry_m: Array
    haze: tuple[Picture, Picture] | None


class Camera:
    """Renders frames of one recording; places are drawn when they are first seen."""

    def __init__(self, plan: RecordingPlan, motion: Motion) -> None:
        self.plan, self.motion = plan, motion
        self._canvas = Canvas(self.plan.width_px, self.plan.height_px)
        self._kit: Kit = draw_kit(
            generator(self.plan.seed, "kit", self.plan.name), self.motion.person
        )
        self._scenes: dict[str, Scene] = {}
        self._places: dict[int, _Place] = {}

    def frames(self) -> Iterator[Picture]:
        """All frames in order, (h, w, 3) uint8 BGR; each array is reused for the next frame."""
        for index in range(self.plan.n_frames):
            yield self.frame_at(index / self.plan.frame_rate_hz)

    def frame_at(self, time_s: float) -> Picture:
        """The picture at one moment of the recording clock; valid until the next call."""
        row = int(self.motion.rows_at(np.array([time_s]))[0])
        segment = int(self.motion.segment[row])
        picture = self._seen(row, segment)
        schedule = self.plan.schedule
        before = time_s - schedule[segment].start_s
        after = schedule[segment].end_s - time_s
        if segment > 0 and before < SWITCH_S:
            return self._faded(picture, row, segment - 1, 0.5 + 0.5 * before / SWITCH_S)
        if segment < len(schedule) - 1 and after < SWITCH_S:
            return self._faded(picture, row, segment + 1, 0.5 + 0.5 * after / SWITCH_S)
        return picture

    def _faded(self, picture: Picture, row: int, other: int, share: float) -> Picture:
        first = picture.copy()
        second = self._seen(row, other)
        return cv2.addWeighted(first, share, second, 1.0 - share, 0.0).astype(np.uint8, copy=False)

    def _place(self, segment: int) -> _Place:
        if segment not in self._places:
            planned = self.plan.schedule[segment]
            style = ACTIVITIES[planned.activity]
            rng = generator(self.plan.seed, "place", self.plan.name, planned.activity)
            name = style.scenes[int(rng.integers(0, len(style.scenes)))]
            if name not in self._scenes:
                self._scenes[name] = SCENES[name](
                    generator(self.plan.seed, "scene", self.plan.name, name)
                )
            scene = self._scenes[name]
            entry = self.motion.body_m[self.motion.rows_at(np.array([planned.start_s]))[0]]
            self._places[segment] = _Place(
                scene, _things(scene), style.hands, entry, _haze_tables(scene.haze)
            )
        return self._places[segment]

    def _seen(self, row: int, segment: int) -> Picture:
        """Paint one place from the head's pose in grid row `row`."""
        place, motion, canvas = self._place(segment), self.motion, self._canvas
        scene = place.scene
        zero = np.array(0.0)
        turn = matrices(zero, zero, np.deg2rad(np.array(scene.heading_deg)))
        start = np.array((*scene.start_m, 0.0))
        eye = turn @ (motion.position_m[row] - place.entry_m) + start
        trunk = turn @ (motion.body_m[row] - place.entry_m) + start
        heading = matrices(
            zero, zero, np.array(np.deg2rad(scene.heading_deg) + motion.steer_rad[row])
        )
        canvas.clear(scene.backdrop)
        canvas.look(eye, turn @ motion.rotation[row])
        now = Moment(
            phase=float(motion.phase_rad[row]), effort=float(motion.effort[row]),
            time_s=float(motion.times_s[row]), steer=float(motion.steer_rad[row]),
            eye=heading.T @ (eye - trunk),
        )  # fmt: skip
        # Near things first: what they hide need not be painted.
        hands = hands_now(place.hands, self._kit, now, left_handed=motion.person.left_handed)
        if hands is not None:
            canvas.paint(hands.placed(heading, trunk))
        if scene.carried is not None:
            canvas.paint(scene.carried.placed(heading, trunk))
        canvas.paint(place.things.moved(_first_period(scene, eye)))
        for floor in reversed(scene.floors):
            canvas.paint_floor(floor)
        if scene.horizon is not None:
            canvas.paint(scene.horizon.moved(eye))
        return canvas.colour if place.haze is None else _hazy(canvas, *place.haze)


def _things(scene: Scene) -> Surfaces:
    """The scene's things, in as many periods as the eye can reach at once."""
    if scene.period_m is None:
        return scene.things
    along, up = scene.period_m
    count = math.ceil((BEHIND_M + scene.reach_m) / along) + 1
    return scene.things.repeated(np.array((along, 0.0, up)), count)


def _first_period(scene: Scene, eye: Array) -> Array:
    """Where the first of these periods lies when the eye is at `eye`."""
    if scene.period_m is None:
        return np.zeros(3)
    along, up = scene.period_m
    steps = math.floor((float(eye[0]) - BEHIND_M) / along)
    return np.array((steps * along, 0.0, steps * up))


def _haze_tables(haze: Haze | None) -> tuple[Picture, Picture] | None:
    """Per nearness 0–255: how much of the colour stays (1, 256, 3), and what is added."""
    if haze is None:
        return None
    distance = _NEAR_SCALE / np.maximum(np.arange(256), 1)
    share = 1.0 - np.exp(-np.maximum(distance - 8.0, 0.0) / haze.reach_m)
    share[:5] = 0.0  # sky and horizon are hazy by themselves
    keep = np.repeat((255 * (1 - share))[None, :, None], 3, axis=2)
    add = share[None, :, None] * np.array(haze.colour)
    return np.rint(keep).astype(np.uint8), np.rint(add).astype(np.uint8)


def _hazy(canvas: Canvas, keep: Picture, add: Picture) -> Picture:
    """The canvas with distance haze."""
    nearness = cv2.convertScaleAbs(canvas.nearness, alpha=_NEAR_SCALE)
    index = cv2.merge((nearness, nearness, nearness))
    kept = cv2.multiply(canvas.colour, cv2.LUT(index, keep), scale=1.0 / 255.0)
    return np.asarray(cv2.add(kept, cv2.LUT(index, add)), dtype=np.uint8)

"""Which places there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from comodo_app.simulation.scenes.build import Scene
from comodo_app.simulation.scenes.inside import gym, kitchen, living_room, office, sink, stairs
from comodo_app.simulation.scenes.outside import bus_stop, country_road, park, plaza, street
from comodo_app.simulation.scenes.vehicle import car

SCENES: dict[str, Callable[[np.random.Generator], Scene]] = {
    "street": street,
    "bus stop": bus_stop,
    "park": park,
    "plaza": plaza,
    "country road": country_road,
    "kitchen": kitchen,
    "sink": sink,
    "office": office,
    "living room": living_room,
    "gym": gym,
    "stairs": stairs,
    "car": car,
}
"""Every place by its name; each call of its function draws another one of the kind."""

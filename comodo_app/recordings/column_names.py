"""What a column's name says: which sensor, which axis, which unit, or that it is a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENSOR_OF_WORD = {
    "acc": "acc",
    "accl": "acc",
    "accel": "acc",
    "accelerometer": "acc",
    "accelerometers": "acc",
    "acceleration": "acc",
    "gyro": "gyro",
    "gyr": "gyro",
    "gyros": "gyro",
    "gyroscope": "gyro",
    "rotationrate": "gyro",
    "angularvelocity": "gyro",
    "angularrate": "gyro",
}
_SENSOR_OF_LETTER = {"a": "acc", "g": "gyro", "w": "gyro"}
SENSOR_NAMES = {"acc": "accelerometer", "gyro": "gyroscope"}
_TWO_WORDS = re.compile(r"\b(rotation|angular) (rate|velocity)\b")
_ANY_WORD = "|".join(sorted(_SENSOR_OF_WORD, key=len, reverse=True))
_GLUED = re.compile(
    rf"(?P<a>[xyz]?)(?P<word>{_ANY_WORD})(?P<b>[xyz]?)"
    r"|(?P<letter>[agw])(?P<c>[xyz])"
)
_PLAIN_WORDS = frozenset({"axis", "data", "value", "sensor", "imu"})
# Preference between complete sets of one sensor: with gravity, plain, without gravity or raw.
SET_RANKS = {"total": -1, "linear": 1, "lin": 1, "user": 1, "uncalibrated": 1, "raw": 1}

_UNIT_WORDS = {
    "m/s2": "m/s2", "m/s^2": "m/s2", "m/s²": "m/s2", "ms2": "m/s2", "mps2": "m/s2", "m_s2": "m/s2",
    "ms-2": "m/s2", "m/s/s": "m/s2", "m s-2": "m/s2", "m_s_2": "m/s2", "g": "g", "mg": "mg",
    "rad/s": "rad/s", "rad_s": "rad/s", "rads": "rad/s", "radps": "rad/s", "rps": "rad/s",
    "rad s-1": "rad/s", "deg/s": "deg/s", "°/s": "deg/s", "deg_s": "deg/s", "degs": "deg/s",
    "dps": "deg/s", "degps": "deg/s", "deg/sec": "deg/s", "mdps": "mdeg/s",
}  # fmt: skip
SENSOR_OF_UNIT = {
    "m/s2": "acc", "g": "acc", "mg": "acc", "rad/s": "gyro", "deg/s": "gyro", "mdeg/s": "gyro",
}  # fmt: skip
_TIME_UNITS = {
    word: unit
    for unit, words in {
        "s": "s sec secs second seconds",
        "ms": "ms msec millis millisecond milliseconds",
        "us": "us µs μs usec micros microsecond microseconds",
        "ns": "ns nsec nanos nanosecond nanoseconds",
    }.items()
    for word in words.split()
}
_BRACKETS = re.compile(r"[(\[{]\s*([^)\]}]*?)\s*[)\]}]")
_UNIT_AT_END = re.compile(
    rf"[\s_./-]({'|'.join(re.escape(u) for u in sorted(_UNIT_WORDS, key=len, reverse=True))})$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Axis:
    """One recognised axis: sensor, x/y/z, stated unit, and the words that tell sets apart."""

    column: int
    sensor: str
    axis: str
    unit: str | None
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class TimeColumn:
    column: int
    unit: str | None
    rank: int


def read_axis(column: int, name: str) -> Axis | None:
    """What axis a column's name means, or None."""
    base, unit = _split_unit(name)
    words = _words(base)
    if _is_g_force(words):
        return Axis(column, "acc", words[-1][-1], "g", frozenset())
    sensors, axes, others = set(), [], []
    for word in words:
        glued = _GLUED.fullmatch(word)
        if word in ("x", "y", "z"):
            axes.append(word)
        elif glued and (glued["word"] or glued["letter"]):
            sensors.add(_SENSOR_OF_WORD.get(glued["word"]) or _SENSOR_OF_LETTER[glued["letter"]])
            axes.extend(a for a in (glued["a"], glued["b"], glued["c"]) if a)
        else:
            others.append(word)
    if not sensors and len(others) == 1 and others[0] in _SENSOR_OF_LETTER:
        sensors.add(_SENSOR_OF_LETTER[others.pop()])
    others = [word for word in others if word not in _PLAIN_WORDS]
    if not sensors and not others and unit is not None:  # "x-axis (g)"
        sensors.add(SENSOR_OF_UNIT[unit])
    if len(sensors) != 1 or len(axes) != 1:
        return None
    if unit is not None and SENSOR_OF_UNIT[unit] not in sensors:  # "gx (g)" is no gyroscope
        return None
    return Axis(column, sensors.pop(), axes[0], unit, frozenset(others))


def read_unit(name: str) -> str | None:
    """The unit of acceleration or angular rate that a column's name states, or None."""
    base, unit = _split_unit(name)
    return "g" if _is_g_force(_words(base)) else unit


def read_time(column: int, name: str) -> TimeColumn | None:
    """Whether a column's name means time; lower rank is better."""
    words = _words(_BRACKETS.sub(" ", name))
    rest = [word for word in words if word not in _TIME_UNITS]
    is_time = any("time" in word for word in rest) or bool({"epoch", "elapsed", "utc"} & set(rest))
    if {"timezone", "timecode", "zone"} & set(words):
        return None
    if not (is_time or rest in (["t"], ["ts"]) or (words and not rest and len(words) == 1)):
        return None
    if "canonical" in words:
        rank = 0
    elif "elapsed" in words or rest in ([], ["t"]):
        rank = 1
    else:
        rank = 2
    return TimeColumn(column, read_time_unit(name), rank)


def read_time_unit(name: str) -> str | None:
    inside = [hit.lower() for hit in _BRACKETS.findall(name)]
    for word in [*inside, *reversed(_words(_BRACKETS.sub(" ", name)))]:
        if word in _TIME_UNITS:
            return _TIME_UNITS[word]
    return None


def _is_g_force(words: list[str]) -> bool:
    """Physics Toolbox calls its accelerometer gFx, gFy, gFz."""
    return "".join(words) in ("gfx", "gfy", "gfz")


def _split_unit(name: str) -> tuple[str, str | None]:
    """Name without unit, and the unit; an axis in brackets, ``Rotation Rate (X)``, stays."""
    unit = None
    for inside in _BRACKETS.findall(name):
        if inside.lower() in ("x", "y", "z"):
            return _BRACKETS.sub(rf" {inside} ", name), None
        unit = _UNIT_WORDS.get(inside.lower().replace("²", "^2"), unit)
    base = _BRACKETS.sub(" ", name).strip()
    at_end = _UNIT_AT_END.search(base)
    if unit is None and at_end:
        return base[: at_end.start()], _UNIT_WORDS[at_end[1].lower()]
    return base, unit


def _words(base: str) -> list[str]:
    """Lower-case words of a name, cut at camel case, signs and digits."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", base)
    plain = " ".join(re.findall(r"[a-zµμ]+|\d+", spaced.lower()))
    return _TWO_WORDS.sub(r"\1\2", plain).split()

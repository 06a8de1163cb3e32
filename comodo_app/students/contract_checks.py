"""Is a ``contract.json`` complete and sane? Every problem is named with its field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from comodo_app.students.contract import CHANNELS, FORMAT, NORMALISATION, SCHEMA, UNITS, digest

Test = Callable[[Any], bool]


def parse(content: bytes) -> dict[str, Any]:
    """The JSON object in `content`.

    Raises
    ------
    ValueError
        If it is no JSON object; NaN and infinity are not JSON.
    """

    def refuse(name: str) -> float:
        raise ValueError(f"{name} is not a number in JSON")

    try:
        values = json.loads(content.decode("utf-8"), parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return values


def problems(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with a contract, one text each; empty if nothing is.

    A contract without problems makes a `Contract` without an error.
    """
    if values.get("format") != FORMAT:
        return (f"format: {values.get('format')!r} is not {FORMAT!r}",)
    if values.get("schema") != SCHEMA:
        return (f"schema: {values.get('schema')!r}; this version of the app reads {SCHEMA}",)
    found = tuple(_fields(values))
    if not found:  # only then everything below is there and of its kind
        found = (*_signal(values), *_head(values), *_activities(values))
    if values.get("digest") != digest(values):
        found = (*found, "digest: the contract was changed after it was written")
    return found


def _number(low: float, high: float = math.inf) -> Test:
    """A finite number in [low, high]."""
    return lambda v: _is_number(v) and low <= v <= high


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    return value is None or (_is_number(value) and -1.0 <= value <= 1.0)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(v) is int and v > 0 for v in value)


def _is_columns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_count(v) for v in value)


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))


def _is_matrix(value: Any) -> bool:
    if not (isinstance(value, list) and value and all(map(_is_vector, value))):
        return False
    return len({len(row) for row in value}) == 1


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_POSITIVE = _number(1e-9, 1e6)
_FIELDS: dict[str, Mapping[str, Test]] = {
    "": {"created_at": _is_text, "calibration": _is_object, "provenance": _is_object},
    "input": {
        "name": lambda v: v == "windows",
        "channels": lambda v: v == list(CHANNELS),
        "units": lambda v: v == list(UNITS),
        "normalisation": lambda v: v == NORMALISATION,
    },
    "window": {
        "rate_hz": _POSITIVE,
        "seconds": _POSITIVE,
        "samples": lambda v: _is_count(v) and v > 0,
        "stride_s": _POSITIVE,
        "max_missing_share": _number(0, 1),
        "max_gap_s": _number(0),
    },
    "resampling": {
        "rule": _is_text,
        "passband_hz": _POSITIVE,
        "stopband_hz": _POSITIVE,
        "stopband_db": _POSITIVE,
    },
    "output": {
        "name": lambda v: v == "embeddings",
        "dimensions": lambda v: _is_count(v) and v > 0,
    },
    "decision": {
        "temperature": _POSITIVE,
        "threshold": _number(0, 1),
        "novelty_floor": _number(-1.001, 1.001),
    },
    "smoothing": {
        "stay_probability": _number(1e-9, 1 - 1e-9),
        "evidence_weight": _number(1e-9, 1),
        "unknown_median_windows": lambda v: _is_count(v) and v % 2 == 1,
    },
    "int8": {
        "included": lambda v: isinstance(v, bool),
        "reason": _is_text,
        "n_windows": _is_count,
        "same_answer": _is_share,
        "n_held_out": _is_count,
        "teacher_fp32": _is_share,
        "teacher_int8": _is_share,
        "min_cosine": _is_share,
    },
    "head": {
        "kind": lambda v: v in ("prototype", "logistic"),
        "column_ids": _is_ids,
        "n_windows": _is_count,
        "mean": _is_vector,
        "scale": lambda v: _is_vector(v) and min(v) > 0,
        "prototypes": _is_matrix,
    },
}
_ACTIVITY: Mapping[str, Test] = {
    "id": lambda v: type(v) is int and v > 0,
    "name": _is_text,
    "label": lambda v: _is_text(v) and bool(v),
    "colour": lambda v: _is_text(v) and re.fullmatch(r"#[0-9A-Fa-f]{6}", v) is not None,
    "member_ids": _is_ids,
    "columns": _is_columns,
    "minutes": _number(0),
}
_FILE: Mapping[str, Test] = {
    "sha256": lambda v: _is_text(v) and re.fullmatch(r"[0-9a-f]{64}", v) is not None,
    "size_bytes": _is_count,
}
_PROVENANCE = ("app_version", "project", "run", "teacher", "teacher_revision", "recipe", "seed")


def _fields(values: Mapping[str, Any]) -> Iterator[str]:
    for group, tests in _FIELDS.items():
        part = values if group == "" else values.get(group)
        if not isinstance(part, dict):
            yield f"{group}: missing"
            continue
        # What a dataclass is made of must not hold more than it knows.
        exact = group in ("smoothing", "int8")
        yield from _tested(part, tests, place=f"{group}." if group else "", exact=exact)
    for name in _PROVENANCE:
        if isinstance(values.get("provenance"), dict) and name not in values["provenance"]:
            yield f"provenance.{name}: missing"
    activities, files = values.get("activities"), values.get("files")
    if not (isinstance(activities, list) and activities):
        yield "activities: none"
    else:
        for index, activity in enumerate(activities):
            yield from _object(activity, _ACTIVITY, f"activities[{index}]")
    if not (isinstance(files, dict) and files):
        yield "files: none"
    else:
        for name, facts in files.items():
            yield from _object(facts, _FILE, f"files[{name}]")
    head = values.get("head")
    if isinstance(head, dict) and head.get("kind") == "logistic":
        yield from _tested(head, {"weights": _is_matrix, "bias": _is_vector}, place="head.")


def _object(value: Any, tests: Mapping[str, Test], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: not an object"
    else:
        yield from _tested(value, tests, place=f"{place}.", exact=True)


def _tested(
    part: Mapping[str, Any], tests: Mapping[str, Test], *, place: str, exact: bool = False
) -> Iterator[str]:
    for name, test in tests.items():
        if name not in part:
            yield f"{place}{name}: missing"
        elif not test(part[name]):
            text = json.dumps(part[name], ensure_ascii=False)
            yield f"{place}{name}: {text if len(text) < 60 else text[:57] + '…'} cannot be"
    for name in part if exact else ():
        if name not in tests:
            yield f"{place}{name}: unknown"


def _signal(values: Mapping[str, Any]) -> Iterator[str]:
    window, bands = values["window"], values["resampling"]
    samples = round(window["seconds"] * window["rate_hz"])
    if window["samples"] != samples:
        yield f"window.samples: {window['samples']}, but seconds × rate_hz is {samples}"
    if not bands["passband_hz"] < bands["stopband_hz"] <= window["rate_hz"]:
        yield "resampling: needs passband_hz < stopband_hz ≤ window.rate_hz"


def _head(values: Mapping[str, Any]) -> Iterator[str]:
    head = values["head"]
    k, d = len(head["column_ids"]), values["output"]["dimensions"]
    shapes = {"mean": (d,), "scale": (d,), "prototypes": (k, d)}
    if head["kind"] == "logistic":
        shapes |= {"weights": (k, d), "bias": (k,)}
    for name, shape in shapes.items():
        if np.shape(head[name]) != shape:
            yield f"head.{name}: {np.shape(head[name])} instead of {shape}"
    if head["column_ids"] != sorted(set(head["column_ids"])):
        yield "head.column_ids: must rise"


def _activities(values: Mapping[str, Any]) -> Iterator[str]:
    column_ids, activities = values["head"]["column_ids"], values["activities"]
    columns = sorted(column for activity in activities for column in activity["columns"])
    if columns != list(range(len(column_ids))):
        yield "activities: each column of the head must belong to exactly one"
        return
    ids = [activity["id"] for activity in activities]
    if ids != sorted(set(ids)):
        yield "activities: ids must rise"
    for index, activity in enumerate(activities):
        members = sorted(column_ids[column] for column in activity["columns"])
        if sorted(activity["member_ids"]) != members:
            yield f"activities[{index}]: member_ids and columns do not fit"

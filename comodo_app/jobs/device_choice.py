"""How models run on this computer, kept in the app's data folder so that it is measured once."""

from __future__ import annotations

import json
import logging
import os
import platform
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from comodo_app.errors import ComodoError
from comodo_app.jobs.resources import data_folder
from comodo_app.project.files import storage_errors, write_atomic

log = logging.getLogger(__name__)

AUTO = "auto"
FILE_NAME = "compute.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """How a model runs on this computer, as measured.

    `per_s` is clips per second without decoding; `batch_size` fits into memory; `reason` is one
    line for people.
    """

    backend: str
    precision: str
    device: str
    per_s: float
    batch_size: int
    reason: str = ""


def known_choice(model: str, revision: str, device: str = AUTO) -> Choice | None:
    """What was chosen on this computer the last time; None if nothing was."""
    kept = _stored().get(_place(model, revision), {})
    if not isinstance(kept, dict) or device not in kept:
        return None
    try:
        return Choice(**kept[device])
    except TypeError:
        return None


def remember_choice(model: str, revision: str, device: str, choice: Choice) -> None:
    """Keep a choice; a folder that cannot be written means that it is made again."""
    kept = _stored()
    kept.setdefault(_place(model, revision), {})[device] = asdict(choice)
    _store(kept)


def forget_choice(model: str, revision: str) -> None:
    """Have it measured anew the next time."""
    kept = _stored()
    if kept.pop(_place(model, revision), None) is not None:
        _store(kept)


def _store(kept: dict[str, Any]) -> None:
    path = data_folder() / FILE_NAME
    try:
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps({"schema": SCHEMA, "choices": kept}, indent=1).encode())
    except ComodoError as error:
        log.warning("what runs fastest here is not remembered: %s", error)


def _stored() -> dict[str, Any]:
    path = data_folder() / FILE_NAME
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        choices = stored["choices"] if stored["schema"] == SCHEMA else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s is not used: %s", path, error)
        return {}
    return choices if isinstance(choices, dict) else {}


def _place(model: str, revision: str) -> str:
    # A home folder may be shared by several computers, and a library that comes later may be
    # faster: what was measured without it no longer holds.
    return f"{model}@{revision} on {platform.node()}, {this_machine()}"


@lru_cache(maxsize=1)
def this_machine() -> str:
    """What a measurement of speed holds for: processor, cores, library versions."""
    versions = []
    for name in ("torch", "onnxruntime", "openvino", "transformers"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"no {name}")
    return f"{_processor()}, {os.cpu_count()} cores, {', '.join(versions)}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []  # not Linux
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()

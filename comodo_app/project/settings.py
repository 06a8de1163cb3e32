"""What the user prefers, for all projects: a small JSON file that can always be read somehow."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import appdirs

from comodo_app.errors import UsageError
from comodo_app.project.files import storage_errors, write_atomic

log = logging.getLogger(__name__)

SCHEMA = 1
FILE_NAME = "settings.json"
THEMES = ("system", "dark", "light")
DEVICES = ("auto", "cpu", "cuda", "mps")
PATTERNS = ("off", "subtle", "strong")
MAX_RECENT_PROJECTS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """Preferences; every value has a default, so an empty file is a good file.

    Attributes
    ----------
    theme : str
        One of `THEMES`.
    ui_scale : float
        Size of the whole window, 0.8 to 2.
    patterns : str
        How clearly activities are told apart by pattern besides colour, one of `PATTERNS`.
    reduced_motion : bool
        No animations, still exemplars.
    window_s, stride_s : float
        Default length and distance of windows in new projects, in seconds.
    threads : int
        Threads that a job may use; 0 is all.
    device : str
        Where models run, one of `DEVICES`; "auto" measures.
    recent_projects : tuple of str
        Folders, the latest first.
    proxy, hub_endpoint : str
        Proxy and address for fetching published models; empty leaves it to the environment.
    offline : bool
        Never go to the network.
    shortcuts : dict of str to tuple of str
        Keys of actions that differ from the action table, by action id; an empty tuple is none.
    """

    theme: str = "system"
    ui_scale: float = 1.0
    patterns: str = "subtle"
    reduced_motion: bool = False
    window_s: float = 5.0
    stride_s: float = 2.5
    threads: int = 0
    device: str = "auto"
    recent_projects: tuple[str, ...] = ()
    proxy: str = ""
    hub_endpoint: str = ""
    offline: bool = False
    shortcuts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def with_recent_project(self, folder: Path | str) -> Settings:
        """The same with `folder` first among the recent projects."""
        first = str(Path(folder).resolve())
        others = tuple(path for path in self.recent_projects if path != first)
        return replace(self, recent_projects=(first, *others)[:MAX_RECENT_PROJECTS])


def _one_of(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return check


def _number(low: float, high: float) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("must be a number")
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"must be between {low} and {high}")
        return float(value)

    return check


def _whole_number(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number between {low} and {high}")
        return value

    return check


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if value and not value.startswith(("http://", "https://", "socks5://")):
        raise ValueError("must begin with http:// or https://")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def _keys(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError("must map actions to lists of keys")
    return {name: _texts(keys) for name, keys in value.items()}


# A new setting is a new field and a new entry here.
_CHECKS: dict[str, Callable[[object], Any]] = {
    "theme": _one_of(*THEMES),
    "ui_scale": _number(0.8, 2.0),
    "patterns": _one_of(*PATTERNS),
    "reduced_motion": _yes_or_no,
    "window_s": _number(0.5, 60.0),
    "stride_s": _number(0.1, 60.0),
    "threads": _whole_number(0, 1024),
    "device": _one_of(*DEVICES),
    "recent_projects": _texts,
    "proxy": _address,
    "hub_endpoint": _address,
    "offline": _yes_or_no,
    "shortcuts": _keys,
}


def settings_path() -> Path:
    """Where the settings lie: COMODO_CONFIG_DIR if set, else the system's place for them."""
    folder = os.environ.get("COMODO_CONFIG_DIR") or appdirs.user_config_dir("comodo", False)
    return Path(folder) / FILE_NAME


def load_settings(path: Path | str | None = None) -> Settings:
    """Read the settings; never raises, so that the app always starts.

    A value that cannot be used falls back to its default, with a logged warning, and the file
    is kept as ``settings.json.bak``. A file that is missing means all defaults.
    """
    path = settings_path() if path is None else Path(path)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        log.warning("settings cannot be read, defaults are used: %s", error)
        return Settings()
    except (ValueError, RecursionError) as error:
        _keep(path, [f"not JSON: {error}"])
        return Settings()
    if not isinstance(stored, dict):
        _keep(path, ["not a JSON object"])
        return Settings()
    problems = []
    schema = stored.pop("schema", None)
    if schema != SCHEMA:
        problems.append(f"schema is {schema!r} instead of {SCHEMA}")
    values: dict[str, Any] = {}
    for name, value in stored.items():
        if name not in _CHECKS:
            problems.append(f"{name} is not known")
            continue
        try:
            values[name] = _CHECKS[name](value)
        except ValueError as error:
            problems.append(f"{name} = {value!r} {error}")
    if problems:
        _keep(path, problems)
    return Settings(**values)


def save_settings(settings: Settings, path: Path | str | None = None) -> None:
    """Write the values that differ from their defaults, whole or not at all.

    Raises
    ------
    UsageError
        If a value is out of its range.
    StorageError
        If the disk is full or refuses the write.
    """
    path = settings_path() if path is None else Path(path)
    default = Settings()
    stored: dict[str, Any] = {"schema": SCHEMA}
    for name in (each.name for each in fields(Settings)):
        try:
            value = _CHECKS[name](getattr(settings, name))
        except ValueError as error:
            raise UsageError(f"The setting {name} {error}.", where=str(path)) from error
        if value != getattr(default, name):
            stored[name] = value
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, (json.dumps(stored, indent=2, ensure_ascii=False) + "\n").encode())


def _keep(path: Path, problems: list[str]) -> None:
    backup = path.with_name(path.name + ".bak")
    try:
        shutil.copyfile(path, backup)
        kept = f"the file is kept as {backup}"
    except OSError as error:
        kept = f"the file could not be kept ({error})"
    for problem in problems:
        log.warning("settings: %s; the default is used, %s", problem, kept)

"""Where the read-only resources are: beside the package, or where an installation put them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import appdirs

from comodo_app.errors import UsageError


def resource_folder(name: str) -> Path:
    """The folder ``resources/<name>`` of a clone, or ``share/comodo/resources/<name>``.

    Raises
    ------
    UsageError
        If neither is there.
    """
    beside = Path(__file__).resolve().parents[2] / "resources" / name
    installed = Path(sys.prefix) / "share" / "comodo" / "resources" / name
    for folder in (beside, installed):
        if folder.is_dir():
            return folder
    raise UsageError(
        f"The app's resources/{name} is missing.", where=str(beside), hint="Install the app again."
    )


def demo_recordings() -> Path:
    """The folder of the bundled demo recordings."""
    return resource_folder("demo")


def data_folder() -> Path:
    """Where the app keeps what nobody chose a place for; beside the settings if those are moved."""
    moved = os.environ.get("COMODO_CONFIG_DIR")
    return Path(moved) / "data" if moved else Path(appdirs.user_data_dir("comodo", False))


def bundled_students() -> tuple[Path, ...]:
    """Student packages, folders or zips, that come with the app in ``models/``; often none."""
    beside = Path(__file__).resolve().parents[2] / "models"
    installed = Path(sys.prefix) / "share" / "comodo" / "models"
    folder = next((place for place in (beside, installed) if place.is_dir()), None)
    if folder is None:
        return ()
    packed = {path.stem: path for path in folder.glob("*.zip")}
    packed |= {path.parent.name: path.parent for path in folder.glob("*/contract.json")}
    return tuple(path for _, path in sorted(packed.items()))

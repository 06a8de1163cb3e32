"""Where a person has put the splitters; kept beside the window's geometry."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QSplitter

from comodo_app.project.settings import settings_path


def keep(**splitters: QSplitter) -> None:
    """Remember each splitter by its name."""
    store = _store()
    for name, splitter in splitters.items():
        store.setValue(f"review/{name}", splitter.saveState())


def restore(**splitters: QSplitter) -> None:
    """Put the splitters where they were; those never moved stay as they are."""
    store = _store()
    for name, splitter in splitters.items():
        kept = store.value(f"review/{name}")
        if isinstance(kept, QByteArray):
            splitter.restoreState(kept)


def _store() -> QSettings:
    path = settings_path().with_name("window.ini")
    return QSettings(str(path), QSettings.Format.IniFormat)

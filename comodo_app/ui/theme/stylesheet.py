"""The style sheet: ``theme.qss.in`` with tokens, tinted icons and the scale put in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from PySide6.QtCore import QTemporaryDir

from comodo_app.jobs.resources import resource_folder
from comodo_app.ui.theme.tokens import Theme

_NAME = re.compile(r"\$\{([^}]+)\}")
_PX = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)px")


@cache
def _folder() -> QTemporaryDir:
    """Style sheets name icons by path: the tinted ones lie here until the app ends."""
    return QTemporaryDir()


def style_sheet(theme: Theme) -> str:
    """The application's style sheet in this theme."""
    template = (resource_folder("theme") / "theme.qss.in").read_text(encoding="utf-8")
    scaled = _PX.sub(lambda m: f"{_scaled(float(m[1]), theme.scale)}px", template)
    return _NAME.sub(lambda m: _value(theme, m[1]), scaled)


def _scaled(size: float, scale: float) -> int:
    # Hairlines and focus rings keep their width.
    return round(size) if size <= 2 else round(size * scale)


def _value(theme: Theme, name: str) -> str:
    kind, _, rest = name.partition(":")
    if kind != "icon":
        return theme.css(name)
    icon, _, token = rest.partition(":")
    css = theme.css(token)
    path = Path(_folder().path()) / f"{icon}-{css.lstrip('#')}.svg"
    if not path.exists():
        from comodo_app.ui.theme.icons import tinted_svg

        path.write_text(tinted_svg(icon, css), encoding="utf-8")
    return path.as_posix()

"""Icons: SVGs in one colour, tinted with a token of the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from comodo_app.jobs.resources import resource_folder
from comodo_app.ui.theme.manager import themes

_RATIO = 2.0  # drawn at twice the size, sharp on high-density screens


def icon(name: str, token: str = "text.secondary", size_px: int = 20) -> QIcon:
    """An icon in a token's colour; greyed out when disabled. `KeyError` for an unknown token."""
    made = QIcon(pixmap(name, token, size_px))
    made.addPixmap(pixmap(name, "text.disabled", size_px), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, token: str = "text.secondary", size_px: int = 20) -> QPixmap:
    """An icon as a picture of `size_px` logical pixels (scaled with the theme)."""
    theme = themes().current
    return _drawn(name, theme.css(token), theme.px(size_px))


def tinted_svg(name: str, css: str) -> str:
    """The SVG text of an icon in a colour.

    Raises
    ------
    FileNotFoundError
        If there is no icon of that name.
    """
    path = resource_folder("icons") / f"{name}.svg"
    return path.read_text(encoding="utf-8").replace("currentColor", css)


@lru_cache(maxsize=2048)
def _drawn(name: str, css: str, size_px: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(tinted_svg(name, css).encode()))
    picture = QPixmap(round(size_px * _RATIO), round(size_px * _RATIO))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(_RATIO)
    return picture

"""How a span looks: activities with patterns that double the colour, and five ways to say that
there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap, QPolygonF, QTransform

from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID
from comodo_app.ui.theme import Theme

NOT_ACTIVITY_ID = -2  # said by hand: this is none of the activities

_RATIO = 2.0  # tiles are drawn larger and scaled down, so that they are sharp everywhere
_LINE_PX = 1.25
_PITCH = {"horizontal": 5, "vertical": 6, "dots": 6, "cross": 9, "diag_wide": 12}
_STRENGTH = {"off": 0.0, "subtle": 0.22, "strong": 0.45}
_PALE, _PALE_STRENGTH = 0.42, 0.12
_HATCH = 0.35


@dataclass(frozen=True, slots=True)
class Look:
    """Paint of a bar: `solid` is its colour where it is too narrow for anything else."""

    fill: QColor | None
    solid: QColor
    ink: QColor
    border: QColor | None = None
    dashed: bool = False
    pattern: QBrush | None = None
    struck: bool = False
    line: QColor | None = None


def mixed(over: QColor, under: QColor, share: float) -> QColor:
    """`over` at an opacity on `under`."""

    def part(a: int, b: int) -> int:
        return round(a * share + b * (1.0 - share))

    return QColor(
        part(over.red(), under.red()),
        part(over.green(), under.green()),
        part(over.blue(), under.blue()),
    )


@lru_cache(maxsize=512)
def look(theme: Theme, code: int, colour: int, pale: bool) -> Look:
    """The look of an activity in colour number `colour`, or of `UNKNOWN_ID`, `NO_DATA_ID`,
    `NOT_ACTIVITY_ID`."""
    ground = theme.color("plot.bg")
    if code == UNKNOWN_ID:
        grey = theme.color("state.unknown")
        ink = theme.color("text.secondary")
        hatch = pattern(theme, "diag_up", _faint(grey, _HATCH))
        return Look(None, mixed(grey, ground, _HATCH), ink, grey, True, hatch)
    if code == NO_DATA_ID:
        fill = theme.color("state.gap")
        return Look(fill, fill, theme.color("text.tertiary"), line=theme.color("state.nodata"))
    if code == NOT_ACTIVITY_ID:
        fill = theme.color("state.nodata")
        return Look(fill, fill, theme.color("text.primary"), struck=True)
    spec = theme.activity(colour)
    fill, ink = QColor(spec.fill), QColor(spec.ink)
    if pale:
        shown = mixed(fill, ground, _PALE)
        strength = min(_PALE_STRENGTH, _STRENGTH[theme.patterns])
        brush = pattern(theme, spec.pattern, _faint(ink, strength))
        return Look(shown, shown, theme.color("text.primary"), fill, False, brush)
    brush = pattern(theme, spec.pattern, _faint(ink, _STRENGTH[theme.patterns]))
    return Look(fill, fill, ink, pattern=brush)


def pattern(theme: Theme, name: str, ink: QColor) -> QBrush | None:
    """A brush that repeats a pattern; None for "solid", or ink that cannot be seen."""
    if name == "solid" or ink.alpha() == 0:
        return None
    pitch = theme.px(_PITCH.get(name, 8))
    height = 2 * pitch if name == "dots" else pitch
    tile = QPixmap(round(pitch * _RATIO), round(height * _RATIO))
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.scale(_RATIO, _RATIO)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_tile(painter, name, float(pitch), QPen(ink, _LINE_PX * theme.scale), theme.scale)
    painter.end()
    brush = QBrush(tile)
    brush.setTransform(QTransform.fromScale(1.0 / _RATIO, 1.0 / _RATIO))
    return brush


def _faint(colour: QColor, share: float) -> QColor:
    faint = QColor(colour)
    faint.setAlphaF(share)
    return faint


def _draw_tile(painter: QPainter, name: str, p: float, pen: QPen, scale: float) -> None:
    painter.setPen(pen)
    if name in ("diag_up", "cross", "diag_wide"):
        if name == "diag_wide":
            pen.setWidthF(4.0 * scale / 2**0.5)
            painter.setPen(pen)
        for shift in (-p, 0.0, p):  # neighbours reach into the tile's corners
            painter.drawLine(QPointF(shift - 1, p + 1), QPointF(shift + p + 1, -1))
    if name in ("diag_down", "cross"):
        for shift in (-p, 0.0, p):
            painter.drawLine(QPointF(shift - 1, -1), QPointF(shift + p + 1, p + 1))
    if name in ("horizontal", "grid"):
        painter.drawLine(QPointF(0, p / 2), QPointF(p, p / 2))
    if name in ("vertical", "grid"):
        painter.drawLine(QPointF(p / 2, 0), QPointF(p / 2, p))
    if name == "zigzag":
        chevron = [QPointF(0, p * 0.7), QPointF(p / 2, p * 0.3), QPointF(p, p * 0.7)]
        painter.drawPolyline(QPolygonF(chevron))
    if name == "dots":
        painter.setBrush(pen.color())
        painter.setPen(Qt.PenStyle.NoPen)
        for x, y in ((p / 4, p / 2), (p * 3 / 4, p * 3 / 2)):
            painter.drawEllipse(QPointF(x, y), 1.2 * scale, 1.2 * scale)

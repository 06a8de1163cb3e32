"""The small square of an activity: its colour, its pattern, its number."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from comodo_app.session.review import Review
from comodo_app.ui.theme import themes


def paint_swatch(
    painter: QPainter, rect: QRectF, activity_id: int | None, review: Review, *, number: bool = True
) -> None:
    """Paint an activity's swatch; None is unknown: hatched, without a colour."""
    theme = themes().current
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if activity_id is None:
        ink = theme.color("text.tertiary")
        painter.setPen(QPen(ink, 1.0))
        painter.setBrush(theme.color("bg.inset"))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setClipRect(rect.adjusted(1, 1, -1, -1))
        _hatch(painter, rect, ink, rising=True)
        painter.restore()
        return
    look = theme.activity(review.colour(activity_id))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.fill))
    painter.drawRoundedRect(rect, 3, 3)
    if number:
        painter.setPen(QColor(look.ink))
        font = theme.font("caption")
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), str(activity_id))
    painter.restore()


def _hatch(painter: QPainter, rect: QRectF, ink: QColor, *, rising: bool) -> None:
    faint = QColor(ink)
    faint.setAlphaF(0.55)
    painter.setPen(QPen(faint, 1.0))
    step = 4.0
    x = rect.left() - rect.height()
    while x < rect.right():
        ends = (rect.bottom(), rect.top()) if rising else (rect.top(), rect.bottom())
        painter.drawLine(QLineF(x, ends[0], x + rect.height(), ends[1]))
        x += step

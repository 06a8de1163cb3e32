"""What stands around and over the moving traces: names, grid, the model's window, a veil."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from comodo_app.ui.pages.live.scale import Scale
from comodo_app.ui.theme import Theme, pixmap
from comodo_app.ui.timeline.channels import CHANNELS, SENSORS
from comodo_app.ui.timeline.text import MINUS

HEAD, LANE, LANE_GAP, AXIS = 84, 22, 8, 24
_TICK_EVERY_S = {20.0: 5.0, 60.0: 10.0, 300.0: 60.0}
Rows = list[tuple[float, float]]  # top and height of each trace


def paint_heads(painter: QPainter, theme: Theme, rows: Rows, scale: Scale) -> None:
    """Names, scales and axes at the left."""
    painter.setFont(theme.font("small_medium"))
    side = theme.px(14)
    lane = QRectF(0, 0, theme.px(HEAD - 8), theme.px(LANE))
    painter.drawPixmap(
        theme.px(6), round(lane.center().y() - side / 2), pixmap("wave", "student", 14)
    )
    painter.setPen(theme.color("text.primary"))
    flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    painter.drawText(lane, flags, "Student")
    for number, (name, sensor) in enumerate(zip(("Acc", "Gyro"), SENSORS, strict=True)):
        top = rows[sensor[0]][0]
        painter.setFont(theme.font("small_medium"))
        painter.setPen(theme.color("text.primary"))
        painter.drawText(QRectF(theme.px(6), top, theme.px(60), theme.px(18)), name)
        if 3 * rows[0][1] < theme.px(36):
            continue
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("text.tertiary"))
        where = QRectF(theme.px(6), top + theme.px(17), theme.px(60), theme.px(16))
        painter.drawText(where, scale.words(number))
    for channel, (top, tall) in enumerate(rows):
        painter.setFont(theme.font("small_medium"))
        painter.setPen(theme.color(CHANNELS[channel].token))
        where = QRectF(theme.px(HEAD - 26), top, theme.px(18), tall)
        painter.drawText(where, flags, CHANNELS[channel].title[-1])


def paint_grid(
    painter: QPainter,
    theme: Theme,
    ground: QRectF,
    *,
    span_s: float,
    back_s: float,
    frozen: bool,
) -> None:
    """Times before the right edge, and their names below; the edge is "now" or frozen."""
    grid, step_s = theme.color("plot.grid"), _TICK_EVERY_S[span_s]
    painter.fillRect(QRectF(ground.left(), ground.center().y(), ground.width(), 1), grid)
    painter.setFont(theme.font("caption"))
    metrics = QFontMetricsF(painter.font())
    # While one scrolls back, round times stand where they were.
    shift_s = back_s % step_s
    for number in range(int(span_s / step_s) + 1):
        ago_s = number * step_s - shift_s
        if not 0 <= ago_s < span_s:
            continue
        x = ground.right() - ago_s / span_s * ground.width()
        painter.fillRect(QRectF(round(x), ground.top(), 1, ground.height()), grid)
        words, token = _ago(ago_s + back_s, span_s), "plot.axis"
        if ago_s == 0 and not back_s:
            words, token = "frozen" if frozen else "now", "text.primary"
        painter.setPen(theme.color(token))
        width = metrics.horizontalAdvance(words)
        left = min(x - width / 2, ground.right() - width - 1)
        at = ground.bottom() + theme.px(6) + metrics.ascent()
        painter.drawText(round(left), round(at), words)


def paint_model_window(painter: QPainter, theme: Theme, ground: QRectF, width: float) -> None:
    """Shade what the model sees now, `width` pixels of it."""
    shade = QColor(theme.color("student"))
    shade.setAlphaF(0.09)
    box = QRectF(ground.right() - width, ground.top(), width, ground.height())
    painter.fillRect(box, shade)
    painter.setPen(QPen(theme.color("student"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(box.topLeft(), box.bottomLeft())


def paint_model_words(
    painter: QPainter, theme: Theme, ground: QRectF, width: float, window_s: float
) -> None:
    """Say that the model sees this."""
    words = f"the model sees this {window_s:g} s"
    painter.setFont(theme.font("caption"))
    metrics = QFontMetricsF(painter.font())
    if metrics.horizontalAdvance(words) > width - theme.px(12):
        words = f"{window_s:g} s"
    room = metrics.horizontalAdvance(words) + theme.px(8)
    if room > width:
        return
    box = QRectF(ground.right() - width + theme.px(4), ground.top() + theme.px(3), room, 0)
    box.setHeight(theme.px(16))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("student.tint"))
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(theme.color("student"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)


def paint_veil(
    painter: QPainter, theme: Theme, ground: QRectF, words: str, *, over_data: bool
) -> None:
    """Words in the middle; what lies under them is pale."""
    if over_data:
        veil = QColor(theme.color("bg.surface"))
        veil.setAlphaF(0.72)
        painter.fillRect(ground, veil)
    painter.setFont(theme.font("body_medium"))
    painter.setPen(theme.color("text.secondary"))
    painter.drawText(ground, int(Qt.AlignmentFlag.AlignCenter), words)


def _ago(seconds: float, span_s: float) -> str:
    if span_s > 60:
        whole = round(seconds)
        return f"{MINUS}{whole // 60} min" if whole % 60 == 0 else f"{MINUS}{whole} s"
    return f"{MINUS}{seconds:.0f} s"

"""The current activity, large: swatch, name, since when, what was before, how sure."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.activities.timelines import NO_DATA_ID, UNKNOWN_ID
from comodo_app.session.live import Live
from comodo_app.ui.pages.live.words import Face, NowWords, now_words
from comodo_app.ui.theme import Theme, pixmap, themes
from comodo_app.ui.timeline.looks import look
from comodo_app.ui.widgets import Chip, Panel, flow_row
from comodo_app.ui.widgets.announce import announce
from comodo_app.ui.widgets.bar import paint_bar
from comodo_app.ui.widgets.basics import Button

SWATCH_PX = 76
_ICONS = {
    Face.OFF: "live", Face.WAITING: "clock", Face.WARMING: "clock", Face.NO_MODEL: "layers",
    Face.WRONG: "error", Face.FAILED: "error", Face.NO_DATA: "offline",
}  # fmt: skip


class NowView(QWidget):
    """Painted from `NowWords`; `hero_px` is the size of the name."""

    def __init__(self, live: Live, hero_px: int = 40, swatch_px: int = SWATCH_PX) -> None:
        super().__init__()
        self._live = live
        self._hero_px, self._swatch_px = hero_px, swatch_px
        self.words = now_words(live)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        live.changed.connect(self.refresh)
        live.updated.connect(self.refresh)
        themes().changed.connect(self.update)
        self.refresh()

    def sizeHint(self) -> QSize:
        """Swatch and confidence bar."""
        theme = themes().current
        return QSize(theme.px(440), theme.px(self._swatch_px + 56))

    def minimumSizeHint(self) -> QSize:
        """Narrower, the name is cut off."""
        theme = themes().current
        return QSize(theme.px(240), theme.px(self._swatch_px + 50))

    def refresh(self) -> None:
        """Say what is so now; a change of activity is said aloud."""
        before, self.words = self.words, now_words(self._live)
        if self.words == before:
            if self._live.heard.has_unseen:  # painted again, so that its delay is known
                self.update()
            return
        self.setAccessibleName(f"{self.words.name}, {self.words.line}")
        shown = (self.words.face, self.words.activity_id)
        if self.isVisible() and shown != (before.face, before.activity_id):
            announce(self, self.words.name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it; what is painted has been shown."""
        theme, words = themes().current, self.words
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = theme.px(self._swatch_px)
        bare = words.confidence is None and words.share is None
        top = max(0.0, (self.height() - side) / 2 - theme.px(8)) if bare else 0.0
        swatch = QRectF(0, top, side, side)
        self._paint_swatch(painter, theme, swatch, words)
        left = side + theme.px(self._swatch_px * 0.27)
        self._paint_words(painter, theme, QRectF(left, top, self.width() - left, side), words)
        if words.confidence is not None:
            self._paint_confidence(painter, theme, side, words.confidence)
        elif words.share is not None:
            bar = QRectF(0, side + theme.px(34), self.width(), theme.px(8))
            paint_bar(painter, bar, words.share, "info")
        self._live.heard.note_shown()

    def _paint_swatch(self, painter: QPainter, theme: Theme, rect: QRectF, words: NowWords) -> None:
        radius = rect.width() * 0.13
        code = {Face.ACTIVITY: words.activity_id, Face.UNKNOWN: UNKNOWN_ID}.get(
            words.face, NO_DATA_ID
        )
        colour = self._live.colour(code) if code > 0 else 0
        one = look(theme, code, colour, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(one.fill or theme.color("bg.inset"))
        painter.drawRoundedRect(rect, radius, radius)
        if one.pattern is not None:
            painter.fillRect(rect.adjusted(3, 3, -3, -3).toAlignedRect(), one.pattern)
        if one.border is not None:
            pen = QPen(one.border, 1.5)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
        if words.face is Face.ACTIVITY or words.face is Face.UNKNOWN:
            text = str(words.activity_id) if words.face is Face.ACTIVITY else "?"
            font = theme.font("display")
            font.setPixelSize(max(1, round(rect.width() * 0.34)))
            painter.setFont(font)
            if one.pattern is not None:
                width = QFontMetricsF(font).horizontalAdvance(text) + theme.px(10)
                patch = QRectF(0, 0, width, font.pixelSize() * 1.15)
                patch.moveCenter(rect.center())
                painter.fillRect(patch, one.fill or theme.color("bg.inset"))
            painter.setPen(one.ink)
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
        else:
            size = self._swatch_px * 0.37
            sign = pixmap(_ICONS[words.face], "text.tertiary", round(size))
            half = theme.px(size) / 2
            at = rect.center()
            painter.drawPixmap(round(at.x() - half), round(at.y() - half), sign)

    def _paint_words(self, painter: QPainter, theme: Theme, room: QRectF, words: NowWords) -> None:
        font = QFont(theme.font("hero"))
        size = theme.px(self._hero_px)
        font.setPixelSize(size)
        # A long name is written smaller before it is cut off.
        while size > theme.px(self._hero_px * 0.55):
            if QFontMetricsF(font).horizontalAdvance(words.name) <= room.width():
                break
            size -= 2
            font.setPixelSize(size)
        metrics = QFontMetricsF(font)
        quiet = words.face not in (Face.ACTIVITY, Face.UNKNOWN)
        painter.setFont(font)
        painter.setPen(theme.color("text.secondary" if quiet else "text.primary"))
        name = metrics.elidedText(words.name, Qt.TextElideMode.ElideRight, room.width())
        small = QFont(theme.font("body_medium"))
        small.setPixelSize(max(small.pixelSize(), theme.px(self._hero_px * 0.33)))
        line = QFontMetricsF(small)
        block = metrics.height() + line.height()
        top = room.top() + (room.height() - block) / 2
        painter.drawText(round(room.left()), round(top + metrics.ascent()), name)
        painter.setFont(small)
        base = top + metrics.height() + line.ascent()
        fits = line.elidedText(words.line, Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(QColor(theme.color("err" if words.face is Face.WRONG else "text.primary")))
        if quiet and words.face is not Face.WRONG:
            painter.setPen(theme.color("text.secondary"))
        painter.drawText(round(room.left()), round(base), fits)
        x = room.left() + line.horizontalAdvance(fits) + theme.px(12)
        if words.before and x < room.right() - theme.px(60):
            painter.setPen(theme.color("text.tertiary"))
            rest = line.elidedText(words.before, Qt.TextElideMode.ElideRight, room.right() - x)
            painter.drawText(round(x), round(base), rest)

    def _paint_confidence(
        self, painter: QPainter, theme: Theme, side: float, confidence: float
    ) -> None:
        font = theme.font("small_medium")
        painter.setFont(font)
        row = QRectF(0, side + theme.px(8), self.width(), theme.px(18))
        painter.setPen(theme.color("text.secondary"))
        painter.drawText(row, int(Qt.AlignmentFlag.AlignLeft), "Confidence")
        painter.setPen(theme.color("text.primary"))
        painter.drawText(row, int(Qt.AlignmentFlag.AlignRight), f"{confidence:.2f}")
        bar = QRectF(0, row.bottom() + theme.px(3), self.width(), theme.px(8))
        words = self.words
        paint_bar(painter, bar, 0.0, "student")
        fill = theme.color("state.unknown")
        if words.face is Face.ACTIVITY:
            fill = QColor(theme.activity(self._live.colour(words.activity_id)).fill)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.setClipRect(QRectF(0, bar.top(), bar.width() * confidence, bar.height()))
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        painter.setClipping(False)
        mark = self._live.abstain_below
        x = bar.width() * mark
        painter.fillRect(
            QRectF(x - 1, bar.top() - theme.px(3), 2, bar.height() + theme.px(6)),
            theme.color("text.primary"),
        )
        text = f"unknown below {mark:.2f}"
        caption = theme.font("caption")
        painter.setFont(caption)
        width = QFontMetricsF(caption).horizontalAdvance(text)
        left = min(max(x - width / 2, 0.0), self.width() - width)
        painter.setPen(theme.color("text.tertiary"))
        base = bar.bottom() + theme.px(5) + QFontMetricsF(caption).ascent()
        painter.drawText(round(left), round(base), text)


class NowPanel(Panel):
    """The view with its chips, and the button that marks a moment."""

    def __init__(self, live: Live, mark: Button) -> None:
        super().__init__()
        self.now = Chip("Now", "student", "")
        self.only = Chip("IMU only, no camera", "plain", "shield")
        self.body.addLayout(flow_row(self.now, self.only, None, mark))
        self.view = NowView(live)
        self.body.addWidget(self.view, 1)
        self.setAccessibleName("Current activity")

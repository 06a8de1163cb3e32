"""The chip in the status bar that tells what runs and opens the drawer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from comodo_app.session.jobs import JobState
from comodo_app.session.session import Session
from comodo_app.ui.numbers import THIN_SPACE
from comodo_app.ui.shell import job_words as words
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets.bar import paint_bar


class JobsChip(QAbstractButton):
    """In the status bar: how many jobs run, the first one's name, its bar and percentage."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip("Jobs (Ctrl+J)")
        self.count = self.name = ""
        self.share: float | None = None
        session.jobs.changed.connect(self.refresh)
        themes().changed.connect(self.updateGeometry)
        self.refresh()

    def refresh(self) -> None:
        """Say what runs now."""
        entries = words.shown_entries(self._session.jobs)
        live = [e for e in entries if not e.state.ended]
        first = next((e for e in live if e.state is not JobState.QUEUED), live[0] if live else None)
        n_failed = sum(e.state is JobState.FAILED for e in entries)
        told = (words.summary(live).split(" · ")[0], first.title) if first else ("No jobs", "")
        if not first and n_failed:
            told = (f"{n_failed} failed", "")
        share = first.share if first else None
        if (*told, share) == (self.count, self.name, self.share):
            return
        self.count, self.name, self.share = *told, share
        said = f"Jobs: {self.count} {self.name}".rstrip()
        self.setAccessibleName(said if share is None else f"{said}, {share:.0%}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words and, if a job has got somewhere, its bar."""
        theme = themes().current
        strong, small = (QFontMetrics(theme.font(f)) for f in ("small_medium", "small"))
        width = theme.px(30) + strong.horizontalAdvance(self.count)
        if self.name:
            name = min(small.horizontalAdvance(self.name), theme.px(200))
            width += theme.px(8) + name + 2
        if self.share is not None:
            width += theme.px(8 + 72 + 8 + 38)
        return QSize(width + theme.px(8), theme.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint chevron, words, bar and percentage."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus() and bool(self.property("kbd"))
        if self.underMouse() or self.name or focused:
            painter.setPen(theme.color("focus.ring") if focused else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg.hover"))
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, theme.px(5), theme.px(5))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        side, x = theme.px(14), theme.px(8)
        painter.drawPixmap(x, (self.height() - side) // 2, pixmap("chev-up", size_px=14))
        x += side + theme.px(6)
        right = self.width() - theme.px(8)
        if self.share is not None:
            right -= theme.px(38)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text.secondary"))
            room = QRectF(right, 0, theme.px(38), self.height())
            percent = f"{self.share:.0%}".replace("%", f"{THIN_SPACE}%")
            painter.drawText(room, middle | int(Qt.AlignmentFlag.AlignRight), percent)
            right -= theme.px(8 + 72)
            top = (self.height() - theme.px(4)) / 2
            paint_bar(painter, QRectF(right, top, theme.px(72), theme.px(4)), self.share, "student")
            right -= theme.px(8)
        painter.setFont(theme.font("small_medium"))
        failed = self.count.endswith("failed")
        strong = "err" if failed else "text.primary" if self.name else "text.secondary"
        painter.setPen(theme.color(strong))
        painter.drawText(QRectF(x, 0, right - x, self.height()), middle, self.count)
        x += painter.fontMetrics().horizontalAdvance(self.count) + theme.px(8)
        if self.name and right > x:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text.secondary"))
            elide = Qt.TextElideMode.ElideRight
            fits = painter.fontMetrics().elidedText(self.name, elide, right - x + 1)
            painter.drawText(QRectF(x, 0, right - x + 2, self.height()), middle, fits)

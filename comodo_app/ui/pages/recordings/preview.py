"""The inspector's picture (hovering scrubs) and the overview of the signals (a click seeks)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.jobs.check import Preview, PreviewRequest, load_preview
from comodo_app.jobs.core import End, Outcome
from comodo_app.project.rows import RecordingRow
from comodo_app.session.session import Session
from comodo_app.ui.pages.recordings.delegate import to_image
from comodo_app.ui.theme import pixmap, themes

_WIDTH_PX, _HEIGHT_PX = 312, 162


class PreviewPicture(QWidget):
    """A frame of a recording; `moved` with the time under the mouse. One decoding at a time."""

    moved = Signal(float)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._row: RecordingRow | None = None
        self._image: QImage | None = None
        self._words = ""
        self.position_s = 0.0
        self._wanted_s: float | None = None
        self._job = 0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(themes().current.px(_HEIGHT_PX))
        self.setAccessibleName("Preview")
        session.jobs.ended.connect(self._ended)
        themes().changed.connect(self._resize)

    def show_recording(self, row: RecordingRow | None) -> None:
        """Show a recording's frame a third in, or why there is none."""
        if row is not None and self._row is not None and row.id == self._row.id:
            self._row = row
            if self._image is not None or row.missing_media:
                return
        self._row, self._image = row, None
        self._words = self._why_not()
        if row is not None and not self._words:
            self.seek(row.duration_s / 3)
        self.update()

    def seek(self, at_s: float) -> None:
        """Show the frame at a time, as soon as the one before has been decoded."""
        if self._row is None or self._why_not():
            return
        self._wanted_s = max(0.0, min(at_s, self._row.duration_s - 0.05))
        self._ask()

    def sizeHint(self) -> QSize:
        """312 × 162."""
        return QSize(themes().current.px(_WIDTH_PX), themes().current.px(_HEIGHT_PX))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The place of the mouse is a place in time."""
        if self._row is not None and self.width() > 0:
            share = event.position().x() / self.width()
            self.seek(share * self._row.duration_s)
            self.moved.emit(share * self._row.duration_s)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Letterboxed picture with time, or a sentence."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), theme.px(6), theme.px(6))
        painter.fillPath(shape, theme.color("plot.bg"))
        painter.setClipPath(shape)
        if self._image is None:
            painter.setPen(theme.color("text.tertiary"))
            painter.setFont(theme.font("small"))
            centre = QRectF(self.rect()).center()
            painter.drawPixmap(centre - QPointF(12, 22), pixmap("film", "text.tertiary", 24))
            words = QRectF(self.rect()).adjusted(12, theme.px(94), -12, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignHCenter), self._words or "Loading…")
            return
        fit = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(0, 0, fit.width(), fit.height())
        box.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(box, self._image)
        label = f"{int(self.position_s // 60):02d}:{self.position_s % 60:06.3f}"
        painter.setFont(theme.font("small_medium"))
        width = painter.fontMetrics().horizontalAdvance(label) + theme.px(14)
        tag = QRectF(theme.px(8), self.height() - theme.px(30), width, theme.px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(themes().current.color("bg.scrim"))
        painter.drawRoundedRect(tag, 5, 5)
        painter.setPen(Qt.GlobalColor.white)  # on a picture, in both themes
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), label)

    def _why_not(self) -> str:
        if self._row is None:
            return "No recording selected"
        if self._row.video is None:
            return "No video: sensor only"
        return "The video is not where it was" if self._row.missing_media else ""

    def _ask(self) -> None:
        if self._job or self._wanted_s is None or self._row is None:
            return
        project = self._session.project
        if project is None:
            return
        wanted, self._wanted_s = self._wanted_s, None
        self._job = self._session.jobs.start(
            load_preview,
            PreviewRequest(project.folder, self._row.id, wanted, 2 * _WIDTH_PX),
            kind="film",
            title="Preview",
            lane="look",
            quiet=True,
        )

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id != self._job:
            return
        self._job = 0
        found = outcome.result
        if outcome.end is End.FAILED:
            self._words = outcome.error
        elif (
            isinstance(found, Preview)
            and self._row is not None
            and found.recording_id == self._row.id
            and found.image is not None
        ):
            self._image, self.position_s = to_image(found.image), found.at_s
        self.update()
        QTimer.singleShot(0, self, self._ask)

    def _resize(self) -> None:
        self.setFixedHeight(themes().current.px(_HEIGHT_PX))


class SignalOverview(QWidget):
    """Size of acceleration and of turning over the whole recording; `seek_wished` on a click."""

    seek_wished = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._overview: NDArray[np.float32] | None = None
        self._duration_s = 0.0
        self.position_s = -1.0
        self.setFixedHeight(themes().current.px(62))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Size of acceleration and of turning over the whole recording")
        themes().changed.connect(self.update)

    def show_overview(self, overview: NDArray[np.float32] | None, duration_s: float) -> None:
        """Show lowest and highest of each part, (2, N, 2)."""
        if overview is self._overview and duration_s == self._duration_s:
            return
        self._overview, self._duration_s = overview, duration_s
        self.update()

    def mark(self, position_s: float) -> None:
        """Mark a time."""
        self.position_s = position_s
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seek."""
        if self._duration_s:
            self.seek_wished.emit(event.position().x() / self.width() * self._duration_s)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two bands, each on its own scale."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("border.subtle"))
        painter.setBrush(theme.color("plot.bg"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        half = self.height() / 2
        for band, (name, token) in enumerate((("|a|", "mag"), ("|ω|", "student"))):
            box = QRectF(4, band * half + 4, self.width() - 8, half - 8)
            if self._overview is not None:
                _paint_band(painter, box, self._overview[band], theme.color(token))
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(box.adjusted(3, 0, 0, 0), int(Qt.AlignmentFlag.AlignTop), name)
        if 0 <= self.position_s <= self._duration_s and self._duration_s:
            x = self.position_s / self._duration_s * self.width()
            painter.setPen(theme.color("playhead"))
            painter.drawLine(QPointF(x, 3), QPointF(x, self.height() - 3))


def _paint_band(painter: QPainter, box: QRectF, parts: NDArray[np.float32], colour: QColor) -> None:
    known = np.isfinite(parts[:, 0])
    if not known.any():
        return
    low, high = float(parts[known].min()), float(parts[known].max())
    scale = box.height() / (high - low or 1.0)
    step = box.width() / len(parts)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    painter.setPen(QPen(colour, 1))
    painter.setBrush(colour)
    for start, end in zip(edges[::2], edges[1::2], strict=True):  # a gap stays empty
        at = [box.left() + (i + 0.5) * step for i in range(start, end)]
        tops = [box.bottom() - (float(v) - low) * scale for v in parts[start:end, 1]]
        feet = [box.bottom() - (float(v) - low) * scale for v in parts[start:end, 0]]
        outline = [QPointF(x, y) for x, y in zip(at, tops, strict=True)]
        outline += [QPointF(x, y) for x, y in zip(reversed(at), reversed(feet), strict=True)]
        painter.drawPolygon(QPolygonF(outline))

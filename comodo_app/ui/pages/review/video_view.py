"""The video: the decoded frame with its own time and number, and what is said of it."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from comodo_app.activities.corrections import is_corrected
from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.session.session import Session
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.review.swatch import paint_swatch
from comodo_app.ui.pages.review.times import clock
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import EmptyState, IconButton

_VEIL = QColor(8, 10, 14, 190)  # over pictures, the same in both themes
_VEIL_EDGE = QColor(255, 255, 255, 36)
_ON_VEIL = QColor(240, 243, 248)
_PILL = 24
_MARGIN = 12


class VideoView(QWidget):
    """Paints the player's frame, letterboxed; tags say what teacher and student say of it."""

    relink_requested = Signal()
    window_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.player, self.review = session.player, session.review
        self.tags_shown = True
        self._image: QImage | None = None
        self.setObjectName("video")
        self.setAccessibleName("Video")
        self.setMinimumSize(200, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.placeholder = EmptyState("film", "", "Relink…", self.relink_requested.emit)
        self.placeholder.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.placeholder)
        self.tags_button = IconButton(
            "eye", "Hide what is said", self._toggle_tags, token="text.on_accent", size_px=16
        )
        self.window_button = IconButton(
            "external",
            "Own window",
            self.window_requested.emit,
            token="text.on_accent",
            size_px=16,
        )
        self._tools = (self.window_button, self.tags_button)  # from the right
        for tool in self._tools:
            tool.setProperty("over", "picture")
            tool.setParent(self)
        self.player.frame_changed.connect(self._show_frame)
        self.player.video_failed.connect(self._show_failure)
        self.review.opened.connect(self._show_recording)
        for signal in (
            self.review.timelines_changed,
            self.review.activities_changed,
            self.review.looks.changed,
            themes().changed,
        ):
            signal.connect(self.update)
        self._show_recording()

    def sizeHint(self) -> QSize:
        """As in the specification: 556 × 312."""
        theme = themes().current
        return QSize(theme.px(556), theme.px(312))

    @property
    def caption(self) -> str:
        """Time and number of the decoded frame, as they are painted."""
        frame = self.player.frame
        if frame is None:
            return ""
        times = self.review.looks.frame_times
        words = clock(frame.time_s)
        if times is not None:
            number = int(times.times_s.searchsorted(frame.time_s + 1e-6, side="right")) - 1
            words += f" · f {grouped(number)}"
        return words

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for frames of the new size."""
        ratio = self.devicePixelRatioF()
        self.player.set_box(round(self.width() * ratio), round(self.height() * ratio))
        right = self.width() - _MARGIN
        for tool in self._tools:
            side = tool.sizeHint()
            top = self.height() - side.height() - _MARGIN
            tool.setGeometry(right - side.width(), top, side.width(), side.height())
            right -= side.width() + 6

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click plays or pauses."""
        if event.button() == Qt.MouseButton.LeftButton and self.player.video is not None:
            self.player.toggle()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame, then the tags over it."""
        painter = QPainter(self)
        theme = themes().current
        area = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(area, theme.px(8), theme.px(8))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(outline, QColor(0, 0, 0) if self._image else theme.color("bg.inset"))
        if self._image is None:
            return
        painter.setClipPath(outline)
        self._paint_frame(painter, area)
        painter.setClipping(False)
        self._paint_caption(painter, area)
        for tool in self._tools:
            self._veil(painter, QRectF(tool.geometry()))
        if self.tags_shown:
            self._paint_tags(painter, area)

    def _paint_frame(self, painter: QPainter, area: QRectF) -> None:
        image, frame = self._image, self.player.frame
        if image is None or frame is None:
            return
        quarter = frame.rotation_deg % 180 != 0
        shown = QSize(image.height(), image.width()) if quarter else image.size()
        fitted = shown.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.save()
        painter.translate(area.center())
        painter.rotate(-frame.rotation_deg)
        turned = fitted.transposed() if quarter else fitted
        target = QRectF(-turned.width() / 2, -turned.height() / 2, turned.width(), turned.height())
        ratio = self.devicePixelRatioF()
        exact = abs(turned.width() * ratio - image.width()) < 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        painter.drawImage(target, image)
        painter.restore()

    def _paint_caption(self, painter: QPainter, area: QRectF) -> None:
        theme = themes().current
        painter.setFont(theme.font("small_medium"))
        width = painter.fontMetrics().horizontalAdvance(self.caption) + theme.px(20)
        margin = theme.px(_MARGIN)
        pill = QRectF(area.right() - width - margin, margin, width, theme.px(_PILL))
        self._veil(painter, pill)
        painter.setPen(_ON_VEIL)
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), self.caption)

    def _paint_tags(self, painter: QPainter, area: QRectF) -> None:
        theme = themes().current
        lanes = self.review.lanes
        x, height = float(theme.px(_MARGIN)), theme.px(_PILL)
        top = area.bottom() - theme.px(_MARGIN) - height
        room = area.right() - x - theme.px(100)
        for icon_name, timeline, sure in (
            ("film", lanes.teacher, False),
            ("wave", lanes.shown, True),
        ):
            segment = segment_at(timeline, self.player.position_s)
            if segment is None:
                continue
            words = self._words(segment, sure=sure)
            painter.setFont(theme.font("small_medium"))
            width = painter.fontMetrics().horizontalAdvance(words) + theme.px(62)
            if width > room:
                break
            pill = QRectF(x, top, width, height)
            self._veil(painter, pill)
            side = theme.px(14)
            middle = pill.center().y() - side / 2
            painter.drawPixmap(
                QPointF(x + theme.px(8), middle), pixmap(icon_name, "text.on_accent", 14)
            )
            paint_swatch(
                painter,
                QRectF(x + theme.px(30), middle, side, side),
                segment.activity_id,
                self.review,
                number=False,
            )
            painter.setPen(_ON_VEIL)
            text = pill.adjusted(theme.px(52), 0, 0, 0)
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), words)
            x += width + theme.px(6)
            room -= width + theme.px(6)

    def _words(self, segment: Segment, *, sure: bool) -> str:
        if segment.activity_id is None:
            return "Unknown" if segment.state is State.UNKNOWN else "No data"
        words = f"{segment.activity_id}  {self.review.label(segment.activity_id)}"
        if not sure:
            return words
        by_hand = is_corrected(segment, self.review.lanes.corrections)
        return f"{words}  {'by hand' if by_hand else f'{segment.confidence:.2f}'}"

    @staticmethod
    def _veil(painter: QPainter, rect: QRectF) -> None:
        painter.setPen(_VEIL_EDGE)
        painter.setBrush(_VEIL)
        painter.drawRoundedRect(rect, 6, 6)

    def _show_frame(self, frame: object) -> None:
        shown = self.player.frame
        if frame is None or shown is None:
            self._image = None
        else:
            # Painted from the decoder's own memory, which the frame keeps alive: no copy.
            self._image = QImage(
                shown.pixels,
                shown.width_px,
                shown.height_px,
                shown.stride_bytes,
                QImage.Format.Format_RGB32,
            )
        for tool in self._tools:
            tool.setVisible(self._image is not None)
        self.update()

    def _show_recording(self) -> None:
        row = self.review.recording
        missing = row is not None and row.video is not None and self.player.video is None
        self.placeholder.setVisible(missing)
        self.placeholder.button.setVisible(True)
        if missing and row is not None and row.video is not None:
            self.placeholder.say(f"The video {row.video.path.name} is not there.", "film")

    def _show_failure(self, error: str) -> None:
        self._image = None
        self.placeholder.say(error, "error")
        self.placeholder.show()
        for tool in self._tools:
            tool.hide()
        self.update()

    def _toggle_tags(self) -> None:
        self.tags_shown = not self.tags_shown
        self.tags_button.set_icon(
            "eye" if self.tags_shown else "eye-off",
            "Hide what is said" if self.tags_shown else "Show what is said",
        )
        self.update()


def segment_at(timeline: Timeline | None, time_s: float) -> Segment | None:
    """The segment that holds a time; at the very end the last one."""
    place = place_at(timeline, time_s)
    return timeline.segments[place] if timeline is not None and place is not None else None


def place_at(timeline: Timeline | None, time_s: float) -> int | None:
    """The place of that segment in the timeline, from 0."""
    if not timeline:
        return None
    segments = timeline.segments
    place = bisect_right(segments, time_s, key=lambda segment: segment.start_s) - 1
    return place if place >= 0 and time_s <= segments[place].end_s else None

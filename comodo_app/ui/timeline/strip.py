"""A strip of the timeline: drawn once into a picture, of which a tick repaints a few pixels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.timeline.timebase import TimeAxis


class Strip(QWidget):
    """Base of strips: subclasses draw everything in `draw`, and what changes often in `draw_over`.

    The mouse belongs to the surface above all strips.
    """

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self._picture: QPixmap | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        axis.changed.connect(self.redraw)
        themes().changed.connect(self.redraw)

    def redraw(self) -> None:
        """Draw anew at the next paint."""
        self._picture = None
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw the whole strip, in logical pixels."""
        raise NotImplementedError

    def draw_over(self, painter: QPainter) -> None:
        """Draw what is not kept in the picture."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the dirty part of the picture."""
        ratio = self.devicePixelRatioF()
        wanted = self.size() * ratio
        picture = self._picture
        if picture is None or picture.size() != wanted:
            picture = QPixmap(wanted)
            picture.setDevicePixelRatio(ratio)
            picture.fill(themes().current.color("plot.bg"))
            inner = QPainter(picture)
            self.draw(inner)
            inner.end()
            self._picture = picture
        painter = QPainter(self)
        rect = QRectF(event.rect())
        source = QRectF(rect.topLeft() * ratio, rect.size() * ratio)
        painter.drawPixmap(rect, picture, source)
        self.draw_over(painter)

"""A QR code, drawn from its modules; the package that makes them is optional."""

from __future__ import annotations

import importlib

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from comodo_app.ui.theme import themes

_QUIET = 3  # modules of white around it
WHY_NOT = "For a QR code here: pip install comodo-app[live]"


def qr_modules(words: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of dark modules; none if the package is not installed."""
    try:
        segno = importlib.import_module("segno")
    except ImportError:
        return ()
    return tuple(tuple(bool(cell) for cell in row) for row in segno.make_qr(words).matrix)


class QrCode(QWidget):
    """Dark on white in both themes, as cameras want it; hidden while there is none."""

    def __init__(self, side_px: int = 200) -> None:
        super().__init__()
        self._side_px = side_px
        self.words = ""
        self.modules: tuple[tuple[bool, ...], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """A square."""
        side = themes().current.px(self._side_px)
        return QSize(side, side)

    def show_words(self, words: str) -> None:
        """Show another code."""
        if words != self.words:
            self.words = words
            self.modules = qr_modules(words) if words else ()
            self.setAccessibleName(f"QR code of {words}" if self.modules else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the modules."""
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("white"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        if not self.modules:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        ratio = self.devicePixelRatioF()
        each = int(self.width() * ratio / (len(self.modules) + 2 * _QUIET)) / ratio
        left = (self.width() - each * len(self.modules)) / 2
        for y, row in enumerate(self.modules):
            for x, dark in enumerate(row):
                if dark:
                    cell = QRectF(left + x * each, left + y * each, each, each)
                    painter.fillRect(cell, QColor("black"))

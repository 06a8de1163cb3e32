"""Files can be dropped anywhere on the window; while held over it, it says what will happen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from comodo_app.session.session import Session
from comodo_app.ui.theme import pixmap, themes

_CARD = (600, 240)
_LISTED = 5


class DropOverlay(QWidget):
    """Covers the window while files are held over it; no file is opened before they are let go."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._session = session
        self._counts = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags and drops of the window."""
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            paths = _paths(event)
            if paths:
                self._show(paths)
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
            return True
        if kind == QEvent.Type.DragMove and isinstance(event, QDragMoveEvent):
            if self.isVisible():
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
            return True
        if kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hide()
            paths = _paths(event)
            if paths:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self._session.library.add(paths)
            return True
        elif kind == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Scrim, dashed frame, card."""
        theme = themes().current
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.scrim"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(theme.color("accent.text"), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        edge = theme.px(12)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 12, 12)
        card = QRectF(0, 0, theme.px(_CARD[0]), theme.px(_CARD[1]))
        card.moveCenter(QRectF(self.rect()).center())
        painter.setPen(theme.color("border.default"))
        painter.setBrush(theme.color("bg.overlay"))
        painter.drawRoundedRect(card, 12, 12)
        side = theme.px(40)
        icon = QPointF(card.center().x() - side / 2, card.top() + theme.px(34))
        painter.drawPixmap(icon, pixmap("import", "accent.text", 40))
        name = self._session.name
        lines = (
            (f"Drop to add to {name}" if name else "Drop to start a project", "h1", "primary", 92),
            (self._counts, "body", "secondary", 126),
            ("Files stay where they are. What cannot be read says why.", "small", "tertiary", 156),
        )
        for content, style, tone, top in lines:
            painter.setFont(theme.font(style))
            painter.setPen(theme.color(f"text.{tone}"))
            place = QRectF(card.left(), card.top() + theme.px(top), card.width(), theme.px(26))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), content)

    def _show(self, paths: list[Path]) -> None:
        kinds = Counter(path.suffix.lower().lstrip(".") or "folders" for path in paths)
        listed = [f"{n} {kind}" for kind, n in kinds.most_common(_LISTED)]
        more = len(kinds) - _LISTED
        self._counts = " · ".join([*listed, f"{more} other kinds"] if more > 0 else listed)
        self._cover()
        self.show()
        self.raise_()

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())


def _paths(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]

"""Files can be dropped anywhere on the window; while held over it, it says what will happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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

from comodo_app.recordings.sources import LOG_SUFFIXES, TABLE_SUFFIXES, VIDEO_SUFFIXES
from comodo_app.session.session import Session
from comodo_app.ui.theme import pixmap, themes

_CARD = (600, 280)
_PROJECT = ".comodo"


class DropOverlay(QWidget):
    """Covers the window while files are held over it; no file is opened before they are let go.

    Nothing usable is refused. It also opens the import sheet whenever the intake wishes it.
    """

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._over = window
        self._session = session
        self._counts = ""
        self.usable = True
        self._opens = ""
        self.new_project = False
        self.sheet: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Drop files here")
        self.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        session.intake.show_wished.connect(self._show_sheet)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags and drops of the window."""
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            paths = _paths(event)
            if paths:
                self._show(paths)
                # Also what is refused: only what was entered tells when it moves on.
                _answer(event, True)
            return True
        if kind == QEvent.Type.DragMove and isinstance(event, QDragMoveEvent):
            self._follow_keys(event.modifiers())
            _answer(event, self.isVisible() and self.usable)
            return True
        if kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hide()
            paths = _paths(event)
            taken = bool(paths) and is_usable(paths)
            _answer(event, taken)
            if taken:
                alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
                self._session.intake.offer(paths, new_project=alt)
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
        tone = "accent.text" if self.usable else "err"
        painter.setPen(QPen(theme.color(tone), 2, Qt.PenStyle.DashLine))
        edge = theme.px(12)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 12, 12)
        card = QRectF(0, 0, theme.px(_CARD[0]), theme.px(_CARD[1]))
        card.moveCenter(QRectF(self.rect()).center())
        painter.setPen(theme.color("border.default"))
        painter.setBrush(theme.color("bg.overlay"))
        painter.drawRoundedRect(card, 12, 12)
        tile = QRectF(0, card.top() + theme.px(40), theme.px(60), theme.px(60))
        tile.moveLeft(card.center().x() - tile.width() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent.tint" if self.usable else "err.tint"))
        painter.drawRoundedRect(tile, 10, 10)
        icon = tile.center() - QPointF(theme.px(15), theme.px(15))
        painter.drawPixmap(icon, pixmap("import" if self.usable else "ban", tone, 30))
        for content, style, token, top in self._lines():
            painter.setFont(theme.font(style))
            painter.setPen(theme.color(f"text.{token}"))
            place = QRectF(card.left(), card.top() + theme.px(top), card.width(), theme.px(32))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), content)

    @property
    def headline(self) -> str:
        """What letting go would do."""
        name = self._session.name
        if not self.usable:
            return "Nothing COMODO can read"
        if self._opens:
            return f"Drop to open {self._opens}"
        fresh = self.new_project or not name
        return "Drop to start a project" if fresh else f"Drop to add to {name}"

    def _lines(self) -> tuple[tuple[str, str, str, int], ...]:
        hint = (
            "Nothing is copied or changed. You see what was found before it is added."
            if self.usable
            else "Videos, tables of sensor data, folders and projects can be dropped."
        )
        keys = "Alt  new project instead     Esc  cancel" if self.usable else "Esc  cancel"
        return (
            (self.headline, "h1", "primary", 116),
            (self._counts, "body", "secondary", 150),
            (hint, "small", "secondary", 178),
            (keys, "small", "tertiary", 222),
        )

    def _show(self, paths: list[Path]) -> None:
        self._counts = counted(paths)
        self.usable = is_usable(paths)
        self._opens = next((p.stem for p in paths if p.suffix.lower() == _PROJECT), "")
        self.new_project = False
        self._cover()
        self.show()
        self.raise_()

    def _follow_keys(self, keys: Qt.KeyboardModifier) -> None:
        alt = bool(keys & Qt.KeyboardModifier.AltModifier)
        if alt != self.new_project:
            self.new_project = alt
            self.update()

    def _show_sheet(self) -> None:
        # Here, not on top: the window paints before the sheet's modules have loaded.
        from comodo_app.ui.pages.recordings.import_sheet import ImportSheet

        if not isinstance(self.sheet, ImportSheet):
            self.sheet = ImportSheet(self._over, self._session)
        self.sheet.refresh()
        self.sheet.open(self.sheet.table)

    def _cover(self) -> None:
        self.setGeometry(self._over.rect())


def is_usable(paths: Sequence[Path]) -> bool:
    """Whether something may be read: a folder, or a file of a known ending. Opens nothing."""
    known = VIDEO_SUFFIXES | TABLE_SUFFIXES | LOG_SUFFIXES | {_PROJECT}
    return any(path.suffix.lower() in known or path.is_dir() for path in paths)


def counted(paths: Sequence[Path]) -> str:
    """ "7 items: 4 videos, 1 table, 1 folder, 1 other"."""
    n = Counter(_kind(path) for path in paths)
    order = ("project", "video", "table", "recording", "folder", "other")
    parts = [
        f"{n[kind]} {kind}{'s' if n[kind] > 1 and kind != 'other' else ''}"
        for kind in order
        if n[kind]
    ]
    total = f"{len(paths)} items: " if len(paths) > 1 else ""
    return total + ", ".join(parts)


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix == _PROJECT:
        return "project"
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in TABLE_SUFFIXES:
        return "table"
    if suffix in LOG_SUFFIXES:
        return "recording"
    return "folder" if path.is_dir() else "other"


def _answer(event: QDropEvent, taken: bool) -> None:
    if taken:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.ignore()


def _paths(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]

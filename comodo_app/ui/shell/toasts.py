"""Toasts: what is over and may be worth a look, at the bottom right; all are kept in a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from comodo_app.session.notices import Notice, Tone
from comodo_app.session.session import Session
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import IconButton, button, text
from comodo_app.ui.widgets.announce import announce
from comodo_app.ui.widgets.overlay import OverlayFrame

ICONS = {Tone.OK: "check-circle", Tone.INFO: "info", Tone.WARN: "warn", Tone.ERR: "error"}
MAX_SHOWN = 3
SHOWN_MS = 6000
MAX_KEPT = 100
_WIDTH = 360
_APART = 8
_EDGE = 16
_MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


@dataclass(frozen=True, slots=True)
class Kept:
    """A notice and when it was said."""

    at: datetime
    notice: Notice


class ToneIcon(QLabel):
    """The icon of a tone, in its colour."""

    def __init__(self, tone: Tone) -> None:
        super().__init__()
        self._tone = tone
        themes().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(pixmap(ICONS[self._tone], self._tone.value, 18))


class Toast(OverlayFrame):
    """One notice. `over` when it is to go: closed, acted on, or its time has passed."""

    over = Signal()

    def __init__(self, notice: Notice) -> None:
        super().__init__(8, notice.tone.value)
        self.notice = notice
        self.setAccessibleName(notice.text)
        self.stays = notice.tone is Tone.ERR or (notice.tone is Tone.WARN and bool(notice.action))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.setSpacing(10)
        picture = ToneIcon(notice.tone)
        row.addWidget(picture)
        words = text(notice.text)
        words.setWordWrap(True)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(words)
        row.addLayout(column, 1)
        below = self._buttons()
        if below:
            tools = QHBoxLayout()
            tools.setSpacing(4)
            for tool in below:
                tools.addWidget(tool)
            # Beside the words if both fit into one line, else below them.
            if self._many_lines(notice):
                tools.addStretch(1)
                column.addLayout(tools)
            else:
                row.addLayout(tools)
        self.close_button = IconButton("x", "Dismiss", self.over.emit, size_px=14)
        row.addWidget(self.close_button)
        if self._many_lines(notice):
            column.insertSpacing(0, 5)
            picture.setContentsMargins(0, 5, 0, 0)
            for part in (picture, self.close_button):
                row.setAlignment(part, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, interval=SHOWN_MS, singleShot=True)
        self._timer.timeout.connect(self._time_is_over)
        self.again()

    def again(self) -> None:
        """Let its time begin anew."""
        if not self.stays:
            self._timer.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """No time passes under the mouse."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse has gone."""
        self.again()
        super().leaveEvent(event)

    def fit(self, width: int) -> None:
        """Take a width and the height that the words need."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        wanted = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
        self.resize(width, wanted if wanted > 0 else self.sizeHint().height())

    def _buttons(self) -> list[QWidget]:
        made: list[QWidget] = []
        if self.notice.action and self.notice.run is not None:
            made.append(button(self.notice.action, self._act, kind="link"))
        if self.notice.details:
            made.append(copy_button(self.notice.details))
        return made

    @staticmethod
    def _many_lines(notice: Notice) -> bool:
        """Whether words and buttons need more than one line."""
        theme = themes().current
        room = 190 if notice.action or notice.details else 280
        wide = QFontMetrics(theme.font("body")).horizontalAdvance(notice.text) > theme.px(room)
        return wide or bool(notice.action and notice.details)

    def _act(self) -> None:
        run = self.notice.run
        self.over.emit()
        if run is not None:
            run()

    def _time_is_over(self) -> None:
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self._timer.start()  # somebody is about to use it
        else:
            self.over.emit()


class Toasts(QObject):
    """Shows what the session says over `window`, three at a time, and keeps the last hundred."""

    changed = Signal()  # of `kept`

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self.kept: tuple[Kept, ...] = ()
        self.shown: list[Toast] = []
        self._sheet: QWidget | None = None
        session.notified.connect(self.say)
        window.installEventFilter(self)
        themes().changed.connect(self.place)

    def say(self, notice: Notice) -> None:
        """Show a notice; one that stands there already is not shown twice."""
        self.kept = (*self.kept, Kept(datetime.now(), notice))[-MAX_KEPT:]
        self.changed.emit()
        announce(self._window, notice.text)
        same = next((toast for toast in self.shown if toast.notice == notice), None)
        if same is not None:
            same.again()
            return
        toast = Toast(notice)
        toast.setParent(self._window)
        toast.over.connect(lambda: self._take_away(toast))
        self.shown.append(toast)
        while len(self.shown) > MAX_SHOWN:
            passing = [t for t in self.shown[:-1] if not t.stays]
            self._take_away((passing or self.shown)[0])
        toast.show()
        self.place()

    def show_all(self) -> None:
        """Open the list of all that was said."""
        from comodo_app.ui.shell.notifications import NotificationsSheet

        if self._sheet is None:
            sheet = NotificationsSheet(self._window, self)
            self._sheet = sheet
            sheet.closed.connect(self._sheet_closed)
            sheet.open()

    def forget(self) -> None:
        """Empty the list."""
        self.kept = ()
        self.changed.emit()

    def place(self) -> None:
        """Stack the toasts above the status bar and the jobs."""
        theme = themes().current
        width, bottom = theme.px(_WIDTH), self._window.height()
        for name in ("status", "jobs-drawer"):
            below = self._window.findChild(QWidget, name)
            if below is None:
                continue
            below.installEventFilter(self)  # a second time does nothing
            if below.isVisible():
                bottom = min(bottom, below.mapTo(self._window, below.rect().topLeft()).y())
        bottom -= theme.px(_EDGE)
        for toast in reversed(self.shown):
            toast.fit(width)
            bottom -= toast.height()
            toast.move(self._window.width() - width - theme.px(_EDGE), bottom)
            toast.raise_()
            bottom -= theme.px(_APART)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size and layout."""
        if event.type() in _MOVING and self.shown:
            self.place()
        return False

    def _take_away(self, toast: Toast) -> None:
        if toast in self.shown:
            self.shown.remove(toast)
            focused = QApplication.focusWidget()
            if focused is not None and toast.isAncestorOf(focused):
                focused.clearFocus()  # else Qt hands it to the next toast, which then stays
            toast.hide()
            toast.deleteLater()
            self.place()

    def _sheet_closed(self) -> None:
        if self._sheet is not None:
            self._sheet.deleteLater()
            self._sheet = None


def copy_button(details: str, copied: Callable[[], object] | None = None) -> QWidget:
    """A link that puts details on the clipboard, and says so."""

    def copy() -> None:
        QApplication.clipboard().setText(details)
        made.setText("Copied")
        if copied is not None:
            copied()

    made = button("Copy details", copy, kind="link")
    return made

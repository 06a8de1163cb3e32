"""The jobs drawer above the status bar."""

from __future__ import annotations

from PySide6.QtCore import QMetaMethod, QSettings, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from comodo_app.project.settings import settings_path
from comodo_app.session.jobs import JobEntry, JobState
from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.ui.shell import job_words as words
from comodo_app.ui.shell.job_row import JobRow
from comodo_app.ui.shell.jobs_chip import JobsChip
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, button, text

__all__ = ["JobsChip", "JobsDrawer"]

HEIGHTS = (96, 154, 360)  # least, at first, most
_STEP = 12
# Where the result of a job of a kind can be seen.
_PAGES = {
    "import": "recordings",
    "film": "recordings",
    "wave": "recordings",
    "distill": "distill",
    "review": "review",
    "export": "review",
    "download": "models",
}


class JobsDrawer(QWidget):
    """All jobs that a person should know of, 96 to 360 high; the window shows and hides it."""

    show_requested = Signal(str)  # the page with a finished job's result

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: dict[int, JobRow] = {}
        self._cleared: set[int] = set()
        self.setObjectName("jobs-drawer")
        self.setAccessibleName("Jobs")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 0, 16, 4)
        outer.setSpacing(0)
        self.grip = _Grip(self)
        outer.addWidget(self.grip)
        self.fact = text("", "small", "tertiary")
        self.clear_button = button("Clear finished", self._clear, kind="ghost", small=True)
        self.pause_button = button(
            "Pause all", self._pause_all, kind="ghost", small=True, icon_name="pause"
        )
        self.close_button = IconButton("chev-down", "Close", self.hide, size_px=16)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(text("Jobs", "h2"))
        head.addWidget(self.fact)
        head.addStretch(1)
        for tool in (self.clear_button, self.pause_button, self.close_button):
            head.addWidget(tool)
        outer.addLayout(head)
        self.empty = text("No jobs. What runs in the background is listed here.", tone="tertiary")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(self.empty, 1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._area.setWidget(inside)
        outer.addWidget(self._area, 1)
        # Time left and "Stopping…" go on even if a job says nothing.
        self._tick = QTimer(self, interval=500)
        self._tick.timeout.connect(self.refresh)
        session.jobs.changed.connect(self._changed)
        themes().changed.connect(self._rescale)
        kept = self._store().value("jobs_height", HEIGHTS[1], type=int)
        self.set_height(kept if isinstance(kept, int) else HEIGHTS[1])
        self.refresh()

    def set_height(self, height_px: int) -> None:
        """Be so high (at scale 1), within `HEIGHTS`."""
        self.height_px = max(HEIGHTS[0], min(HEIGHTS[2], height_px))
        self.setFixedHeight(themes().current.px(self.height_px))

    def keep_height(self) -> None:
        """Have the same height the next time."""
        self._store().setValue("jobs_height", self.height_px)

    def entries(self) -> tuple[JobEntry, ...]:
        """What is listed: quiet jobs only if they failed, nothing that was cleared."""
        return words.shown_entries(self._session.jobs, self._cleared)

    def refresh(self) -> None:
        """Show every job as it is now."""
        entries = self.entries()
        for job_id in set(self.rows) - {entry.id for entry in entries}:
            row = self.rows.pop(job_id)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        heard = self.isSignalConnected(QMetaMethod.fromSignal(self.show_requested))
        for entry in entries:
            if entry.id not in self.rows:
                self._add(entry)
            self.rows[entry.id].can_show = heard and entry.kind in _PAGES
            self.rows[entry.id].show_entry(entry, entries)
        self.fact.setText(words.summary(entries))
        self.empty.setVisible(not entries)
        self._area.setVisible(bool(entries))
        self.clear_button.setEnabled(any(entry.state.ended for entry in entries))
        going = [e for e in entries if e.state is JobState.RUNNING]
        paused = [e for e in entries if e.state is JobState.PAUSED]
        self.pause_button.setEnabled(bool(going or paused))
        resumes = bool(paused and not going)
        self.pause_button.setText("Resume all" if resumes else "Pause all")
        self.pause_button.set_icon("play" if resumes else "pause")
        if not self._session.jobs.running:
            self._tick.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surface and the line above."""
        theme = themes().current
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.surface"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("border.subtle"))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while it was closed."""
        super().showEvent(event)
        self._changed()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while nobody looks."""
        super().hideEvent(event)
        self._tick.stop()

    def _rescale(self) -> None:
        self.set_height(self.height_px)

    def _changed(self) -> None:
        if not self.isVisible():
            return
        if self._session.jobs.running and not self._tick.isActive():
            self._tick.start()
        self.refresh()

    def _add(self, entry: JobEntry) -> None:
        row = JobRow(entry, self._session.jobs)
        row.show_wanted.connect(lambda _: self.show_requested.emit(_PAGES[entry.kind]))
        row.clear_wanted.connect(self._clear_one)
        row.log_wanted.connect(self._open_log)
        self.rows[entry.id] = row
        self._column.insertWidget(self._column.count() - 1, row)

    def _clear(self) -> None:
        self._cleared.clear()
        self._session.jobs.clear_ended()

    def _clear_one(self, job_id: int) -> None:
        self._cleared.add(job_id)
        self.refresh()

    def _pause_all(self) -> None:
        jobs, entries = self._session.jobs, self.entries()
        going = [e for e in entries if e.state is JobState.RUNNING]
        for entry in going:
            jobs.pause(entry.id)
        if not going:
            for entry in entries:
                if entry.state is JobState.PAUSED:
                    jobs.resume(entry.id)

    def _open_log(self) -> None:
        from comodo_app.ui.shell.crash import log_path

        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path()))):
            self._session.say(Notice(f"The log is {log_path()}."))

    @staticmethod
    def _store() -> QSettings:
        path = settings_path().with_name("window.ini")
        return QSettings(str(path), QSettings.Format.IniFormat)


class _Grip(QWidget):
    """The upper edge: dragged, or moved with the arrow keys."""

    def __init__(self, drawer: JobsDrawer) -> None:
        super().__init__()
        self._drawer, self._from = drawer, (0.0, 0)
        self.setFixedHeight(6)
        self.setCursor(Qt.CursorShape.SplitVCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Height of the jobs drawer")
        self.setToolTip("Drag, or press ↑ and ↓")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = (event.globalPosition().y(), self._drawer.height_px)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved = (self._from[0] - event.globalPosition().y()) / themes().current.scale
        self._drawer.set_height(self._from[1] + round(moved))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drawer.keep_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: _STEP, Qt.Key.Key_Down: -_STEP}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        self._drawer.set_height(self._drawer.height_px + step)
        self._drawer.keep_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus() and self.property("kbd"):
            ring = themes().current.color("focus.ring")
            QPainter(self).fillRect(0, 0, self.width(), 2, ring)

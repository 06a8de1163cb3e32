"""The first page: the demo, a place to drop recordings, three steps, recent projects."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from comodo_app.jobs.core import Outcome
from comodo_app.jobs.demo_picture import DemoPicture, load_demo_picture
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Page
from comodo_app.ui.pages.welcome_parts import DemoView, DropZone, RecentRow, Tile
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import Chip, Panel, button, flow_row, text

_STEPS = (
    ("link", "accent", "Drop recordings", "Video and motion sensor, worn together for a while."),
    ("distill", "student", "Distill", "The frozen video teacher trains the sensor's student."),
    ("activities", "teacher", "Review and name", "The sensor alone says what is done when."),
)
_FORMATS = ("GoPro MP4", "MP4 + CSV of the same name", "Sensor CSV", "Folders")
_RECENT = 5
_WIDTH_PX = 960


class WelcomePage(Page):
    """Shown as the Recordings page until there is a recording."""

    name = "welcome"
    title = "Welcome"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        outer = QHBoxLayout(self)
        inside = QWidget()
        inside.setMaximumWidth(themes().current.px(_WIDTH_PX))
        outer.addStretch(1)
        outer.addWidget(inside, 20)
        outer.addStretch(1)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)
        self._column.addStretch(1)
        self._build_head()
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._demo_card(), 1)
        row.addLayout(self._zone_column(), 1)
        self._column.addLayout(row)
        self._build_steps()
        self.recent = Panel("Recent projects", padding=14)
        self.recent.body.setSpacing(2)
        self._column.addWidget(self.recent)
        self._column.addStretch(2)
        session.project_changed.connect(self.refresh)
        session.settings_changed.connect(self.refresh)
        session.jobs.changed.connect(self._show_busy)
        session.jobs.ended.connect(self._picture_read)
        themes().changed.connect(self._redraw)
        self._picture_job, self._seen = 0, False
        self._redraw()
        self.refresh()

    def refresh(self) -> None:
        """Show the recent projects as they are now."""
        while self.recent.body.count():
            item = self.recent.body.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()  # and keeps its parent: a show may still be queued
                widget.deleteLater()
        recent = [Path(path) for path in self.session.settings.recent_projects[:_RECENT]]
        self.recent.setVisible(bool(recent))
        for folder in recent:
            self.recent.body.addWidget(self._recent_row(folder))
        name = self.session.name
        self.head.setText(f"{name} is empty" if name else "Name activities from motion")
        self.subtitle_changed.emit("")

    def came_into_view(self) -> None:
        """The demo takes Enter."""
        self.demo.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Once the page has been seen, the demo's picture is read."""
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            QTimer.singleShot(100, self, self._read_picture)

    def _read_picture(self) -> None:
        if not self._picture_job:
            self._picture_job = self.session.jobs.start(
                load_demo_picture, 480, kind="film", title="The demo's picture", lane="look",
                quiet=True,
            )  # fmt: skip

    def regions(self) -> list[QWidget]:
        """The demo, the drop zone, recent projects."""
        return [self.demo, self.zone, self.recent]

    def _build_head(self) -> None:
        self.logo = QLabel()
        self.logo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.head = text("", "display")
        self.head.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = text(
            "A video model teaches a motion-sensor model on your recordings, without labels. "
            "After that, the sensor is enough.",
            "body",
            "secondary",
        )
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self.logo, self.head, words):
            self._column.addWidget(widget)

    def _demo_card(self) -> Panel:
        panel = Panel(padding=14)
        self.view = DemoView()
        words = text(
            "Eight recordings of simulated people who walk, jump, type and drive, video and "
            "sensor on one clock. Nothing to set up, no GPU needed.",
            "body",
            "secondary",
        )
        words.setWordWrap(True)
        self.demo = button(
            "Open the demo",
            lambda: self.actions_.run("project.demo"),
            kind="primary",
            icon_name="play",
        )
        self.busy = text("bundled, no network", "small", "tertiary")
        panel.body.addWidget(self.view)
        panel.body.addWidget(text("Try the demo", "h1"))
        panel.body.addWidget(words)
        panel.body.addStretch(1)
        panel.body.addLayout(flow_row(self.demo, self.busy, None))
        return panel

    def _zone_column(self) -> QVBoxLayout:
        run = self.actions_.run
        self.zone = DropZone()
        self.zone.clicked.connect(lambda: run("recordings.add"))
        self.zone.setMinimumHeight(themes().current.px(300))
        title = text("Drop recordings here", "h1")
        hint = text("videos, sensor tables and folders, in any mix", "body", "secondary")
        self.zone.column.addStretch(1)
        tile = Tile("import", "accent", 60)
        self.zone.column.addWidget(tile, alignment=Qt.AlignmentFlag.AlignHCenter)
        for label in (title, hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self.zone.column.addWidget(label)
        chips = [Chip(words, "plain") for words in _FORMATS]
        self.zone.column.addSpacing(6)
        self.zone.column.addLayout(flow_row(None, *chips[:2], None))
        self.zone.column.addLayout(flow_row(None, *chips[2:], None))
        self.zone.column.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self.zone, 1)
        column.addLayout(
            flow_row(
                button("Choose files…", lambda: run("recordings.add"), icon_name="file"),
                button("Choose folder…", lambda: run("recordings.add-folder"), icon_name="folder"),
                None,
                button("Open project…", lambda: run("project.open"), kind="ghost", icon_name="db"),
            )
        )
        return column

    def _build_steps(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(24)
        for number, (icon_name, tone, title, words) in enumerate(_STEPS, start=1):
            beside = QVBoxLayout()
            beside.setSpacing(2)
            sentence = text(words, "small", "secondary")
            sentence.setWordWrap(True)
            beside.addWidget(text(f"{number}  {title}", "body_strong"))
            beside.addWidget(sentence)
            part = QHBoxLayout()
            part.setSpacing(12)
            part.addWidget(Tile(icon_name, tone, 36), alignment=Qt.AlignmentFlag.AlignTop)
            part.addLayout(beside, 1)
            row.addLayout(part, 1)
        self._column.addLayout(row)

    def _recent_row(self, folder: Path) -> RecentRow:
        return RecentRow(
            folder,
            lambda: self.session.open_project(folder),
            lambda: self._forget(folder),
        )

    def _forget(self, folder: Path) -> None:
        kept = tuple(p for p in self.session.settings.recent_projects if Path(p) != folder)
        self.session.change_settings(recent_projects=kept)

    def _picture_read(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._picture_job and isinstance(outcome.result, DemoPicture):
            self.view.show_picture(outcome.result)

    def _redraw(self) -> None:
        # Larger than any style of the sheet, which would else win over the font of the widget.
        self.head.setStyleSheet(f"font-size: {themes().current.px(26)}px; font-weight: 600;")
        self.logo.setPixmap(pixmap("logo", "text.primary", 48))

    def _show_busy(self) -> None:
        working = [e for e in self.session.jobs.running if e.kind in ("spark", "import")]
        self.demo.setEnabled(not any(e.kind == "spark" for e in working))
        said = f"{working[0].title}: {working[0].progress.note}" if working else ""
        self.busy.setText(said or "bundled, no network")

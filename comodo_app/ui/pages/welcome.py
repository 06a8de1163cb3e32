"""The first page: the demo, a place to drop recordings, recent projects."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Page
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import (
    ElidedLabel,
    IconButton,
    Panel,
    button,
    flow_row,
    text,
)

_STEPS = (
    ("import", "Drop recordings", "Video and motion sensor, worn together for a while."),
    ("distill", "Distill", "A frozen video teacher shows the sensor what movements mean."),
    ("review", "Review and name", "From now on the sensor alone says what is done when."),
)
_RECENT = 5


class DropZone(QWidget):
    """A dashed place; a click, Enter or Space chooses files."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Drop recordings here, or press Enter to choose files")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 36, 24, 36)
        self.column.setSpacing(10)
        themes().changed.connect(self.update)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose files."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose files."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dashed frame, blue under the mouse."""
        theme = themes().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        near = self.underMouse() or self.hasFocus()
        line = "accent.text" if near else "border.strong"
        painter.setPen(QPen(theme.color(line), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("accent.tint" if near else "bg.surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)


class WelcomePage(Page):
    """Shown as the Recordings page until there is a recording."""

    name = "welcome"
    title = "Welcome"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(16)
        outer.addLayout(self._column, 8)
        outer.addStretch(1)
        self._column.addStretch(1)
        self._icons: list[tuple[QLabel, str, str, int]] = []
        self._build_head()
        self._build_zone()
        self._build_steps()
        self.recent = Panel("Recent projects", padding=14)
        self._column.addWidget(self.recent)
        self._column.addStretch(2)
        session.project_changed.connect(self.refresh)
        session.settings_changed.connect(self.refresh)
        session.jobs.changed.connect(self._show_busy)
        themes().changed.connect(self._redraw)
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
        self.head.setText(f"{name} is empty" if name else "Teach a motion sensor by video")
        self.subtitle_changed.emit("")

    def came_into_view(self) -> None:
        """The demo takes Enter."""
        self.demo.setFocus()

    def _build_head(self) -> None:
        self.head = text("", "display")
        self.head.setFont(themes().current.font("display"))
        words = text(
            "Wear a camera and a motion sensor for a while. COMODO learns from the video what the "
            "movements mean, without labels. Then the sensor is enough. Nothing leaves this "
            "computer.",
            "body",
            "secondary",
        )
        words.setWordWrap(True)
        self._column.addWidget(self.head)
        self._column.addWidget(words)

    def _build_zone(self) -> None:
        self.zone = DropZone()
        self.zone.clicked.connect(lambda: self.actions_.run("recordings.add"))
        self.zone.column.addWidget(self._icon("import", "accent.text", 40))
        title = text("Drop recordings here", "h1")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint = text(
            "GoPro MP4 · video with a CSV of the same name · sensor CSV alone · whole folders",
            "small",
            "tertiary",
        )
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zone.column.addWidget(title)
        self.zone.column.addWidget(hint)
        run = self.actions_.run
        self.demo = button(
            "Open the demo", lambda: run("project.demo"), kind="primary", icon_name="spark"
        )
        self.demo.setToolTip("Eight bundled recordings and the built-in teacher; no network")
        self.busy = text("", "small", "secondary")
        buttons = flow_row(
            None,
            self.demo,
            button("Choose files…", lambda: run("recordings.add"), icon_name="file"),
            button("Choose folder…", lambda: run("recordings.add-folder"), icon_name="folder"),
            button("Open project…", lambda: run("project.open")),
            None,
        )
        self.zone.column.addSpacing(6)
        self.zone.column.addLayout(buttons)
        self.busy.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zone.column.addWidget(self.busy)
        self._column.addWidget(self.zone)

    def _build_steps(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        for number, (icon_name, title, words) in enumerate(_STEPS, start=1):
            panel = Panel(padding=14)
            head = flow_row(
                self._icon(icon_name, "text.secondary", 20), text(f"{number}  {title}", "h2"), None
            )
            panel.body.addLayout(head)
            sentence = text(words, "small", "secondary")
            sentence.setWordWrap(True)
            panel.body.addWidget(sentence)
            panel.body.addStretch(1)
            row.addWidget(panel, 1)
        self._column.addLayout(row)

    def _recent_row(self, folder: Path) -> QWidget:
        there = folder.is_dir()
        holder = QWidget()
        name = button(
            folder.stem, lambda: self.session.open_project(folder), kind="ghost", icon_name="folder"
        )
        name.setEnabled(there)
        place = ElidedLabel(str(folder.parent) if there else "not there any more", "small")
        place.setProperty("tone", "tertiary")
        forget = IconButton("x", f"Forget {folder.stem}", lambda: self._forget(folder), size_px=14)
        row = flow_row(name, place, forget)
        row.setStretch(1, 1)
        holder.setLayout(row)
        return holder

    def _forget(self, folder: Path) -> None:
        kept = tuple(p for p in self.session.settings.recent_projects if Path(p) != folder)
        self.session.change_settings(recent_projects=kept)

    def _icon(self, name: str, token: str, size_px: int) -> QLabel:
        label = QLabel()
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._icons.append((label, name, token, size_px))
        return label

    def _redraw(self) -> None:
        self.head.setFont(themes().current.font("display"))
        for label, name, token, size_px in self._icons:
            label.setPixmap(pixmap(name, token, size_px))

    def _show_busy(self) -> None:
        working = [e for e in self.session.jobs.running if e.kind in ("spark", "import")]
        self.demo.setEnabled(not any(e.kind == "spark" for e in working))
        self.busy.setText(f"{working[0].title}: {working[0].progress.note}" if working else "")

"""What the actions of the whole window do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from comodo_app.session.actions import PAGES
from comodo_app.session.notices import Notice, Tone
from comodo_app.ui.shell.crash import log_path
from comodo_app.ui.theme import themes

if TYPE_CHECKING:
    from comodo_app.ui.shell.main_window import MainWindow

SCALE_STEP = 0.1
SCALE_RANGE = (0.8, 2.0)


class WindowActions:
    """Connects the action table to a window."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._session = window, window.session
        on = window.actions_.on
        on("project.new", self.new_project)
        on("project.open", self.open_project)
        on("project.demo", lambda: self._session.library.open_demo())
        on("project.close", self._session.close_project)
        on("app.quit", window.close)
        on("edit.undo", self._session.undo_stack.undo)
        on("edit.redo", self._session.undo_stack.redo)
        on("edit.filter", lambda: window.current_page.focus_filter())
        for page, _ in PAGES:
            on(f"go.{page}", partial(window.go, page))
        on("view.palette", window.palette_.open)
        on("view.jobs", window.toggle_jobs)
        on("view.inspector", lambda: window.current_page.toggle_inspector())
        on("view.larger", lambda: self._scale(SCALE_STEP))
        on("view.smaller", lambda: self._scale(-SCALE_STEP))
        on("view.normal", lambda: self._session.change_settings(ui_scale=1.0))
        on("view.full-screen", self.toggle_full_screen)
        on("view.theme", self._switch_theme)
        on("view.next-region", lambda: self._next_region(1))
        on("view.previous-region", lambda: self._next_region(-1))
        on("help.keys", lambda: window.keys.open_for(window.page_name))
        on("help.notifications", window.toasts.show_all)
        on("help.log", self.show_log)
        on("app.models", lambda: window.show_settings("models"))
        on("help.about", lambda: window.show_settings("about"))
        window.actions_.set_enabled("project.close", False, "No project is open")

    def new_project(self) -> None:
        """Ask for a name and place, and make a project there."""
        path, _ = QFileDialog.getSaveFileName(
            self._window, "New project", str(Path.home() / "Untitled.comodo"), "COMODO (*.comodo)"
        )
        if path:
            self._session.open_project(Path(path).with_suffix(".comodo"), create=True)

    def open_project(self) -> None:
        """Ask for a project folder, and open it."""
        start = self._session.folder.parent if self._session.folder else Path.home()
        path = QFileDialog.getExistingDirectory(self._window, "Open project", str(start))
        if path:
            self._session.open_project(Path(path))

    def toggle_full_screen(self) -> None:
        """Only the page, or everything."""
        window = self._window
        full = not window.isFullScreen()
        for part in (window.rail, window.header):
            part.setVisible(not full)
        window.showFullScreen() if full else window.showNormal()

    def show_log(self) -> None:
        """Show the folder with the log in the system's file manager."""
        folder = log_path().parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.say(Notice(f"The log is in {folder}.", Tone.INFO, str(folder)))

    def _scale(self, step: float) -> None:
        low, high = SCALE_RANGE
        wanted = round(min(high, max(low, self._session.settings.ui_scale + step)), 2)
        self._session.change_settings(ui_scale=wanted)

    def _switch_theme(self) -> None:
        dark = themes().current.name == "dark"
        self._session.change_settings(theme="light" if dark else "dark")

    def _next_region(self, step: int) -> None:
        window = self._window
        regions: list[QWidget] = [window.rail, window.header, *window.current_page.regions()]
        if window.drawer.isVisible():
            regions.append(window.drawer)
        regions.append(window.status)
        focused = QApplication.focusWidget()
        here = next(
            (
                i
                for i, r in enumerate(regions)
                if focused and (r is focused or r.isAncestorOf(focused))
            ),
            -1 if step > 0 else 0,
        )
        for distance in range(1, len(regions) + 1):
            region = regions[(here + step * distance) % len(regions)]
            target = _first_focusable(region)
            if target is not None:
                target.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return


def _first_focusable(region: QWidget) -> QWidget | None:
    candidates = [region, *region.findChildren(QWidget)]
    for widget in candidates:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and widget.isVisible() and widget.isEnabled():
            return widget
    return None

"""The window: rail, header, pages, jobs, status; it knows no page from inside."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from comodo_app.project.settings import settings_path
from comodo_app.session.actions import PAGES
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Badge, Page
from comodo_app.ui.shell.banner import BannerBar
from comodo_app.ui.shell.drop import DropOverlay
from comodo_app.ui.shell.header import Header
from comodo_app.ui.shell.jobs_drawer import JobsDrawer
from comodo_app.ui.shell.key_sheet import KeySheet
from comodo_app.ui.shell.menus import main_menu
from comodo_app.ui.shell.page_factory import make_page
from comodo_app.ui.shell.palette import Palette
from comodo_app.ui.shell.rail import Rail
from comodo_app.ui.shell.status_bar import StatusBar
from comodo_app.ui.shell.toasts import Toasts
from comodo_app.ui.shell.window_actions import WindowActions
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Line
from comodo_app.ui.widgets.confirm import Confirm

MIN_SIZE = (1120, 700)
WELCOME = "welcome"


class MainWindow(QMainWindow):
    """The app's window on one session. `closed` once it is; the session is shut down by then."""

    closed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("COMODO")
        self.session = session
        self.actions_ = Actions(self)
        self.pages: dict[str, Page] = {}
        self._subtitles: dict[str, str] = {}
        self._headers: dict[str, QWidget] = {}
        self.page_name = ""
        self._may_close = False
        self._asking: Confirm | None = None
        self._build()
        self.toasts = Toasts(self, session)
        self.palette_ = Palette(self, session, self.actions_)
        self.keys = KeySheet(self, self.actions_)
        self.drop = DropOverlay(self, session)
        self.commands = WindowActions(self)
        session.project_changed.connect(self._show_project)
        session.library.changed.connect(self._show_welcome_or_recordings)
        session.opening_changed.connect(self._show_opening)
        session.settings_changed.connect(self._apply_settings)
        session.live.review_wished.connect(self._review)
        self.actions_.give_keys(session.settings)
        self._restore()
        self.go("recordings")
        self._make_later = [name for name, _ in PAGES]
        QTimer.singleShot(0, self, self._make_next_page)

    def go(self, name: str) -> None:
        """Show a page; "recordings" is the welcome page while there is nothing to list."""
        wanted = self._recordings_or_welcome() if name == "recordings" else name
        page = self.page(wanted)
        self.stack.setCurrentWidget(page)
        self.page_name = name
        self.rail.show_page(name)
        self.header.show_page(page, self._headers[wanted])
        self.header.show_subtitle(self._subtitles.get(wanted, ""))
        page.came_into_view()

    def page(self, name: str) -> Page:
        """A page, made when it is first asked for."""
        if name not in self.pages:
            page = make_page(name, self.session, self.actions_)
            self.pages[name] = page
            self._headers[name] = self.header.keep(page.header_widgets())
            page.go_requested.connect(self._show_result)
            page.subtitle_changed.connect(lambda words, n=name: self._take_subtitle(n, words))
            page.badge_changed.connect(lambda badge, n=name: self._take_badge(n, badge))
            self.stack.addWidget(page)
        return self.pages[name]

    @property
    def current_page(self) -> Page:
        """The page that is shown."""
        page = self.stack.currentWidget()
        assert isinstance(page, Page)
        return page

    def show_settings(self, section: str) -> None:
        """Show a section of the settings ("general", "compute", "about" …)."""
        from comodo_app.ui.pages.settings import SettingsPage  # here: the first window is quicker

        page = self.page("settings")
        self.go("settings")
        if isinstance(page, SettingsPage):
            page.show_section(section)

    def toggle_jobs(self) -> None:
        """Open or close the jobs drawer."""
        self.drawer.setVisible(not self.drawer.isVisible())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout, stop what runs (it is kept and can go on), end all threads.

        While something is recorded live it is asked first.
        """
        if self.session.live.recordings.on and not self._may_close:
            event.ignore()
            self._ask_about_recording()
            return
        self._make_later.clear()
        store = self._store()
        store.setValue("geometry", self.saveGeometry())
        store.setValue("jobs", self.drawer.isVisible())
        store.setValue("project", str(self.session.folder or ""))
        store.sync()
        self.session.shut_down()
        super().closeEvent(event)
        self.closed.emit()

    def _ask_about_recording(self) -> None:
        if self._asking is not None and isValid(self._asking) and self._asking.isVisible():
            return
        self._asking = Confirm(
            self.centralWidget() or self,
            "Stop recording and close?",
            "A live recording is going on. Everything recorded so far is kept.",
            ("Keep recording", "primary", None),
            ("Stop and save", "", self._stop_and_close),
        )

    def _stop_and_close(self) -> None:
        self._may_close = True
        self.close()

    def _review(self, recording_id: int) -> None:
        self.session.review.open(recording_id)
        self.go("review")

    def last_project(self) -> Path | None:
        """The project that was open when the window was last closed, if it is still there."""
        kept = str(self._store().value("project", "") or "")
        return Path(kept) if kept and Path(kept).is_dir() else None

    def _build(self) -> None:
        root = QWidget()
        root.setObjectName("root")
        row = QHBoxLayout(root)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.rail = Rail(self.actions_)
        self.rail.chosen.connect(self.go)
        self.rail.menu_requested.connect(self._show_menu)
        row.addWidget(self.rail)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.header = Header(self.session, self.actions_)
        self.header.search_requested.connect(lambda: self.actions_.run("view.palette"))
        self.banner = BannerBar(self.session)
        self.stack = QStackedWidget()
        self.drawer = JobsDrawer(self.session)
        self.drawer.hide()
        self.drawer.show_requested.connect(self._show_result)
        self.status = StatusBar(self.session)
        self.status.jobs_requested.connect(self.toggle_jobs)
        self.status.settings_requested.connect(self.show_settings)
        for widget in (self.header, Line(), self.banner):
            column.addWidget(widget)
        column.addWidget(self.stack, 1)
        column.addWidget(self.drawer)
        column.addWidget(self.status)
        row.addLayout(column, 1)
        self.setCentralWidget(root)

    def _restore(self) -> None:
        self.setMinimumSize(*MIN_SIZE)
        geometry = self._store().value("geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(1440, 900)
        self.drawer.setVisible(self._store().value("jobs", False, type=bool) is True)

    @staticmethod
    def _store() -> QSettings:
        # Beside the settings, so that tests and portable installations keep it with them.
        path = settings_path().with_name("window.ini")
        return QSettings(str(path), QSettings.Format.IniFormat)

    def _make_next_page(self) -> None:
        """Make the other pages one by one while nothing is asked for: switching is then quick."""
        if self._make_later and not self.isHidden():
            self.page(self._make_later.pop(0))
        if self._make_later:
            QTimer.singleShot(30, self, self._make_next_page)

    def _show_project(self) -> None:
        name = self.session.name
        self.setWindowTitle(f"{name} — COMODO" if name else "COMODO")
        self.actions_.set_enabled("project.close", bool(name), "No project is open")
        self.go("recordings" if not name else self.page_name or "recordings")

    def _show_welcome_or_recordings(self) -> None:
        if self.page_name == "recordings" and self.current_page.name != (
            self._recordings_or_welcome()
        ):
            self.go("recordings")

    def _show_opening(self) -> None:
        opening = self.session.opening
        if opening is not None:
            self.header.show_subtitle(f"Opening {opening.stem}…")
        else:
            self.header.show_subtitle(self._subtitles.get(self.current_page.name, ""))

    def _recordings_or_welcome(self) -> str:
        empty = self.session.project is None or not self.session.library.rows
        return WELCOME if empty else "recordings"

    def _show_result(self, place: str) -> None:
        self.show_settings(place) if place == "models" else self.go(place)

    def _take_subtitle(self, name: str, words: str) -> None:
        self._subtitles[name] = words
        if self.current_page.name == name:
            self.header.show_subtitle(words)

    def _take_badge(self, name: str, badge: Badge) -> None:
        if name in self.rail.items:
            self.rail.items[name].show_badge(badge)

    def _apply_settings(self) -> None:
        settings = self.session.settings
        theme = themes().current
        wanted = (settings.theme, settings.ui_scale, settings.patterns)
        if wanted[0] != "system" and wanted == (theme.name, theme.scale, theme.patterns):
            return
        themes().apply(*wanted)

    def _show_menu(self) -> None:
        menu = main_menu(self, self.actions_)
        menu.popup(self.rail.logo.mapToGlobal(self.rail.logo.rect().bottomLeft()))

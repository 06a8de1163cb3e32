"""Builds the window and runs it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from comodo_app.session.session import Session
from comodo_app.ui.shell.crash import install_excepthook, set_up_logging
from comodo_app.ui.shell.focus import FocusRings
from comodo_app.ui.shell.main_window import MainWindow
from comodo_app.ui.theme import icon, themes


def run(project: Path | None = None, *, demo: bool = False, demo_folder: Path | None = None) -> int:
    """Show the window until it is closed; returns the exit code.

    Parameters
    ----------
    project : Path, optional
        The project to open; made if it is not there. The one open last if None.
    demo : bool
        Open the demo project instead, made if need be.
    demo_folder : Path, optional
        Where the demo is to lie.
    """
    set_up_logging()
    app = make_application()
    window = make_window(app)
    session = window.session
    close_on_signals(window)
    window.show()
    if demo:
        session.library.open_demo(demo_folder)
    elif project is not None:
        session.open_project(project, create=True)
    elif (last := window.last_project()) is not None:
        session.open_project(last)
    return int(app.exec())


def close_on_signals(window: MainWindow) -> None:
    """Ctrl-C in the terminal, or the system's wish to end: close as by hand, nothing gets lost."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python looks at signals only while it runs, and Qt's loop runs none of it by itself.
    awake = QTimer(window)
    awake.setInterval(500)
    awake.timeout.connect(lambda: None)
    awake.start()


def make_application() -> QApplication:
    """The QApplication, with fractional scales as the screen has them."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("COMODO")
    app.setDesktopFileName("comodo")
    app.setStyle("Fusion")  # the style sheet was made for it; native styles differ underneath
    return app


def make_window(app: QApplication) -> MainWindow:
    """A window on a new session, in the theme that the settings say; not shown yet."""
    session = Session()
    settings = session.settings
    themes().apply(settings.theme, settings.ui_scale, settings.patterns)
    app.setWindowIcon(icon("logo", size_px=64))
    FocusRings(app)
    install_excepthook(session)
    return MainWindow(session)

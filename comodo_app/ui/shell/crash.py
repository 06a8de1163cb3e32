"""Care for what must not happen: everything goes to the log, and one dialog says so."""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

import appdirs
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    QUrl,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtCore import qVersion as qt_version
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from comodo_app import __version__
from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.ui.widgets import button, text

log = logging.getLogger(__name__)

_MAX_BYTES, _N_OLD = 1_000_000, 3
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_path() -> Path:
    """Where the log lies: COMODO_CONFIG_DIR if set, else the system's place for logs."""
    folder = os.environ.get("COMODO_CONFIG_DIR") or appdirs.user_log_dir("comodo", False)
    return Path(folder) / "comodo.log"


def set_up_logging() -> None:
    """Log into a file of at most 1 MB and three older ones; a crash of the process itself too.

    A folder that cannot be written means no log, not no app.
    """
    path = log_path()
    if any(getattr(h, "comodo_path", None) == path for h in logging.getLogger().handlers):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=_MAX_BYTES, backupCount=_N_OLD, encoding="utf-8", delay=True
        )
        trace = path.with_name("crash.log").open("a", encoding="utf-8")
    except OSError as error:
        log.warning("there will be no log: %s", error)
        return
    handler.comodo_path = path  # type: ignore[attr-defined]
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
    _Faults.follow(trace)
    log.info("COMODO %s, Qt %s, %s", __version__, qt_version(), platform.platform())


def stop_logging() -> None:
    """Undo `set_up_logging`: close its files."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if hasattr(h, "comodo_path")]:
        root.removeHandler(handler)
        handler.close()
    _Faults.follow(None)


class _Faults:
    """The file into which Python writes all threads' stacks if the process itself dies."""

    file: TextIO | None = None

    @classmethod
    def follow(cls, file: TextIO | None) -> None:
        faulthandler.disable()
        if cls.file is not None:
            cls.file.close()
        cls.file = file
        if file is not None:
            faulthandler.enable(file)


class CrashDialog(QDialog):
    """Says that something unexpected happened, and that the app goes on."""

    def __init__(self, happened: str, details: str) -> None:
        super().__init__(QApplication.activeWindow())
        self.details = details
        self.setWindowTitle("Unexpected error")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(text("Unexpected error", "h1"))
        said = text(
            f"{happened}\n\nThis is a mistake in COMODO, not in your data. Every change up to now "
            "is saved, and you can go on. If something looks wrong, close the window and start "
            "again.",
            tone="secondary",
        )
        said.setWordWrap(True)
        said.setMinimumWidth(440)
        column.addWidget(said)
        self.field = QPlainTextEdit(details)
        self.field.setReadOnly(True)
        self.field.setProperty("mono", "true")
        self.field.setAccessibleName("Details")
        self.field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.field.setFixedHeight(150)
        column.addWidget(self.field)
        self.copy = button("Copy details", self._copy, icon_name="copy")
        self.open_folder = button("Open log folder", _open_log_folder, icon_name="folder")
        self.go_on = button("Continue", self.close, kind="primary")
        self.go_on.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.copy)
        row.addWidget(self.open_folder)
        row.addStretch(1)
        row.addWidget(self.go_on)
        column.addLayout(row)
        self.go_on.setFocus()

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.details)
        self.copy.setText("Copied")


class _Reporter(QObject):
    """Takes errors from any thread, and shows the first of them on the GUI thread."""

    happened = Signal(str, str)

    def __init__(self, session: Session | None) -> None:
        super().__init__()
        self.session = session
        self.dialog: CrashDialog | None = None
        self.happened.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def take(self, error: BaseException) -> None:
        """Log an error and ask for the dialog; from any thread."""
        log.critical("unexpected error", exc_info=error)
        details = "".join(traceback.format_exception(error))
        about = f"COMODO {__version__}, Qt {qt_version()}, {platform.platform()}\n\n{details}"
        name = type(error).__name__
        self.happened.emit(f"{name}: {error}" if str(error) else name, about)

    def _show(self, happened: str, details: str) -> None:
        if self.dialog is not None:  # one at a time: what follows is often a consequence
            if self.session is not None:
                self.session.say(Notice(f"Another unexpected error: {happened}", details=details))
            return
        if not isinstance(QApplication.instance(), QApplication):
            return
        self.dialog = _ToldDialog(happened, details, self)
        self.dialog.show()


class _ToldDialog(CrashDialog):
    """Tells the reporter when it is closed, however that happens."""

    def __init__(self, happened: str, details: str, reporter: _Reporter) -> None:
        super().__init__(happened, details)
        self._reporter = reporter
        self.finished.connect(self._forget)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self._forget()

    def _forget(self) -> None:
        self._reporter.dialog = None


class Hooks:
    """The hooks that `install_excepthook` set; `remove` brings back what was before."""

    def __init__(self, session: Session | None) -> None:
        self.reporter = _Reporter(session)
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        self._qt_before = qInstallMessageHandler(_log_qt)

    @property
    def dialog(self) -> CrashDialog | None:
        """The dialog that is open."""
        return self.reporter.dialog

    def remove(self) -> None:
        """Bring back the hooks that were there before."""
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(self._qt_before)

    def _on_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        self._before[0](kind, error, trace)  # a terminal, if there is one, shows it as ever
        self.reporter.take(error)

    def _on_thread_error(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            self.reporter.take(args.exc_value)


def install_excepthook(session: Session | None = None) -> Hooks:
    """Have unexpected errors of all threads logged and told in one dialog.

    With a session, errors that follow while the dialog is open become notices.
    """
    return Hooks(session)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", message)


def _open_log_folder() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent)))

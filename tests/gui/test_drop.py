"""Files held over the window: what is said, what is refused."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from comodo_app.project.store import Project
from comodo_app.session.session import Session
from comodo_app.ui.shell.drop import DropOverlay, counted

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY = Qt.DropAction.CopyAction


def held(window: QMainWindow, *paths: Path) -> QMimeData:
    """Drag files over the middle of the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    middle = window.rect().center()
    QApplication.sendEvent(window, QDragEnterEvent(middle, COPY, mime, LEFT, NONE))
    return mime


def let_go(window: QMainWindow, mime: QMimeData, keys: Qt.KeyboardModifier = NONE) -> bool:
    event = QDropEvent(QPointF(window.rect().center()), COPY, mime, LEFT, keys)
    event.ignore()
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def made(session: Session, qtbot: QtBot) -> tuple[QMainWindow, DropOverlay]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1120, 700)
    window.show()
    return window, DropOverlay(window, session)


def test_the_overlay_counts_what_is_held(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    window, overlay = made(session, qtbot)
    held(window, tmp_path / "a.mp4", tmp_path / "b.MOV", tmp_path / "a.csv", tmp_path)
    assert overlay.isVisible() and overlay.geometry() == window.rect()
    assert overlay.headline == "Drop to start a project"
    paths = [tmp_path / "a.mp4", tmp_path / "b.MOV", tmp_path / "a.csv", tmp_path]
    assert counted(paths) == "4 items: 2 videos, 1 table, 1 folder"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not overlay.isVisible()


def test_nothing_usable_is_refused(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    window, overlay = made(session, qtbot)
    mime = held(window, tmp_path / "letter.docx")
    assert overlay.headline == "Nothing COMODO can read"
    move = QDragMoveEvent(window.rect().center(), COPY, mime, LEFT, NONE)
    QApplication.sendEvent(window, move)
    assert not move.isAccepted()
    assert not let_go(window, mime)
    assert not session.intake.items and not session.intake.scanning


def test_alt_starts_another_project(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    Project.create(tmp_path / "first.comodo").close()
    session.open_project(tmp_path / "first.comodo")
    qtbot.waitUntil(lambda: session.project is not None)
    window, overlay = made(session, qtbot)
    table = tmp_path / "wrist.csv"
    rows = [f"{i / 50:.3f},0.1,0.2,9.8,0.01,0.02,0.03" for i in range(300)]
    table.write_text("\n".join(["time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z", *rows]) + "\n")
    mime = held(window, table)
    assert overlay.headline == "Drop to add to first"
    alt = Qt.KeyboardModifier.AltModifier
    QApplication.sendEvent(window, QDragMoveEvent(window.rect().center(), COPY, mime, LEFT, alt))
    assert overlay.headline == "Drop to start a project"
    assert let_go(window, mime, alt)
    session.intake.accept()
    qtbot.waitUntil(lambda: len(session.library.rows) == 1, timeout=20_000)
    assert session.name == tmp_path.name


def test_a_project_that_is_held_would_be_opened(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    Project.create(tmp_path / "other.comodo").close()
    window, overlay = made(session, qtbot)
    mime = held(window, tmp_path / "other.comodo")
    assert overlay.headline == "Drop to open other"
    assert let_go(window, mime)
    qtbot.waitUntil(lambda: session.name == "other")

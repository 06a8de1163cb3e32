"""Menus from the action table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.theme import icon

MENUS = ("File", "Edit", "View", "Recording", "Run", "Activities", "Help")


def main_menu(parent: QWidget, actions: Actions) -> QMenu:
    """The whole menu, one submenu each of `MENUS` that has entries."""
    whole = QMenu(parent)
    for title in MENUS:
        entries = [spec for spec in actions.specs.values() if spec.menu == title]
        if entries:
            submenu = whole.addMenu(title)
            for spec in entries:
                submenu.addAction(actions.action(spec.id))
    return whole


def project_menu(parent: QWidget, session: Session, actions: Actions) -> QMenu:
    """New, open, recent, close."""
    menu = QMenu(parent)
    menu.addAction(actions.action("project.new"))
    menu.addAction(actions.action("project.open"))
    menu.addAction(actions.action("project.demo"))
    recent = [Path(path) for path in session.settings.recent_projects]
    others = [path for path in recent if path != session.folder and path.is_dir()]
    if others:
        menu.addSeparator()
        for path in others:
            entry = menu.addAction(icon("clock"), path.stem)
            entry.setToolTip(str(path))
            entry.triggered.connect(lambda _=False, folder=path: session.open_project(folder))
    menu.addSeparator()
    menu.addAction(actions.action("project.close"))
    menu.setToolTipsVisible(True)
    return menu

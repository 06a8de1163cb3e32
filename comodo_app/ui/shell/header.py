"""The header: project, page, what the page offers, search, undo and redo."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Page
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, Line, button, text

_HEIGHT = 52
_UNDO_LISTED = 20


class Header(QWidget):
    """Project pill, title and count at the left; page widgets, search and undo at the right."""

    search_requested = Signal()

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session, self._actions = session, actions
        self.setObjectName("header")
        self.setAccessibleName("Header")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        self.project = button("No project", icon_name="folder", tip="Project")
        self.project.clicked.connect(self._show_project_menu)
        self.title = text("", "h1")
        self.subtitle = text("", "small", "tertiary")
        row.addWidget(self.project)
        row.addWidget(text("/", tone="tertiary"))
        row.addWidget(self.title)
        row.addWidget(self.subtitle)
        row.addStretch(1)
        self._page_row = QHBoxLayout()
        self._page_row.setSpacing(8)
        row.addLayout(self._page_row)
        line = Line(vertical=True)
        line.setFixedHeight(26)
        row.addWidget(line)
        self.search = button(
            "Search or run…", self.search_requested.emit, icon_name="search", tip="Search or run"
        )
        self.search.setObjectName("search")
        self.search.setToolTip(actions.tip("view.palette"))
        row.addWidget(self.search)
        self.undo = IconButton("undo", "Undo", session.undo_stack.undo)
        self.redo = IconButton("redo", "Redo", session.undo_stack.redo)
        for tool in (self.undo, self.redo):
            tool.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            tool.customContextMenuRequested.connect(self._show_steps)
            row.addWidget(tool)
        self.help = IconButton("help", "Keys", lambda: actions.run("help.keys"))
        self.help.setToolTip(actions.tip("help.keys"))
        row.addWidget(self.help)
        stack = session.undo_stack
        stack.indexChanged.connect(self._show_undo)
        session.project_changed.connect(self._show_project)
        themes().changed.connect(self._resize)
        self._shown: QWidget | None = None
        self._resize()
        self._show_project()
        self._show_undo()

    def keep(self, widgets: list[QWidget]) -> QWidget:
        """Put a page's widgets into one holder, out of sight until the page is shown.

        A page may show and hide its widgets whenever it likes: that shows inside the holder only.
        """
        holder = QWidget(self)
        holder.hide()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        self._page_row.addWidget(holder)
        return holder

    def show_page(self, page: Page, holder: QWidget) -> None:
        """Show a page's title and its own widgets."""
        if self._shown is not None:
            self._shown.hide()
        self._shown = holder
        holder.show()
        self.title.setText(page.title)
        self.subtitle.setText("")

    def show_subtitle(self, words: str) -> None:
        """Show the count beside the title."""
        self.subtitle.setText(words)

    def _show_project(self) -> None:
        session = self._session
        self.project.setText(session.name or "No project")
        self.project.setToolTip(str(session.folder) if session.folder else "Open a project")

    def _show_undo(self) -> None:
        stack = self._session.undo_stack
        for tool, verb, can, what, key in (
            (self.undo, "Undo", stack.canUndo(), stack.undoText(), "edit.undo"),
            (self.redo, "Redo", stack.canRedo(), stack.redoText(), "edit.redo"),
        ):
            tool.setEnabled(can)
            named = f"{verb}: {what}" if what else f"Nothing to {verb.lower()}"
            tool.setAccessibleName(named)
            tool.setToolTip(f"{named} ({self._actions.key(key)})")

    def _show_steps(self, at: QPoint) -> None:
        stack = self._session.undo_stack
        menu = QMenu(self)
        done = range(max(0, stack.index() - _UNDO_LISTED), stack.index())
        for index in reversed(done):
            step = menu.addAction(f"Undo to before: {stack.text(index)}")
            step.triggered.connect(lambda _=False, i=index: stack.setIndex(i))
        for index in range(stack.index(), min(stack.count(), stack.index() + _UNDO_LISTED)):
            step = menu.addAction(f"Redo to: {stack.text(index)}")
            step.triggered.connect(lambda _=False, i=index + 1: stack.setIndex(i))
        if menu.isEmpty():
            menu.addAction("No steps yet").setEnabled(False)
        menu.popup(self.undo.mapToGlobal(at))

    def _show_project_menu(self) -> None:
        from comodo_app.ui.shell.menus import project_menu

        menu = project_menu(self, self._session, self._actions)
        menu.popup(self.project.mapToGlobal(self.project.rect().bottomLeft()))

    def _resize(self) -> None:
        theme = themes().current
        self.setFixedHeight(theme.px(_HEIGHT))
        self.search.setMinimumWidth(theme.px(170))

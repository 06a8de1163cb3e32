"""The Settings page: sections at the left, rows at the right, a search over all."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from comodo_app.session.session import Session
from comodo_app.session.upkeep import Upkeep
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Page
from comodo_app.ui.pages.settings.about import AboutSection, DiagnosticsSection, NotYetSection
from comodo_app.ui.pages.settings.compute import ComputeSection
from comodo_app.ui.pages.settings.data import DataSection
from comodo_app.ui.pages.settings.general import GeneralSection
from comodo_app.ui.pages.settings.models import ModelsSection
from comodo_app.ui.pages.settings.rows import Section
from comodo_app.ui.pages.settings.shortcuts import ShortcutsSection
from comodo_app.ui.shell.matching import score
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import text

_LIST_WIDTH, _CONTENT_WIDTH = 200, 720


class SettingsPage(Page):
    """Changes apply at once; a dot beside a row takes it back to its default."""

    name = "settings"
    title = "Settings"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        self.upkeep = Upkeep(session)
        self.sections: dict[str, Section] = {
            section.key: section
            for section in (
                GeneralSection(session),
                DataSection(session, self.upkeep),
                ComputeSection(session, self.upkeep),
                ModelsSection(session),
                ShortcutsSection(session, actions),
                NotYetSection(),
                DiagnosticsSection(session),
                AboutSection(),
            )
        }
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search settings")
        self.search.setAccessibleName("Search settings")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QListWidget()
        self.list.setAccessibleName("Sections")
        self.list.setProperty("role", "nav")
        self.stack = QStackedWidget()
        for section in self.sections.values():
            item = QListWidgetItem(section.heading)
            item.setData(Qt.ItemDataRole.UserRole, section.key)
            self.list.addItem(item)
            self.stack.addWidget(_scrolled(section))
        self.nothing = text("No setting matches.", tone="secondary")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack.addWidget(self.nothing)
        self.list.currentRowChanged.connect(self._show_row)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 8)
        outer.setSpacing(28)
        outer.addLayout(left)
        outer.addWidget(self.stack, 1)
        themes().changed.connect(self._resize)
        self._resize()
        self.list.setCurrentRow(0)

    def show_section(self, key: str) -> None:
        """Show a section: "general", "data", "compute", "models", "shortcuts" …"""
        self.search.clear()
        self.list.setCurrentRow(list(self.sections).index(key))

    def focus_filter(self) -> None:
        """Ctrl F searches."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def came_into_view(self) -> None:
        """What the shown section asks for may have changed."""
        self._show_row(self.list.currentRow())

    def regions(self) -> list[QWidget]:
        """List and content."""
        return [self.list, self.stack]

    def _show_row(self, row: int) -> None:
        if 0 <= row < len(self.sections):
            self.stack.setCurrentIndex(row)
            if self.isVisible():
                list(self.sections.values())[row].came_into_view()

    def _filter(self, query: str) -> None:
        def matches(words: str) -> bool:
            return not query.strip() or score(query, words) > 1.5  # no abbreviations here

        first = None
        for row, section in enumerate(self.sections.values()):
            n = section.filter(matches)
            self.list.item(row).setHidden(n == 0)
            if n and first is None:
                first = row
        if first is None:
            self.stack.setCurrentWidget(self.nothing)
        elif self.list.item(self.list.currentRow()).isHidden():
            self.list.setCurrentRow(first)
        else:
            self._show_row(self.list.currentRow())

    def _resize(self) -> None:
        theme = themes().current
        for widget in (self.search, self.list):
            widget.setFixedWidth(theme.px(_LIST_WIDTH))
        for section in self.sections.values():
            section.setMaximumWidth(theme.px(_CONTENT_WIDTH))


def _scrolled(section: Section) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 12, 0)
    row.addWidget(section, 100, Qt.AlignmentFlag.AlignTop)
    row.addStretch(1)
    area.setWidget(holder)
    return area

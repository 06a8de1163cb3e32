"""The sheet of all keys: those of the page first, searchable, to be copied or printed."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextDocument
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from comodo_app.session.actions import ANYWHERE, PAGES, ActionSpec
from comodo_app.ui.actions import Actions
from comodo_app.ui.shell.matching import score
from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import button, flow_row, text

# Keys that no action has: what every list, field and sheet does by itself.
FIXED = (
    ("Next, previous field or button", ("Tab", "Shift+Tab")),
    ("Close a sheet, stop editing", ("Esc",)),
    ("Do it, open it", ("Return",)),
)


Line = tuple[str, tuple[str, ...]]
Group = tuple[str, list[Line]]


class KeySheet(Sheet):
    """All actions that have keys, in the groups of the pages and menus."""

    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window, "Keys", 760, 640)
        self._actions, self._page = actions, ""
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search an action or press a key like Ctrl+K")
        self.field.setAccessibleName("Search keys")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.body.addWidget(self.field)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self._area, 1)
        self.nothing = text("No action or key matches.", tone="secondary")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self.nothing, 1)
        hint = text("Keys can be changed in Settings, Shortcuts.", "small", "tertiary")
        self.copy_button = button("Copy as text", self._copy, icon_name="copy")
        self.footer.addWidget(hint)
        self.footer.addStretch(1)
        self.footer.addWidget(self.copy_button)
        self.footer.addWidget(button("Print…", self._print))

    def open_for(self, page: str) -> None:
        """Show the sheet with the keys of a page first."""
        self._page = page
        self.copy_button.setText("Copy as text")
        self.field.clear()
        self._fill("")
        self.open(self.field)

    def groups(self, query: str = "") -> list[Group]:
        """Title of each group, with texts and keys of its actions; only what matches the query."""
        found: list[Group] = []
        titles = dict(PAGES)
        specs = [spec for spec in self._actions.specs.values() if self._keys(spec)]
        order = {page: n for n, (page, _) in enumerate(PAGES, start=2)}
        order |= {ANYWHERE: 1, self._page: 0}
        specs.sort(key=lambda spec: order.get(spec.page, len(order)))
        for title, group in groupby(specs, key=lambda s: titles.get(s.page, s.menu) or "Anywhere"):
            found.append((title, [(spec.text.rstrip("…"), self._keys(spec)) for spec in group]))
        found.append(("Everywhere, not changeable", [(w, _native(k)) for w, k in FIXED]))
        if not query.strip():
            return found
        kept = [
            (
                title,
                [line for line in lines if score(query, line[0], " ".join((*line[1], title))) > 0],
            )
            for title, lines in found
        ]
        return [(title, lines) for title, lines in kept if lines]

    def as_text(self) -> str:
        """What is shown, as plain text with aligned columns."""
        parts = []
        for title, lines in self.groups(self.field.text()):
            width = max(len(words) for words, _ in lines)
            parts.append("\n".join([title, *(f"  {w:<{width}}  {', '.join(k)}" for w, k in lines)]))
        return "\n\n".join(parts) + "\n"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A key pressed with Ctrl or Alt in the field is searched for."""
        if watched is self.field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._take_key(event)
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        held = event.modifiers() & both
        # What edits the field itself. Not QKeyEvent.matches: it takes Emacs' Ctrl+K for "cut".
        letters = (Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X, Qt.Key.Key_Z)
        edits = held == Qt.KeyboardModifier.ControlModifier and event.key() in letters
        bare = event.key() in (
            *(Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Shift, Qt.Key.Key_Meta),
            *(Qt.Key.Key_AltGr, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Backspace),
        )
        # Windows reports AltGr, with which many keyboards write @ and [, as Ctrl and Alt.
        writes = held == both and bool(event.text().strip()) and event.text().isprintable()
        if not held or bare or edits or writes:
            return False
        pressed = QKeySequence(event.keyCombination())
        self.field.setText(pressed.toString(QKeySequence.SequenceFormat.NativeText))
        return True

    def _keys(self, spec: ActionSpec) -> tuple[str, ...]:
        shortcuts = self._actions.action(spec.id).shortcuts()
        return tuple(k.toString(QKeySequence.SequenceFormat.NativeText) for k in shortcuts)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.as_text())
        self.copy_button.setText("Copied")

    def _print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            document = QTextDocument(self.as_text())
            document.setDefaultFont(themes().current.font("mono"))
            document.print_(printer)

    def _fill(self, query: str) -> None:
        groups = self.groups(query)
        self._area.setVisible(bool(groups))
        self.nothing.setVisible(not groups)
        inside = QWidget()
        two = QHBoxLayout(inside)
        two.setContentsMargins(0, 4, 8, 4)
        two.setSpacing(32)
        columns: list[QVBoxLayout] = []
        for _ in range(2):
            column = QVBoxLayout()
            column.setSpacing(4)
            two.addLayout(column, 1)
            columns.append(column)
        # The page's group stands first; the rest goes where there is more room left.
        heights = [0, 0]
        for title, lines in groups:
            shorter = 0 if heights[0] <= heights[1] else 1
            columns[shorter].addWidget(_group(title, lines))
            heights[shorter] += len(lines) + 2
        for column in columns:
            column.addStretch(1)
        self._area.setWidget(inside)


def _group(title: str, lines: list[Line]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 12)
    grid.setVerticalSpacing(5)
    grid.setHorizontalSpacing(12)
    grid.setColumnStretch(0, 1)
    grid.addWidget(text(title, "h2"), 0, 0, 1, 2)
    for row, (words, keys) in enumerate(lines, start=1):
        grid.addWidget(text(words, "body", "secondary"), row, 0)
        chips = [text(key) for key in keys]
        for chip in chips:
            chip.setProperty("role", "key")
        holder = QWidget()
        holder.setLayout(flow_row(None, *chips, spacing=4))
        grid.addWidget(holder, row, 1)
    return made


def _native(keys: tuple[str, ...]) -> tuple[str, ...]:
    native = QKeySequence.SequenceFormat.NativeText
    return tuple(QKeySequence(key).toString(native) for key in keys)

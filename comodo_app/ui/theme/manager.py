"""The one place that knows which theme is shown, and puts it on the application."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from comodo_app.jobs.resources import resource_folder
from comodo_app.ui.theme.stylesheet import style_sheet
from comodo_app.ui.theme.tokens import Theme

_PALETTE = (
    (QPalette.ColorRole.Window, "bg.canvas"),
    (QPalette.ColorRole.WindowText, "text.primary"),
    (QPalette.ColorRole.Base, "bg.inset"),
    (QPalette.ColorRole.AlternateBase, "bg.surface"),
    (QPalette.ColorRole.Text, "text.primary"),
    (QPalette.ColorRole.PlaceholderText, "text.tertiary"),
    (QPalette.ColorRole.Button, "bg.raised"),
    (QPalette.ColorRole.ButtonText, "text.primary"),
    (QPalette.ColorRole.Highlight, "accent.solid"),
    (QPalette.ColorRole.HighlightedText, "text.on_accent"),
    (QPalette.ColorRole.ToolTipBase, "bg.overlay"),
    (QPalette.ColorRole.ToolTipText, "text.primary"),
    (QPalette.ColorRole.Link, "accent.text"),
)


class ThemeManager(QObject):
    """Holds the theme; `changed` is emitted after every switch of look or scale."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.current = Theme()
        self._wish = "system"
        self._fonts_loaded = False
        self._following = False

    def apply(self, wish: str, scale: float = 1.0, patterns: str = "subtle") -> None:
        """Show "dark", "light" or "system" (follows the desktop) on the whole application."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("a QApplication is needed before a theme")
        self._load_fonts()
        self._wish = wish
        hints = app.styleHints()  # kept in a variable: a temporary would be deleted
        if not self._following:
            hints.colorSchemeChanged.connect(self._follow)
            self._following = True
        name = wish
        if wish == "system":
            name = "light" if hints.colorScheme() is Qt.ColorScheme.Light else "dark"
        self.current = Theme(name, scale, patterns)
        palette = QPalette()
        for role, token in _PALETTE:
            palette.setColor(role, self.current.color(token))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText):
            palette.setColor(
                QPalette.ColorGroup.Disabled, role, self.current.color("text.disabled")
            )
        app.setPalette(palette)
        app.setFont(self.current.font("body"))
        app.setStyleSheet(style_sheet(self.current))
        self.changed.emit()

    def _follow(self) -> None:
        if self._wish == "system":
            self.apply("system", self.current.scale, self.current.patterns)

    def _load_fonts(self) -> None:
        # A bare Linux machine has no fonts: ours are brought along.
        if not self._fonts_loaded:
            for path in sorted(resource_folder("fonts").glob("*.[ot]tf")):
                QFontDatabase.addApplicationFont(str(path))
            self._fonts_loaded = True


@cache
def themes() -> ThemeManager:
    """The application's theme manager."""
    return ThemeManager()

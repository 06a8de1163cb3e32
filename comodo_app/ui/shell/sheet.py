"""Sheets: a task with several choices, centred over the window on a scrim."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, Line, text
from comodo_app.ui.widgets.overlay import OverlayFrame

_MARGIN = 24  # of the window that stays around the largest sheet


class Cover(QWidget):
    """Lies over a whole window with a `panel` in it, and keeps the focus inside while it is open.

    Esc closes it, `closed` is emitted, and the focus returns to where it was. The window's keys do
    not work meanwhile: keys of what lies over it belong into its `keyPressEvent`.
    """

    closed = Signal()

    def __init__(self, window: QWidget, name: str, radius_px: int = 12) -> None:
        super().__init__(window)
        self._over = window
        self._opener: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.hide()
        self.panel = OverlayFrame(radius_px)
        self.panel.setParent(self)
        window.installEventFilter(self)
        themes().changed.connect(self.place)

    @property
    def is_open(self) -> bool:
        """Whether it is shown (or would be, were the window)."""
        return not self.isHidden()

    def open(self, first: QWidget | None = None) -> None:
        """Show it and put the cursor into `first`, else into the first field or button."""
        app = _app()
        if not self.is_open:
            self._opener = QApplication.focusWidget()
            app.focusChanged.connect(self._keep_focus)
        self.show()
        self.raise_()
        self.place()
        stops = self._stops()
        target = first or (stops[0] if stops else self)
        target.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close it; the focus goes back to where it came from."""
        if not self.is_open:
            return
        _app().focusChanged.disconnect(self._keep_focus)
        self.hide()
        opener, self._opener = self._opener, None
        if opener is not None and opener.isVisible():
            opener.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def place(self) -> None:
        """Cover the window; a kind of cover also places its panel."""
        self.setGeometry(self._over.rect())

    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from working behind it."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.LayoutRequest and self.is_open:
            self.place()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and watched is self.parent() and self.is_open:
            self.place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; nothing goes on to the window below."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go round inside."""
        stops = self._stops()
        if stops:
            focused = QApplication.focusWidget()
            here = stops.index(focused) if focused in stops else (-1 if forward else 0)
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            stops[(here + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def _stops(self) -> list[QWidget]:
        """What Tab reaches, in focus order."""
        found: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            inside = self.panel.isAncestorOf(widget) and widget.isVisibleTo(self)
            if takes and inside and widget.isEnabled():
                found.append(widget)
            widget = widget.nextInFocusChain()
        return found

    def _keep_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or new is self or new.window() is not self.window():
            return
        if not self.isAncestorOf(new) and _cover_above(new) is None:
            self.setFocus(Qt.FocusReason.OtherFocusReason)


class Sheet(Cover):
    """A sheet over `window`: title, `body`, and a `footer` that is shown once it holds a widget.

    Esc or the cross closes it; what was typed is kept, so that it can be opened again.

    Parameters
    ----------
    window : QWidget
        What it covers.
    title : str
    width, height : int
        Logical pixels at scale 1, cut to the window. Height 0 is what the content wants.
    """

    def __init__(self, window: QWidget, title: str, width: int = 640, height: int = 0) -> None:
        super().__init__(window, title)
        self._size = (width, height)
        inside = QVBoxLayout(self.panel)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        self.title = text(title, "h1")
        self.fact = text("", "small", "tertiary")
        self.head = QHBoxLayout()
        self.head.setContentsMargins(20, 14, 12, 12)
        self.head.setSpacing(10)
        self.head.addWidget(self.title)
        self.head.addWidget(self.fact)
        self.head.addStretch(1)
        self.close_button = IconButton("x", "Close (Esc)", self.dismiss)
        self.head.addWidget(self.close_button)
        inside.addLayout(self.head)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(20, 0, 20, 16)
        self.body.setSpacing(10)
        inside.addLayout(self.body, 1)
        self._foot = QWidget()
        self.footer = QHBoxLayout(self._foot)
        self.footer.setContentsMargins(20, 12, 20, 14)
        self.footer.setSpacing(8)
        self._foot_line = Line()
        inside.addWidget(self._foot_line)
        inside.addWidget(self._foot)

    def open(self, first: QWidget | None = None) -> None:
        """Show it, and the footer if it holds anything."""
        self._foot.setVisible(self.footer.count() > 0)
        self._foot_line.setVisible(self.footer.count() > 0)
        super().open(first)

    def place(self) -> None:
        """Cover the window and centre the panel."""
        super().place()
        theme = themes().current
        room_w, room_h = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        width = min(theme.px(self._size[0]), room_w)
        layout = self.panel.layout()
        assert layout is not None
        wanted = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
        if wanted < 0:
            wanted = self.panel.sizeHint().height()
        height = min(theme.px(self._size[1]) or wanted, room_h)
        left, top = (self.width() - width) // 2, (self.height() - height) // 2
        self.panel.setGeometry(left, max(_MARGIN, top), width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scrim."""
        QPainter(self).fillRect(self.rect(), themes().current.color("bg.scrim"))

    def _stops(self) -> list[QWidget]:
        """The cross comes last."""
        return [*(w for w in super()._stops() if w is not self.close_button), self.close_button]


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _cover_above(widget: QWidget | None) -> Cover | None:
    """The cover in which a widget lies, if any: one may open another."""
    while widget is not None and not isinstance(widget, Cover):
        widget = widget.parentWidget()
    return widget

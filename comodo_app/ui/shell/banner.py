"""The banner under the header: a state that lasts, the most severe one, with what can be done."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from comodo_app.session.notices import Banner, Tone
from comodo_app.session.session import Session
from comodo_app.ui.theme import icon, pixmap, themes
from comodo_app.ui.widgets import ElidedLabel, IconButton, button
from comodo_app.ui.widgets.announce import announce

_HEIGHT = 40
_SEVERITY = (Tone.ERR, Tone.WARN, Tone.INFO, Tone.OK)
_ICONS = {Tone.OK: "check-circle", Tone.INFO: "info", Tone.WARN: "warn", Tone.ERR: "error"}


class BannerBar(QWidget):
    """Hidden while the session has no banner; "+2" lists the less severe ones."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._banner: Banner | None = None
        self._front = ""  # the key that was chosen from the list
        self.setObjectName("banner")
        self._row = row = QHBoxLayout(self)
        row.setSpacing(8)
        self.words = ElidedLabel("", "body")
        self.more = button("", self._show_list, kind="ghost", small=True, tip="All that lasts")
        self.first = button("", lambda: self._run(first=True), small=True)
        self.second = button("", lambda: self._run(first=False), kind="ghost", small=True)
        self.close_button = IconButton("x", "Dismiss", self._dismiss, size_px=16)
        row.addWidget(self.words, 1)
        for tool in (self.more, self.second, self.first, self.close_button):
            row.addWidget(tool)
        session.banners_changed.connect(self.refresh)
        themes().changed.connect(self._resize)
        self._resize()
        self.refresh()

    @property
    def banner(self) -> Banner | None:
        """The one that is shown."""
        return self._banner

    def refresh(self) -> None:
        """Show the most severe banner of the session, of equal ones the latest."""
        banners = self.by_severity()
        before = self._banner
        chosen = next((b for b in banners if b.key == self._front), None)
        self._banner = chosen or (banners[0] if banners else None)
        self.setVisible(self._banner is not None)
        if self._banner is None:
            return
        self.words.setText(self._banner.text)
        self.setAccessibleName(self._banner.text)
        for made, words in (
            (self.first, self._banner.action),
            (self.second, self._banner.second_action),
        ):
            made.setText(words)
            made.setVisible(bool(words))
        self.more.setText(f"+{len(banners) - 1}")
        self.more.setAccessibleName(f"{len(banners) - 1} more")
        self.more.setVisible(len(banners) > 1)
        if self._banner != before:
            announce(self, self._banner.text)
        self.update()

    def by_severity(self) -> list[Banner]:
        """All banners, the most severe first, of equal ones the latest."""
        latest_first = self._session.banners[::-1]
        return sorted(latest_first, key=lambda b: _SEVERITY.index(b.tone))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tint of the tone, its icon and a line below."""
        if self._banner is None:
            return
        theme, tone = themes().current, self._banner.tone
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(f"{tone.value}.tint"))
        painter.fillRect(QRectF(0, 0, theme.px(3), self.height()), theme.color(tone.value))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("border.subtle"))
        picture = pixmap(_ICONS[tone], tone.value, 18)
        top = (self.height() - picture.deviceIndependentSize().height()) / 2
        painter.drawPixmap(theme.px(18), round(top), picture)

    def _run(self, *, first: bool) -> None:
        banner = self._banner
        if banner is not None:
            run = banner.run if first else banner.second_run
            if run is not None:
                run()

    def _dismiss(self) -> None:
        if self._banner is not None:
            self._session.dismiss_banner(self._banner.key)

    def _show_list(self) -> None:
        menu = QMenu(self)
        for banner in self.by_severity():
            entry = menu.addAction(icon(_ICONS[banner.tone], banner.tone.value), banner.text)
            entry.triggered.connect(lambda _=False, key=banner.key: self._bring_to_front(key))
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _bring_to_front(self, key: str) -> None:
        self._front = key
        self.refresh()

    def _resize(self) -> None:
        theme = themes().current
        self.setFixedHeight(theme.px(_HEIGHT))
        self._row.setContentsMargins(theme.px(46), 0, 10, 1)

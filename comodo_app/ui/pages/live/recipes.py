"""What the page says before anything is listened to: three ways to begin."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import button, text
from comodo_app.ui.widgets.tile import Tile


class Recipe(QFrame):
    """A card: an icon, a title, what it takes, a button."""

    def __init__(
        self, icon_name: str, title: str, words: str, action: str, run: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 18)
        column.setSpacing(10)
        column.addWidget(Tile(icon_name, "student"))
        column.addWidget(text(title, "h2"))
        said = text(words, "body", "secondary")
        said.setWordWrap(True)
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(said, 1)
        self.button = button(action, run)
        column.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignLeft)


class Recipes(QWidget):
    """Three cards in the middle."""

    def __init__(
        self,
        replay: Callable[[], object],
        phone: Callable[[], object],
        scan: Callable[[], object],
    ) -> None:
        super().__init__()
        self.replay = Recipe(
            "replay",
            "Replay a recording",
            "Any recording of the project or file, as if the sensor moved now. Nothing to set up.",
            "Replay",
            replay,
        )
        self.phone = Recipe(
            "phone",
            "A phone in the pocket",
            "The app Sensor Logger pushes its motion over your own network to this computer.",
            "Connect a phone",
            phone,
        )
        self.lab = Recipe(
            "network",
            "A sensor on the desk",
            "Streams of the Lab Streaming Layer and serial ports are found by a scan; lines over "
            "UDP or TCP are added by address.",
            "Scan",
            scan,
        )
        title = text("What is being done now, from a moving sensor", "h1")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        said = text("Choose a source. Camera and network are not needed.", "body", "secondary")
        said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.setSpacing(12)
        for card in (self.replay, self.phone, self.lab):
            card.setFixedHeight(themes().current.px(230))
            row.addWidget(card, 1)
        holder = QWidget()
        holder.setMaximumWidth(themes().current.px(860))
        column = QVBoxLayout(holder)
        column.setSpacing(10)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(said)
        column.addSpacing(14)
        column.addLayout(row)
        column.addStretch(3)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(holder, 100)
        outer.addStretch(1)

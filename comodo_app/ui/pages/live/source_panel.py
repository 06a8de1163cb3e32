"""Where the samples come from: a list to choose from, what belongs to the choice, an address."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from comodo_app.session.live_sources import REPLAY, SPEEDS, LiveSource
from comodo_app.session.session import Session
from comodo_app.ui.pages.live.source_row import ROW_PX, SourceRow
from comodo_app.ui.pages.live.words import source_chip
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, Panel, button, flow_row, text

_MOST_ROWS = 4.5  # the list scrolls from there on
_FILE = "…"
_ADDRESS = "lsl:NAME, udp:PORT, tcp:HOST:PORT, serial:PORT"


class ReplayBar(QWidget):
    """Which recording is replayed and how fast."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.what = QComboBox()
        self.what.setAccessibleName("Recording to replay")
        self.what.setMinimumWidth(90)
        self.what.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.what.activated.connect(self._choose)
        self.speed = QComboBox()
        self.speed.setAccessibleName("Replay speed")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g} ×", speed)
        self.speed.activated.connect(lambda i: session.live.sources.set_speed(SPEEDS[i]))
        self.speed.setFixedWidth(themes().current.px(88))
        for combo in (self.what, self.speed):
            combo.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.loop = IconButton("loop", "Begin again at the end", self._loop, checkable=True)
        row = flow_row(self.what, self.speed, self.loop, spacing=6)
        row.setStretch(0, 1)
        self.setLayout(row)
        self._listed: object = None

    def refresh(self) -> None:
        """List the project's recordings."""
        replay, rows = self._session.live.sources.replay, self._session.library.rows
        listed = (replay, tuple((row.id, row.name) for row in rows if row.imu is not None))
        if listed == self._listed:
            return
        self._listed = listed
        self.what.clear()
        for number, name in listed[1]:
            self.what.addItem(name, f"project:{number}")
        for address, title in self._session.live.sources.demos:
            self.what.addItem(title, address)
        if replay.address and self.what.findData(replay.address) < 0:
            self.what.addItem(replay.title, replay.address)
        self.what.addItem("Choose file…", _FILE)
        at = self.what.findData(replay.address)
        self.what.setCurrentIndex(at)
        if at < 0:
            self.what.setPlaceholderText("Choose a recording")
        self.speed.setCurrentIndex(self.speed.findData(replay.speed))
        self.loop.setChecked(replay.loop)

    def choose_file(self) -> None:
        """Ask for any recording on the disk."""
        path, _ = QFileDialog.getOpenFileName(self.window(), "Replay a recording")
        if path:
            self._session.live.sources.set_replay(f"replay:{path}", Path(path).stem)
        else:
            self._listed = None
            self.refresh()

    def _choose(self, index: int) -> None:
        address = str(self.what.itemData(index))
        if address == _FILE:
            self.choose_file()
        else:
            self._session.live.sources.set_replay(address, self.what.itemText(index))

    def _loop(self) -> None:
        self._session.live.sources.set_loop(self.loop.isChecked())


class AskBar(QWidget):
    """Asked once for a kind of source: who may send."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.question = text("Allow devices on this network to send?", "small")
        self.question.setWordWrap(True)
        self.yes = button("Allow", lambda: self._answer(True), small=True)
        self.no = button("Only this computer", lambda: self._answer(False), small=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(6)
        column.addWidget(self.question)
        column.addLayout(flow_row(self.yes, self.no, None))

    def _answer(self, allowed: bool) -> None:
        source = self._session.live.sources.source
        if source is not None:
            self._session.live.sources.allow(source.kind, allowed)


class SourcePanel(Panel):
    """The list of sources."""

    def __init__(self, session: Session) -> None:
        self.scan = button(
            "Scan", session.live.sources.scan, icon_name="reset", small=True,
            tip="Look for LSL streams and serial ports",
        )  # fmt: skip
        self.plus = IconButton("plus", "Add by address", self.toggle_address, size_px=16)
        super().__init__("Source", "", self.plus, self.scan, padding=14)
        self._session, self._live = session, session.live
        self.rows: dict[str, SourceRow] = {}
        self._group = QButtonGroup(self)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._list)
        self.replay, self.ask = ReplayBar(session), AskBar(session)
        self.note = text("", "small", "tertiary")
        self.note.setWordWrap(True)
        self.address = QLineEdit()
        self.address.setPlaceholderText("udp:PORT, tcp:HOST:PORT …")
        self.address.setToolTip(_ADDRESS)
        self.address.setAccessibleName(f"Add a source by its address: {_ADDRESS}")
        self.address.returnPressed.connect(self.add_address)
        self.problem = text("", "small", "err")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.adding = QWidget()
        add = QHBoxLayout(self.adding)
        add.setContentsMargins(0, 0, 0, 0)
        add.setSpacing(6)
        add.addWidget(self.address, 1)
        self.adding.hide()
        self.add = button("Add", self.add_address, small=True)
        add.addWidget(self.add)
        self.body.setSpacing(6)
        for widget in (self.area, self.ask, self.replay, self.note):
            self.body.addWidget(widget)
        self.body.addWidget(self.adding)
        self.body.addWidget(self.problem)
        self._live.sources.changed.connect(self.refresh)
        self._live.changed.connect(self.refresh)
        self._live.updated.connect(self._show_chips)
        themes().changed.connect(self._resize)
        self.refresh()

    def refresh(self) -> None:
        """Show the list as it is now."""
        sources = self._live.sources
        wanted = {row.key: row for row in sources.rows}
        for key in [k for k in self.rows if k not in wanted]:
            gone = self.rows.pop(key)
            self._group.removeButton(gone)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, (key, row) in enumerate(wanted.items()):
            if key not in self.rows:
                self._make_row(row)
            if self._column.indexOf(self.rows[key]) != place:
                self._column.insertWidget(place, self.rows[key])
            if self.rows[key].source != row:
                self.rows[key].show_source(row)
        self._group.setExclusive(False)
        for key, made in self.rows.items():
            made.setChecked(key == sources.chosen)
        self._group.setExclusive(True)
        self.scan.setText("Scanning…" if sources.scanning else "Scan")
        self.scan.setEnabled(not sources.scanning)
        self.replay.setVisible(sources.chosen == REPLAY)
        self.replay.refresh()
        self.ask.setVisible(sources.must_ask())
        self.note.setText("\n".join(sources.notes))
        self.note.setVisible(bool(sources.notes))
        self._show_chips()
        self._resize()

    def toggle_address(self) -> None:
        """Show the field for an address, or hide it."""
        self.adding.setVisible(self.adding.isHidden())
        self.problem.setVisible(not self.adding.isHidden() and bool(self.problem.text()))
        if not self.adding.isHidden():
            self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_address(self) -> None:
        """Add what was typed, or say what is wrong with it."""
        typed = self.address.text().strip()
        if not typed:
            return
        problem = self._live.sources.add(typed)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.address.setProperty("invalid", bool(problem))
        self.address.style().polish(self.address)
        if not problem:
            self.address.clear()
            self.adding.hide()

    def _make_row(self, source: LiveSource) -> None:
        made = SourceRow(source)
        made.clicked.connect(lambda _=False, key=source.key: self._live.sources.choose(key))
        self._group.addButton(made)
        self._column.addWidget(made)
        self.rows[source.key] = made

    def _show_chips(self) -> None:
        for key, row in self.rows.items():
            row.show_chip(*source_chip(self._live, key))

    def _resize(self) -> None:
        tall = themes().current.px(ROW_PX) + 2
        shown = min(len(self.rows), _MOST_ROWS)
        self.area.setFixedHeight(round(shown * tall))

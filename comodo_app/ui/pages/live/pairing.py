"""How a phone is connected: an address, a code, three steps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from comodo_app.session.live import Live
from comodo_app.ui.pages.live.qr import WHY_NOT, QrCode
from comodo_app.ui.widgets import Chip, button, flow_row, text

_STEPS = (
    "Install Sensor Logger on the phone, and switch on Total Acceleration and Gyroscope.",
    "In its settings, Data Streaming: switch on HTTP Push and scan the code or type the address.",
    "Start recording there. The traces appear here by themselves.",
)
_LOOPBACK = ("//127.", "//localhost", "//[::1]")


class Pairing(QWidget):
    """Shown in place of the traces until the phone has sent something."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self.code = QrCode(212)
        self.address = text("", "mono")
        self.address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.address.setAccessibleName("Address for the phone")
        self.copy = button("Copy", self._copy, icon_name="copy", small=True)
        self.state = Chip("Waiting for the phone", "info")
        self.reach = text("", "small", "secondary")
        self.reach.setWordWrap(True)
        self.allow = button("Allow devices on this network", self._allow, small=True)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(text("Connect a phone", "h1"))
        for number, words in enumerate(_STEPS, start=1):
            step = text(f"{number}.  {words}", "body", "secondary")
            step.setWordWrap(True)
            column.addWidget(step)
        column.addLayout(flow_row(self.address, self.copy, None))
        column.addWidget(self.reach)
        column.addLayout(flow_row(self.allow, None))
        column.addLayout(flow_row(self.state, None))
        column.addStretch(1)
        self.why_not = text(WHY_NOT, "small", "tertiary")
        self.why_not.setWordWrap(True)
        side = QVBoxLayout()
        side.addStretch(1)
        side.addWidget(self.code)
        side.addWidget(self.why_not)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 8, 24, 8)
        row.setSpacing(32)
        row.addStretch(1)
        row.addLayout(side)
        row.addLayout(column, 6)
        row.addStretch(1)
        live.changed.connect(self.refresh)
        live.sources.changed.connect(self.refresh)
        self.refresh()

    @property
    def wanted(self) -> bool:
        """Whether a phone is listened to that has not sent anything yet."""
        source, heard = self._live.sources.source, self._live.heard
        is_phone = source is not None and source.kind == "phone"
        return self._live.running and is_phone and heard.newest_s is None

    def refresh(self) -> None:
        """Show the address that is listened on."""
        begun = self._live.heard.begun
        address = "" if begun is None else begun.address
        self.address.setText(address or "Opening…")
        self.copy.setEnabled(bool(address))
        local = any(part in address for part in _LOOPBACK)
        self.reach.setText(
            "Only programs on this computer can send now; a phone cannot."
            if local
            else "Phone and computer have to be in the same network. The address holds a secret of "
            "this session; the data stays on this computer."
        )
        self.allow.setVisible(local)
        self.code.show_words(address)
        self.code.setVisible(bool(self.code.modules))
        self.why_not.setVisible(bool(address) and not self.code.modules)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())

    def _allow(self) -> None:
        source = self._live.sources.source
        if source is not None:
            self._live.sources.allow(source.kind, True)

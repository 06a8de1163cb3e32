"""Before the first byte: the licence of a model, what it allows, and the person's word on it."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from comodo_app.ui.model_words import licence_chip
from comodo_app.ui.numbers import size
from comodo_app.ui.shell.sheet import Sheet
from comodo_app.ui.widgets import Chip, KeyValueRow, button, text
from comodo_app.weights.catalog import CatalogEntry

# What a licence allows, in one line; by the beginning of its name.
_ALLOWS = (
    (
        "CC-BY-NC",
        "You may use, change and share it with its makers named, but not commercially: no "
        "products, no paid services.",
    ),
    ("MIT", "You may use it for anything, commercially too; keep its notice when you share it."),
    (
        "Apache-2.0",
        "You may use it for anything, commercially too; keep its notices when you share it.",
    ),
)
_UNKNOWN = "COMODO has no summary of this licence: read it before you accept it."


class Way(Enum):
    """How the model will come."""

    FETCH = "fetch"
    FOLDER = "folder"


def allows(licence: str) -> str:
    """What a licence allows, in one line."""
    return next((line for name, line in _ALLOWS if licence.startswith(name)), _UNKNOWN)


class LicenceSheet(Sheet):
    """`accepted` with the model's id and the way, after the box was ticked and the button hit."""

    accepted = Signal(str, object)  # Way

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "Licence", 560)
        self._entry: CatalogEntry | None = None
        self._way = Way.FETCH
        chips = QHBoxLayout()
        chips.setSpacing(6)
        self.chip = Chip("")
        self.link = button("Read the licence", self._open_link, kind="link", icon_name="external")
        chips.addWidget(self.chip)
        chips.addWidget(self.link)
        chips.addStretch(1)
        self.body.addLayout(chips)
        self.allows = text("", "body")
        self.remark = text("", "small", "secondary")
        for label in (self.allows, self.remark):
            label.setWordWrap(True)
            self.body.addWidget(label)
        self.body.addSpacing(4)
        self.source, self.amount = KeyValueRow("From"), KeyValueRow("Size")
        self.sent = KeyValueRow("What is sent", "the name of the model, nothing of yours")
        for row in (self.source, self.amount, self.sent):
            self.body.addWidget(row)
        self.body.addSpacing(4)
        self.box = QCheckBox("I accept")
        self.box.toggled.connect(self._offer)
        self.body.addWidget(self.box)
        self.cancel = button("Cancel", self.dismiss)
        self.go_on = button("Get", self._accept, kind="primary")
        self.go_on.setAutoDefault(True)
        self.footer.addStretch(1)
        self.footer.addWidget(self.cancel)
        self.footer.addWidget(self.go_on)

    def ask(self, entry: CatalogEntry, way: Way, host: str, missing_bytes: int) -> None:
        """Show the licence of a model; `missing_bytes` is what will have to come, about."""
        self._entry, self._way = entry, way
        fetch = way is Way.FETCH
        self.title.setText(f"{'Get' if fetch else 'Import'} {entry.title}")
        self.setAccessibleName(f"Licence of {entry.title}")
        name, tone, icon = licence_chip(entry.licence, non_commercial=entry.non_commercial)
        self.chip.set(name, tone, icon)
        self.link.setToolTip(f"Opens {entry.licence_url} in your browser")
        self.allows.setText(allows(entry.licence))
        remark = entry.licence.partition(" (")[2].removesuffix(")")
        self.remark.setText(f"Named by the catalogue: {remark}." if remark else "")
        self.remark.setVisible(bool(remark))
        self.source.set(f"{host}, {entry.repo}" if fetch else "a folder that you choose")
        self.amount.set(f"about {size(missing_bytes)} on this disk")
        self.sent.setVisible(fetch)
        short = entry.licence.partition(" (")[0]
        what = f"{short}, non-commercial use only" if entry.non_commercial else short
        self.box.setText(f"I accept {what}")
        self.box.setChecked(False)
        self.go_on.setText(f"Get {size(missing_bytes)}" if fetch else "Choose the folder…")
        self._offer()
        self.open(self.box)
        self.box.setFocus(Qt.FocusReason.PopupFocusReason)

    def _offer(self) -> None:
        self.go_on.setEnabled(self.box.isChecked())
        self.go_on.setToolTip("" if self.box.isChecked() else "Accept the licence first")

    def _accept(self) -> None:
        entry = self._entry
        self.dismiss()
        if entry is not None:
            self.accepted.emit(entry.id, self._way)

    def _open_link(self) -> None:
        if self._entry is not None:
            QDesktopServices.openUrl(QUrl(self._entry.licence_url))

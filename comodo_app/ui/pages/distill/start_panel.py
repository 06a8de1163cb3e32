"""Before a run: what is going to happen, and the button that makes it happen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from comodo_app.ui.widgets import Panel, button, text

_STEPS = (
    "The teacher watches each video once. What it saw is kept.",
    "The student learns to say from IMU what the teacher says from video.",
    "Activities are found in what the teacher saw; you name them afterwards.",
    "From then on the IMU is enough.",
)


class StartPanel(Panel):
    """The primary button, a sentence beside it, and why it is disabled if it is."""

    start_requested = Signal()
    predict_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Start", "no labels needed")
        for number, words in enumerate(_STEPS, start=1):
            line = text(f"{number}   {words}", "body", "secondary")
            line.setWordWrap(True)
            self.body.addWidget(line)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.start = button(
            "Start distilling", self.start_requested.emit, kind="primary", icon_name="distill"
        )
        self.summary = text("", "body")
        self.reason = text("", "body", "warn")
        self.reason.setWordWrap(True)
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self.summary)
        said.addWidget(self.reason)
        row.addWidget(self.start, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)
        self.body.addSpacing(4)
        self.body.addLayout(row)
        self.predict = button("", self.predict_requested.emit, icon_name="review")
        self.predict.hide()
        self.body.addWidget(self.predict, alignment=Qt.AlignmentFlag.AlignLeft)

    def show_state(self, summary: str, reason: str) -> None:
        """The sentence about the run, and why it cannot start (empty if it can)."""
        self.start.setEnabled(not reason)
        self.start.setToolTip(reason)
        self.start.setAccessibleDescription(reason or summary)
        self.summary.setText(summary)
        self.summary.setVisible(bool(summary) and not reason)
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))

    def offer_predictions(self, n_recordings: int) -> None:
        """Offer timelines for recordings that came after the latest run."""
        self.predict.setVisible(n_recordings > 0)
        noun = "recording" if n_recordings == 1 else "recordings"
        self.predict.setText(f"Predict {n_recordings} new {noun}")

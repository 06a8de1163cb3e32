"""One line above the timeline: what is missing here, and the button that gets it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from comodo_app.session.looks import Loading
from comodo_app.session.review import Review
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import ElidedLabel, button


class NoticeRow(QFrame):
    """Shown only while there is something to say; the rest of the page keeps working."""

    def __init__(self, review: Review, distill: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._review, self._distill = review, distill
        self.setProperty("role", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        self._icon = QLabel()
        self.words = ElidedLabel()
        self.copy = button("Copy details", self._copy, kind="ghost", small=True)
        self.act = button("", self._act, small=True)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        row.addWidget(self.copy)
        row.addWidget(self.act)
        self._run: Callable[[], None] | None = None
        for signal in (
            review.opened,
            review.timelines_changed,
            review.predicting_changed,
            review.looks.changed,
            themes().changed,
        ):
            signal.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Say the most severe thing, or nothing."""
        review = self._review
        row, looks = review.recording, review.looks
        failed = looks.state is Loading.FAILED
        if row is None:
            self.hide()
        elif failed:
            reason = looks.error or "unknown reason"
            self._say("error", "err", f"The samples could not be read: {reason}", "Try again")
            self._run = looks.load_traces
        elif review.predicting is not None and review.lanes.student is None:
            total = review.predicting.total
            share = f" {review.predicting.done / total:.0%}".replace("%", " %") if total else "…"
            self._say("wave", "student", f"Predicting{share}", "")
        elif row.imu is None:
            self._say("info", "text.tertiary", "No sensor: the student has nothing to read.", "")
        elif review.lanes.student is None and not review.runs:
            self._say(
                "info", "text.tertiary", "No run yet: nobody has learned to read this.", "Distill"
            )
            self._run = self._distill
        elif review.lanes.student is None:
            self._say("info", "info", f"Run {review.run_id} has not predicted this yet.", "Predict")
            self._run = self._predict
        else:
            self.hide()
        self.copy.setVisible(failed and not self.isHidden())

    def _say(self, icon_name: str, token: str, words: str, action: str) -> None:
        self._icon.setPixmap(pixmap(icon_name, token, 16))
        self.words.setText(words)
        self.setAccessibleName(words)
        self.act.setText(action)
        self.act.setVisible(bool(action))
        self.setFixedHeight(themes().current.px(38))
        self.show()

    def _act(self) -> None:
        if self._run is not None:
            self._run()

    def _predict(self) -> None:
        recording_id = self._review.recording_id
        if recording_id is not None:
            self._review.predict((recording_id,), self._review.run_id)

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        clipboard.setText(self.words.text())

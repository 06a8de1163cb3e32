"""What stands in the window's header: which recording, which run, export."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QComboBox, QWidget

from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, button


class ReviewHeader(QObject):
    """Combos of recordings and runs, latest run first; `widgets` in their order."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._review = session, session.review
        self.previous = IconButton(
            "chev-left", "Previous recording", lambda: actions.run("review.previous-recording")
        )
        self.next = IconButton(
            "chev-right", "Next recording", lambda: actions.run("review.next-recording")
        )
        self.recordings = _combo("Recording")
        self.recordings.activated.connect(lambda i: self._review.open(self.recordings.itemData(i)))
        self.runs = _combo("Run")
        self.runs.activated.connect(lambda i: self._review.show_run(self.runs.itemData(i)))
        self.export = button(
            "Export",
            lambda: actions.run("review.export"),
            icon_name="export",
            tip=actions.tip("review.export"),
        )
        session.library.changed.connect(self._fill_recordings)
        self._review.opened.connect(self._fill_recordings)
        self._review.timelines_changed.connect(self._fill_runs)
        themes().changed.connect(self._resize)
        self._fill_recordings()
        self._fill_runs()
        self._resize()

    @property
    def widgets(self) -> list[QWidget]:
        """In reading order."""
        return [self.previous, self.recordings, self.next, self.runs, self.export]

    def _fill_recordings(self) -> None:
        combo, rows = self.recordings, self._session.library.rows
        combo.clear()
        for row in rows:
            combo.addItem(row.name, row.id)
        place = combo.findData(self._review.recording_id)
        combo.setCurrentIndex(place)
        combo.setPlaceholderText("Choose a recording" if rows else "No recordings")
        combo.setEnabled(bool(rows))
        self.previous.setEnabled(place > 0)
        self.next.setEnabled(-1 < place < len(rows) - 1)

    def _fill_runs(self) -> None:
        combo, runs = self.runs, self._review.runs
        combo.clear()
        for run in runs:
            going = {"running": " · running", "stopped": " · stopped"}.get(run.status, "")
            combo.addItem(f"Run {run.id}{going}", run.id)
        combo.setCurrentIndex(combo.findData(self._review.run_id))
        combo.setPlaceholderText("No run yet")
        combo.setEnabled(bool(runs))
        self.export.setEnabled(any(row.segment for row in self._review.lanes.rows))

    def _resize(self) -> None:
        theme = themes().current
        self.recordings.setFixedWidth(theme.px(190))
        self.runs.setFixedWidth(theme.px(130))


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    combo.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return combo

"""The right side of the page: start, a run that goes on, a past run, or several compared."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from comodo_app.session.run_view import RunView
from comodo_app.session.session import Session
from comodo_app.ui.pages.distill.curves import Curves
from comodo_app.ui.pages.distill.facts import Facts
from comodo_app.ui.pages.distill.run_head import RunHead
from comodo_app.ui.pages.distill.runs_panel import RunsPanel
from comodo_app.ui.pages.distill.sight_strip import SightStrip
from comodo_app.ui.pages.distill.start_panel import StartPanel

_DRAW_EVERY_MS = 200


class RunArea(QScrollArea):
    """Its parts are shown as there is something to show in them."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Run")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.start, self.head, self.curves = StartPanel(), RunHead(), Curves()
        self.facts, self.sight, self.runs = Facts(), SightStrip(session), RunsPanel()
        for widget in (self.start, self.head):
            column.addWidget(widget)
        column.addWidget(self.curves, 1)
        column.addWidget(self.facts)
        column.addWidget(self.sight)
        column.addWidget(self.runs)
        column.addStretch(0)
        self._column = column
        self.setWidget(inside)
        self._view: RunView | None = None
        # Curves come several times a second: drawn when there is time, the latest only.
        self._draw = QTimer(self)
        self._draw.setSingleShot(True)
        self._draw.setInterval(_DRAW_EVERY_MS)
        self._draw.timeout.connect(self._draw_now)

    def show_start(self, *, with_runs: bool) -> None:
        """The start, above the past runs if there are any."""
        self._view = None
        self._set_visible(self.start, *((self.runs,) if with_runs else ()))

    def show_run(self, view: RunView, *, can_start: bool) -> None:
        """One run, going on or past."""
        changed = view is not self._view
        self._view = view
        parts: list[QWidget] = [self.head, self.curves, self.facts]
        if view.sight is not None:
            parts.append(self.sight)
        if not view.state.live:
            parts.append(self.runs)
        self._set_visible(*parts)
        self.head.show_run(view, self._share(), can_start)
        if changed or not view.state.live:
            self._draw_now()

    def show_compared(self, views: Sequence[RunView]) -> None:
        """Several runs over each other."""
        self._view = None
        self._set_visible(self.start, self.curves, self.runs)
        self.curves.show_runs(views)

    def curves_changed(self) -> None:
        """There are new steps."""
        if not self._draw.isActive():
            self._draw.start()

    def tick(self) -> None:
        """Show what changes by itself: times."""
        view = self._view
        if view is not None and view.state.live:
            self.head.show_run(view, self._share(), False)

    def _share(self) -> float | None:
        entry = self._session.jobs.entry(self._session.learning.job_id)
        return entry.share if entry is not None else None

    def _draw_now(self) -> None:
        view = self._view
        if view is None or not self.isVisibleTo(self.window()):
            return
        self.curves.show_run(view)
        self.facts.show_run(view)
        # In a turn of its own: a click between the two does not wait for both.
        QTimer.singleShot(0, self, self._draw_sight)

    def _draw_sight(self) -> None:
        if self._view is not None and self._view.sight is not None:
            self.sight.show_run(self._view)

    def _set_visible(self, *widgets: QWidget) -> None:
        for widget in (self.start, self.head, self.curves, self.facts, self.sight, self.runs):
            widget.setVisible(widget in widgets)
        self._column.setStretchFactor(self.curves, 1 if self.curves in widgets else 0)
        # Without curves the rest stays at the top.
        self._column.setStretch(self._column.count() - 1, 0 if self.curves in widgets else 1)

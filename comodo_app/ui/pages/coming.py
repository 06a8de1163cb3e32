"""Pages that say what they will show, and show what there is already."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from comodo_app.activities.model import Lane
from comodo_app.project.store import Project
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.numbers import grouped
from comodo_app.ui.pages.base import Page
from comodo_app.ui.pages.plain_tables import (
    NAME,
    NameDelegate,
    PlainModel,
    Row,
    SwatchDelegate,
    plain_view,
)
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import EmptyState, Panel, button, text

_NONE = "–"  # nothing has been said yet


class _TablePage(Page):
    """A panel with a table, and an empty state in its place."""

    def _lay_out(self, panel: QWidget, empty: EmptyState) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(_narrow(empty))
        self.stack.addWidget(panel)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.addWidget(self.stack)
        self.empty = empty

    def _show_table(self, full: bool) -> None:
        self.stack.setCurrentIndex(1 if full else 0)

    def _note(self, words: str) -> QWidget:
        note = text(words, "small", "tertiary")
        note.setWordWrap(True)
        return note


class ActivitiesPage(_TablePage):
    """The activities that were found, their time in the shown run, and their names to change."""

    name = "activities"
    title = "Activities"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        titles = ("", "Name", "Time", "Share", "Segments")
        self.model = PlainModel(self, titles, left=(0, 1), editable=NAME)
        self.model.renamed.connect(session.review.edits.rename)
        self.view = plain_view(self.model, "Activities", (56, 0, 110, 90, 100), NAME)
        self.view.setItemDelegateForColumn(0, SwatchDelegate(self.view, session.review))
        self.view.setItemDelegateForColumn(NAME, NameDelegate(self.view))
        review = button("Open Review", self._go("review"), small=True, icon_name="review")
        self.panel = Panel("Activities", "", review)
        self.panel.body.addWidget(self.view, 1)
        self.panel.body.addWidget(
            self._note(
                "Press F2, Enter or double-click to name an activity; equal names become one. "
                "Times are the student's, from the IMU alone. Examples of each activity as synced "
                "video and IMU, splitting and the map of similar ones are not in this version."
            )
        )
        empty = EmptyState(
            "activities",
            "No run yet. A distillation finds the activities; here they get their names.",
            "Open Distill",
            self._go("distill"),
        )
        self._lay_out(self.panel, empty)
        review_part = session.review
        review_part.activities_changed.connect(self.refresh)
        review_part.timelines_changed.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read names and times anew."""
        review = self.session.review
        time_s, n_segments = self._times()
        total_s = sum(time_s.values())
        rows = []
        for activity in review.by_time():
            seconds = time_s.get(activity.id, 0.0)
            share = f"{seconds / total_s:.1%}".replace("%", "\u2009%") if total_s else _NONE
            found = str(n_segments.get(activity.id, 0)) if total_s else _NONE
            time = _minutes(seconds) if total_s else _NONE
            rows.append(Row(activity.id, ("", activity.label, time, share, found)))
        self.model.show(rows)
        self._show_table(bool(rows))
        named = sum(bool(a.name) for a in review.by_time())
        run = f" · run {review.run_id}" if review.run_id is not None else ""
        self.panel.fact.setText(f"{named} of {len(rows)} named{run}")
        self.subtitle_changed.emit(f"{len(rows)} activities" if rows else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter names the selected activity."""
        row = self.view.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row.isValid():
            self.view.edit(self.model.index(row.row(), NAME))
            return
        super().keyPressEvent(event)

    def regions(self) -> list[QWidget]:
        """The table, or the empty state."""
        return [self.stack]

    def _times(self) -> tuple[dict[int, float], dict[int, int]]:
        """Seconds and segments per activity, of all recordings in the shown run."""
        review, project = self.session.review, self.session.project
        time_s: dict[int, float] = {}
        n_segments: dict[int, int] = {}
        if project is None or review.run_id is None:
            return time_s, n_segments
        groups = review.naming.groups
        for timeline in project.timelines(review.run_id, Lane.STUDENT).values():
            for segment in timeline:
                if segment.activity_id is not None:
                    lowest = groups.get(segment.activity_id, segment.activity_id)
                    time_s[lowest] = time_s.get(lowest, 0.0) + segment.length_s
                    n_segments[lowest] = n_segments.get(lowest, 0) + 1
        return time_s, n_segments

    def _go(self, page: str) -> Callable[[], None]:
        return lambda: self.go_requested.emit(page)


class EvaluatePage(_TablePage):
    """How often each run's student says from IMU alone what the teacher says from video."""

    name = "evaluate"
    title = "Evaluate"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        titles = ("Run", "Agreement", "Untrained student", "By chance", "Windows", "Recordings")
        self.model = PlainModel(self, titles, left=(0,))
        self.view = plain_view(self.model, "Agreement by run", (0, 130, 150, 110, 100, 110), 0)
        self.panel = Panel("Agreement", "student from IMU alone against teacher from video")
        self.panel.body.addWidget(self.view, 1)
        self.panel.body.addWidget(
            self._note(
                "Counted on windows of recordings that the student was not trained on. A run "
                "marked with * had too few recordings to keep some aside: the same ones chose its "
                "checkpoint, which flatters it a little. Comparison with labels of your own, "
                "confusion and retrieval are not in this version."
            )
        )
        empty = EmptyState(
            "evaluate",
            "Nothing measured yet. Every distillation measures how often the student agrees with "
            "the teacher on recordings that it has not seen.",
            "Open Distill",
            lambda: self.go_requested.emit("distill"),
        )
        self._lay_out(self.panel, empty)
        session.learning.changed.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read what the runs have measured."""
        project, rows = self.session.project, []
        if project is not None:
            for run in reversed(self.session.learning.runs):
                kept = _measured(project, run.id)
                if kept is not None:
                    shares = (kept["agreement"], kept["untrained"], kept["chance"])
                    called = project.get_meta(f"run-name/{run.id}") or f"Run {run.id}"
                    cells = (
                        called + (" *" if kept["selected"] else ""),
                        *(f"{share:.1%}".replace("%", "\u2009%") for share in shares),
                        grouped(kept["n_windows"]),
                        f"{kept['n_recordings']}",
                    )
                    rows.append(Row(run.id, cells))
        self.model.show(rows)
        self._show_table(bool(rows))
        self.subtitle_changed.emit(
            f"{len(rows)} run{'s' * (len(rows) > 1)} measured" if rows else ""
        )

    def came_into_view(self) -> None:
        """A run that has just ended may have measured something."""
        self.refresh()

    def regions(self) -> list[QWidget]:
        """The table, or the empty state."""
        return [self.stack]


def _narrow(empty: EmptyState) -> QWidget:
    """Keep long sentences in short lines, in the middle."""
    empty.setMaximumWidth(themes().current.px(600))
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.addStretch(1)
    row.addWidget(empty, 100)
    row.addStretch(1)
    return holder


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min"


def _measured(project: Project, run_id: int) -> dict[str, Any] | None:
    """What the run's discovery measured: the fields of `jobs.discover.Agreement`."""
    kept = project.get_meta(f"agreement/{run_id}")
    return None if kept is None else dict(json.loads(kept))

"""Told without being asked: an activity that goes on for longer than wished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.session.notices import Notice, Tone

if TYPE_CHECKING:
    from comodo_app.jobs.live import LiveUpdate
    from comodo_app.session.live import Live
    from comodo_app.session.session import Session

AFTER_S = (30.0, 60.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """Tell when an activity has gone on for `after_s`; `activity_id` None means any."""

    activity_id: int | None
    after_s: float


class LiveAlerts(QObject):
    """One rule; each stretch of an activity is told of once, as a toast."""

    changed = Signal()
    raised = Signal(str)

    def __init__(self, session: Session, live: Live) -> None:
        super().__init__(live)
        self._session, self._live = session, live
        self.rule: AlertRule | None = None
        self._told: tuple[int, float] | None = None

    def set(self, rule: AlertRule | None) -> None:
        """Tell of this from now on, or of nothing."""
        self.rule, self._told = rule, None
        self.changed.emit()

    def follow(self, update: LiveUpdate) -> None:
        """Look whether something is to be told."""
        rule, now = self.rule, update.now
        if rule is None or now is None or not update.predictions or not now.activity_id:
            return
        if rule.activity_id not in (None, now.activity_id):
            return
        stretch = (now.activity_id, now.since_s)
        lasted_s = update.predictions[-1].end_s - now.since_s
        if lasted_s >= rule.after_s and stretch != self._told:
            self._told = stretch
            words = f"{self._live.label(now.activity_id)} for {span_words(rule.after_s)}."
            self._session.say(Notice(words, Tone.WARN))
            self.raised.emit(words)


def span_words(seconds: float) -> str:
    """ "30 s", "10 min", "1 h"."""
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:g} h"

"""The Live page: source at the left, what is done now at the right, all of it moving."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from comodo_app.session.live_sources import PHONE, REPLAY
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Badge, Page
from comodo_app.ui.pages.live.connection import CheckPanel, ConnectionPanel
from comodo_app.ui.pages.live.header import LiveHeader
from comodo_app.ui.pages.live.history import History
from comodo_app.ui.pages.live.mirror import MirrorWindow
from comodo_app.ui.pages.live.model_panel import ModelPanel
from comodo_app.ui.pages.live.now_panel import NowPanel
from comodo_app.ui.pages.live.probabilities import Probabilities
from comodo_app.ui.pages.live.recipes import Recipes
from comodo_app.ui.pages.live.sensor_panel import SensorPanel
from comodo_app.ui.pages.live.sensor_view import SPANS_S
from comodo_app.ui.pages.live.source_panel import SourcePanel
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Panel, button
from comodo_app.ui.widgets.own_keys import is_for_widget

_LEFT, _NOW = 324, 212
_FRAME_MS, _CALM_MS = 16, 200  # a frame; with reduced motion


class LivePage(Page):
    """Nothing here waits: the session's job listens, this draws what is there."""

    name = "live"
    title = "Live"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        self.live = session.live
        self._mirror: MirrorWindow | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.header = LiveHeader(self.live, actions, self)
        self.source = SourcePanel(session)
        self.connection, self.check = ConnectionPanel(self.live), CheckPanel(self.live)
        self.model = ModelPanel(self.live)
        mark = button("Mark moment", partial(actions.run, "live.mark"), icon_name="pin", small=True)
        mark.setToolTip(actions.tip("live.mark"))
        self.mark = mark
        self.now = NowPanel(self.live, mark)
        self.likely = Panel("Probabilities", "last 60 s")
        self.probabilities = Probabilities(self.live)
        self.likely.body.addWidget(self.probabilities, 1)
        self.sensor = SensorPanel(self.live, actions)
        self.past = Panel("History", "last 10 minutes")
        self.history = History(self.live)
        self.past.body.addWidget(self.history)
        self.recipes = Recipes(self._begin_replay, self._begin_phone, self._scan)
        self._frames = QTimer(self)
        self._frames.setTimerType(Qt.TimerType.PreciseTimer)
        self._frames.timeout.connect(self._frame)
        self._lay_out()
        self._connect(actions)
        self._show_state()

    def header_widgets(self) -> list[QWidget]:
        """State, recording, start and stop."""
        return self.header.widgets

    def regions(self) -> list[QWidget]:
        """Source, connection, model; then now, sensor, history."""
        return [self.source, self.model, self.now, self.sensor]

    def came_into_view(self) -> None:
        """Nothing is looked for by itself: a scan is a click."""
        self._show_state()

    def event(self, event: QEvent) -> bool:
        """Keys that the focused widget needs itself are not the page's."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and is_for_widget(QApplication.focusWidget(), event)
        ):
            event.accept()
            return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Move from now on."""
        super().showEvent(event)
        self.sensor.view.redraw()
        self._run_frames()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees it: nothing is drawn."""
        super().hideEvent(event)
        self._run_frames()

    def show_mirror(self) -> None:
        """Open the window with the activity, or bring it to the front."""
        if self._mirror is None or not isValid(self._mirror) or not self._mirror.isVisible():
            self._mirror = MirrorWindow(self.live, self)
            self._mirror.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._mirror.show()
        self._mirror.raise_()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for panel in (self.source, self.connection, self.check, self.model):
            column.addWidget(panel)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(left)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area = area
        right = QWidget()
        rows = QVBoxLayout(right)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.now, 51)
        top.addWidget(self.likely, 47)
        self._top = QWidget()
        self._top.setLayout(top)
        top.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._top)
        rows.addWidget(self.sensor, 1)
        rows.addWidget(self.past)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.recipes)
        self.stack.addWidget(right)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addWidget(area)
        row.addWidget(self.stack, 1)
        themes().changed.connect(self._resize)
        self._resize()

    def _resize(self) -> None:
        theme = themes().current
        self._area.setFixedWidth(theme.px(_LEFT))
        self._top.setFixedHeight(theme.px(_NOW))

    def _connect(self, actions: Actions) -> None:
        live, on = self.live, actions.on
        on("live.toggle", self._toggle, self)
        on("live.record", live.recordings.toggle, self)
        on("live.mark", live.mark, self)
        on("live.freeze", lambda: live.freeze(live.frozen_s is None), self)
        on("live.earlier", lambda: self.sensor.view.scroll_back(self.sensor.view.span_s / 20), self)
        on("live.later", lambda: self.sensor.view.scroll_back(-self.sensor.view.span_s / 20), self)
        on("live.longer", lambda: self._zoom(1), self)
        on("live.shorter", lambda: self._zoom(-1), self)
        on("live.scan", self._scan, self)
        on("live.phone", self._begin_phone, self)
        on("live.replay", self._begin_replay, self)
        on("live.mirror", self.show_mirror, self)
        live.changed.connect(self._show_state)
        live.frozen_changed.connect(self._run_frames)
        live.recordings.changed.connect(self._show_badge)
        self.session.settings_changed.connect(self._run_frames)
        self.header.refresh()

    def _toggle(self) -> None:
        if not self.live.running and not self.live.why_not():
            self.live.start()
        else:
            self.live.stop()

    def _begin_replay(self) -> None:
        sources = self.live.sources
        sources.choose(REPLAY)
        if not sources.replay.address:
            self.source.replay.choose_file()
        if sources.replay.address and not self.live.running:
            self.live.start()

    def _begin_phone(self) -> None:
        self.live.sources.choose(PHONE)
        if not self.live.running:
            self.live.start()

    def _scan(self) -> None:
        self.live.sources.scan()

    def _zoom(self, step: int) -> None:
        at = SPANS_S.index(self.sensor.view.span_s) + step
        if 0 <= at < len(SPANS_S):
            self.sensor.spans.choose(f"{SPANS_S[at]:g}")

    def _show_state(self) -> None:
        heard = self.live.heard
        begun = self.live.running or heard.newest_s is not None or bool(self.live.error)
        self.stack.setCurrentIndex(1 if begun else 0)
        self.mark.setEnabled(self.live.running)
        self._show_badge()
        self._run_frames()

    def _show_badge(self) -> None:
        if self.live.recordings.on:
            self.badge_changed.emit(Badge(dot=True, token="rec"))
        else:
            self.badge_changed.emit(Badge(dot=self.live.running, token="ok"))

    def _run_frames(self) -> None:
        """Draw frames only while there is something that moves and somebody who sees it."""
        moves = self.isVisible() and self.live.running and self.live.frozen_s is None
        wanted = _CALM_MS if self.session.settings.reduced_motion else _FRAME_MS
        if not moves:
            self._frames.stop()
        elif not self._frames.isActive() or self._frames.interval() != wanted:
            self._frames.start(wanted)

    def _frame(self) -> None:
        self.sensor.tick()

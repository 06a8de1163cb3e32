"""The moving picture with its span and the button that lets it stand still."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from comodo_app.session.live import Live
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.live.pairing import Pairing
from comodo_app.ui.pages.live.sensor_view import SPANS_S, SensorView
from comodo_app.ui.timeline.text import clock
from comodo_app.ui.widgets import Chip, IconButton, Panel, Segmented, button

_LABELS = {20.0: "20 s", 60.0: "60 s", 300.0: "5 min"}


class SensorPanel(Panel):
    """Traces, or how to connect a phone that has not sent yet."""

    def __init__(self, live: Live, actions: Actions) -> None:
        self.frozen = Chip("", "info", "pause")
        self.frozen.hide()
        self.earlier = IconButton("chev-left", "Earlier (←)", lambda: self._scroll(1))
        self.later = IconButton("chev-right", "Later (→)", lambda: self._scroll(-1))
        self.spans = Segmented([(f"{s:g}", _LABELS[s]) for s in SPANS_S], "Seconds shown")
        self.freeze = button(
            "Freeze", lambda: actions.run("live.freeze"), icon_name="pause", small=True
        )
        self.freeze.setToolTip(actions.tip("live.freeze"))
        super().__init__(
            "Sensor", "", self.frozen, self.earlier, self.later, self.spans, self.freeze
        )
        self._live = live
        self.view = SensorView(live)
        self.pairing = Pairing(live)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.pairing)
        self.body.addWidget(self.stack, 1)
        self.spans.chosen.connect(lambda key: self._set_span(float(key)))
        self.view.scrolled.connect(self._say_frozen)
        live.changed.connect(self.refresh)
        live.frozen_changed.connect(self.refresh)
        live.updated.connect(self._follow)
        self.refresh()

    def refresh(self) -> None:
        """Show what is so now."""
        frozen = self._live.frozen_s is not None
        self.freeze.setText("Follow" if frozen else "Freeze")
        self.freeze.set_icon("play" if frozen else "pause")
        self.freeze.setEnabled(frozen or self._live.heard.newest_s is not None)
        for part in (self.frozen, self.earlier, self.later):
            part.setVisible(frozen)
        self.fact.setText(f"last {_LABELS[self.view.span_s]}" if not frozen else "")
        self.stack.setCurrentIndex(1 if self.pairing.wanted else 0)
        self._say_frozen()

    def tick(self) -> None:
        """Move the picture on."""
        if self.stack.currentIndex() == 0:
            self.view.tick()

    def _follow(self) -> None:
        if self.stack.currentIndex() == 1 and not self.pairing.wanted:
            self.refresh()
        if not self.freeze.isEnabled():
            self.refresh()
        if self._live.frozen_s is not None:
            self._say_frozen()

    def _say_frozen(self) -> None:
        frozen_s, newest_s = self._live.frozen_s, self._live.heard.newest_s
        if frozen_s is None or newest_s is None:
            return
        behind_s = newest_s - frozen_s + self.view.back_s
        words = f"Frozen {clock(behind_s)}"
        if words != self.frozen.label:
            self.frozen.set(words, "info", "pause")

    def _scroll(self, direction: int) -> None:
        self.view.scroll_back(direction * self.view.span_s / 4)

    def _set_span(self, seconds: float) -> None:
        self.view.set_span(seconds)
        self.refresh()

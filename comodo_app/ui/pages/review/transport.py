"""The row between video and timeline: play, speed, time, loop, disagreements, zoom."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QWidget

from comodo_app.session.player import SPEEDS, Player
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.review.times import clock
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Button, IconButton, Line, button, text

_SLIDER_STEPS = 1000
_WIDE, _NARROWEST = 1160, 1060


class Transport(QWidget):
    """Shows the player, asks through the action table: keys, menus and buttons do the same."""

    zoom_requested = Signal(float)  # 0 shows all, 1 as little as can be

    def __init__(self, player: Player, actions: Actions) -> None:
        super().__init__()
        self._player, self._actions = player, actions
        self.setAccessibleName("Playback")
        # Its width is the page's: it decides what to say in it, see `resizeEvent`.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.play = Button("", "primary", "play")
        self.play.setObjectName("play")
        self.play.clicked.connect(lambda: actions.run("review.play"))
        for name, icon_name in (("previous-edge", "prev-segment"), ("frame-back", "step-back")):
            row.addWidget(self._tool(name, icon_name))
        row.addWidget(self.play)
        for name, icon_name in (("frame-on", "step-forward"), ("next-edge", "next-segment")):
            row.addWidget(self._tool(name, icon_name))
        row.addSpacing(6)
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Speed (J slower, L faster)")
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g} ×" if speed % 1 else f"{speed:.1f} ×", speed)
        self.speed.activated.connect(lambda i: player.set_speed(self.speed.itemData(i)))
        row.addWidget(self.speed)
        row.addSpacing(4)
        self.time = text("", "h1")
        self.time.setObjectName("time")
        self.length = text("", "body", "tertiary")
        row.addWidget(self.time)
        row.addWidget(self.length)
        row.addSpacing(6)
        self.loop = self._switch("loop", "Loop segment", "loop")
        row.addWidget(self.loop)
        row.addStretch(1)
        self.next = button("Next disagreement  N", icon_name="disagree")
        self.next.clicked.connect(lambda: actions.run("review.next-disagreement"))
        self.next.setToolTip(actions.tip("review.next-disagreement"))
        self.place = text("", "body", "secondary")
        row.addWidget(self.next)
        row.addWidget(self.place)
        line = Line(vertical=True)
        line.setFixedHeight(22)
        row.addWidget(line)
        self.follow = self._switch("follow", "Follow", "follow")
        self.follow.setChecked(True)
        row.addWidget(self.follow)
        row.addWidget(self._tool("zoom-out", "zoom-out"))
        self.zoom = QSlider(Qt.Orientation.Horizontal)
        self.zoom.setRange(0, _SLIDER_STEPS)
        self.zoom.setAccessibleName("Zoom")
        self.zoom.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.zoom.valueChanged.connect(lambda v: self.zoom_requested.emit(v / _SLIDER_STEPS))
        row.addWidget(self.zoom)
        row.addWidget(self._tool("zoom-in", "zoom-in"))
        row.addWidget(self._tool("fit", "fit"))
        player.moved.connect(self._show_time)
        player.playing_changed.connect(self._show_playing)
        player.speed_changed.connect(self._show_speed)
        player.loop_changed.connect(self._show_loop)
        themes().changed.connect(self._resize)
        self._resize()
        self._show_playing(player.playing)
        self._show_speed(player.speed)
        self._show_time(player.position_s)

    def show_place(self, words: str) -> None:
        """Which disagreement is shown: "4 of 10"."""
        self.place.setText(words)
        self.next.setEnabled(words != "none")

    def show_zoom(self, zoom: float, shown_s: float) -> None:
        """Put the slider where the timeline is, without asking for anything."""
        self.zoom.blockSignals(True)
        self.zoom.setValue(round(zoom * _SLIDER_STEPS))
        self.zoom.blockSignals(False)
        self.zoom.setAccessibleDescription(f"{shown_s:.1f} s shown")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, buttons say less."""
        narrow = self.width() < themes().current.px(_WIDE)
        self.loop.setText("Loop" if narrow else "Loop segment")
        self.next.setText("Next  N" if narrow else "Next disagreement  N")
        self.next.setAccessibleName("Next disagreement")
        self.place.setMinimumWidth(0 if narrow else themes().current.px(52))
        self.length.setVisible(self.width() >= themes().current.px(_NARROWEST))

    def _tool(self, name: str, icon_name: str) -> IconButton:
        tool = IconButton(icon_name, "", lambda: self._actions.run(f"review.{name}"))
        tip = self._actions.tip(f"review.{name}")
        tool.setToolTip(tip)
        tool.setAccessibleName(self._actions.specs[f"review.{name}"].text)
        return tool

    def _switch(self, name: str, label: str, icon_name: str) -> Button:
        switch = button(label, icon_name=icon_name, tip=self._actions.tip(f"review.{name}"))
        switch.setCheckable(True)

        def clicked(on: bool) -> None:
            switch.setChecked(not on)  # the action decides; the button shows what came of it
            self._actions.run(f"review.{name}")

        switch.clicked.connect(clicked)
        return switch

    def _show_time(self, position_s: float) -> None:
        self.time.setText(clock(position_s))
        self.length.setText(f"/ {clock(self._player.span_s[1])}")

    def _show_playing(self, playing: bool) -> None:
        self.play.set_icon("pause" if playing else "play")
        self.play.setAccessibleName("Pause" if playing else "Play")
        self.play.setToolTip(f"{'Pause' if playing else 'Play'} (Space)")

    def _show_speed(self, speed: float) -> None:
        near = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - speed))
        self.speed.setCurrentIndex(near)

    def _show_loop(self) -> None:
        self.loop.setChecked(self._player.loop_s is not None)

    def _resize(self) -> None:
        theme = themes().current
        self.setFixedHeight(theme.px(34))
        self.play.setFixedSize(theme.px(38), theme.px(30))
        self.zoom.setFixedWidth(theme.px(84))
        self.speed.setFixedWidth(theme.px(98))
        widest = theme.font("h1")
        self.time.setFont(widest)
        self.time.setMinimumWidth(theme.px(86))
        self.place.setMinimumWidth(theme.px(52))

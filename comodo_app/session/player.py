"""The playhead: where in the recording we are, whether it moves, and the frame to show."""

from __future__ import annotations

import queue
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from comodo_app.jobs.frames import FrameAnswer, FrameThread, FrameWish

if TYPE_CHECKING:
    from comodo_app.recordings.playback import ShownFrame
    from comodo_app.session.session import Session

Purpose = Literal["show", "next", "step"]

SPEEDS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
_TICK_MS = 16  # the playhead moves at most this often
_AHEAD = 3  # frames that are decoded before they are due
_ANSWER_MS = 4  # how often an outstanding frame is looked for
_BLIND_STEP_S = 0.1  # a "frame" where there is no video
_EDGE_S = 1e-6


class Player(QObject):
    """The common time of video, traces and lanes, in seconds on the recording clock.

    Time runs on a monotonic clock; frames follow it: one is in flight at any time, a few wait
    until they are due, and what is late is left out. Without a video the same clock moves the
    playhead alone.
    """

    moved = Signal(float)  # the playhead
    frame_changed = Signal(object)  # ShownFrame, or None when there is nothing to show
    playing_changed = Signal(bool)
    speed_changed = Signal(float)
    loop_changed = Signal()
    video_failed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.position_s = 0.0
        self.span_s = (0.0, 0.0)
        self.video: Path | None = None
        self.frame: ShownFrame | None = None
        self.playing = False
        self.speed = 1.0
        self.loop_s: tuple[float, float] | None = None
        self.box_px = (560, 312)
        self.n_shown = self.n_dropped = 0  # since playback began
        self._thread: FrameThread | None = None
        self._ticket = 0
        self._in_flight = 0
        self._purpose: Purpose = "show"
        self._wanted: float | None = None
        self._ready: deque[ShownFrame] = deque()  # decoded ahead, while playing
        self._steps = 0
        self._from_s = self._from_clock = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def open(self, span_s: tuple[float, float], video: Path | None = None) -> None:
        """Play another recording, from its start; `video` None for one without pictures."""
        self.pause()
        self.span_s, self.video, self.loop_s = span_s, video, None
        self._ticket += 1  # answers to older tickets are old news
        self._in_flight = self._steps = 0
        self.frame = self._wanted = None
        self._ready.clear()
        if self._thread is not None and video is None:
            self._thread.release()
        self.frame_changed.emit(None)
        self.loop_changed.emit()
        self.seek(span_s[0])

    def seek(self, position_s: float) -> None:
        """Go to a time, cut to the recording's span; playback goes on from there."""
        self._move(position_s)
        self._restart_clock()
        self._ready.clear()
        self._ask("show", self.position_s)

    def play(self) -> None:
        """Let time run; from the start again if it stood at the end."""
        if self.playing or self.span_s[1] <= self.span_s[0]:
            return
        if self.position_s >= self._end_s() - _EDGE_S:
            self.seek(self.loop_s[0] if self.loop_s is not None else self.span_s[0])
        self.playing = True
        self.n_shown = self.n_dropped = 0
        self._restart_clock()
        self._ask_next()
        self._timer.start(_TICK_MS)
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stand still; the playhead stays where the clock was, the frame is the one there."""
        if self.playing:
            self.playing = False
            self._ready.clear()
            self.playing_changed.emit(False)
            self._ask("show", self.position_s)

    def toggle(self) -> None:
        """Play or pause."""
        self.pause() if self.playing else self.play()

    def step(self, n: int) -> None:
        """Go `n` frames on (back if negative) by their timestamps; pauses."""
        self.pause()
        if self.video is None:
            self.seek(self.position_s + n * _BLIND_STEP_S)
            return
        self._steps += n
        self._do_step()

    def set_speed(self, speed: float) -> None:
        """Seconds of the recording per second, 0.1 to 4."""
        self._restart_clock()
        self.speed = min(max(speed, SPEEDS[0]), SPEEDS[-1])
        self.speed_changed.emit(self.speed)

    def change_speed(self, by: int) -> None:
        """The next faster or slower of `SPEEDS`."""
        near = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - self.speed))
        self.set_speed(SPEEDS[min(max(near + by, 0), len(SPEEDS) - 1)])

    def loop(self, span_s: tuple[float, float] | None) -> None:
        """Play a span over and over; None plays on to the end."""
        self.loop_s = span_s
        self.loop_changed.emit()
        if span_s is not None and not span_s[0] <= self.position_s < span_s[1]:
            self.seek(span_s[0])

    def set_box(self, width_px: int, height_px: int) -> None:
        """How large the frame is shown, in device pixels: it is decoded to that size."""
        if (width_px, height_px) != self.box_px and width_px > 1 and height_px > 1:
            self.box_px = (width_px, height_px)
            if not self.playing and self.video is not None:
                self._ask("show", self.position_s)

    def shut_down(self) -> None:
        """End the decoding thread; nothing is played any more."""
        self.playing = False
        self.video = None
        self._timer.stop()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()

    def _end_s(self) -> float:
        return self.loop_s[1] if self.loop_s is not None else self.span_s[1]

    def _move(self, position_s: float) -> None:
        self.position_s = min(max(position_s, self.span_s[0]), self.span_s[1])
        self.moved.emit(self.position_s)

    def _restart_clock(self) -> None:
        self._from_s, self._from_clock = self.position_s, time.monotonic()

    def _ask(self, purpose: Purpose, time_s: float, which: Literal["at", "before"] = "at") -> None:
        if self.video is None:
            return
        if self._in_flight:  # one at a time: the latest place is asked for then
            self._wanted = time_s
            return
        if self._thread is None:
            self._thread = FrameThread()
        self._ticket += 1
        self._in_flight, self._purpose = self._ticket, purpose
        self._thread.ask(FrameWish(self._ticket, self.video, time_s, self.box_px, which))
        if not self.playing:
            self._timer.start(_ANSWER_MS)

    def _ask_next(self) -> None:
        """While playing: the frame after the last one, or the one that is due if that is late."""
        last = self._ready[-1] if self._ready else self.frame
        following = last.next_s if last is not None else None
        if following is not None and not self._in_flight and len(self._ready) < _AHEAD:
            self._ask("next", max(following, self.position_s))

    def _do_step(self) -> None:
        if self._in_flight or not self._steps or self.frame is None:
            return
        if self._steps < 0:
            self._steps += 1
            self._ask("step", self.frame.time_s, "before")
        elif self.frame.next_s is not None:
            self._steps -= 1
            self._ask("step", self.frame.next_s)
        else:
            self._steps = 0

    def _tick(self) -> None:
        self._take_answers()
        if not self.playing:
            if not self._in_flight:
                self._timer.stop()
            return
        now_s = self._from_s + (time.monotonic() - self._from_clock) * self.speed
        if now_s >= self._end_s():
            self._reach_end()
            return
        self._move(now_s)
        due = None
        while self._ready and now_s >= self._ready[0].time_s - _EDGE_S:
            self.n_dropped += (due is not None) + self._ready[0].skipped
            due = self._ready.popleft()
        if due is not None:
            self.n_shown += 1
            self._show(due)
        self._ask_next()
        self._wait_for_next()

    def _wait_for_next(self) -> None:
        """Wake up when the next frame is due, or soon if it is still being decoded."""
        wait_ms = _TICK_MS
        if self._ready:
            due_s = (self._ready[0].time_s - self.position_s) / self.speed
            wait_ms = min(_TICK_MS, max(1, round(due_s * 1000)))
        elif self._in_flight:
            wait_ms = _ANSWER_MS
        if self._timer.interval() != wait_ms:
            self._timer.setInterval(wait_ms)

    def _reach_end(self) -> None:
        if self.loop_s is not None:
            self.seek(self.loop_s[0])
            return
        self._move(self.span_s[1])
        self.pause()

    def _take_answers(self) -> None:
        while self._thread is not None:
            try:
                answer = self._thread.answers.get_nowait()
            except queue.Empty:
                return
            if answer.ticket == self._in_flight:
                self._in_flight = 0
                self._take(answer)

    def _take(self, answer: FrameAnswer) -> None:
        wanted, self._wanted = self._wanted, None
        if answer.frame is None:
            self.video, self._steps = None, 0
            self.video_failed.emit(answer.error)
        elif wanted is not None:  # somebody has gone elsewhere meanwhile
            if not self.playing:
                self._show(answer.frame)
            self._ask("show", wanted)
        elif self._purpose == "next" and self.playing:
            self._ready.append(answer.frame)
        else:
            self._show(answer.frame)
            if self._purpose == "step":
                self._move(answer.frame.time_s)
            self._do_step()

    def _show(self, frame: ShownFrame) -> None:
        self.frame = frame
        self.frame_changed.emit(frame)

"""A thread that decodes the frames a player asks for, one wish at a time, the latest first."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comodo_app.jobs.core import JobContext, run_job

if TYPE_CHECKING:
    from comodo_app.recordings.playback import FrameReader, ShownFrame


@dataclass(frozen=True, slots=True)
class FrameWish:
    """One frame of a video: the one shown `at` a time, or the last one `before` it.

    `ticket` comes back with the answer; `box_px` is what the picture has to fit into.
    """

    ticket: int
    path: Path
    time_s: float
    box_px: tuple[int, int]
    which: Literal["at", "before"] = "at"


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnswer:
    """The frame, or why there is none."""

    ticket: int
    frame: ShownFrame | None = None
    error: str = ""


class FrameThread:
    """Decodes on a thread of its own; a new wish replaces one that has not been begun.

    `answers` holds what was decoded, in order. The thread starts with the first wish.
    """

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[FrameAnswer] = queue.SimpleQueue()
        self._wish: FrameWish | None = None
        self._ending = self._release = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, wish: FrameWish) -> None:
        """Wish for a frame; returns at once."""
        with self._changed:
            self._wish = wish
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="comodo-frames", daemon=True)
            self._thread.start()

    def release(self) -> None:
        """Close the video soon, so that others may move or delete it."""
        with self._changed:
            self._wish, self._release = None, True
            self._changed.notify()

    def close(self) -> None:
        """End the thread and wait for it; the video is closed then."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _next_wish(self) -> FrameWish | None:
        """Wait for a wish; None asks to close the video."""
        with self._changed:
            while self._wish is None and not self._ending and not self._release:
                self._changed.wait()
            wish, self._wish, self._release = self._wish, None, False
            return None if self._ending else wish

    def _work(self) -> None:
        # Here, not on top: the window opens before the video library has loaded.
        from comodo_app.recordings.playback import FrameReader

        reader: FrameReader | None = None
        path: Path | None = None

        def let_go() -> None:
            nonlocal reader, path
            if reader is not None:
                reader.close()
            reader = path = None

        def find(wish: FrameWish, context: JobContext) -> ShownFrame:
            nonlocal reader, path
            if reader is None or path != wish.path:
                let_go()
                reader, path = FrameReader(wish.path), wish.path
            frame_of = reader.at if wish.which == "at" else reader.before
            return frame_of(wish.time_s, wish.box_px)

        while not self._ending:
            wish = self._next_wish()
            if wish is None:
                let_go()
                continue
            outcome = run_job(find, wish, JobContext(lambda progress: None))
            self.answers.put(FrameAnswer(wish.ticket, outcome.result, outcome.error))
        let_go()

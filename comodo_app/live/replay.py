"""Replay a recording's IMU as if it came now."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from comodo_app.errors import UsageError
from comodo_app.live.model import Chunk, SourceState, SourceStatus, StreamInfo
from comodo_app.recordings.model import CHANNEL_UNITS, Recording

SLOWEST, FASTEST = 0.5, 20.0
AS_FAST_AS_POSSIBLE = float("inf")
_CHUNK_S = 0.02  # as a sensor at 50 packets per second
_FAST_CHUNK_S = 0.25


class ReplaySource:
    """The samples of a recording at their own times, on the recording clock.

    Its arrival clock runs as fast as the replay, so that delays and pauses mean the same as live.

    Parameters
    ----------
    recording : Recording
        With an IMU.
    speed : float
        0.5 to 20, or `AS_FAST_AS_POSSIBLE`: every poll gives the next quarter of a second.
    loop : bool
        Begin again at the end.
    start_s : float, optional
        Recording time to begin at.
    clock : callable
        Gives this computer's monotonic seconds; for tests.

    Raises
    ------
    UsageError
        If there is no IMU or the speed is out of range.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        speed: float = 1.0,
        loop: bool = False,
        start_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if recording.imu is None or len(recording.imu.times_s) < 2:
            raise UsageError(
                f"{recording.name} has no motion data to replay.", hint="Choose another recording."
            )
        self._times = recording.imu_times_s()
        self._samples = recording.imu.samples
        self._info = StreamInfo(
            name=recording.name,
            source_id=f"replay:{recording.name}",
            units=CHANNEL_UNITS,
            nominal_rate_hz=recording.imu.sample_rate_hz,
            clock="the recording's",  # which begins anew with each loop or seek
        )
        self._clock, self._loop = clock, loop
        self._speed = _checked(speed)
        self._place = 0 if start_s is None else int(np.searchsorted(self._times, start_s))
        # The played time at a moment of this computer's clock; arrival time never goes back.
        self._arrival_s = self._played_s = float(self._times[min(self._place, len(self) - 1)])
        self._since_s: float | None = None
        self._restarted = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._times)

    @property
    def info(self) -> StreamInfo:
        return self._info

    @property
    def status(self) -> SourceStatus:
        if self._closed or (self._place >= len(self) and not self._loop):
            return SourceStatus(SourceState.ENDED, "the recording is over")
        played_s = self._times[min(self._place, len(self) - 1)] - self._times[0]
        speed = "as fast as possible" if self._fast else f"{self._speed:g}×"
        return SourceStatus(SourceState.LIVE, f"{played_s:.0f} s, {speed}")

    @property
    def _fast(self) -> bool:
        return self._speed == AS_FAST_AS_POSSIBLE

    def open(self) -> None:
        self._since_s = self._clock()

    def close(self) -> None:
        self._closed = True

    def set_speed(self, speed: float) -> None:
        """Go on at another speed.

        Raises
        ------
        UsageError
            If it is out of range.
        """
        speed = _checked(speed)
        self._advance()
        self._speed = speed

    def seek(self, time_s: float) -> None:
        """Go on at another time of the recording; what reads the stream sees its clock restart."""
        self._advance()
        self._place = int(np.searchsorted(self._times, time_s))
        self._played_s = float(self._times[min(self._place, len(self) - 1)])
        self._restarted = True

    def now_s(self) -> float:
        self._advance()
        return self._arrival_s

    def poll(self, timeout_s: float) -> tuple[Chunk, ...]:
        if self._closed or self._since_s is None:
            return ()
        if self._place >= len(self):
            if not self._loop:
                return ()
            self._place, self._restarted = 0, True
            self._played_s = float(self._times[0])
        if self._fast:
            self._played_s = float(self._times[self._place]) + _FAST_CHUNK_S
            # A gap takes as long as it took, on the arrival clock.
            self._arrival_s = max(self._arrival_s, self._played_s)
        else:
            self._wait(timeout_s)
        stop = int(np.searchsorted(self._times, self._played_s, side="right"))
        if stop <= self._place:
            return ()
        rows = slice(self._place, stop)
        chunk = Chunk(self._times[rows], self._samples[rows], self._arrival_s, self._restarted)
        self._place, self._restarted = stop, False
        return (chunk,)

    def _advance(self) -> None:
        if self._since_s is None or self._fast:
            return
        now_s = self._clock()
        passed_s = (now_s - self._since_s) * self._speed
        self._since_s = now_s
        self._arrival_s += passed_s
        self._played_s += passed_s

    def _wait(self, timeout_s: float) -> None:
        self._advance()
        ahead_s = float(self._times[self._place]) + _CHUNK_S - self._played_s
        if ahead_s > 0:
            time.sleep(min(timeout_s, ahead_s / self._speed))
            self._advance()


def _checked(speed: float) -> float:
    if not (SLOWEST <= speed <= FASTEST or speed == AS_FAST_AS_POSSIBLE):
        raise UsageError(
            f"A replay runs at {SLOWEST:g} to {FASTEST:g} times its speed, not {speed:g}.",
            where="speed",
        )
    return speed
